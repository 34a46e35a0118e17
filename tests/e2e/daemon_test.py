#!/usr/bin/env python3
"""The subscriber daemon: everything is in its inbox once, goes on to each sink at least once and in order, and the broker's
board knows who has it — through kills of the daemon, restarts of the broker and sinks that hang."""

import json
import random
import signal
import time

import harness
from harness import DONE, UNVERIFIED, Background, Case, report, run, send, wait_until


class Daemon(Background):
    """noroshi-subscriber run; stands when the constructor returns, unless `ready` is False."""

    def __init__(self, credential, data, ready=True):
        super().__init__("noroshi-subscriber", "--output", "json", "run", "--credential", credential, "--data", data)
        if ready:
            self.says(" ready")


class DaemonCase(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"])
        self.credential = self.broker.enroll("east-gas", "operator", sectors=["gas"], subscribe=True)
        self.data = self.folder / "inbox"

    def daemon(self, ready=True):
        return Daemon(self.credential, self.data, ready)

    def command(self, name, *args, code=DONE):
        return run("noroshi-subscriber", "--output", "json", name, "--data", self.data, *args, code=code).objects

    def ids(self):
        return [each["report"]["id"] for each in self.command("inbox")]

    def wait_for_inbox(self, ids):
        wait_until(lambda: set(ids) <= set(self.ids()), lambda: f"{len(set(ids) - set(self.ids()))} reports in the inbox")

    def send(self, *reports):
        return [each["id"] for each in send(self.publisher, *reports).objects]

    def stage(self, report_id):
        """(stage, answer, note) of our row on the board."""
        board = self.broker.admin("board", report_id).objects[0]
        row = next(each for each in board["members"] if each["organization"] == "east-gas")
        return row["stage"], row["answer"], row["note"]

    def wait_for_stage(self, report_id, *expected):
        wait_until(lambda: self.stage(report_id) == expected, lambda: f"{expected} on the board, not {self.stage(report_id)}")

    def configure(self, text):
        """subscriber.toml before the first start."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        (self.data / "subscriber.toml").write_text(text)


class Receiving(DaemonCase):
    def test_catches_up_and_confirms(self):
        """What was sent while no daemon ran is received, once; the board says so; what is written is the owner's alone."""
        first = self.send(report(title="一"), report("B.a.regulations", "guidelines", title="二"))
        daemon = self.daemon()
        self.wait_for_inbox(first)
        self.assertEqual(daemon.stop(), DONE)
        second = self.send(report(title="三"), report("B.a.regulations", "guidelines", title="四"))
        daemon = self.daemon()
        self.wait_for_inbox(second)
        for each in first + second:
            self.wait_for_stage(each, "DELIVERED", None, "")
        inbox = self.command("inbox")
        self.assertEqual(sorted(each["report"]["id"] for each in inbox), sorted(first + second))
        self.assertEqual([each["report"]["title"]["ja"] for each in inbox], ["三", "一", "四", "二"])
        self.assertEqual({each["signature"] for each in inbox}, {"valid"})
        daemon.wait_for(lambda: len(daemon.out) == 2, "one line a report")
        self.assertEqual({json.loads(line)["report"]["id"] for line in daemon.out}, set(second))
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o700)
        for file in self.data.iterdir():
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        self.assertEqual(daemon.stop(), DONE)


if __name__ == "__main__":
    harness.main()
