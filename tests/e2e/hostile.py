"""What the tests of hostile peers share: the few messages of the contract written out by hand, a session spoken through
them, and what is asked of the broker afterwards."""

import hashlib
import os
import re

import harness
import zmtp
from harness import credential_field

SANITIZED = bool(os.environ.get("NOROSHI_SANITIZE"))  # then memory and time say little about the product
HANDSHAKE = 2.0  # seconds that a handshake may take, by the broker's setting
DOORS = ("urgent", "batched", "archive")
FEEDS = ("openUrgent", "openBatched")
MIB = 1 << 20


# --- protobuf by hand ---

def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(message):
    """{number: last value}, of varints and lengths, which is all that the contract uses."""
    out, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 0:
            out[key >> 3] = number()
        elif key & 7 == 2:
            length = number()
            out[key >> 3] = message[at:at + length]
            at += length
        else:
            raise ValueError(f"wire type {key & 7}")
    return out


def hello(session_key, subscribe=True, credit=1000, cursor=0):
    return field(1, field(1, 1) + field(2, session_key) + field(3, int(subscribe)) + field(4, b"*") + field(6, cursor) +
                 field(8, credit))


def credit(cursor, more):
    return field(3, field(1, cursor) + field(2, more))


def answered(number, credential, report_id, note):
    """SubmitReceipt: the member of this credential answers RELEVANT, with a note."""
    receipt = (field(1, credential_field(credential, "organization").encode()) + field(2, 3) + field(3, report_id.encode()) +
               field(4, 1) + field(5, note.encode()))
    public, secret = (bytes.fromhex(credential_field(credential, f"signing_{each}")) for each in ("public", "secret"))
    signed = (field(1, receipt) + field(2, zmtp.sign(b"noroshi.v1.receipt\n" + receipt, secret)) +
              field(3, hashlib.sha256(public).hexdigest()[:16].encode()))
    return field(8, field(1, number) + field(2, signed))


def ask_board(number, report_id=""):
    return field(6, field(1, number) + field(3, field(1, report_id.encode())))


class Session:
    """A member's session over a raw CURVE connection."""

    def __init__(self, wire, **options):
        self.wire, self.key = wire, os.urandom(32)
        self._opener = None
        self.wire.say(self.wire.message(hello(self.key, **options)))

    def open(self, frame):
        """The number of the kind of a BrokerMessage and its bytes; None: sealed for somebody else."""
        said = fields(frame)
        if 1 in said:
            self._opener = zmtp.Opener(self.key, said[1])
        plain = self._opener.open(said[2]) if self._opener and 2 in said else None
        return next(iter(fields(plain).items())) if plain else None

    def hear(self, kind, name):
        """The next message of this kind."""
        for _ in range(10_000):
            flags, frame = self.wire.hear_message()
            opened = None if flags & 2 else self.open(frame)
            if opened and opened[0] == kind:
                return opened[1]
        raise AssertionError(f"no {name}")

    def welcome(self):
        return self.hear(1, "Welcome")

    def deliver(self):
        return self.hear(4, "Deliver")


def insist(attempt):
    """A peer that the broker ends may have left by then and its descriptor be a newcomer's, who is cut in its stead. He tries
    again, as a client does."""
    for _ in range(4):
        try:
            return attempt()
        except zmtp.Closed:
            pass
    return attempt()


class HostileCase(harness.Case):
    """A running broker with one member who publishes and one who reads."""

    def setUp(self):
        super().setUp()
        self.prepare()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"],
                                            subscribe=True)
        self.reader = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"],
                                         subscribe=True)
        self.members = self.broker.head()
        self.accepted = 0

    def prepare(self):
        """Before the broker starts."""

    def member(self, door="urgent", *metadata, of=None, **options):
        return zmtp.Curve.connected(self.broker.ports[door], zmtp.Keys.of(of or self.publisher), *metadata, **options)

    def listener(self, feed="openUrgent", **options):
        return zmtp.Curve.connected(self.broker.ports[feed], self.stranger_keys(), socket_type=b"SUB", **options)

    def peer(self, port, *metadata, socket_type=None):
        """Of the kind that this port is for."""
        keys = self.stranger_keys() if port in FEEDS else zmtp.Keys.of(self.publisher)
        kind = socket_type or (b"SUB" if port in FEEDS else b"DEALER")
        return insist(lambda: zmtp.Curve.connected(self.broker.ports[port], keys, *metadata, socket_type=kind))

    def stranger_keys(self):
        return zmtp.Keys(zmtp.Keys.of(self.publisher).server)

    def sessions_opened(self, organization=""):
        return sum(f"session opened: {organization}" in line for line in self.broker.process.err)

    def publish(self, **more):
        self.accepted += 1
        return harness.send(self.publisher, harness.report(**more)).objects[0]["id"]

    def assert_alive(self):
        """The broker runs, takes a report, and its log holds what members sent and nothing else."""
        self.publish()
        self.assertTrue(self.broker.process.running)
        self.assertEqual(self.broker.http("/healthz"), (200, "ok\n"))
        self.assertEqual(self.broker.head(), self.members + self.accepted)

    def assert_serves(self, what):
        """Asked after each of many attempts, so that the one that ended the broker is known."""
        try:
            insist(lambda: Session(self.member(of=self.reader)).welcome())
        except (zmtp.Closed, OSError) as error:
            raise AssertionError(f"nobody is served after: {what}") from error

    def memory(self):
        """MiB of the broker: (now, most so far)"""
        with open(f"/proc/{self.broker.process.process.pid}/status") as status:
            text = status.read()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", text)[1]) // 1024 for name in ("VmRSS", "VmHWM"))

    def assert_memory_grew_less_than(self, mib, before, what):
        now, most = self.memory()
        print(f"memory of the broker, {what}: {before} MiB before, {now} after, {most} at most", flush=True)
        if not SANITIZED:
            self.assertLess(most - before, mib, f"MiB: {what}")
