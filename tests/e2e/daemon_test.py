#!/usr/bin/env python3
"""The subscriber daemon: everything is in its inbox once, goes on to each sink at least once and in order, and the broker's
board knows who has it — through kills of the daemon, restarts of the broker and sinks that hang."""

import contextlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import harness
from harness import BIN, DONE, UNVERIFIED, USAGE, Background, Case, report, run, send, wait_until


class Daemon(Background):
    """noroshi-subscriber run; stands when the constructor returns, unless `ready` is False."""

    def __init__(self, credential, data, ready=True):
        super().__init__("noroshi-subscriber", "--output", "json", "run", "--credential", credential, "--data", data)
        if ready:
            self.says(" ready")


class DaemonCase(Case):
    digest_seconds = 1
    enrolment = ()  # further options of the daemon's member

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"])
        self.credential = self.broker.enroll("east-gas", "operator", *self.enrolment, sectors=["gas"], subscribe=True)
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

    def row(self, report_id):
        """Ours on the board."""
        board = self.broker.admin("board", report_id).objects[0]
        return next(each for each in board["members"] if each["organization"] == "east-gas")

    def stage(self, report_id):
        """(stage, answer, note) of our row on the board."""
        row = self.row(report_id)
        return row["stage"], row["answer"], row["note"]

    def wait_for_reason(self, report_id, expected):
        wait_until(lambda: self.row(report_id)["reason"] == expected, lambda: f"{expected}, not {self.row(report_id)}")

    def wait_for_stage(self, report_id, *expected):
        wait_until(lambda: self.stage(report_id) == expected, lambda: f"{expected} on the board, not {self.stage(report_id)}")

    def lacks(self):
        return {each["what"] for lane in self.command("missed", code=None) for each in lane["missing"]}

    def complete(self):
        result = run("noroshi-subscriber", "--output", "json", "missed", "--data", self.data, code=None)
        complete = all(lane["complete"] for lane in result.objects)
        self.assertEqual(result.code, DONE if complete else UNVERIFIED)
        return complete

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

    def test_broker_restarts_in_the_middle(self):
        """The daemon outlives it, tells of the link in its log and to the sinks, and misses nothing."""
        links = self.folder / "links.ndjson"
        self.configure(f'[[sink]]\nname = "all"\ntype = "file"\npath = "{links}"\n')
        daemon = self.daemon()
        first = self.send(report(title="前"))
        self.wait_for_inbox(first)
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        self.broker.kill()
        began = time.monotonic()
        daemon.says("link lost")
        self.assertLess(time.monotonic() - began, 8, "three heartbeats are 3 s")
        wait_until(lambda: self.lacks() >= {"link_down"}, lambda: f"link_down, not {self.lacks()}")
        self.broker.start()
        second = self.send(report(title="後"))
        daemon.says("link is back")
        self.wait_for_inbox(second)
        self.wait_for_stage(second[0], "DELIVERED", None, "")
        self.assertTrue(daemon.running)
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        events = [each for each in lines(links) if "event" in each]
        self.assertEqual([e["event"] for e in events if e["lane"] == "urgent"], ["link_lost", "link_back"])
        self.assertEqual([e["event"] for e in events if e["lane"] == "batched"], ["link_lost", "link_back"])
        self.broker.kill()

        def told():  # one that is told again after the kill is the same
            return list(dict.fromkeys(each["event"] + each["lane"] + each["at"] for each in lines(links) if "event" in each))
        wait_until(lambda: len(told()) == 6, "the second loss")
        daemon.kill()
        daemon = self.daemon(ready=False)
        daemon.says("trying until there is a session")
        self.broker.start()
        daemon.says(" ready")
        wait_until(lambda: len(told()) == 8, lambda: f"its end, after a restart: {told()}")
        self.assertTrue(all(each.startswith("link_back") for each in told()[-2:]), told())
        self.assertEqual(daemon.stop(), DONE)
        self.assertEqual(self.lacks(), {"no_daemon"})

    def test_a_start_during_an_outage(self):
        """Whoever relies on a pager hears of it, once however often the machine starts, and of its end."""
        links = self.folder / "links.ndjson"
        self.configure(f'[[sink]]\nname = "all"\ntype = "file"\npath = "{links}"\n')
        self.assertEqual(self.daemon().stop(), DONE)
        self.broker.kill()

        def told(lane):
            return [each["event"] for each in lines(links) if "event" in each and each["lane"] == lane]
        for _ in range(2):
            daemon = self.daemon(ready=False)
            daemon.says("trying until there is a session")
            wait_until(lambda: told("urgent") and told("batched"), "the loss in the sink")
            self.assertEqual(daemon.stop(), DONE)
        daemon = self.daemon(ready=False)
        daemon.says("trying until there is a session")
        self.broker.start()
        for lane in ("urgent", "batched"):
            wait_until(lambda lane=lane: len(told(lane)) == 2, lambda lane=lane: f"its end: {told(lane)}")
            self.assertEqual(told(lane), ["link_lost", "link_back"])
        self.assertEqual(daemon.stop(), DONE)

    def test_broker_restored_from_an_older_backup(self):
        """Its sequences begin again with other reports: the inbox keeps both, whether the daemon saw it happen or not."""
        daemon = self.daemon()
        sent = self.send(report(title="複写の前"))
        self.wait_for_inbox(sent)
        for stopped in (False, True):
            self.broker.stop()
            backup = self.folder / f"backup-{stopped}"
            shutil.copytree(self.broker.data, backup)
            self.broker.start()
            sent += self.send(*[report(title=f"失われる {n}") for n in range(9)])
            self.wait_for_inbox(sent)
            if stopped:
                daemon.stop()
            self.broker.stop()
            shutil.rmtree(self.broker.data)
            shutil.copytree(backup, self.broker.data)
            self.broker.start()
            if stopped:
                sent += self.send(report(title="止まっていた間"))
                daemon = self.daemon()
            daemon.says("ends before what it has already delivered")
            sent += self.send(report(title="複写の後"))
            self.wait_for_inbox(sent)
            self.wait_for_stage(sent[-1], "DELIVERED", None, "")
        self.assertEqual(sorted(self.ids()), sorted(sent), "something is in the inbox twice")

    def test_a_daemon_that_hangs_is_not_complete(self):
        daemon = self.daemon()
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        daemon.signal(signal.SIGSTOP)
        self.addCleanup(daemon.signal, signal.SIGCONT)
        wait_until(lambda: self.lacks() == {"silent"}, lambda: f"silent, not {self.lacks()}")
        words = run("noroshi-subscriber", "--lang", "ja", "missed", "--data", self.data, code=UNVERIFIED).out
        self.assertIn("最後の受信", words)
        daemon.signal(signal.SIGCONT)
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")

    def test_drills_only_when_asked_for(self):
        drill, live = report(status="EXERCISE", title="訓練"), report(title="本番")
        daemon = self.daemon()
        sent = self.send(drill, live)
        self.wait_for_inbox(sent[1:])
        self.assertEqual(self.ids(), sent[1:])
        daemon.stop()

        other = self.broker.enroll("west-gas", "operator", sectors=["gas"], subscribe=True)
        self.data = self.folder / "other"
        self.credential = other
        self.configure('statuses = ["ACTUAL", "EXERCISE"]\n')
        self.daemon()
        self.wait_for_inbox(sent)
        text = run("noroshi-subscriber", "--lang", "ja", "inbox", "--data", self.data).out
        self.assertIn("【訓練】訓練", text)
        self.assertNotIn("【訓練】本番", text)


class Answering(DaemonCase):
    def test_open_and_respond_reach_the_board(self):
        """With a daemon at once, without one when it runs again; a later answer replaces an earlier one."""
        daemon = self.daemon()
        one, two = self.send(report(title="一"), report(title="二"))
        self.wait_for_inbox([one, two])
        opened = self.command("open", one)[0]
        self.assertTrue(opened["openedAt"])
        self.wait_for_stage(one, "OPENED", None, "")
        self.wait_for_stage(two, "DELIVERED", None, "")
        self.command("respond", one, "INVESTIGATING", "--note", "第2系統を確認中")
        self.wait_for_stage(one, "RESPONDED", "INVESTIGATING", "第2系統を確認中")

        daemon.stop()
        self.command("respond", one, "HANDLED")
        self.command("respond", two, "NOT_RELEVANT")
        self.assertEqual({w["what"] for lane in self.command("missed", code=UNVERIFIED) for w in lane["missing"]},
                         {"no_daemon", "receipts_pending"})
        self.daemon()
        self.wait_for_stage(one, "RESPONDED", "HANDLED", "")
        self.wait_for_stage(two, "RESPONDED", "NOT_RELEVANT", "")
        inbox = {each["report"]["id"]: each for each in self.command("inbox")}
        self.assertEqual((inbox[one]["answer"], inbox[two]["answer"]), ("HANDLED", "NOT_RELEVANT"))
        seq = inbox[one]["seq"]
        text = run("noroshi-subscriber", "--lang", "ja", "open", seq, "--data", self.data).out
        self.assertIn(one, text)
        self.assertIn("本文", text)

    def test_a_note_that_the_broker_would_refuse_is_not_recorded(self):
        """And should one lie in the inbox all the same, `missed` does not call it complete until there is a better one."""
        daemon = self.daemon()
        one, = self.send(report(title="一"))
        self.wait_for_inbox([one])
        for note, said in ((b"\x91\xce\x8d\x88", "not UTF-8"), (b"a\x1b[2J", "control character")):
            refused = subprocess.run([BIN / "noroshi-subscriber", "--lang", "en", "respond", one, "HANDLED", "--note", note,
                                      "--data", self.data], capture_output=True, env=harness.environment())
            self.assertEqual(refused.returncode, USAGE, refused.stderr)
            self.assertIn(said, refused.stderr.decode())
        self.assertIsNone(self.command("inbox")[0]["answer"])
        self.wait_for_stage(one, "DELIVERED", None, "")
        daemon.stop()
        self.command("respond", one, "HANDLED", "--note", "a good one")
        with contextlib.closing(sqlite3.connect(self.data / "inbox.sqlite")) as database, database:
            database.execute("UPDATE receipts SET note = 'a' || char(27) WHERE note <> ''")
        self.daemon()
        wait_until(lambda: self.lacks() == {"receipts_refused"}, lambda: f"receipts_refused, not {self.lacks()}")
        self.command("respond", one, "HANDLED", "--note", "a better one")
        self.wait_for_stage(one, "RESPONDED", "HANDLED", "a better one")
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")

    def test_why_nothing_is_heard_outlives_the_broker_and_the_members_enrolment(self):
        daemon = self.daemon()
        one, = self.send(report(title="一"))
        self.wait_for_stage(one, "DELIVERED", None, "")
        daemon.stop()
        two, = self.send(report(title="二"))
        self.wait_for_reason(two, "link_lost")
        self.broker.stop()
        self.assertEqual(self.row(two)["reason"], "link_lost", "the board without a broker")
        self.broker.start()
        self.assertEqual(self.row(two)["reason"], "link_lost", "after a restart")
        self.broker.admin("revoke", "east-gas")
        three, = self.send(report(title="三"))
        boards = {each["id"]: each for each in self.broker.admin("board").objects}
        self.assertEqual([(row["reason"], row["revoked"]) for each in (one, two, three) for row in boards[each]["members"]],
                         [("access_ended", True)] * 2)
        self.assertEqual([boards[each]["expected"] for each in (one, two, three)], [0, 0, 0])

    def test_what_was_withdrawn_says_so(self):
        self.daemon()
        wrong, inexact, standing = self.send(report(title="誤報"), report(title="不正確"), report(title="正しい"))
        cancel, correction = self.send(
            report(title="取り消し", relatesTo={"reportId": wrong, "relation": "CANCEL"}),
            report(title="訂正", relatesTo={"reportId": inexact, "relation": "CORRECTION"}))
        self.wait_for_inbox([wrong, inexact, standing, cancel, correction])
        got = {each["report"]["id"]: (each["withdrawn"], each["withdrawal"]) for each in self.command("inbox")}
        self.assertEqual(got, {wrong: (cancel, "CANCEL"), inexact: (correction, "CORRECTION"), standing: (None, None),
                               cancel: (None, None), correction: (None, None)})
        boards = {each["id"]: (each["withdrawn"], each["withdrawal"]) for each in self.broker.admin("board").objects}
        self.assertEqual(boards, got)
        for which, mark in ((wrong, "【取消】"), (inexact, "【訂正あり】")):
            board = run("noroshi-broker", "--lang", "ja", "board", which, "--data", self.broker.data).out
            self.assertTrue(board.startswith(mark), board[:200])
            text = run("noroshi-subscriber", "--lang", "ja", "open", which, "--data", self.data).out
            self.assertTrue(text.startswith(mark), text[:200])
        listed = run("noroshi-subscriber", "--lang", "ja", "inbox", "--data", self.data).out
        self.assertIn("【取消】誤報", listed)
        self.assertIn("【訂正あり】不正確", listed)


def lines(file):
    """Whole objects of an NDJSON file. A line that a kill cut short is followed by the same one whole."""
    out = []
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            out.append(json.loads(line))
        except ValueError:
            pass
    return out


def running(program):
    """The processes whose command line names it."""
    out = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(program).encode() in file.read_bytes():
                out.append(file)
        except OSError:
            pass  # it has ended meanwhile
    return out


class Passing(DaemonCase):
    EXEC = "#!/bin/sh\ncat >> {file}\n"

    def script(self, name, text):
        file = self.write(name, text)
        file.chmod(0o755)
        return file

    def assert_passed(self, file, ids):
        """At least once each, each lane's in order of sequence but for what came again."""
        got = [each for each in lines(file) if "report" in each]
        self.assertEqual({each["report"]["id"] for each in got}, set(ids))
        for lane in ("urgent", "batched"):
            seqs = list(dict.fromkeys(each["seq"] for each in got if each["lane"] == lane))
            self.assertEqual(seqs, sorted(seqs))
        return len(got)

    def test_killed_again_and_again_while_reports_flow(self):
        archive, piped = self.folder / "archive.ndjson", self.folder / "piped.ndjson"
        program = self.script("pipe", self.EXEC.format(file=piped))
        self.configure(f'[[sink]]\nname = "archive"\ntype = "file"\npath = "{archive}"\n'
                       f'[[sink]]\nname = "pipe"\ntype = "exec"\ncommand = ["{program}"]\n')
        sent, interrupted, span = [], 0, 0.2
        for n in range(30):
            if n >= 8 and interrupted >= 3:
                break
            daemon = self.daemon(ready=False)
            flow = [report(*(("B.a.regulations", "guidelines") if m % 4 == 0 else ()), title=f"{n} {m}",
                           references=[{"url": "https://example.jp/" + "x" * 1500}]) for m in range(40)]
            sent += self.send(*flow)
            before = len(lines(archive))
            wait_until(lambda: len(lines(archive)) > before or not daemon.running, "something passes on")
            time.sleep(random.random() * span)  # no wait for anything: the moment of the kill is what varies
            daemon.kill()
            in_the_middle = len(lines(archive)) < len(sent)
            interrupted += in_the_middle
            span *= 1.2 if in_the_middle else 0.6  # how long forty reports take is the machine's affair
        self.assertGreaterEqual(interrupted, 3, "the kills came too late to mean anything")
        self.daemon()
        self.wait_for_inbox(sent)
        self.assertEqual(sorted(self.ids()), sorted(sent), "something is in the inbox twice")
        wait_until(lambda: not [each for lane in self.command("missed", code=None) for each in lane["missing"]],
                   lambda: f"everything passed on and confirmed: {self.command('missed', code=None)}")
        self.assert_passed(archive, sent)
        self.assert_passed(piped, sent)
        stages = {self.stage(each)[0] for each in random.sample(sent, 20)}
        self.assertEqual(stages, {"DELIVERED"})
        boards = self.broker.admin("board").objects
        rows = [row for board in boards for row in board["members"] if row["organization"] == "east-gas"]
        self.assertEqual((len(rows), {row["stage"] for row in rows}), (len(sent), {"DELIVERED"}))

    def test_a_sink_that_fails_is_why_nobody_has_opened_the_report(self):
        taken = self.folder / "taken.ndjson"
        pager = self.script("pager", "#!/bin/sh\ncat > /dev/null\nexit 3\n")
        self.configure(f'[[sink]]\nname = "pager"\ntype = "exec"\ncommand = ["{pager}"]\n'
                       f'[[sink]]\nname = "archive"\ntype = "file"\npath = "{self.folder / "archive.ndjson"}"\n')
        self.daemon()
        one, two = self.send(report(title="一"), report(title="二"))
        self.wait_for_stage(one, "DELIVERED", None, "")
        self.wait_for_reason(one, "sink_failing")
        self.command("open", two)
        self.wait_for_stage(two, "OPENED", None, "")
        self.assertIsNone(self.row(two)["reason"])
        self.assertNotIn("pager", json.dumps(self.broker.admin("board").objects))
        pager.write_text(self.EXEC.format(file=taken))
        self.wait_for_reason(one, None)
        self.assert_passed(taken, [one, two])

    def test_a_sink_that_hangs_delays_no_other(self):
        archive = self.folder / "archive.ndjson"
        hang = self.script("hang", "#!/bin/sh\nsleep 1000\n")
        fail = self.script("fail", "#!/bin/sh\ncat > /dev/null\nexit 3\n")
        self.configure(f'[[sink]]\nname = "hangs"\ntype = "exec"\ncommand = ["{hang}"]\n'
                       f'[[sink]]\nname = "fails"\ntype = "exec"\ncommand = ["{fail}"]\n'
                       f'[[sink]]\nname = "missing"\ntype = "exec"\ncommand = ["/no/such/program"]\n'
                       f'[[sink]]\nname = "archive"\ntype = "file"\npath = "{archive}"\n')
        daemon = self.daemon()
        sent = self.send(*[report(title=str(n)) for n in range(5)])
        wait_until(lambda: {each["report"]["id"] for each in lines(archive)} == set(sent), "the archive")
        self.wait_for_inbox(sent)
        self.assertEqual(self.assert_passed(archive, sent), 5)
        for each in sent:
            self.wait_for_stage(each, "DELIVERED", None, "")
        daemon.says("exit code 3")

        def words():
            return [w["words"] for lane in self.command("missed", code=UNVERIFIED) for w in lane["missing"]]
        wait_until(lambda: len(words()) == 3 and any("exit code 3" in w for w in words()), lambda: words())
        self.assertTrue(all("5" in w for w in words()), words())
        began = time.monotonic()
        self.assertEqual(daemon.stop(), DONE)
        self.assertLess(time.monotonic() - began, 5, "a hanging sink holds up the end")

        taken = self.folder / "taken.ndjson"  # what failed is passed on once it can be
        fail.write_text(self.EXEC.format(file=taken))
        daemon = self.daemon()
        wait_until(lambda: len(lines(taken)) == 5, "the repaired sink")
        self.assert_passed(taken, sent)
        self.assertEqual(daemon.stop(), DONE)  # and with it what hangs
        self.assertFalse(running(hang), "it hangs on by itself")


class Rotting(DaemonCase):
    """What lies in the inbox is no longer what was put there."""

    def rot(self, *statements):
        with contextlib.closing(sqlite3.connect(self.data / "inbox.sqlite")) as database, database:
            for statement, report_id in statements:
                self.assertEqual(database.execute(statement, (report_id,)).rowcount, 1)

    def missing(self):
        """What `missed` says of which sequences."""
        lacks = [each for lane in self.command("missed", code=None) for each in lane["missing"]]
        return {(each["what"], seq) for each in lacks for seq in each.get("seqs", [])}

    def test_what_rots_or_goes_is_fetched_again(self):
        """Each sink has each report once, what was opened and answered is still so, and nothing rotten is ever shown."""
        archives = [self.folder / "one.ndjson", self.folder / "two.ndjson"]
        self.configure("".join(f'[[sink]]\nname = "{file.stem}"\ntype = "file"\npath = "{file}"\n' for file in archives))
        daemon = self.daemon()
        sent = self.send(*[report(title=f"急 {n}") for n in range(3)],
                         *[report("B.a.regulations", "guidelines", title=f"定 {n}") for n in range(3)])
        self.wait_for_inbox(sent)
        rotten, gone = sent[0], sent[4]
        for each in (rotten, sent[1]):
            self.command("open", each)
        self.command("respond", gone, "HANDLED", "--note", "済")
        self.wait_for_stage(gone, "RESPONDED", "HANDLED", "済")
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        before = {each["report"]["id"]: each for each in self.command("inbox")}
        daemon.stop()
        seqs = [before[rotten]["seq"], before[gone]["seq"]]
        self.rot(("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '急 0', '偽 0') AS BLOB) WHERE report = ?", rotten),
                 ("DELETE FROM entries WHERE report = ?", gone))
        self.assertEqual(self.missing(), {("damaged", seqs[1])})
        listed = run("noroshi-subscriber", "--lang", "ja", "inbox", "--data", self.data, code=UNVERIFIED).out
        self.assertNotIn("偽", listed)
        self.assertEqual(listed.count("もう一度受け取ります"), 2, listed)
        self.assertEqual({each["seq"] for each in self.command("inbox", code=UNVERIFIED) if each["signature"] == "damaged"},
                         set(seqs))
        refused = run("noroshi-subscriber", "open", rotten, "--data", self.data, code=UNVERIFIED)
        self.assertEqual(refused.out, "")
        self.assertEqual(self.missing(), {("damaged", seq) for seq in seqs}, "whoever reads it notes it")
        beside = run("noroshi-subscriber", "open", sent[1], "--data", self.data, code=UNVERIFIED)
        self.assertIn("may be what withdraws or corrects this one", beside.err, "what is whole is shown, with a warning")
        for seq in seqs:
            self.assertIn(f"#{seq}", beside.err)

        sent += self.send(report(title="後"))
        daemon = self.daemon(ready=False)
        daemon.says("damaged or gone")
        daemon.says("whole again")
        self.wait_for_inbox(sent)
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        after = {each["report"]["id"]: each for each in self.command("inbox")}
        self.assertEqual({key: after[key] for key in before}, before)
        for archive in archives:
            self.assertEqual(sorted(each["report"]["id"] for each in lines(archive) if "report" in each), sorted(sent))
        self.assertEqual(daemon.stop(), DONE)

    def test_what_the_broker_no_longer_gives_holds_up_no_sink_for_ever(self):
        """It is told, and `missed` names it; a later run that gets it passes it on."""
        archive = self.folder / "archive.ndjson"
        program = self.write("late", "#!/bin/sh\nexit 3\n")
        program.chmod(0o755)

        def settings(topics):
            self.configure(f'topics = ["{topics}"]\n[[sink]]\nname = "late"\ntype = "exec"\ncommand = ["{program}"]\n')
        settings("*")
        daemon = self.daemon()
        sent = self.send(*[report(title=str(n)) for n in range(3)])
        self.wait_for_inbox(sent)
        daemon.stop()
        self.rot(("UPDATE entries SET salt = zeroblob(16) WHERE report = ?", sent[1]))
        program.write_text(f"#!/bin/sh\ncat >> {archive}\n")
        settings("B.a.regulations")
        daemon = self.daemon()
        daemon.says("no longer delivers")
        wait_until(lambda: len(lines(archive)) >= 2, "the sink goes on")
        self.assertEqual([each["report"]["id"] for each in lines(archive)], [sent[0], sent[2]])
        self.assertEqual({what for what, _ in self.missing()}, {"lost"})
        daemon.stop()
        settings("*")
        self.daemon()
        wait_until(lambda: len(lines(archive)) == 3, "the sink gets what was lost")
        self.assertEqual([each["report"]["id"] for each in lines(archive)], [sent[0], sent[2], sent[1]])
        wait_until(lambda: self.complete(), lambda: f"complete: {self.lacks()}")
        self.assertEqual(sorted(self.ids()), sorted(sent))


class Refusing(DaemonCase):
    def refused(self, *words, code, credential=None, args=()):
        result = run("noroshi-subscriber", *args, "run", "--credential", credential or self.credential, "--data", self.data,
                     code=code)
        for word in (str(self.data), *words):
            self.assertIn(word, result.err)

    def test_directories_that_are_not_for_it(self):
        daemon = self.daemon()
        self.refused("stop it", code=harness.FAILED)
        daemon.stop()
        other = self.broker.enroll("west-gas", "operator", sectors=["gas"], subscribe=True)
        self.refused("another organisation", "east-gas", "west-gas", code=harness.USAGE, credential=other)
        self.refused("別の組織", code=harness.USAGE, credential=other, args=("--lang", "ja"))
        self.data.chmod(0o755)
        self.refused("chmod 700", code=harness.USAGE)
        self.data.chmod(0o700)

        settings = self.data / "subscriber.toml"
        sample = settings.read_text()
        for wrong, words in (("topics = [\"Z.nothing\"]\n", ("topics",)), ("colour = 1\n", (":1:", "colour")),
                             ("[[sink]]\nname = \"a\"\ntype = \"pigeon\"\n", (":3:", "type", "exec")),
                             ("statuses = [\"actual\"]\n", ("ACTUAL",)), ("topics = [\n", ("TOML",))):
            settings.write_text(wrong)
            self.refused(*words, code=harness.USAGE)
        settings.write_text(sample)

        database = self.data / "inbox.sqlite"
        whole = database.read_bytes()
        with sqlite3.connect(database) as newer:
            newer.execute("PRAGMA user_version=99")
        newer.close()
        self.refused("newer version", code=harness.USAGE)
        database.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
        self.refused("damaged", "move this file", code=harness.FAILED)
        self.refused("別の場所に移して", code=harness.FAILED, args=("--lang", "ja"))
        for command in ("inbox", "missed"):
            self.assertIn("damaged", run("noroshi-subscriber", command, "--data", self.data, code=harness.FAILED).err)
        database.write_bytes(b"nothing of the kind, but long enough to be a header of something else " * 100)
        self.refused("damaged", code=harness.FAILED)
        database.write_bytes(whole)
        self.daemon()

    def test_commands_without_an_inbox(self):
        for command in (("inbox",), ("open", "1"), ("respond", "1", "HANDLED"), ("missed",)):
            result = run("noroshi-subscriber", command[0], *command[1:], "--data", self.data, code=harness.FAILED)
            self.assertIn("holds no inbox", result.err)
        self.daemon()
        self.assertIn("not in this inbox",
                      run("noroshi-subscriber", "open", "17", "--data", self.data, code=harness.FAILED).err)


if __name__ == "__main__":
    harness.main()
