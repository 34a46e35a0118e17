"""Real processes and real sockets for the end-to-end tests.

A test is a `Case`: it has a folder of its own, and whatever it started is killed when it ends, also if ctest kills the
test itself. Everything waits for a condition with a deadline, never for a time. NOROSHI_BIN names the folder of the
programs.
"""

import atexit
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import zmq
import zmq.utils.z85

SOURCE = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NOROSHI_BIN", SOURCE / "build" / "release" / "bin"))
SAMPLES = SOURCE / "schemas" / "samples"

PATIENCE = 60.0  # seconds for anything that must happen; generous, since a sanitizer may slow the programs tenfold

# Exit codes, as the programs' contract has them.
DONE, FAILED, USAGE, REJECTED, UNREACHABLE, UNVERIFIED = 0, 1, 2, 3, 4, 5

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_children = []
_reservations = []


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@atexit.register
def kill_children():
    while _children:
        child = _children.pop()
        if isinstance(child, Background):
            child.kill()
        elif child.poll() is None:
            child.kill()
            child.wait()


def environment():
    """Nothing of the machine's own locale, matrix or colours reaches a test."""
    kept = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "NOROSHI_MATRIX")}
    return {**kept, "LANG": "C.UTF-8"}


def wait_until(condition, what, seconds=PATIENCE):
    """The first value of condition() that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def unread_pipe():
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "wb")


def free_base_port():
    """BASE such that BASE … BASE+4 and BASE+79 are free, below the ports that the kernel gives out by itself. BASE+5
    stays bound while this process lives, so that two tests never choose the same."""
    blocks = list(range(12000, 32000, 100))
    random.shuffle(blocks)
    for base in blocks:
        reservation = socket.socket()
        try:
            reservation.bind(("127.0.0.1", base + 5))
        except OSError:
            reservation.close()
            continue
        if all(_is_free(base + n) for n in (0, 1, 2, 3, 4, 79)):
            _reservations.append(reservation)
            return base
        reservation.close()
    raise AssertionError("no free ports")


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Result:
    """A program that has ended."""

    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self):
        return (f"{' '.join(map(str, self.args))}\nexit {self.code}\n--- stdout\n{self.out[-4000:]}\n"
                f"--- stderr\n{self.err[-4000:]}")


def run(program, *args, code=DONE, stdin=None, stdout=subprocess.PIPE, timeout=PATIENCE, env=None):
    """Runs a program to its end. `code`: what its exit code must be, or None."""
    command = [str(BIN / program), *map(str, args)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                               stdout=stdout, stderr=subprocess.PIPE, env={**environment(), **(env or {})},
                               preexec_fn=_die_with_parent)
    _children.append(process)
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        so_far = Result(command, None, (out or b"").decode(errors="replace"), err.decode(errors="replace"))
        raise AssertionError(f"did not end within {timeout} s: {so_far}") from None
    finally:
        _children.remove(process)
    result = Result(command, process.returncode, (out or b"").decode(), err.decode())
    if code is not None and result.code != code:
        raise AssertionError(f"exit code {result.code}, not {code}: {result}")
    return result


class Background:
    """A program that runs on while the test does something else; its lines are gathered as they come."""

    def __init__(self, program, *args, env=None):
        """`program` is one of ours, or the path of another."""
        self.args = [str(BIN / program), *map(str, args)]
        self.out, self.err = [], []
        self._news = threading.Condition()
        self._open = 2
        self.process = subprocess.Popen(self.args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**environment(), **(env or {})},
                                        preexec_fn=_die_with_parent)
        _children.append(self)
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._gather, args=(stream, lines), daemon=True).start()

    def _gather(self, stream, lines):
        with stream:
            for line in stream:
                with self._news:
                    lines.append(line.decode(errors="replace").rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._open -= 1
            self._news.notify_all()

    def wait_for(self, condition, what, seconds=PATIENCE):
        """The first value of condition() that is true; looked at whenever the program has said something."""
        with self._news:
            end = time.monotonic() + seconds
            while True:
                value = condition()
                if value:
                    return value
                if self._open == 0:
                    raise AssertionError(f"ended before: {what}: {self}")
                if not self._news.wait(end - time.monotonic()) and time.monotonic() >= end:
                    raise AssertionError(f"not within {seconds:g} s: {what}: {self}")

    def says(self, text, seconds=PATIENCE):
        self.wait_for(lambda: any(text in line for line in self.err), f"'{text}' on stderr", seconds)

    @property
    def running(self):
        return self.process.poll() is None

    def ends(self, seconds=PATIENCE):
        """Its exit code, when it has ended by itself."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {seconds:g} s: {self}") from None
        with self._news:
            self._news.wait_for(lambda: self._open == 0, 10)
        return code

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.running:
            self.signal(signal.SIGTERM)
        return self.ends()

    def kill(self):
        if self.running:
            self.process.kill()
        return self.ends()

    def __str__(self):
        code = self.process.poll()
        state = "running" if code is None else f"exit {code}"
        return (f"{' '.join(self.args)}\n{state}\n--- stdout, {len(self.out)} lines\n" +
                "\n".join(line[:300] for line in self.out[-10:]) + "\n--- stderr\n" + "\n".join(self.err[-30:]))


class Watch(Background):
    """noroshi-subscriber watch; stands when the constructor returns, unless `ready` is False."""

    def __init__(self, credential, *args, ready=True):
        super().__init__("noroshi-subscriber", "--output", "json", "watch", "--credential", credential, *args)
        if ready:
            self.says(" ready")

    @property
    def reports(self):
        return [json.loads(line) for line in self.out]

    def ids(self):
        return [each["report"]["id"] for each in self.reports]

    def wait_for_ids(self, ids, seconds=PATIENCE):
        """Until all of these have come. Looks at the text of each line once: there may be thousands."""
        missing, seen = set(ids), 0

        def all_there():
            nonlocal seen
            for line in self.out[seen:]:
                missing.discard(json.loads(line)["report"]["id"])
            seen = len(self.out)
            return not missing

        self.wait_for(all_there, f"{len(missing)} reports at the subscriber", seconds)


class Broker:
    """A broker in a data directory of its own. `settings` replace values of broker.toml: digest_seconds=2."""

    def __init__(self, folder, digest_seconds=None, name="noroshi.test.example"):
        self.data = folder / "broker"
        self.credentials = folder / "credentials"
        self.credentials.mkdir(exist_ok=True)
        self.base = free_base_port()
        self.process = None
        self.environment = {}
        self.ports = {}
        run("noroshi-broker", "init", "--data", self.data, "--name", name, "--port", self.base)
        if digest_seconds is not None:
            self.configure("interval_seconds = 900", f"interval_seconds = {digest_seconds}")

    def configure(self, old, new):
        file = self.data / "broker.toml"
        text = file.read_text()
        if old not in text:
            raise AssertionError(f"'{old}' is not in broker.toml:\n{text}")
        file.write_text(text.replace(old, new))

    def start(self):
        self.process = Background("noroshi-broker", "--output", "json", "run", "--data", self.data, env=self.environment)
        self.process.wait_for(lambda: self.process.out, "ready line of the broker")
        ready = json.loads(self.process.out[0])
        if ready.get("event") != "ready":
            raise AssertionError(f"no ready line: {self.process}")
        self.ports = ready["ports"]
        return self

    def stop(self):
        """SIGTERM; the broker must end with 0."""
        code = self.process.stop()
        if code != DONE:
            raise AssertionError(f"the broker ended with {code}: {self.process}")

    def kill(self):
        self.process.kill()

    def admin(self, command, *args, code=DONE):
        return run("noroshi-broker", "--output", "json", command, "--data", self.data, *args, code=code)

    def status(self):
        return self.admin("status").objects[0]

    def head(self):
        return self.status()["head"]

    def enroll(self, organization, tier, *args, sectors=(), source=None, publish=(), subscribe=False, audit=None, name=None):
        """Returns the credential's path."""
        out = self.credentials / f"{name or organization}.toml"
        options = ["--tier", tier, "--credential", out]
        for sector in sectors:
            options += ["--sector", sector]
        for pattern in publish:
            options += ["--publish", pattern]
        if source:
            options += ["--source", source]
        if subscribe:
            options.append("--subscribe")
        if audit:
            options += ["--audit", audit]
        self.admin("enroll", organization, *options, *args)
        return out

    def http(self, path):
        """(status, body)"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self):
        """{'noroshi_log_head': 3.0, 'noroshi_reports_accepted_total{lane="urgent"}': 1.0, …}"""
        lines = [line for line in self.http("/metrics")[1].splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def send(credential, *files, code=DONE, args=(), timeout=PATIENCE):
    """Sends files (paths) and reports (dicts; one array on standard input). One result a report."""
    reports = [each for each in files if isinstance(each, dict)]
    paths = [each for each in files if not isinstance(each, dict)]
    stdin = None
    if reports:
        paths.append("-")
        stdin = json.dumps(reports).encode()
    return run("noroshi-publisher", "--output", "json", "send", "--credential", credential, *args, *paths, code=code,
               stdin=stdin, timeout=timeout)


def replay(credential, *args, code=DONE, timeout=PATIENCE):
    return run("noroshi-auditor", "--output", "json", "replay", "--credential", credential, *args, code=code,
               timeout=timeout).objects


def report(item="C.disaster", field="situation", title="見出し", tlp="GREEN", status="ACTUAL", **more):
    """The smallest acceptable report, and what else is given."""
    return {"item": item, "status": status, "tlp": tlp, "title": {"ja": title},
            "sections": [{"field": field, "text": {"ja": "本文"}}], **more}


def credential_field(credential, name):
    lines = dict(line.split(" = ", 1) for line in Path(credential).read_text().splitlines() if " = " in line)
    return lines[name].strip('"')


def curve_keys(credential):
    """(broker's key, public, secret) of a credential, as ZeroMQ takes them."""
    raw = (bytes.fromhex(credential_field(credential, key)) for key in ("broker_transport", "transport_public", "transport_secret"))
    return tuple(zmq.utils.z85.encode(each) for each in raw)


class Case(unittest.TestCase):
    """One folder, one broker (`self.broker`, not yet started)."""

    digest_seconds = None
    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="noroshi-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(kill_children)
        self.broker = Broker(self.folder, digest_seconds=self.digest_seconds)

    def run(self, result=None):
        """What the broker had to say is worth knowing when a test fails."""
        before = len(result.failures) + len(result.errors) if result else 0
        out = super().run(result)
        broker = getattr(self, "broker", None)
        if result and len(result.failures) + len(result.errors) > before and broker and broker.process:
            print(f"\nthe broker of {self.id()}:\n{broker.process}", file=sys.stderr)
        return out

    def foreign(self, kind):
        """A ZeroMQ socket that is none of ours, closed at the end whatever it still had to say."""
        if not hasattr(self, "_context"):
            self._context = zmq.Context()
            self.addCleanup(self._context.term)
        socket = self._context.socket(kind)
        socket.linger = 0
        self.addCleanup(socket.close)
        return socket

    def write(self, name, content):
        """A file in the test's folder: bytes, text, or what JSON can hold."""
        file = self.folder / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        elif isinstance(content, str):
            file.write_text(content)
        else:
            file.write_text(json.dumps(content, ensure_ascii=False))
        return file


def main():
    unittest.main(verbosity=2)
