#!/usr/bin/env python3
"""Thousands who knock and do not come in: members go on as if they were not there, the broker's memory stays bounded, and
they are let go when the time for a handshake is over."""

import os
import resource
import socket
import threading
import time

import zmq

import harness
from harness import PATIENCE, Watch, wait_until
from hostile import DOORS, FEEDS, HostileCase
from zmtp import greeting

KNOCKING = 5000
PARTIAL = greeting()[:20]
MEMORY = 256  # MiB for all of them: 28 KiB each is what libzmq takes, and as much again for what the allocator keeps
NEEDED = KNOCKING + 500
ORDINARY = 1024  # the soft limit that most systems give


def knock(port):
    wire = socket.socket()
    wire.setblocking(False)
    try:
        wire.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    return wire


class Crowd:
    """Keeps so many half-open connections, in a thread: who is shut out knocks again until it is told to stop."""

    def __init__(self, ports, count):
        self.ports, self.count = ports, count
        self.wires, self._silent, self.cut, self._stop = [], [], 0, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop:
            while len(self.wires) < self.count and not self._stop:
                self.wires.append(knock(self.ports[len(self.wires) % len(self.ports)]))
                self._silent.append(self.wires[-1])
                if len(self.wires) % 100 == 0:
                    self._say()
            self._say()
            self._drop_the_cut()
            time.sleep(0.05)

    def _say(self):
        """Each says its half greeting once, as soon as it is connected."""
        silent = []
        for wire in self._silent:
            try:
                wire.send(PARTIAL)
            except BlockingIOError:
                silent.append(wire)
            except OSError:
                pass
        self._silent = silent

    def _drop_the_cut(self):
        kept = []
        for wire in self.wires:
            try:
                ended = wire.recv(4096) == b""
            except BlockingIOError:
                ended = False
            except OSError:
                ended = True
            if ended:
                wire.close()
                self.cut += 1
            else:
                kept.append(wire)
        self.wires = kept

    def stay(self):
        """Knocks no more; who was not let go stays."""
        self._stop = True
        self._thread.join()

    def leave(self):
        self.stay()
        for wire in self.wires:
            wire.close()


class HalfOpen(HostileCase):
    def prepare(self):
        self.hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.assertGreaterEqual(self.hard, NEEDED, f"the hard limit of open files is {self.hard}: this test needs {NEEDED} "
                                                   f"for {KNOCKING} connections (ulimit -Hn)")
        # The broker begins with what most systems give, and has to raise it by itself.
        resource.setrlimit(resource.RLIMIT_NOFILE, (ORDINARY, self.hard))

    def setUp(self):
        super().setUp()
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.hard, self.hard))
        self.process = self.broker.process.process.pid

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process}/fd"))

    def test_five_thousand_who_do_not_come_in(self):
        self.assertEqual(resource.prlimit(self.process, resource.RLIMIT_NOFILE)[0], self.hard)
        watch = Watch(self.reader)
        self.publish()
        before, resting = self.memory()[0], self.descriptors()
        crowd = Crowd([self.broker.ports[door] for door in DOORS + FEEDS], KNOCKING)
        self.addCleanup(crowd.leave)
        most, ids = 0, []

        def all_there():
            nonlocal most
            most = max(most, self.descriptors() - resting)
            return most >= KNOCKING
        started = time.monotonic()
        while not all_there() or len(ids) < 5:  # members go on all the while
            self.assertLess(time.monotonic() - started, PATIENCE, f"{most} at once, not {KNOCKING}")
            if len(crowd.wires) > KNOCKING // 2:
                ids.append(self.publish())
        watch.wait_for_ids(ids)
        newcomer = Watch(self.reader)
        ids.append(self.publish())
        newcomer.wait_for_ids(ids[-1:])
        crowd.stay()
        wait_until(lambda: self.descriptors() < resting + 20, lambda: f"{self.descriptors()} descriptors, {resting} before")
        print(f"half-open connections at once: {most}; let go meanwhile: {crowd.cut}", flush=True)
        self.assert_memory_grew_less_than(MEMORY, before, f"{most} half-open connections")
        self.assert_alive()

    def test_a_socket_that_waits_for_ever_is_noticed(self):
        """The twin: without a limit for handshakes nobody is let go."""
        router = self.foreign(zmq.ROUTER)
        router.handshake_ivl = 0
        crowd = Crowd([router.bind_to_random_port("tcp://127.0.0.1")], 50)
        self.addCleanup(crowd.leave)
        wait_until(lambda: len(crowd.wires) == 50, "fifty connections")
        self.assertRaises(AssertionError, wait_until, lambda: crowd.cut, "one that is let go", 3)


if __name__ == "__main__":
    harness.main()
