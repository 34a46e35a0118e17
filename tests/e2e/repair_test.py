#!/usr/bin/env python3
"""The commands that put a log back or make it anew, where they are not alone or not let finish: killed before every single step,
two at once, with rot where nobody can tell what it was."""

import fcntl
import os
import shutil
import sqlite3

import harness
from durable import Durable
from faults import Faults
from harness import DONE, UNVERIFIED, USAGE, run


class Repair(Durable):
    def keep_as_it_is(self):
        """The directory of a broker that does not run, to be put back for each step."""
        (self.data / "admin.sock").unlink(missing_ok=True)
        self.pristine = self.folder / "pristine"
        shutil.copytree(self.data, self.pristine)

    def killed_at_every_step(self, *command, then=None):
        """`command`, killed before its first step, its second, … until it gets through, and each time `then`, if given. The
        broker starts, and nothing is damaged. Yields the step, whether what it
        had begun was left to the next, and the reports that there are."""
        faults = Faults(self.folder / "faults")
        for step in range(1, 200):
            shutil.rmtree(self.data)
            shutil.copytree(self.pristine, self.data)
            faults.killed_at = step
            code = run("noroshi-broker", *command, "--data", self.data, code=None, env=faults.environment).code
            begun = (self.data / "log.sqlite.replacing").exists()
            if then:
                self.command(then)
            self.broker.start()
            yield step, begun, self.in_the_log()
            self.broker.stop()
            self.check()
            if code == DONE:
                return
            self.assertEqual(code, -9)
        raise AssertionError("it has too many steps")

    def test_a_restore_that_is_killed_leaves_what_was_there_or_what_was_restored(self):
        self.send(3)
        with sqlite3.connect(self.data / "log.sqlite") as reader:  # the write-ahead log cannot be moved meanwhile
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM entries").fetchone()
            self.send(10, "in the write-ahead log")
            place = self.folder / "backup"
            self.command("backup", place)
            restored = dict(self.sent)
            self.send(5, "after the backup")
            self.broker.kill()
            self.keep_as_it_is()
        reader.close()
        seen = []
        for step, begun, have in self.killed_at_every_step("restore", place, "--accept-loss"):
            self.assertIn(have, [restored] if begun else [self.sent, restored], f"killed before step {step}: {len(have)} reports")
            if begun:
                self.assertIn("is complete now", "\n".join(self.broker.process.err))
            seen.append(have)
        self.assertEqual((seen[0], seen[-1]), (self.sent, restored))

    def test_a_rebuild_that_is_killed_loses_nothing(self):
        self.send(20)
        self.broker.stop()
        with sqlite3.connect(self.data / "log.sqlite") as log:
            log.execute("UPDATE report_ids SET seq = 3 WHERE seq = 9")
        log.close()
        self.damage_entry(12, self.segment())
        self.keep_as_it_is()
        for step, _, have in self.killed_at_every_step("rebuild", then="rebuild"):
            self.assertEqual(have, self.sent, f"killed before step {step}")

    def rot_in_the_last_header(self):
        """The database is lost, and with it what the mirror's last record said."""
        self.broker.stop()
        content = bytearray(self.segment().read_bytes())
        content[content.rindex(b"\x89NRSrec\n") + 9] ^= 4
        self.segment().write_bytes(content)
        for name in ("log.sqlite", "log.sqlite-wal", "log.sqlite-shm"):
            (self.data / name).unlink(missing_ok=True)

    def test_what_nobody_can_tell_is_said(self):
        self.send(8)
        place = self.folder / "backup"
        kept = self.command("backup", place).objects[0]["entries"]
        self.send(1, "after the backup")
        self.rot_in_the_last_header()
        refused = self.command("restore", place, code=USAGE).err
        self.assertIn(f"after #{kept}", refused)
        self.assertIn("--accept-loss", refused)
        result = self.command("rebuild", code=UNVERIFIED)
        rebuilt = result.objects[0]
        self.assertEqual(rebuilt["entries"], kept)
        self.assertIn(f"after #{kept}", rebuilt["doubts"][0]["what"])
        self.assertIn(self.segment().name, rebuilt["doubts"][0]["where"])
        self.assertIn("may be lost", result.err)
        self.check()

    def test_a_database_that_is_whole_leaves_no_doubt(self):
        self.send(8)
        self.broker.stop()
        whole = (self.data / "log.sqlite").read_bytes()
        self.broker.start()
        self.rot_in_the_last_header()
        (self.data / "log.sqlite").write_bytes(whole)
        self.assertEqual(self.command("rebuild").objects[0]["doubts"], [])
        self.broker.start()
        self.assertEqual(self.in_the_log(), self.sent)

    def test_backups_to_one_place(self):
        self.send(3)
        place, draft = self.folder / "backup", self.folder / "backup.partial"
        self.command("backup", f"{place}/")
        held = os.open(place, os.O_RDONLY)  # as one that is about to be replaced by somebody else
        fcntl.flock(held, fcntl.LOCK_EX)
        self.assertIn("another backup", self.command("backup", place, "--replace", code=USAGE).err)
        os.close(held)
        shutil.copytree(place, draft)  # an interrupted one
        held = os.open(draft, os.O_RDONLY)  # that is not over
        fcntl.flock(held, fcntl.LOCK_EX)
        self.assertIn("another backup", self.command("backup", place, "--replace", code=USAGE).err)
        self.assertTrue((draft / "log.sqlite").exists())
        os.close(held)
        self.send(1, "afterwards")
        (self.folder / "latest").symlink_to(place)
        made = self.command("backup", f"{self.folder / 'latest'}/", "--replace").objects[0]
        self.assertIn(f"\n{made['entries']}\n", (place / "checkpoint").read_text())
        self.assertTrue((self.folder / "latest").is_symlink())
        self.assertFalse(draft.exists())

        draft.mkdir()
        (draft / "thesis.txt").write_text("somebody's")
        refused = self.command("backup", place, "--replace", code=USAGE).err
        self.assertIn(f"{draft}: is there, and is no unfinished backup", refused)
        self.assertEqual((draft / "thesis.txt").read_text(), "somebody's")


if __name__ == "__main__":
    harness.main()
