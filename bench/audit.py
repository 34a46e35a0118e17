#!/usr/bin/env python3
"""What an audit of a long log costs: time and the most memory that each of the auditor's ways through it took. Real programs;
the log is made of reports of 16 members.

    bench/audit.py [ENTRIES]       1000000 entries
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from harness import BIN, Broker  # noqa: E402

FILLERS = 16  # members; each is held to its rate


def most_memory(pid):
    """So far, in MiB. The process's resource usage would count what its parent had, too."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0  # it has ended


def measure(what, *args):
    began = time.monotonic()
    complaints = tempfile.TemporaryFile()
    child = subprocess.Popen([BIN / "noroshi-auditor", *map(str, args)], stdout=subprocess.DEVNULL, stderr=complaints)
    memory = 0
    while child.poll() is None:
        memory = max(memory, most_memory(child.pid))
        time.sleep(0.02)
    print(f"{what:<22} {time.monotonic() - began:7.1f} s   {memory:6.1f} MiB   exit code {child.returncode}", flush=True)
    if child.returncode != 0:
        complaints.seek(0)
        print(complaints.read().decode(), flush=True)
    return child.returncode == 0


def main():
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder).start()
        fillers = [broker.enroll(f"filler-{n}", "ministry", source="sector", publish=["*"]) for n in range(FILLERS)]
        auditor = broker.enroll("audit-office", "auditor", audit="RED")
        began = time.monotonic()
        subprocess.run([BIN / "fill", str(entries), *map(str, fillers)], check=True, stdout=subprocess.DEVNULL)
        print(f"{broker.head():,} entries, written in {time.monotonic() - began:.0f} s", flush=True)
        bundle = folder / "log.bundle"
        well = [measure("verify, from the broker", "verify", "--credential", auditor),
                measure("export --bundle", "export", "--bundle", bundle, "--credential", auditor),
                measure("verify --bundle", "verify", "--bundle", bundle, "--credential", auditor),
                measure("export --format csv", "export", "--format", "csv", "--credential", auditor),
                measure("replay, all kinds", "--output", "json", "replay", "--credential", auditor)]
        print(f"bundle: {bundle.stat().st_size / 2**20:,.0f} MiB")
        broker.stop()
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
