#!/usr/bin/env python3
"""How long a subscriber goes without: from `kill -9` of a broker whose log is long to the first alert delivered by the one
started in its place. Real programs: a publisher's agent that is handed an alert every tenth of a second, a subscriber that
listens; both find the new broker by themselves.

    bench/recovery.py [ENTRIES] [TURNS]       1000000 entries, 10 turns
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from harness import BIN, Background, Broker, Watch, report  # noqa: E402

EVERY = 0.1  # seconds between two alerts
FILLERS = 16  # members; each is held to its rate


class Listener(Watch):
    """Notes when each report came."""

    def __init__(self, credential):
        self.came = []
        super().__init__(credential, "C")

    def _gather(self, stream, lines):
        if stream is not self.process.stdout:
            super()._gather(stream, lines)
            return
        for line in stream:
            with self._news:
                self.came.append(time.monotonic())
                lines.append(line.decode().rstrip("\n"))
                self._news.notify_all()


def alerts(spool, stop):
    number = 0
    while not stop.wait(EVERY):
        number += 1
        draft = spool / f".{number}"
        draft.write_text(json.dumps(report()))
        draft.rename(spool / f"alert-{number:06}.json")


def main():
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder).start()
        fillers = [broker.enroll(f"filler-{n}", "ministry", source="sector", publish=["*"]) for n in range(FILLERS)]
        author = broker.enroll("author", "ministry", source="sector", publish=["*"])
        reader = broker.enroll("reader", "operator", sectors=["electricity"], subscribe=True)
        began = time.monotonic()
        subprocess.run([BIN / "fill", str(entries), *map(str, fillers)], check=True, stdout=subprocess.DEVNULL)
        size = os.path.getsize(broker.data / "log.sqlite")
        print(f"{broker.head():,} entries, {size / 2**20:,.0f} MiB, written in {time.monotonic() - began:.0f} s", flush=True)

        listener = Listener(reader)
        spool = folder / "spool"
        spool.mkdir()
        agent = Background("noroshi-publisher", "run", "--credential", author, "--spool", spool)
        stop = threading.Event()
        feeder = threading.Thread(target=alerts, args=(spool, stop))
        feeder.start()
        ready, delivered = [], []
        for turn in range(turns):
            before = len(listener.came)
            listener.wait_for(lambda: len(listener.came) > before + 5, "alerts before the kill")
            broker.kill()
            killed = time.monotonic()
            before = len(listener.came)
            broker.start()
            ready.append(time.monotonic() - killed)
            listener.wait_for(lambda: len(listener.came) > before, "an alert after the start")
            delivered.append(listener.came[before] - killed)
            print(f"turn {turn + 1}: ready after {ready[-1]:.3f} s, first alert after {delivered[-1]:.3f} s", flush=True)
        stop.set()
        feeder.join()
        agent.stop()
        for what, times in (("ready", ready), ("first alert", delivered)):
            print(f"{what}: median {statistics.median(times):.3f} s, worst {max(times):.3f} s")


if __name__ == "__main__":
    main()
