#!/usr/bin/env python3
"""Frames that claim more than they hold, that never end, that are commands or subscriptions in masses: before anybody has
said who he is, and after. The connection ends or nothing comes of it; the broker's memory stays bounded."""

import os

import zmq
import zmq.utils.z85

import harness
import zmtp
from harness import PATIENCE, wait_until
from hostile import DOORS, FEEDS, MIB, HostileCase, Session
from zmtp import Closed, Curve, Keys, Wire

CLAIMS = (1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
MODEST = 64  # MiB that a handful of peers may make the broker take
# Of members: what the broker lets them heap up in all, and what comes in until it looks again.
UNFINISHED = 384
LAST = 1024 * MIB  # then nobody waits for a cut any more


def ends(wire):
    said, ended = wire.all_until_end(PATIENCE)
    wire.close()
    return ended


def flood(wire, bodies, total, **flags):
    """Says these messages again and again, each encrypted anew, until it is cut or `total` bytes are out: whether it was
    cut."""
    said = 0
    try:
        while said < total:
            data = b"".join(wire.message(body, **flags) for body in bodies)
            wire.say(data)
            said += len(data)
    except Closed:
        return True
    return False


class Lengths(HostileCase):
    def test_lengths_that_nobody_has(self):
        before = self.memory()[0]
        for port in DOORS + FEEDS:
            for claim in CLAIMS:
                for flags in (0, zmtp.MORE, zmtp.COMMAND):
                    wire = Wire(self.broker.ports[port])
                    wire.say(zmtp.greeting() + zmtp.header(claim, flags) + bytes(100))
                    with self.subTest(port=port, claim=claim, flags=flags, when="before the handshake"):
                        self.assertTrue(ends(wire))
                peer = self.listener(port) if port in FEEDS else self.member(port)
                peer.say(zmtp.header(claim))
                with self.subTest(port=port, claim=claim, when="after the handshake"):
                    self.assertTrue(ends(peer))
        self.assert_memory_grew_less_than(MODEST, before, "lengths of gigabytes")
        self.assert_alive()

    def test_many_who_claim_what_is_allowed_and_send_nothing(self):
        before = self.memory()[0]
        wires = [Wire(self.broker.ports["urgent"]) for _ in range(300)]
        for wire in wires:
            wire.say(zmtp.greeting() + zmtp.header(MIB) + bytes(100))
        self.publish()
        for wire in wires:
            self.assertTrue(ends(wire))
        self.assert_memory_grew_less_than(MODEST, before, "300 who claim 1 MiB and send 100 bytes")
        self.assert_alive()


class Floods(HostileCase):
    def test_parts_without_end(self):
        before = self.memory()[0]
        listener = self.listener()
        self.assertTrue(flood(listener, [b"x" * 900] * 500, 32 * MIB, more=True))
        self.assert_memory_grew_less_than(MODEST, before, "parts without end on the open feed")
        for door in DOORS:
            member = self.member(door)
            self.assertTrue(flood(member, [bytes(MIB)], LAST, more=True))
        self.assert_memory_grew_less_than(UNFINISHED, before, "parts without end of members")
        self.assert_alive()

    def test_subscriptions_without_end(self):
        before = self.memory()[0]
        for feed in FEEDS:
            for form in (dict(), dict(command=True)):
                listener = self.listener(feed)
                prefix = b"\x09SUBSCRIBE" if form else b"\x01"
                bodies = [prefix + os.urandom(400).hex().encode() for _ in range(2000)]
                with self.subTest(feed=feed, form=form):
                    self.assertTrue(flood(listener, bodies, 8 * MIB, **form))
        self.assert_memory_grew_less_than(MODEST, before, "subscriptions without end")
        # Who asks for a few hears on, and the feed serves him.
        quiet = self.listener()
        quiet.say(quiet.message(b"\x01"))
        for topic in range(100):
            quiet.say(quiet.message(b"\x01B.%d." % topic))
        quiet.socket.settimeout(0.5)

        def heard():
            self.publish(tlp="CLEAR")
            try:
                return quiet.hear_message()
            except TimeoutError:
                return None
        self.assertEqual(wait_until(heard, "a report on the feed")[1], b"C.disaster.sector")
        self.assert_alive()

    def test_commands_without_end(self):
        before = self.memory()[0]
        ping = b"\x04PING\x00\x0a" + bytes(16)
        for name, body in {"PING": ping, "PONG": b"\x04PONG", "SUBSCRIBE": b"\x09SUBSCRIBEx", "CANCEL": b"\x06CANCELx",
                           "READY": b"\x05READY", "ERROR": b"\x05ERROR\x03400", "unknown": b"\x07UNKNOWNx", "empty": b"",
                           "a PING too long": b"\x04PING\x00\x0a" + bytes(200), "a short PING": b"\x04PING"}.items():
            for door in ("urgent", "batched"):
                peer = self.member(door)
                with self.subTest(command=name, door=door):
                    cut = flood(peer, [body] * 2000, 1, command=True)
                    # Who floods is over its rate; another member is served.
                    Session(self.member(door, of=self.reader)).welcome()
        listener = self.listener()
        self.assertTrue(flood(listener, [ping] * 1000, 8 * MIB, command=True))
        self.assert_memory_grew_less_than(MODEST, before, "commands without end")
        self.assert_alive()

    def test_a_feed_without_bounds_is_noticed(self):
        """The twin: at an XPUB of libzmq alone the same flood is not cut."""
        feed = self.foreign(zmq.XPUB)
        server, feed.curve_secretkey = zmq.curve_keypair()
        feed.curve_server = True
        feed.maxmsgsize = 1024
        port = feed.bind_to_random_port("tcp://127.0.0.1")
        listener = Curve.connected(port, Keys(zmq.utils.z85.decode(server)), socket_type=b"SUB")
        self.assertFalse(flood(listener, [b"x" * 900] * 500, 4 * MIB, more=True))


if __name__ == "__main__":
    harness.main()
