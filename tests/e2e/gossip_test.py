#!/usr/bin/env python3
"""A broker whose log was put back, and went on in another way: members' daemons find it out from what they remember, say so
until somebody accepts it, and their receipts tell the auditor. Two members compare what they were shown."""

import json
import sqlite3
from pathlib import Path

import harness
from harness import DONE, FAILED, UNVERIFIED, USAGE, Background, Broker, Case, report, run, send, wait_until


class Member:
    """A subscriber with a daemon that writes what it passes on to a file."""

    def __init__(self, case, name):
        self.case, self.name = case, name
        self.credential = case.broker.enroll(name, "operator", sectors=["gas"], subscribe=True)
        self.data = case.folder / name
        self.passed_on = case.folder / f"{name}.ndjson"
        self.data.mkdir(mode=0o700)
        (self.data / "subscriber.toml").write_text(f'[[sink]]\nname = "all"\ntype = "file"\npath = "{self.passed_on}"\n')
        self.process = None

    def start(self):
        self.process = Background("noroshi-subscriber", "run", "--credential", self.credential, "--data", self.data)
        self.process.says(" ready")
        return self

    def stop(self, code=DONE):
        self.case.assertEqual(self.process.stop(), code, str(self.process))

    def command(self, name, *args, code=DONE):
        return run("noroshi-subscriber", "--output", "json", name, *args, "--data", self.data, code=code).objects

    def wait_for(self, ids):
        wait_until(lambda: set(ids) <= {each["report"]["id"] for each in self.command("inbox")}, f"reports at {self.name}")

    def lacks(self):
        return {each["what"] for lane in self.command("missed", code=None) for each in lane["missing"]}

    def checkpoint(self, code=None):
        return self.command("checkpoint", code=code)[0]

    def prove_up_to(self, size):
        """A new session asks for a proof at once."""
        self.stop()
        self.start()
        wait_until(lambda: self.checkpoint()["size"] >= size, lambda: f"{size} proven: {self.checkpoint()}")

    def heard(self):
        """[proven, heard of]; empty: nothing yet."""
        with sqlite3.connect(self.data / "inbox.sqlite") as inbox:
            notes = inbox.execute("SELECT proven, ifnull(claimed, proven) FROM log_memory").fetchone()
        inbox.close()
        return [int(note.splitlines()[1]) for note in notes or ()]

    def forget_checkpoints(self):
        with sqlite3.connect(self.data / "inbox.sqlite") as inbox:
            inbox.execute("DELETE FROM log_memory")
        inbox.close()

    def forget(self):
        """The twin of a test: a daemon without a memory."""
        for file in self.data.glob("inbox.sqlite*"):
            file.unlink()

    def note(self):
        return self.case.write(f"{self.name}.checkpoint", self.checkpoint()["checkpoint"])

    def compare(self, file, code=DONE, **more):
        return run("noroshi-subscriber", "--output", "json", "checkpoint", "--compare", file, "--credential", self.credential,
                   "--data", self.data, code=code, **more)

    def events(self):
        lines = self.passed_on.read_text().splitlines(True) if self.passed_on.exists() else []
        lines = [line for line in lines if line.endswith("\n")]  # the last one may still be being written
        return [each for each in map(json.loads, lines) if "event" in each]

    def forks(self):
        return [each for each in self.events() if each["event"] == "log_forked"]


class Gossip(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"])
        self.auditor = self.broker.enroll("audit-office", "auditor", audit="RED")
        self.east, self.west = Member(self, "east-gas").start(), Member(self, "west-gas").start()
        for member in (self.east, self.west):
            wait_until(member.heard, f"the first checkpoint at {member.name}")

    def send(self, count, title):
        return [each["id"] for each in send(self.publisher, *[report(title=f"{title} {n}") for n in range(count)]).objects]

    def send_unproven(self, member, title):
        """What its daemon has heard of, but will ask a proof of only in some minutes."""
        sent = []
        while not sent or member.heard()[0] >= head:
            sent += self.send(3, title)
            member.wait_for(sent)
            head = self.broker.head()
            wait_until(lambda: max(member.heard()) >= head, lambda: f"{head} heard: {member.heard()}")
        return sent

    def restore(self, place):
        """The broker is put back, and runs again."""
        self.broker.stop()
        run("noroshi-broker", "restore", place, "--data", self.broker.data, "--accept-loss")
        self.broker.start()

    def verify(self, code=DONE):
        return run("noroshi-auditor", "--output", "json", "verify", "--credential", self.auditor, code=code).objects[0]

    def assert_alarm(self, member, breach):
        wait_until(member.forks, f"an alarm at {member.name}'s sinks")
        self.assertIn("log_forked", member.lacks())
        (event,) = member.forks()
        self.assertEqual(event["fork"]["breach"], breach)
        evidence = json.loads(Path(event["evidence"]).read_text())
        self.assertEqual(evidence, event["fork"])
        for note in (evidence["known"], evidence["shown"]):
            self.assertTrue(note.startswith("noroshi.test.example\n"), note)
        shown = member.checkpoint(code=UNVERIFIED)
        self.assertEqual(shown["fork"]["evidence"], event["evidence"])
        return evidence

    def test_a_log_that_was_put_back_is_found_out(self):
        forgetful, inattentive = Member(self, "forgetful"), Member(self, "inattentive")
        kept = self.send(3, "残る")
        for member in (self.east, self.west):
            member.wait_for(kept)
            wait_until(lambda: not member.lacks(), lambda: f"complete: {member.lacks()}")
        place = self.folder / "backup"
        run("noroshi-broker", "backup", place, "--data", self.broker.data)
        lost = self.send_unproven(self.west, "失われる")
        self.east.wait_for(lost)
        head = self.broker.head()
        self.east.prove_up_to(head)
        for member in (forgetful, inattentive):
            member.start()
            member.wait_for(kept + lost)
        self.assertEqual(self.verify()["treesSeen"]["differ"], 0)

        forgetful.stop()
        forgetful.forget()
        # As if no checkpoint had come since the entries that will be lost: what was delivered is a memory, too.
        inattentive.stop()
        inattentive.forget_checkpoints()
        self.restore(place)
        known = self.assert_alarm(self.east, "rewound")
        self.assert_alarm(self.west, "rewound")
        self.assertGreaterEqual(int(known["known"].splitlines()[1]), head)
        self.assertLess(int(known["shown"].splitlines()[1]), head)
        self.east.process.says("entries are lost")
        forgetful.start()
        inattentive.start()
        missing = self.assert_alarm(inattentive, "dropped")["entry"]
        self.assertIn(missing["seq"], [each["seq"] for each in inattentive.command("inbox") if each["report"]["id"] in lost])

        # Reports go on to come, and what members have seen becomes part of the log.
        other = self.send(3, "別の")
        for member in (self.east, self.west, forgetful, inattentive):
            member.wait_for(other)
        self.assertEqual(forgetful.forks(), [])
        self.assertNotIn("log_forked", forgetful.lacks())
        wait_until(lambda: "receipts_pending" not in self.east.lacks(), "receipts of the daemon with the alarm")
        verdict = self.verify(code=UNVERIFIED)
        self.assertEqual((verdict["ok"], verdict["finding"]), (False, "other_tree_seen"))
        differing = {each["organization"] for each in verdict["differing"]}
        self.assertIn("east-gas", differing)
        self.assertNotIn("forgetful", differing)
        self.assertEqual(len(verdict["differing"]), verdict["treesSeen"]["differ"])
        self.assertGreater(verdict["treesSeen"]["agree"], 0)
        bundle = self.folder / "log.bundle"
        for args in (("export", "--bundle", bundle), ("verify", "--bundle", bundle)):
            found = run("noroshi-auditor", "--output", "json", *args, "--credential", self.auditor, code=UNVERIFIED).objects[0]
            self.assertEqual(found["finding"], "other_tree_seen")

        # The alarm outlives the daemon, until it is accepted.
        self.east.stop(UNVERIFIED)
        self.east.start()
        self.assertIn("log_forked", self.east.lacks())
        accepted = self.east.command("checkpoint", "--accept")[0]["accepted"]
        self.assertEqual(accepted["breach"], "rewound")
        self.east.command("checkpoint", "--accept", code=FAILED)
        self.assertNotIn("log_forked", self.east.lacks())
        more = self.send(3, "その後")
        self.east.wait_for(more)
        head = self.broker.head()
        self.east.stop(UNVERIFIED)  # it began with an alarm
        self.east.start()
        wait_until(lambda: self.east.checkpoint()["size"] >= head, lambda: f"{head} proven: {self.east.checkpoint()}")
        self.assertEqual(len(self.east.forks()), 1)
        self.assertEqual(inattentive.command("checkpoint", "--accept")[0]["accepted"]["entry"], missing)
        inattentive.stop(UNVERIFIED)
        inattentive.start()
        wait_until(lambda: inattentive.checkpoint()["size"] >= head, lambda: f"{head} proven: {inattentive.checkpoint()}")
        self.assertEqual(len(inattentive.forks()), 1)

    def test_a_log_that_went_on_in_another_way_while_nobody_looked(self):
        kept = self.send(3, "残る")
        place = self.folder / "backup"
        run("noroshi-broker", "backup", place, "--data", self.broker.data)
        lost = self.send_unproven(self.west, "失われる")
        for member in (self.east, self.west):
            member.wait_for(kept + lost)
        self.east.prove_up_to(self.broker.head())
        self.east.stop()
        self.west.stop()
        self.restore(place)
        other = self.send(60, "別の")
        self.east.start()
        self.assert_alarm(self.east, "rewritten")
        self.east.wait_for(other)
        # All of the other log comes before the question; what was delivered last before that is asked about all the same.
        self.west.forget_checkpoints()
        self.west.start()
        self.assertIn(self.assert_alarm(self.west, "dropped")["entry"]["seq"],
                      [each["seq"] for each in self.west.command("inbox") if each["report"]["id"] in lost])
        words = run("noroshi-subscriber", "--lang", "ja", "missed", "--data", self.east.data, code=UNVERIFIED).out
        self.assertIn("続きではありません", words)
        self.assertIn("noroshi-subscriber checkpoint --accept", words)

    def test_a_broker_that_is_killed_under_load_is_no_alarm(self):
        """What it had signed it still has; and what receipts have seen is this log, at whatever moment."""
        for round_ in range(4):
            flow = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                              self.write(f"{round_}.json", [report(title=f"{round_} {n}") for n in range(600)]))
            flow.wait_for(lambda: len(flow.out) > 50, "first answers")
            self.broker.kill()
            self.broker.start()
            self.assertEqual(flow.ends(), DONE, str(flow))
            self.east.wait_for([json.loads(line)["id"] for line in flow.out])
        self.east.prove_up_to(self.broker.head())
        wait_until(lambda: "receipts_pending" not in self.east.lacks() | self.west.lacks(), "all receipts at the broker")
        verdict = self.verify()
        self.assertEqual(verdict["treesSeen"]["differ"], 0)
        self.assertGreater(verdict["treesSeen"]["agree"], 4)
        for member in (self.east, self.west):
            self.assertEqual(member.forks(), [])
            self.assertNotIn("log_forked", member.lacks())

    def test_two_members_compare_what_they_were_shown(self):
        sent = self.send(3, "同じ")
        for member in (self.east, self.west):
            member.wait_for(sent)
        self.east.prove_up_to(self.broker.head())
        easts = self.east.note()
        self.assertEqual(self.east.compare(easts).objects[0]["result"], "equal")
        self.west.wait_for(self.send(3, "あとの"))
        self.west.prove_up_to(self.broker.head())
        for mine, theirs, growing in ((self.west, easts, False), (self.east, self.west.note(), True)):
            result = mine.compare(theirs).objects[0]
            self.assertEqual((result["result"], result["mine"] < result["theirs"]), ("consistent", growing))
        by_mail = "\r\n\r\n" + self.east.checkpoint()["checkpoint"].replace("\n", "\r\n") + "\r\n"
        self.assertEqual(self.west.compare("-", stdin=by_mail.encode()).objects[0]["result"], "consistent")
        plain = run("noroshi-subscriber", "checkpoint", "--data", self.east.data).out
        self.assertEqual(plain, self.east.checkpoint()["checkpoint"])

        # East is shown a log that was put back and went on; west still has what was before.
        place = self.folder / "backup"
        run("noroshi-broker", "backup", place, "--data", self.broker.data)
        self.west.wait_for(self.send(3, "西だけが見た"))
        self.west.prove_up_to(self.broker.head())
        before = self.west.note()
        self.west.stop()
        self.east.stop()
        self.east.forget()
        self.restore(place)
        self.send(60, "別の")
        self.east.start()
        wait_until(lambda: self.east.command("checkpoint", code=None), "a checkpoint")
        result = self.east.compare(before, code=UNVERIFIED).objects[0]
        self.assertEqual((result["result"], result["fork"]["breach"]), ("forked", "rewritten"))
        self.assertEqual(json.loads(Path(result["fork"]["evidence"]).read_text())["known"], before.read_text())

    def test_what_cannot_be_compared(self):
        self.send(1, "一")
        (self.folder / "other").mkdir()
        other = Broker(self.folder / "other", name="other.example").start()
        foreign = self.write("foreign", other.http("/checkpoint")[1])
        self.assertIn("not signed by any", self.east.compare(foreign, code=USAGE).err)
        note = self.east.checkpoint()["checkpoint"]
        for garbled in (note.replace("\n", "\n9", 1), note[:40], "", "hello\n"):
            self.assertIn("no checkpoint of this log", self.east.compare(self.write("garbled", garbled), code=USAGE).err)
        self.east.compare(self.folder / "missing", code=FAILED)
        self.east.command("checkpoint", "--compare", self.write("good", note), code=USAGE)  # no credential
        self.east.command("checkpoint", "--accept", "--compare", "x", code=USAGE)
        run("noroshi-subscriber", "checkpoint", "--data", self.folder / "nowhere", code=FAILED)
        other.stop()


if __name__ == "__main__":
    harness.main()
