#!/usr/bin/env python3
"""Members who take or give so slowly that everything piles up: it piles up to a bound, and nobody else waits for them."""

import threading
import time
import unittest

import harness
from harness import PATIENCE, send, wait_until
from hostile import MIB, SANITIZED, HostileCase, Session, fields
from zmtp import Closed

STALLED = 20  # members who take nothing more
DRIBBLING = 50  # and who give a byte at a time
BULK = 60  # reports of 180 KiB: more than a session may have in flight
SAMPLES = 100
# What a stalled reader may cost (limits.h: unacknowledged bytes, one Deliver beyond them) and the tail of the log, with
# what frames and the allocator add.
MEMORY = STALLED * 12 + 192
PER_KEY = 256  # connections to one socket
NOISE_MS = 25  # what the machine itself may add when others use it
TURNS = 3


class Reader(threading.Thread):
    """A well-behaved member: when each report got its number and when it arrived, by its id."""

    def __init__(self, wire):
        super().__init__(daemon=True)
        self.arrived, self._wire = {}, wire
        self._session = Session(wire)
        self._session.welcome()
        self.start()

    def run(self):
        try:
            while True:
                delivered = fields(self._session.deliver())
                now = time.time()
                if 1 not in delivered:
                    continue
                entry = fields(fields(fields(delivered[1])[1])[1])
                self.arrived[fields(fields(entry[6])[1])[1].decode()] = (entry[2] / 1e6, now)
                self._wire.say(self._wire.message(b"\x1a\x06" + b"\x08" + long_varint(entry[1]) + b"\x10\x01"))
        except (Closed, OSError, TimeoutError):
            pass  # the end of the test


def taken(wire):
    try:
        while True:
            wire.hear_message()
    except (Closed, OSError, TimeoutError):
        pass


def long_varint(value):
    """In three bytes, however small."""
    return bytes([value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14])


def made_at(uuid):
    """Seconds; a UUIDv7 begins with the time it was made, in ms."""
    return int(uuid.replace("-", "")[:12], 16) / 1000


def p99(values):
    return sorted(values)[int(len(values) * 0.99) - 1]


class Pace(HostileCase):
    def measure(self, reader):
        """p99 in ms to a report's arrival at another member, urgent lane, one at a time: from its making, which includes
        the publisher's coming in by a fresh connection, and from its number, which is the broker's own share."""
        made, numbered = [], []
        for _ in range(SAMPLES):
            report = self.publish()
            wait_until(lambda: report in reader.arrived, "the report at the reader")
            number_at, arrived_at = reader.arrived[report]
            made.append(1000 * (arrived_at - made_at(report)))
            numbered.append(1000 * (arrived_at - number_at))
        return p99(made), p99(numbered)

    def test_who_stalls_makes_nobody_wait(self):
        reader = Reader(self.member(of=self.reader))
        before, quiet = self.memory()[0], self.measure(reader)

        stalled = [self.member(of=self.reader, receive_buffer=4096) for _ in range(STALLED)]
        for wire in stalled:
            Session(wire, credit=4096)  # and never reads
        dribble = Dribble([self.member() for _ in range(DRIBBLING)])
        self.addCleanup(dribble.stop)
        wait_until(lambda: self.sessions_opened("east-gas") == 1 + STALLED, "the stalled members' sessions")
        bulk = [harness.report(sections=[{"field": "situation", "text": {"ja": "a" * 180_000}}]) for _ in range(BULK)]
        for n in range(0, BULK, 10):
            answers = send(self.publisher, *bulk[n:n + 10]).objects
            self.accepted += 10
        wait_until(lambda: answers[-1]["id"] in reader.arrived, "the last of the bulk at the one who reads")
        for _ in range(TURNS):  # a busy machine is slow now and then, a broker that makes others wait is so each time
            beside = self.measure(reader)
            if all(with_them < 2 * alone + NOISE_MS for alone, with_them in zip(quiet, beside)):
                break
        self.assertGreater(dribble.given, 0)
        self.assert_memory_grew_less_than(MEMORY, before, f"{STALLED} stalled readers, {DRIBBLING} slow writers")
        for name, alone, with_them in zip(("making", "number"), quiet, beside):
            print(f"urgent p99, {name} to arrival: {alone:.1f} ms alone, {with_them:.1f} ms beside them", flush=True)
            if not SANITIZED:
                self.assertLess(with_them, 2 * alone + NOISE_MS)
        self.assert_alive()

    def test_a_listener_of_the_open_feed_that_takes_nothing_is_cut_and_one_that_reads_is_not(self):
        stalled, reads = self.listener(receive_buffer=4096), self.listener()
        for listener in (stalled, reads):
            listener.say(listener.message(b"\x01"))
        taking = threading.Thread(target=taken, args=(reads,), daemon=True)
        taking.start()
        large = harness.report(tlp="CLEAR", sections=[{"field": "situation", "text": {"ja": "a" * 900_000}}])
        self.accepted += len(send(self.publisher, *[large] * 8).objects)
        self.broker.process.says("takes nothing and was cut")
        self.assertEqual("\n".join(self.broker.process.err).count("takes nothing"), 1)
        self.assertTrue(taking.is_alive())
        self.assert_alive()

    def test_one_key_does_not_take_every_connection(self):
        crowd = [self.member() for _ in range(PER_KEY)]
        for wire in crowd:
            Session(wire).welcome()
        with self.assertRaises(Closed):
            Session(self.member()).welcome()
        Session(self.member(of=self.reader)).welcome()  # others come in
        Session(self.member("batched")).welcome()  # and the other lane has its own count
        crowd.pop().close()

        def again():
            try:
                return Session(self.member()).welcome()
            except Closed:
                return None
        wait_until(again, "a place for the one who left")
        self.assert_alive()


class Dribble:
    """Gives the bytes of a frame one a second, on many connections."""

    def __init__(self, wires):
        self.given, self._wires, self._stopped = 0, wires, threading.Event()
        self._frames = [wire.message(bytes(MIB // 2)) for wire in wires]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        at = 0
        while not self._stopped.wait(1 if at else 0):
            for wire, frame in zip(self._wires, self._frames):
                wire.say_if_open(frame[at:at + 1])
            at += 1
            self.given = at

    def stop(self):
        self._stopped.set()
        self._thread.join()


class Twin(unittest.TestCase):
    def test_what_would_be_noticed(self):
        """The twin: the same arithmetic over a pair that waits for somebody now and then."""
        alone = [2.0] * SAMPLES
        self.assertLess(p99(alone), 2 * p99(alone) + NOISE_MS)
        self.assertGreater(p99(alone[:-2] + [200.0] * 2), 2 * p99(alone) + NOISE_MS)


if __name__ == "__main__":
    harness.main()
