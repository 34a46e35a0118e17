#!/usr/bin/env python3
"""Handshakes that must lead nowhere, against every socket that the broker binds: nothing is accepted, the connection ends
within the time that a handshake has, and the broker goes on."""

import os
import struct
import time

import zmq
import zmq.utils.z85

import harness
import zmtp
from harness import PATIENCE, run, wait_until
from hostile import DOORS, FEEDS, HANDSHAKE, MIB, HostileCase, Session, hello
from zmtp import Closed, Curve, Keys, Wire, greeting

READY = zmtp.command(b"READY", zmtp.properties((b"Socket-Type", b"DEALER"), (b"Identity", b"")))


def password(name, word):
    return zmtp.command(b"HELLO", bytes([len(name)]) + name + bytes([len(word)]) + word)


# What is said at once, without waiting for an answer.
GREETINGS = {
    "NULL": greeting(b"NULL") + READY,
    "NULL of 3.1": greeting(b"NULL", (3, 1)) + READY,
    "NULL as server": greeting(b"NULL", as_server=True) + READY,
    "PLAIN": greeting(b"PLAIN") + password(b"metro-water", b"secret") + zmtp.command(b"INITIATE", zmtp.properties((b"Socket-Type", b"DEALER"))),
    "GSSAPI": greeting(b"GSSAPI") + zmtp.command(b"INITIATE", bytes(100)),
    "an unknown mechanism": greeting(b"TRUST-ME") + READY,
    "a mechanism of twenty bytes": greeting(b"CURVECURVECURVECURVE") + READY,
    "CURVE as server": greeting(as_server=True) + READY,
    "CURVE, then READY": greeting() + READY + zmtp.frame(b"hello"),
    "CURVE, then a message": greeting() + zmtp.frame(b"hello"),
    "CURVE, then MESSAGE": greeting() + zmtp.frame(b"\x07MESSAGE" + bytes(60)),
    "CURVE, then a short HELLO": greeting() + zmtp.command(b"HELLO", bytes(10)),
    "CURVE, then a HELLO of zeros": greeting() + zmtp.command(b"HELLO", b"\x01\x00" + bytes(192)),
    "CURVE, then INITIATE": greeting() + zmtp.command(b"INITIATE", bytes(300)),
    "ZMTP 1.0": b"\x01\x00" + b"\x06\x00hello",
    "ZMTP 1.0, a long length": b"\x01\x00" + b"\xff" + struct.pack(">Q", 1 << 40) + b"\x00",
    "ZMTP 2.0": b"\xff" + bytes(8) + b"\x7f\x01\x05\x00\x00" + b"\x00\x05hello",
    "version 1 behind the signature": b"\xff" + bytes(8) + b"\x7f\x00\x05\x00\x00" + b"\x00\x05hello",
    "a version of the future": greeting(b"NULL", (255, 0)) + READY,
    "HTTP": b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(189),
    "zeros": bytes(1000),
    "ones": b"\xff" * 1000,
    "garbage": os.urandom(1000),
    "half a signature": b"\xff" + bytes(5),
    "nothing": b"",
}

# More than the interval: what a sanitizer or a busy machine adds. Far less than libzmq's own thirty seconds.
GIVEN_UP = 6 * HANDSHAKE


def let_in(wire, seconds=GIVEN_UP):
    """How this connection was let in, or ''. It was not if it ended, and nothing came but a greeting and ERROR."""
    said, ended = wire.all_until_end(seconds)
    wire.close()
    after = said[zmtp.GREETING:]
    if after and b"\x05ERROR" not in after[:8]:
        return f"was answered: {after[:40]}"
    return "" if ended else "was not closed"


class Greetings(HostileCase):
    def test_nobody_gets_in_by_another_greeting(self):
        wires = {}
        for port in DOORS + FEEDS:
            for name, words in GREETINGS.items():
                wires[name, port] = wire = Wire(self.broker.ports[port])
                wire.say_if_open(words)
        # One by one, as a slow line would bring them; it has no more time than others.
        slow = {port: Wire(self.broker.ports[port]) for port in DOORS + FEEDS}
        end = time.monotonic() + GIVEN_UP
        for byte in greeting() + bytes(10_000):
            ended = [not wire.say_if_open(bytes([byte])) for wire in slow.values()]
            if all(ended) or time.monotonic() > end:
                break
            time.sleep(0.05)
        for (name, port), wire in {**wires, **{("byte by byte", port): wire for port, wire in slow.items()}}.items():
            with self.subTest(greeting=name, port=port):
                self.assertEqual(let_in(wire), "")
        self.assertEqual(self.sessions_opened(), 0)
        self.assert_alive()

    def test_an_open_door_is_noticed(self):
        """The twin: what the check says of a ROUTER that has neither CURVE nor ZAP."""
        router = self.foreign(zmq.ROUTER)
        port = router.bind_to_random_port("tcp://127.0.0.1")
        for name in ("NULL", "ZMTP 1.0", "ZMTP 2.0", "half a signature"):
            with self.subTest(greeting=name):
                wire = Wire(port)
                wire.say(GREETINGS[name])
                self.assertNotEqual(let_in(wire, seconds=2), "")


def admitted(port, keys, *metadata):
    """Whether this CURVE client is let in."""
    try:
        Curve.connected(port, keys, *metadata).close()
    except Closed:
        return False
    return True


class CurveHandshakes(HostileCase):
    def guest(self, name, seconds, start):
        credential = self.folder / f"{name}.toml"
        run("e2e-guest", self.broker.data, name, str(seconds), credential, str(start))
        self.members += 1
        return credential

    def test_keys_that_do_not_open(self):
        expired, early = self.guest("expired", 1, 0), self.guest("early", 3600, 3600)
        over = time.monotonic() + 1
        revoked = self.broker.enroll("revoked", "operator", source="sector", publish=["*"], subscribe=True)
        self.assertTrue(admitted(self.broker.ports["urgent"], Keys.of(revoked)))
        self.broker.admin("revoke", "revoked")
        self.members += 2  # two entries
        wait_until(lambda: time.monotonic() > over, "the end of the guest's time")
        mine = Keys.of(self.publisher)
        keys = {"unknown": self.stranger_keys(), "revoked": Keys.of(revoked), "expired": Keys.of(expired),
                "not yet valid": Keys.of(early), "zero": Keys(mine.server, bytes(32), bytes(32)),
                "another server's": Keys(zmtp.keypair()[0], mine.public, mine.secret),
                # Whoever knows the public key only.
                "a member's public key with another secret": Keys(mine.server, mine.public, zmtp.keypair()[1])}
        for door in DOORS:
            self.assertTrue(admitted(self.broker.ports[door], mine))
            for name, each in keys.items():
                with self.subTest(key=name, door=door):
                    if name == "zero":
                        self.assertRaises((Closed, ValueError), Curve.connected, self.broker.ports[door], each)
                    else:
                        self.assertFalse(admitted(self.broker.ports[door], each))
        self.assertEqual(self.sessions_opened(), 0)
        self.assert_alive()

    def test_a_server_without_zap_is_noticed(self):
        """The twin: CURVE alone lets anybody in, and these checks say so."""
        router = self.foreign(zmq.ROUTER)
        server, router.curve_secretkey = zmq.curve_keypair()
        router.curve_server = True
        port = router.bind_to_random_port("tcp://127.0.0.1")
        self.assertTrue(admitted(port, Keys(zmq.utils.z85.decode(server))))
        # What such a server believes about a client is what the client says.
        peer = Curve.connected(port, Keys(zmq.utils.z85.decode(server)), (b"User-Id", b"somebody"))
        peer.say(peer.message(b"hello"))
        self.assertTrue(router.poll(int(PATIENCE * 1000)))
        self.assertEqual(router.recv_multipart(copy=False)[1].get("User-Id"), "somebody")

    def test_a_recorded_handshake_opens_nothing_again(self):
        port = self.broker.ports["urgent"]
        genuine = self.member()
        session = Session(genuine)
        session.welcome()
        wait_until(self.sessions_opened, "the session in the broker's log")
        opened = self.sessions_opened()
        for name, wait in (("one after the other", True), ("all at once", False)):
            with self.subTest(replay=name):
                wire = Wire(port)
                wire.say(greeting() + genuine.sent["HELLO"])
                if wait:
                    wire.hear(zmtp.GREETING)
                    self.assertEqual(wire.hear_frame()[1][:8], b"\x07WELCOME")
                wire.say_if_open(genuine.sent["INITIATE"])
                said, ended = wire.all_until_end(GIVEN_UP)
                self.assertTrue(ended)
                self.assertNotIn(b"READY", said)
        # A vouch of another connection, in a handshake that is right but for it.
        thief = Curve(port, Keys(genuine.keys.server, genuine.keys.public, zmtp.keypair()[1]))
        thief.greet()
        thief.hello()
        thief.welcome()
        thief.initiate(vouch=genuine.vouch())
        self.assertRaises(Closed, thief.ready)
        self.assertEqual(self.sessions_opened(), opened)
        self.assert_alive()

    def test_messages_again_or_altered_end_the_connection(self):
        def again(peer, first):
            return first

        def backwards(peer, first):
            return peer.message(b"x", nonce=struct.pack(">Q", 3))

        def altered(peer, first):
            fresh = bytearray(peer.message(hello(os.urandom(32))))
            fresh[-1] ^= 1
            return bytes(fresh)

        def of_another(peer, first):
            return self.member().message(hello(os.urandom(32)))

        def bare(peer, first):
            return zmtp.frame(hello(os.urandom(32)))

        for spoil in (again, backwards, altered, of_another, bare):
            with self.subTest(spoil=spoil.__name__):
                opened = self.sessions_opened()
                peer = self.member()
                session = Session(peer)
                session.welcome()
                peer.say(spoil(peer, peer.message(hello(session.key))) if spoil is not again else b"")
                if spoil is again:
                    first = peer.message(b"")
                    peer.say(first + first)
                self.assertTrue(peer.all_until_end(PATIENCE)[1])
                # The broker's log comes in order: once the next session is in it, what was before is known.
                Session(self.member()).welcome()
                wait_until(lambda: self.sessions_opened() - opened >= 2, "the sessions in the broker's log")
                self.assertEqual(self.sessions_opened() - opened, 2)
        # The twin: the same without anything spoilt goes on.
        peer = self.member()
        Session(peer).welcome()
        Session(peer).welcome()
        self.assert_alive()

    def test_who_one_is_does_not_come_from_metadata(self):
        victim = Keys.of(self.reader).public.hex().encode()
        forged = {
            "the key of another": [(b"User-Id", victim)],
            "the key of another, twice": [(b"User-Id", victim), (b"User-Id", victim)],
            "other spellings": [(b"user-id", victim), (b"X-User-Id", victim), (b"X-Organization", b"east-gas")],
            "a domain": [(b"Domain", b"open"), (b"ZAP-Domain", b"open"), (b"Zap-Domain", b"")],
            "a descriptor": [(b"__fd", b"0")],
            "a name of 255 bytes": [(b"x" * 255, b"")],
            "much": [(b"X-Much", bytes(MIB))],
        }
        stranger = self.stranger_keys()
        for number, (name, metadata) in enumerate(forged.items()):
            with self.subTest(metadata=name):
                peer = self.member("urgent", *metadata)
                Session(peer).welcome()
                wait_until(lambda: self.sessions_opened("metro-water") == number + 1, "the session's opening")
                self.assertEqual(self.sessions_opened("east-gas"), 0)
                self.assertFalse(admitted(self.broker.ports["urgent"], stranger, *metadata))
        # Above what a frame may have, and malformed.
        for name, metadata in {"too much": [(b"X-Much", bytes(2 * MIB))], "another socket type": [(b"Socket-Type", b"PUB")],
                               "an identity of 256 bytes": [(b"Identity", bytes(256))]}.items():
            with self.subTest(metadata=name):
                if name == "an identity of 256 bytes":
                    admitted(self.broker.ports["urgent"], Keys.of(self.publisher), *metadata)  # libzmq's to decide
                else:
                    self.assertFalse(admitted(self.broker.ports["urgent"], Keys.of(self.publisher), *metadata))
        self.assert_alive()


if __name__ == "__main__":
    harness.main()
