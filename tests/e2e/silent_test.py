#!/usr/bin/env python3
"""A member whose daemon is gone without a word: within some heartbeats the broker says so in its status, its metrics and its log,
and starts the operator's program; until the member is back."""

import harness
from daemon_test import DaemonCase, lines
from harness import run, wait_until


class Silent(DaemonCase):
    enrolment = ("--contact", "tel:+81-3-1111-0001", "--name-ja", "東部ガス")

    def setUp(self):
        super().setUp()
        self.calls = self.folder / "calls"
        program = self.write("call", f"#!/bin/sh\ncat >> {self.calls}\n")
        program.chmod(0o755)
        self.broker.stop()
        self.broker.configure("[silent]\ncommand = []", f'[silent]\ncommand = ["{program}"]')
        self.broker.start()

    def silent(self):
        return [each["organization"] for each in self.broker.status()["silent"]]

    def test_a_daemon_that_is_killed_is_missed_until_it_is_back(self):
        daemon = self.daemon()
        self.assertEqual(self.silent(), [])
        daemon.kill()
        wait_until(lambda: len(lines(self.calls)) == 2, lambda: f"a call for each lane: {lines(self.calls)}")
        self.assertEqual(self.silent(), ["east-gas"])
        for call in lines(self.calls):
            self.assertEqual((call["event"], call["organization"], call["name"]["ja"], call["contact"]),
                             ("member_silent", "east-gas", "東部ガス", "tel:+81-3-1111-0001"))
        self.assertEqual({call["door"] for call in lines(self.calls)}, {"urgent", "batched"})
        wait_until(lambda: self.broker.metrics()["noroshi_members_silent_total"] == 2, "the silence in the metrics")
        self.broker.process.says("member silent: east-gas")
        self.assertIn("応答のない会員", run("noroshi-broker", "--lang", "ja", "status", "--data", self.broker.data).out)
        daemon = self.daemon()
        wait_until(lambda: not self.silent(), lambda: f"nobody silent: {self.silent()}")
        self.assertEqual(daemon.stop(), harness.DONE)  # with a goodbye
        self.assertEqual(self.silent(), [])
        self.assertEqual(len(lines(self.calls)), 2)


if __name__ == "__main__":
    harness.main()
