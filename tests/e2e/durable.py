"""A broker whose acknowledged reports are counted, and whose files are damaged from outside."""

import shutil
import sqlite3

from harness import DONE, Case, replay, report, run, send


class Durable(Case):
    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"])
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")
        self.data = self.broker.data
        self.sent = {}

    def send(self, count, prefix="report"):
        answers = send(self.publisher, *(report(title=f"{prefix} {n}") for n in range(count))).objects
        self.assertEqual({each["result"] for each in answers}, {"accepted"})
        self.sent.update({each["id"]: each["seq"] for each in answers})

    def in_the_log(self):
        entries = replay(self.auditor, "--from", "1", "--kind", "all")
        self.assertEqual([each["seq"] for each in entries], list(range(1, len(entries) + 1)))
        self.assertEqual({each["signature"] for each in entries if "report" in each}, {"valid"})
        return {each["report"]["id"]: each["seq"] for each in entries if "report" in each}

    def command(self, name, *args, code=DONE):
        return run("noroshi-broker", "--output", "json", name, *args, "--data", self.data, code=code)

    def check(self, code=DONE):
        found = self.command("check", code=code).objects[0]
        self.assertEqual(found["ok"], code == DONE)
        self.assertEqual(found["ok"], not found["damages"])
        return found

    def copy(self, into):
        for name in ("log.sqlite", "log.sqlite-wal"):
            if (self.data / name).exists():
                shutil.copy(self.data / name, into / name)

    def damage_entry(self, seq, path):
        """In `path`, the log's database or a segment of its mirror."""
        with sqlite3.connect(self.data / "log.sqlite") as log:
            body = log.execute("SELECT body FROM entries WHERE seq = ?", (seq,)).fetchone()[0]
        log.close()
        content = bytearray(path.read_bytes())
        at = content.index(body[:100]) + 20
        content[at:at + 3] = b"\xff\x00\xff"
        path.write_bytes(content)

    def segment(self):
        return max((self.data / "mirror").glob("*.mirror"))
