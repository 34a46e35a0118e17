#!/usr/bin/env python3
"""Broker, publisher agent and subscriber daemon, killed, stopped and cut off from each other at random while reports flow, their
disks full and their clocks wrong: in the end what was handed in = what is in the log = what is in the inbox = what went to the
sink, each once (the sink: at least once), and the board says so. What its author was told to be rejected, because the two clocks
were too far apart, is in none of them.

NOROSHI_KILLS is how many kills (a few in the suite), NOROSHI_SEED repeats a run: the same kills in the same order, though not at
the same instant, which is the machine's affair.
"""

import collections
import json
import os
import random
import select
import signal
import socket
import threading
import time

import harness
from faults import Faults
from harness import FAILED, Background, Case, replay, report, run, wait_until

BOARD = 4096  # reports that it has at most: the newest
KILLS = int(os.environ.get("NOROSHI_KILLS", "16"))
SEED = int(os.environ.get("NOROSHI_SEED", random.randrange(1 << 32)))
ROUND = max(12, KILLS // 40)  # strikes between two looks at the whole
LONGEST_PAUSE = 4.0  # seconds: longer than three heartbeats
LONGEST_FULL = 1.0
FARTHEST = 3 * 3600  # seconds: how wrong a clock may be
# Each kind of strike comes up in every run.
DECK = ["kill"] * 17 + ["pause"] * 2 + ["cut"] * 2 + ["slow"] + ["full"] * 3 + ["jump"] * 3
PROGRAMS = ("broker", "agent", "daemon")
LONG_SINCE = ("--valid-from", "2020-01-01T00:00:00Z")  # enrolled, whatever the broker's clock says


class Road:
    """A TCP road to a port of the broker, which can be cut, and made slow."""

    def __init__(self, target):
        self.target, self.delay, self.pairs = target, 0.0, set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.pairs.add((near, far))
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near, far):
        try:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if self.delay:
                        time.sleep(self.delay)
                    (far if source is near else near).sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.pairs.discard((near, far))
            for end in (near, far):
                end.close()

    def cut(self):
        with self.lock:
            pairs = list(self.pairs)
        for near, far in pairs:
            for end in (near, far):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Campaign(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        self.deck = []
        self.struck, self.ended = collections.Counter(), collections.Counter()
        self.faults = {who: Faults(self.folder / f"{who}.faults") for who in PROGRAMS}
        self.broker.environment = self.faults["broker"].environment
        self.broker.start()
        self.roads = {port: Road(self.broker.ports[name]) for name, port in (("urgent", "urgent_port"), ("batched", "batched_port"))}
        self.publisher = self.by_road(self.broker.enroll("metro-water", "operator", *LONG_SINCE, sectors=["water"], source="sector",
                                                         publish=["*"]))
        self.subscriber = self.by_road(self.broker.enroll("east-gas", "operator", *LONG_SINCE, sectors=["gas"], subscribe=True))
        self.auditor = self.broker.enroll("kansa", "auditor", *LONG_SINCE, audit="RED")
        self.spool, self.inbox, self.sink = self.folder / "spool", self.folder / "inbox", self.folder / "sink.ndjson"
        self.spool.mkdir()
        self.inbox.mkdir(mode=0o700)
        (self.inbox / "subscriber.toml").write_text(f'[[sink]]\nname = "all"\ntype = "file"\npath = "{self.sink}"\n')
        self.handed_in = 0
        self.running = {}
        self.start("agent")
        self.start("daemon")

    def by_road(self, credential):
        text = credential.read_text()
        for name, road in self.roads.items():
            at = text.index(name + " = ")
            text = text[:at] + f"{name} = {road.port}" + text[text.index("\n", at):]
        credential.write_text(text)
        return credential

    def start(self, who):
        if who == "broker":
            self.broker.start()
        elif who == "agent":
            self.running[who] = Background("noroshi-publisher", "--output", "json", "run", "--credential", self.publisher,
                                           "--spool", self.spool, env=self.faults[who].environment)
        else:
            self.running[who] = Background("noroshi-subscriber", "run", "--credential", self.subscriber, "--data", self.inbox,
                                           env=self.faults[who].environment)

    def process(self, who):
        return self.broker.process if who == "broker" else self.running[who]

    def hand_in(self):
        """A file of one or two reports, every third report by the batched lane. (The board knows the newest 4,096.)"""
        reports = []
        for _ in range(self.chance.randint(1, 2)):
            self.handed_in += 1
            reports.append(report(*(("B.a.regulations", "guidelines") if self.handed_in % 3 == 0 else ()),
                                  title=f"n{self.handed_in}", references=[{"url": "https://example.jp/" + "x" * 1000}]))
        unfinished = self.spool / f".{self.handed_in}"
        unfinished.write_text(json.dumps(reports), encoding="utf-8")
        unfinished.rename(self.spool / f"{self.handed_in:08}.json")

    def strike(self):
        """One fault. Returns whether it was a kill."""
        self.look_after()
        if not self.deck:
            self.deck = self.chance.sample(DECK, len(DECK))
        what = self.deck.pop()
        self.struck[what] += 1
        if what == "cut":
            self.chance.choice(list(self.roads.values())).cut()
            return False
        if what == "slow":
            for road in self.roads.values():
                road.delay = self.chance.choice([0.0, 0.02, 0.1])
            return False
        who = self.chance.choice(PROGRAMS)
        if what == "full":
            self.fill_disk(who)
            return False
        if what == "jump":
            # A publisher's clock that is ahead is its own fault: all that it writes is rejected.
            self.faults[who].ahead = self.chance.uniform(-FARTHEST, 0 if who == "agent" else FARTHEST)
            return False
        if what == "pause":
            self.process(who).signal(signal.SIGSTOP)
            time.sleep(self.chance.random() * LONGEST_PAUSE)  # how long is what varies
            self.process(who).signal(signal.SIGCONT)
            return False
        self.process(who).kill()
        self.start(who)
        return True

    def fill_disk(self, who):
        self.faults[who].disk_full = True
        for _ in range(3):
            self.hand_in()
        time.sleep(self.chance.random() * LONGEST_FULL)  # how long is what varies
        self.faults[who].disk_full = False

    def look_after(self):
        """As systemd does: what has failed is started again. Only a full disk may make anything fail, and it says so."""
        for who in PROGRAMS:
            if self.process(who).running:
                continue
            code = self.process(who).ends()
            said = "\n".join(self.process(who).err)
            self.assertEqual(code, FAILED, f"{who} ended: {self.process(who)}")
            self.assertRegex(said, "No space left on device|disk is full|check the disk", f"{who} ended: {self.process(who)}")
            self.ended[who] += 1
            self.start(who)

    def settled(self):
        self.look_after()
        return not [name for name in os.listdir(self.spool) if name.endswith(".json")] and not self.waiting_letters()

    def waiting_letters(self):
        outbox = self.spool / "outbox"
        return [file for file in outbox.rglob("*") if file.is_file() and not file.name.startswith(".")
                and file.suffix not in (".lock", ".toml")] if outbox.is_dir() else []

    def judge(self):
        for road in self.roads.values():
            road.delay = 0.0
        for faults in self.faults.values():
            faults.ahead = 0  # which is a jump, too
        wait_until(self.settled, lambda: f"everything sent; waiting: {self.waiting_letters()[:3]}; {self.running['agent']}", 120)
        log = [each["report"] for each in replay(self.auditor, "--from", "1", timeout=120)]
        told = self.told()
        accepted = [title for title, outcome in told.items() if outcome == "accepted"]
        rejected = [title for title, outcome in told.items() if outcome == "clock_skew"]
        self.assertEqual(sorted(told), sorted(f"n{n}" for n in range(1, self.handed_in + 1)), "handed in and told")
        self.assertEqual(len(accepted) + len(rejected), len(told), "rejected for another reason")
        self.assertEqual(sorted(each["title"]["ja"] for each in log), sorted(accepted), "accepted and in the log")
        self.rejected = len(rejected)
        for item in ("C.it-failure", "B.a.regulations"):
            lane = [int(each["title"]["ja"][1:]) for each in log if each["item"] == item]
            self.assertEqual(lane, sorted(lane), "a lane is out of order")
        ids = sorted(each["id"] for each in log)
        wait_until(lambda: sorted(self.in_inbox()) == ids, lambda: f"{len(ids)} reports in the inbox, not {len(self.in_inbox())}", 120)
        wait_until(lambda: set(self.in_sink()) == set(ids), "everything in the sink", 120)
        shown = min(len(ids), BOARD)
        wait_until(lambda: self.on_board() == shown, lambda: f"{shown} delivered on the board, not {self.on_board()}", 120)

    def told(self):
        """Title: what its author was told in the end, "accepted" or the reason."""
        out = {}
        for folder in ("sent", "rejected"):
            for file in sorted((self.spool / folder).glob("*.json.result.json")):
                reports = json.loads(file.with_suffix("").with_suffix("").read_text())
                results = [json.loads(line) for line in file.read_text().splitlines()]
                self.assertEqual(len(reports), len(results), file)
                out.update({each["title"]["ja"]: result.get("reason") or result["result"] for each, result in zip(reports, results)})
        return out

    def in_inbox(self):
        out = run("noroshi-subscriber", "--output", "json", "inbox", "--data", self.inbox).objects
        self.assertEqual({each["signature"] for each in out} - {"valid"}, set())
        return [each["report"]["id"] for each in out]

    def in_sink(self):
        out = []
        for line in self.sink.read_text().splitlines() if self.sink.exists() else []:
            try:
                out.append(json.loads(line))
            except ValueError:
                pass  # a line that a kill cut short: the same one follows whole
        return [each["report"]["id"] for each in out if "event" not in each]

    def on_board(self):
        return sum(board["delivered"] for board in self.broker.admin("board").objects)

    def test_campaign(self):
        print(f"NOROSHI_SEED={SEED} NOROSHI_KILLS={KILLS}", flush=True)
        kills = strikes = 0
        while kills < KILLS:
            self.hand_in()
            time.sleep(self.chance.random() * 0.3)  # no wait for anything: the moment is what varies
            strikes += 1
            kills += self.strike()
            if strikes % ROUND == 0:
                self.judge()
        self.judge()
        print(f"{kills} kills, {strikes} strikes {dict(self.struck)}, ended over a full disk {dict(self.ended)}, "
              f"{self.handed_in} reports, {self.rejected} rejected for the clock", flush=True)


if __name__ == "__main__":
    harness.main()
