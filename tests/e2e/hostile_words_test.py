#!/usr/bin/env python3
"""What libzmq's own clients never say or do: odd words, claims and departures, at every socket that the broker binds and at
every step of a connection. libzmq aborts the whole process when one of its assertions fails; none may."""

import random
import threading

import harness
import zmtp
from hostile import DOORS, FEEDS, HostileCase, Session
from zmtp import Closed, Curve, Keys, Wire

PING = b"\x04PING\x00\x00"
LEAVINGS = (Wire.close, Wire.reset)


def said(body, **flags):
    return lambda peer: peer.message(body, **flags)


def of(*parts):
    return lambda peer: b"".join(part(peer) for part in parts)


COMMAND = {"command": True}
PARTS = of(*[said(b"x", more=True)] * 30)

# What libzmq would never say: name -> what makes the bytes for a connection.
SAYINGS = {
    "PING without a TTL": said(b"\x04PING", **COMMAND),
    "PING with half a TTL": said(b"\x04PING\x01", **COMMAND),
    "PING, the shortest TTL": said(b"\x04PING\x00\x01", **COMMAND),
    "PING, the longest TTL": said(b"\x04PING\xff\xff", **COMMAND),
    "PING, a TTL of 0 when counted in 16 bits": said(b"\x04PING\x40\x00", **COMMAND),
    "PINGs with other TTLs, then a message": of(said(b"\x04PING\x00\x01", **COMMAND), said(b"\x04PING\x00\x02", **COMMAND),
                                                said(b"x")),
    "PING with 16 bytes": said(b"\x04PING\x00\x0a" + bytes(16), **COMMAND),
    "PING with 17 bytes": said(b"\x04PING\x00\x0a" + bytes(17), **COMMAND),
    "PING with 900 bytes": said(b"\x04PING\x00\x0a" + bytes(900), **COMMAND),
    "PING with more to come": said(PING, more=True, **COMMAND),
    "PING between parts": of(PARTS, said(PING, **COMMAND), said(b"x")),
    "PONG unasked": said(b"\x04PONG", **COMMAND),
    "PONG with 900 bytes": said(b"\x04PONG" + bytes(900), **COMMAND),
    "JOIN": said(b"\x04JOINgroup", **COMMAND),
    "LEAVE": said(b"\x05LEAVEgroup", **COMMAND),
    "SUBSCRIBE": said(b"\x09SUBSCRIBE", **COMMAND),
    "SUBSCRIBE with more to come": said(b"\x09SUBSCRIBEB.", more=True, **COMMAND),
    "SUBSCRIBE between parts": of(PARTS, said(b"\x09SUBSCRIBEB.", **COMMAND), said(b"x")),
    "SUBSCRIBE twice, CANCEL thrice": of(*[said(b"\x09SUBSCRIBEB.", **COMMAND)] * 2,
                                         *[said(b"\x06CANCELB.", **COMMAND)] * 3),
    "CANCEL of nothing": said(b"\x06CANCEL", **COMMAND),
    "CANCEL of what nobody asked for": said(b"\x06CANCELnever", **COMMAND),
    "CANCEL of half a topic": of(said(b"\x01B.disaster"), said(b"\x06CANCELB.", **COMMAND), said(b"\x00B.dis")),
    "a subscription of old, cancelled anew": of(said(b"\x01B."), said(b"\x06CANCELB.", **COMMAND), said(b"\x00B.")),
    "a cancellation of old": said(b"\x00"),
    "a subscription of 900 bytes": of(said(b"\x01" + bytes(900)), said(b"\x00" + bytes(900))),
    "subscriptions with more to come": of(*[said(b"\x01B.", more=True)] * 5, *[said(b"\x00B.", more=True)] * 5),
    "nothing": said(b""),
    "nothing, with more to come": of(said(b"", more=True), said(b"", more=True)),
    "a command of nothing": said(b"", **COMMAND),
    "a command longer than it is": said(b"\xffPING", **COMMAND),
    "a command without a name": said(b"\x00", **COMMAND),
    "a message to those who only speak": said(b"hello"),
    "an envelope of REQ": of(said(b"", more=True), said(b"hello")),
    "parts, then nothing": PARTS,
    "READY again": lambda peer: zmtp.command(b"READY"),
    "ERROR": lambda peer: zmtp.command(b"ERROR", b"\x03400"),
    "ERROR without a reason": lambda peer: zmtp.command(b"ERROR"),
    "ERROR, encrypted": said(b"\x05ERROR\x03400", **COMMAND),
    "INITIATE again": lambda peer: peer.sent["INITIATE"],
    "a MESSAGE too short": lambda peer: zmtp.frame(b"\x07MESSAGE" + bytes(24)),
    "a MESSAGE that does not open": lambda peer: zmtp.frame(b"\x07MESSAGE" + b"\xff" * 60),
    "the last nonce, then another": of(said(b"x", nonce=b"\xff" * 8), said(b"x", nonce=b"\xff" * 8)),
    "an empty frame": lambda peer: zmtp.frame(b""),
    "half a frame": lambda peer: peer.message(b"hello")[:20],
}

OTHER_TYPES = (b"PUB", b"XPUB", b"STREAM", b"REQ", b"REP", b"ROUTER", b"DEALER", b"SUB", b"XSUB", b"PAIR", b"PUSH", b"PULL",
               b"SERVER", b"", b"SUB\0", b"x" * 900)

# What a peer may claim about itself, besides Socket-Type.
CLAIMS = {
    "nothing": [(b"", b"")],
    "an identity of one byte": [(b"Identity", b"x")],
    "an identity of 255 bytes": [(b"Identity", b"x" * 255)],
    "an identity of 256 bytes": [(b"Identity", b"x" * 256)],
    "an identity of 600 bytes": [(b"Identity", b"x" * 600)],
    "an identity of libzmq's own kind": [(b"Identity", b"\0\0\0\0\0")],
    "an identity of a zero": [(b"Identity", b"\0")],
    "two identities": [(b"Identity", b"one"), (b"Identity", b"two")],
    "an identity and none": [(b"Identity", b"one"), (b"Identity", b"")],
    "the type again": [(b"Socket-Type", b"DEALER"), (b"Socket-Type", b"SUB")],
    "another's descriptor": [(b"__fd", b"1"), (b"__fd", b"x")],
    "another's key": [(b"User-Id", b"0" * 64), (b"Peer-Address", b"::1")],
    "a name of 255 bytes": [(b"X" * 255, b"x" * 400)],
    "a name twice": [(b"X-a", b"1"), (b"X-a", b"2")],
}


class Oddities(HostileCase):
    def test_words(self):
        for port in DOORS + FEEDS:
            for name, words in SAYINGS.items():
                for go in LEAVINGS:
                    peer = self.peer(port)
                    peer.say_if_open(words(peer))
                    go(peer)
                stays = self.peer(port)
                stays.say_if_open(words(stays))
                with self.subTest(port=port, words=name):
                    self.assert_serves(f"{name}, at {port}")
        self.assert_alive()

    def test_time_to_live(self):
        """Who asks to be forgotten after a tenth of a second is, in whichever state it is then."""
        for port in DOORS + FEEDS:
            for rest in (b"", PARTS, said(b"x"), said(b"\x04PING\x00\x02", **COMMAND)):
                peer = self.peer(port)
                peer.say((rest(peer) if rest else b"") + peer.message(b"\x04PING\x00\x01", command=True))
                with self.subTest(port=port):
                    self.assertTrue(peer.all_until_end(harness.PATIENCE)[1])
        self.assert_serves("time to live")

    def test_claims(self):
        for port in DOORS + FEEDS:
            for name, claims in CLAIMS.items():
                for _ in range(3):  # the second time, somebody has that identity
                    try:
                        peer = self.peer(port, *claims)
                        peer.say_if_open(peer.message(b"\x01B.") + peer.message(PING, command=True))
                    except Closed:
                        pass
                with self.subTest(port=port, claims=name):
                    self.assert_serves(f"{name}, at {port}")
            for kind in OTHER_TYPES:
                try:
                    peer = self.peer(port, socket_type=kind)
                    peer.say_if_open(peer.message(b"", more=True) + peer.message(b"\x01B."))
                except Closed:
                    pass
                with self.subTest(port=port, kind=kind):
                    self.assert_serves(f"{kind}, at {port}")
        self.assert_alive()


# The steps of a connection; who leaves after any of them leaves a state that libzmq must be able to end.
TO_WELCOME = [Curve.greet, Curve.hello, Curve.welcome]


def again(peer):
    peer.say_if_open(peer.sent["INITIATE"])


def error(peer):
    peer.say_if_open(zmtp.command(b"ERROR", b"\x03400"))


def words_at_once(peer):
    peer.say_if_open(peer.message(b"\x01B.") + peer.message(PING, command=True))


STEPS = {
    "nothing": [],
    "half a signature": [lambda peer: peer.say(zmtp.greeting()[:5])],
    "half a greeting": [lambda peer: peer.say(zmtp.greeting()[:40])],
    "a greeting, unheard": [lambda peer: peer.say(zmtp.greeting())],
    "a greeting": [Curve.greet],
    "half a HELLO": [Curve.greet, lambda peer: peer.say(zmtp.header(200, zmtp.COMMAND) + bytes(50))],
    "HELLO": [Curve.greet, Curve.hello],
    "HELLO twice": [Curve.greet, Curve.hello, Curve.hello],
    "WELCOME": TO_WELCOME,
    "INITIATE": [*TO_WELCOME, Curve.initiate],
    "INITIATE twice": [*TO_WELCOME, Curve.initiate, again],
    "INITIATE, then ERROR": [*TO_WELCOME, Curve.initiate, error],
    "INITIATE and words at once": [*TO_WELCOME, Curve.initiate, words_at_once],
    "READY": [*TO_WELCOME, Curve.initiate, Curve.ready],
}


class Leaving(HostileCase):
    def test_at_every_step(self):
        for port in DOORS + FEEDS:
            kind, keys = b"SUB" if port in FEEDS else b"DEALER", Keys.of(self.publisher)
            for name, steps in STEPS.items():
                for go in LEAVINGS:
                    for _ in range(5):
                        peer = Curve(self.broker.ports[port], keys, kind)
                        try:
                            for step in steps:
                                step(peer)
                        except Closed:
                            pass
                        go(peer)
                with self.subTest(port=port, after=name):
                    self.assert_serves(f"left after {name}, at {port}")
        self.assert_alive()

    def test_while_the_broker_speaks(self):
        reports = [harness.report(tlp="CLEAR") for _ in range(60)]
        results = []
        sending = threading.Thread(target=lambda: results.extend(
            result for _ in range(3) for result in harness.send(self.publisher, *reports).objects))
        sending.start()
        turns = random.Random(1)
        try:
            while sending.is_alive():
                listener = self.listener(turns.choice(FEEDS))
                listener.say_if_open(listener.message(b"\x01") + listener.message(PING, command=True))
                reader = self.member(turns.choice(DOORS), of=self.reader)
                Session(reader)
                for wire in (listener, reader):
                    wire.socket.settimeout(turns.uniform(0.001, 0.03))
                    try:
                        wire.hear(1)
                    except (TimeoutError, Closed):
                        pass
                    turns.choice(LEAVINGS)(wire)
        finally:
            sending.join()
        self.accepted += len(results)
        self.assertEqual(len(results), 3 * len(reports))
        self.assert_serves("peers that left while they were spoken to")
        self.assert_alive()

    def test_subscriptions_come_and_go(self):
        """Whatever is asked for and taken back, the tree in which libzmq keeps it stands."""
        turns = random.Random(2)
        listeners = []
        for _ in range(120):
            listener = self.listener(turns.choice(FEEDS))
            listeners.append(listener)
            for _ in range(turns.randrange(1, 8)):
                words = b""
                for _ in range(40):
                    topic = bytes(turns.choice((0, 1, 2, 127, 254, 255)) for _ in range(turns.randrange(5)))
                    subscribe = turns.random() < 0.6
                    words += (listener.message((b"\x09SUBSCRIBE" if subscribe else b"\x06CANCEL") + topic, command=True)
                              if turns.random() < 0.5 else listener.message(bytes([subscribe]) + topic))
                listener.say_if_open(words)
            if len(listeners) > 12:
                turns.choice(LEAVINGS)(listeners.pop(turns.randrange(len(listeners))))
        for listener in listeners:
            turns.choice(LEAVINGS)(listener)
        self.publish(tlp="CLEAR")
        self.assert_serves("subscriptions that come and go")
        self.assert_alive()

    def test_a_broker_that_is_gone_is_noticed(self):
        """The twin of all rows above."""
        self.broker.kill()
        self.assertRaises(AssertionError, self.assert_serves, "its end")


if __name__ == "__main__":
    harness.main()
