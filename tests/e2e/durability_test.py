#!/usr/bin/env python3
"""What was acknowledged survives what disks do: a write-ahead log that is gone, an old copy of the database, rot on either
side, the loss of the directory; and the commands that find and repair it."""

import base64
import hashlib
import json
import shutil
import sqlite3
import sys

import harness
from durable import Durable
from harness import DONE, FAILED, UNVERIFIED, USAGE, Background, report, run, send, wait_until

sys.path.insert(0, str(harness.SOURCE / "tests" / "tlog"))
import ed25519  # noqa: E402


class Durability(Durable):
    def test_the_write_ahead_log_is_gone(self):
        self.send(30)
        self.broker.kill()
        for name in ("log.sqlite-wal", "log.sqlite-shm"):
            (self.data / name).unlink(missing_ok=True)
        self.check(UNVERIFIED)
        self.broker.start()
        self.assertEqual(self.in_the_log(), self.sent)
        self.send(3, "afterwards")
        self.assertEqual(self.in_the_log(), self.sent)
        self.check()

    def test_an_old_copy_of_the_database(self):
        self.send(5)
        self.broker.stop()
        old = self.folder / "old"
        old.mkdir()
        self.copy(old)
        self.broker.start()
        self.send(20)
        self.broker.kill()
        for name in ("log.sqlite", "log.sqlite-wal", "log.sqlite-shm"):
            (self.data / name).unlink(missing_ok=True)
        shutil.copy(old / "log.sqlite", self.data / "log.sqlite")
        self.broker.start()
        self.assertEqual(self.in_the_log(), self.sent)
        self.assertIn("taken back from the mirror", "\n".join(self.broker.process.err))

    def test_rot_on_either_side_is_found_and_made_good(self):
        self.send(40)
        self.assertEqual(self.check()["entries"], 42)  # beside a running broker
        self.assertEqual(self.command("rebuild", code=USAGE).objects, [])
        self.broker.stop()
        with sqlite3.connect(self.data / "log.sqlite") as log:
            log.execute("UPDATE entries SET body = zeroblob(100) WHERE seq = 17")
        log.close()
        damages = self.check(UNVERIFIED)["damages"]
        self.assertTrue(any("entry 17" in each["where"] for each in damages), damages)
        self.damage_entry(30, self.segment())  # of the mirror, too, but elsewhere
        rebuilt = self.command("rebuild").objects[0]
        self.assertEqual((rebuilt["entries"], len(rebuilt["setAside"])), (42, 2))
        self.assertEqual(rebuilt["fromMirrorOnly"], 1)
        self.assertEqual(rebuilt["fromDatabaseOnly"], 1)
        self.check()
        self.assertEqual(self.command("rebuild").objects[0]["setAside"], [])
        self.broker.start()
        self.assertEqual(self.in_the_log(), self.sent)

    def in_the_index(self, change):
        self.broker.stop()
        with sqlite3.connect(self.data / "log.sqlite") as log:
            log.execute(change)
        log.close()
        self.broker.start()

    def looked_over(self):
        wait_until(lambda: self.command("status").objects[0]["check"], "the broker has looked its log over")
        found = self.command("status").objects[0]["check"]
        wait_until(lambda: self.broker.metrics()["noroshi_log_checked_timestamp_seconds"], "the check in the metrics")
        self.assertEqual(self.broker.metrics()["noroshi_log_damages"], found["damages"])
        return found

    def test_a_running_broker_looks_its_log_over(self):
        self.send(20)
        found = self.looked_over()
        self.assertEqual(found["damages"], 0)
        self.in_the_index("DELETE FROM report_ids WHERE seq = 9")  # nothing that is read is wrong; it is only not found
        self.assertGreater(self.looked_over()["damages"], 0)
        self.broker.process.says("the log is damaged")
        self.broker.process.says("entry 9")
        self.assertIn("rebuild", run("noroshi-broker", "--lang", "ja", "status", "--data", self.data).out)
        self.broker.stop()
        self.command("rebuild")
        self.broker.start()
        self.assertEqual(self.looked_over()["damages"], 0)
        self.assertEqual(self.in_the_log(), self.sent)

    def test_an_index_that_has_one_report_for_another(self):
        self.send(6)
        first, second = sorted(self.sent, key=self.sent.get)[:2]
        self.in_the_index(f"UPDATE report_ids SET seq = {self.sent[first]} WHERE seq = {self.sent[second]}")
        again = send(self.publisher, report(title="same id", id=second), args=("--timeout", "3"), code=None)
        self.assertNotIn("accepted", {each.get("result") for each in again.objects})
        self.broker.process.says(f"entry {self.sent[first]} is damaged")

    def test_both_lost_the_same_entry(self):
        self.send(10)
        self.broker.stop()
        self.damage_entry(7, self.segment())
        with sqlite3.connect(self.data / "log.sqlite") as log:
            log.execute("UPDATE entries SET body = zeroblob(100) WHERE seq = 7")
        log.close()
        before = (self.data / "log.sqlite").read_bytes(), self.segment().read_bytes()
        result = self.command("rebuild", code=FAILED)
        self.assertIn("entry 7 ", result.err)
        self.assertEqual(((self.data / "log.sqlite").read_bytes(), self.segment().read_bytes()), before)
        self.assertFalse((self.data / "log.sqlite.new").exists())

    def test_backup_under_load_and_restore(self):
        self.send(10)
        load = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                          self.write("load.json", [report(title=f"load {n}") for n in range(1500)]))
        load.wait_for(lambda: len(load.out) > 20, "first answers")
        place = self.folder / "backup"
        made = self.command("backup", place).objects[0]
        self.assertEqual(load.ends(), DONE, str(load))
        self.sent.update({each["id"]: each["seq"] for each in map(json.loads, load.out)})
        self.assertEqual(made["checkpoint"].splitlines()[1], str(made["entries"]))
        self.assertFalse((place / "keys" / "log.key").exists())
        self.command("backup", place, code=USAGE)
        again = self.command("backup", place, "--replace", "--with-keys").objects[0]
        self.assertGreaterEqual(again["entries"], made["entries"])
        self.assertTrue((place / "keys" / "log.key").exists())
        self.command("restore", place, code=USAGE)  # it runs
        self.send(5, "after the backup")
        self.broker.stop()

        # Older than what the directory has signed: not without being asked for, and nothing has changed.
        result = self.command("restore", place, code=USAGE)
        self.assertIn(f"#{again['entries'] + 1}–#{again['entries'] + 5}", result.err)
        self.check()
        restored = self.command("restore", place, "--accept-loss").objects[0]
        self.assertEqual((restored["lost"], restored["entries"]), (5, again["entries"]))
        self.broker.start()
        kept = {i: seq for i, seq in self.sent.items() if seq <= again["entries"]}
        self.assertEqual(self.in_the_log(), kept)
        self.broker.stop()

        # The directory is gone.
        shutil.rmtree(self.data)
        self.command("restore", place)
        self.assertFalse(self.command("check").objects[0]["mirrored"])  # which is no damage
        self.broker.start()
        self.assertEqual(self.in_the_log(), kept)

        # A backup that rotted is not restored.
        self.broker.stop()
        self.damage_entry(5, place / "log.sqlite")
        refused = self.command("restore", place, "--accept-loss", code=USAGE).err
        self.assertIn(f"{place / 'log.sqlite'}: the backup is damaged: entry 5; use another backup", refused)
        self.check()

    def test_a_backup_of_somebody_without_the_keys(self):
        """Restored into a new directory, as nothing there tells; but not signed once the keys are back."""
        self.send(3)
        early, forged = self.folder / "early", self.folder / "forged"
        self.command("backup", early)
        self.send(2)
        self.broker.stop()
        self.assertEqual(self.command("backup", forged).objects[0]["entries"], int((forged / "checkpoint").read_text().splitlines()[1]))
        head = (forged / "checkpoint").read_bytes()
        seed = bytes(32)
        body = head.decode().split("\n\n")[0] + "\n"
        name, raw = body.splitlines()[0], b"\x01" + ed25519.public_key(seed)
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        signature = base64.b64encode(key_id + ed25519.sign(seed, body.encode())).decode()
        key = f"{name}+{key_id.hex()}+{base64.b64encode(raw).decode()}"
        (forged / "checkpoint").write_text(f"{body}\n— {name} {signature}\n")
        (forged / "verifier-key").write_text(key + "\n")
        keys = shutil.copytree(self.data / "keys", self.folder / "keys")

        def refused():
            for command in ("check-config", "check", "rebuild", "posture normal --reason x"):
                result = self.command(*command.split(), code=None)
                self.assertNotEqual(result.code, DONE, command)
                self.assertIn("restored.checkpoint", result.err + result.out, command)
            self.assertNotEqual(run("noroshi-broker", "backup", self.folder / "none", "--data", self.data, code=None).code, DONE)
            with self.assertRaises(AssertionError):
                self.broker.start()
            self.assertFalse(list((self.data / "mirror").glob("*.mirror")), "signed")

        shutil.rmtree(self.data)
        self.assertEqual(self.command("restore", forged).objects[0]["believedKey"], key)
        shutil.copytree(keys, self.data / "keys", dirs_exist_ok=True)
        refused()

        # The right one, judged by the keys; and one that has to wait for them.
        self.assertEqual(self.command("restore", early, "--accept-loss").objects[0]["believedKey"], "")
        self.assertFalse((self.data / "restored.checkpoint").exists())
        shutil.rmtree(self.data)
        self.command("restore", early)
        shutil.copytree(keys, self.data / "keys", dirs_exist_ok=True)
        judged_by = self.data / "restored.checkpoint"
        own = judged_by.read_bytes()
        judged_by.write_bytes(head)  # of another state of this log
        refused()
        judged_by.write_bytes(own)
        self.broker.start()
        self.assertFalse(judged_by.exists())
        self.broker.stop()
        self.check()

    def test_the_mirror_on_another_disk(self):
        self.broker.stop()
        other = self.folder / "other-disk"
        self.broker.configure("# [mirror]\n# directory = \"/other/disk/noroshi-mirror\"",
                              f"[mirror]\ndirectory = \"{other}\"")
        self.broker.start()
        self.send(5)
        self.assertTrue(list(other.glob("*.mirror")))
        self.check()
        self.broker.stop()
        other.chmod(0o755)
        self.assertIn("chmod 700", self.command("check-config", code=USAGE).out)


if __name__ == "__main__":
    harness.main()
