#!/usr/bin/env python3
"""Whatever happened to a file of the data directory, `run` refuses it and `check-config` says so beforehand, in the same
words: which file, and what to do. Also where every file is well by itself, and only contradicts the others."""

import os
import shutil
import sqlite3
import unittest

import harness
from harness import FAILED, USAGE, Background, Broker, Case, report, run, send

# Programs that root starts from here may not read and write whatever they like, so that modes mean something to them.
PR_CAPBSET_DROP, DAC_OVERRIDE, DAC_READ_SEARCH = 24, 1, 2

FILES = ["broker.toml", "matrix.toml", "sectors.toml", "log.sqlite", "log.sqlite.lock", "lock", "admin.sock", "keys",
         "keys/transport.key", "keys/log.key", "keys/registrar.key", "keys/registrar.pub"]


def remove(file):
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def rewrite(file, content):
    """With the mode that it had: only the content is wrong."""
    if file.is_dir():
        shutil.rmtree(file)
    file.touch(0o600)
    file.write_bytes(content)


def cut(file):
    rewrite(file, b"" if file.is_dir() else file.read_bytes()[: file.stat().st_size // 2] if file.exists() else b"")


def replace_by_folder(file):
    remove(file)
    file.mkdir(mode=0o755)


def close(file):
    if not file.exists():
        file.touch()
    file.chmod(0)


DAMAGE = {
    "missing": remove,
    "empty": lambda file: rewrite(file, b""),
    "truncated": cut,
    "garbage": lambda file: rewrite(file, b"\xff\x00 garbage = [[\n" * 300),
    "unreadable": close,
    "a folder": replace_by_folder,
}

# All else is refused. What a broker makes by itself may be missing or hold anything; the registrar's key may be elsewhere.
WELL = {(file, damage) for file in ("log.sqlite.lock", "lock", "admin.sock")
        for damage in ("missing", "empty", "truncated", "garbage")} | {("keys/registrar.key", "missing")}

# In place of a file: the one of another broker. A transport key may be replaced, and clients notice it themselves.
OF_ANOTHER = ["log.sqlite", "keys/log.key", "keys/registrar.key", "keys/registrar.pub"]

# (what in which file, by what) and words of the answer.
EDITS = {
    "the name": ("broker.toml", 'origin = "noroshi.test.example"', 'origin = "other.example"', ["noroshi.test.example"]),
    "a member's item": ("matrix.toml", '"C.disaster"', '"C.catastrophe"', ["C.disaster", "metro-water"]),
    "a member's sector": ("sectors.toml", '"water"', '"sewage"', ["water", "member "]),
    "a member's source": ("matrix.toml", 'id = "sector"', 'id = "sectors"', ["source group \"sector\"", "member "]),
    "a report's item": ("matrix.toml", '"A.near-miss"', '"A.nearly"', ["A.near-miss", "log entry 3"]),
    "a report's audience": ("sectors.toml", '"ports"', '"harbours"', ["ports", "log entry 4"]),
}
HARMLESS_EDITS = {"an item that nobody uses": ("matrix.toml", '"C.emergency-notice"', '"C.notice"')}

# By hand, in the log itself, and what is told. A start looks at the newest 20,000 entries, members, and both ends.
SQL = {
    "a member's body": ("UPDATE entries SET body = zeroblob(9) WHERE seq = 2", "log entry 2"),
    "a member's kind": ("UPDATE entries SET kind = 4 WHERE seq = 2", "log entry 2"),
    "a column": ("UPDATE entries SET row_check = 0 WHERE seq = 2", "log entry 2"),
    "a middle report's body": ("UPDATE entries SET body = zeroblob(9) WHERE seq = 4", "log entry 4"),
    "the last body": ("UPDATE entries SET body = zeroblob(9) WHERE seq = (SELECT max(seq) FROM entries)",
                      "log entry 6"),
    "the first is gone": ("DELETE FROM entries WHERE seq = 1", "log entry 1"),
    "no entries table": ("DROP TABLE entries", "not that of a log"),
    "no index": ("DROP INDEX entries_by_kind", "not that of a log"),
    "no ids": ("DROP TABLE report_ids", "not that of a log"),
    "no facts": ("DROP TABLE facts", "not that of a log"),
    "no tables": ("DROP TABLE entries; DROP TABLE report_ids; DROP TABLE facts", "log.sqlite"),
    "no tables, no name": ("DROP TABLE entries; DROP TABLE report_ids; DROP TABLE facts; PRAGMA application_id = 0; "
                           "PRAGMA user_version = 0", "not a Noroshi log"),
    "another program's": ("PRAGMA application_id = 7", "not a Noroshi log"),
    "of a newer program": ("PRAGMA user_version = 99", "schema version 99"),
    "of no program": ("PRAGMA user_version = 0", "schema version 0"),
    "before the first": ("PRAGMA user_version = -1", "schema version -1"),
    "of an earlier program": ("DROP TABLE facts; DROP TABLE tree; DROP INDEX entries_witness; DROP INDEX entries_by_kind; "
                              "CREATE INDEX entries_by_kind ON entries(kind, seq) WHERE kind <> 1; PRAGMA user_version = 1",
                              None),
    "under another name": ("UPDATE facts SET value = 'x.example' WHERE name = 'origin'", "x.example"),
    "another log key": ("UPDATE facts SET value = '00' WHERE name = 'log key'", "log.key"),
    "another registrar": ("UPDATE facts SET value = '00' WHERE name = 'registrar'", "registrar.pub"),
}


class Contradiction(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
            if harness._libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and os.geteuid() == 0:
                raise AssertionError("modes mean nothing to root here: run this test as somebody else")

    def setUp(self):
        super().setUp()
        publisher = dict(source="sector", publish=["C.disaster"], sectors=["water"])
        water = self.broker.enroll("metro-water", "operator", **publisher)
        former = self.broker.enroll("east-port", "operator", **{**publisher, "publish": ["*"]}, subscribe=True)
        self.broker.start()
        for credential, each in ((former, report(item="A.near-miss", field="content")),
                                 (former, report(item="C.disaster", tlp="AMBER", audience={"sectors": ["ports"]})),
                                 (water, report())):
            send(credential, each)
        self.broker.stop()
        self.kept = self.folder / "kept"
        shutil.copytree(self.broker.data, self.kept)

    def fresh(self):
        shutil.rmtree(self.broker.data)
        shutil.copytree(self.kept, self.broker.data)
        return self.broker.data

    def edit(self, file, old, new):
        path = self.fresh() / file
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def verdict(self, *words, well=False):
        """`run` and `check-config` agree that the directory is `well`, or both say these words."""
        data = ("--data", self.broker.data)
        checked = run("noroshi-broker", "--output", "json", "check-config", *data, code=None)
        broker = Background("noroshi-broker", "run", *data)
        try:
            harness.wait_until(lambda: broker.out or not broker.running, lambda: f"neither ready nor at its end: {broker}")
            self.assertEqual(broker.running, well, broker)
            if well:
                self.assertEqual(checked.code, 0, checked)
                return
            self.assertIn(broker.ends(), (FAILED, USAGE), broker)
        finally:
            broker.kill()
        self.assertEqual(checked.code, USAGE, checked)
        told = "\n".join(broker.err)
        wrong = [each.get("error", "") for each in checked.objects if not each["ok"]] or [checked.err.strip()]
        # In brackets stands what SQLite was doing, which may differ.
        self.assertTrue(any(each.split(" (")[0] in told for each in wrong), f"{checked}\n{broker}")
        for word in words:
            self.assertIn(str(word), told)
        japanese = run("noroshi-broker", "--lang", "ja", "check-config", *data, code=USAGE)
        for line in japanese.out.splitlines():
            if line.startswith("誤り"):
                self.assertRegex(line, "ください", japanese)

    def test_every_file_and_everything_that_can_happen_to_it(self):
        for name in FILES:
            for damage, happens in DAMAGE.items():
                with self.subTest(file=name, damage=damage):
                    file = self.fresh() / name
                    happens(file)
                    self.verdict(file, well=(name, damage) in WELL)

    def test_what_a_killed_broker_left(self):
        """SQLite's own files, which it takes for what they still hold."""
        self.broker.start()
        self.broker.enroll("kansa", "auditor", audit="AMBER")
        self.broker.kill()
        (self.broker.data / "admin.sock").unlink()
        shutil.rmtree(self.kept)
        shutil.copytree(self.broker.data, self.kept)
        for name in ("log.sqlite-wal", "log.sqlite-shm"):
            for damage, happens in DAMAGE.items():
                with self.subTest(file=name, damage=damage):
                    file = self.fresh() / name
                    self.assertTrue(file.exists())
                    happens(file)
                    self.verdict(file, well=damage not in ("unreadable", "a folder"))

    def test_files_of_another_broker(self):
        elsewhere = self.folder / "other"
        elsewhere.mkdir()
        other = Broker(elsewhere)
        for name in OF_ANOTHER:
            with self.subTest(file=name):
                shutil.copy(other.data / name, self.fresh() / name)
                self.verdict((self.broker.data / name).name)

    def test_files_that_contradict_the_log(self):
        for name, (file, old, new, words) in EDITS.items():
            with self.subTest(name):
                self.edit(file, old, new)
                self.verdict(self.broker.data / file, *words)
        for name, (file, old, new) in HARMLESS_EDITS.items():
            with self.subTest(name):
                self.edit(file, old, new)
                self.verdict(well=True)

    def test_a_log_edited_by_hand(self):
        for name, (sql, told) in SQL.items():
            with self.subTest(name):
                with sqlite3.connect(self.fresh() / "log.sqlite") as log:
                    log.executescript(sql)
                log.close()
                if told is None:
                    self.verdict(well=True)
                else:
                    self.verdict("log.sqlite", told)


if __name__ == "__main__":
    harness.main()
