#!/usr/bin/env python3
"""Broker, publisher agent and subscriber daemon, killed, stopped and cut off from each other at random while reports flow:
in the end what was handed in = what is in the log = what is in the inbox = what went to the sink, each once (the sink: at
least once), and the board says so.

NOROSHI_KILLS is how many kills (a few in the suite), NOROSHI_SEED repeats a run: the same kills in the same order, though not at
the same instant, which is the machine's affair.
"""

import json
import os
import random
import select
import signal
import socket
import threading
import time

import harness
from harness import DONE, Background, Case, replay, report, run, wait_until

KILLS = int(os.environ.get("NOROSHI_KILLS", "16"))
SEED = int(os.environ.get("NOROSHI_SEED", random.randrange(1 << 32)))
ROUND = max(12, KILLS // 40)  # strikes between two looks at the whole
LONGEST_PAUSE = 4.0  # seconds: longer than three heartbeats


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
        self.broker.start()
        self.roads = {port: Road(self.broker.ports[name]) for name, port in (("urgent", "urgent_port"), ("batched", "batched_port"))}
        self.publisher = self.by_road(self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"]))
        self.subscriber = self.by_road(self.broker.enroll("east-gas", "operator", sectors=["gas"], subscribe=True))
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")
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
                                           "--spool", self.spool)
        else:
            self.running[who] = Background("noroshi-subscriber", "run", "--credential", self.subscriber, "--data", self.inbox)

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
        what = self.chance.choices(["kill", "pause", "cut", "slow"], [80, 8, 8, 4])[0]
        if what == "cut":
            self.chance.choice(list(self.roads.values())).cut()
            return False
        if what == "slow":
            for road in self.roads.values():
                road.delay = self.chance.choice([0.0, 0.02, 0.1])
            return False
        who = self.chance.choice(["broker", "agent", "daemon"])
        if what == "pause":
            self.process(who).signal(signal.SIGSTOP)
            time.sleep(self.chance.random() * LONGEST_PAUSE)  # how long is what varies
            self.process(who).signal(signal.SIGCONT)
            return False
        self.process(who).kill()
        self.start(who)
        return True

    def settled(self):
        return not [name for name in os.listdir(self.spool) if name.endswith(".json")] and not self.waiting_letters()

    def waiting_letters(self):
        outbox = self.spool / "outbox"
        return [file for file in outbox.rglob("*") if file.is_file() and not file.name.startswith(".")
                and file.suffix not in (".lock", ".toml")] if outbox.is_dir() else []

    def judge(self):
        for road in self.roads.values():
            road.delay = 0.0
        expected = [f"n{n}" for n in range(1, self.handed_in + 1)]
        wait_until(self.settled, lambda: f"everything sent; waiting: {self.waiting_letters()[:3]}; {self.running['agent']}", 120)
        log = [each["report"] for each in replay(self.auditor, "--from", "1", timeout=120)]
        titles = [each["title"]["ja"] for each in log]
        self.assertEqual(sorted(titles), sorted(expected), "handed in and in the log")
        for item in ("C.it-failure", "B.a.regulations"):
            lane = [int(each["title"]["ja"][1:]) for each in log if each["item"] == item]
            self.assertEqual(lane, sorted(lane), "a lane is out of order")
        ids = sorted(each["id"] for each in log)
        wait_until(lambda: sorted(self.in_inbox()) == ids, lambda: f"{len(ids)} reports in the inbox, not {len(self.in_inbox())}", 120)
        wait_until(lambda: set(self.in_sink()) == set(ids), "everything in the sink", 120)
        wait_until(lambda: self.on_board() == len(ids), lambda: f"{len(ids)} delivered on the board, not {self.on_board()}", 120)

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
        return [each["report"]["id"] for each in out if "report" in each]

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
        print(f"{kills} kills, {strikes} strikes, {self.handed_in} reports", flush=True)


if __name__ == "__main__":
    harness.main()
