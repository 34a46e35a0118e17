#!/usr/bin/env python3
"""Peers that leave while what they said still waits inside the broker. libzmq 4.3.4 aborts the process over some of it and
keeps the rest for ever, unless its pipes take all that comes."""

import os
import signal
import sys
import time

import zmq.utils.z85

import harness
from harness import wait_until
from hostile import HostileCase
from zmtp import Closed, Curve, Keys

READ_AT_ONCE = 8192  # bytes that libzmq takes from a connection in one go
TOGETHER = 8  # connections that leave at the same time
ROUNDS = 20
PING = b"\x04PING\x00\x00"


def more_than_a_pipe_holds(peer, messages):
    """Messages, then PINGs that still lie in the decoder's buffer when the pipe behind it is full. They are looked at when
    there is room again, even if the connection has failed meanwhile; libzmq answers them, and asserts in
    stream_engine_base.cpp that nobody answers then (`!_io_error`)."""
    data, ping = b"", b""
    for _ in range(messages):
        data += peer.message(b"\x01B.")
    while len(data) + len(ping) <= READ_AT_ONCE:
        data += ping
        ping = peer.message(PING, command=True)
    return data


def go_with_pings_unread(connect):
    for messages in (70, 110, 130, 170) * (ROUNDS // 4):
        try:
            for peer in [connect() for _ in range(TOGETHER)]:
                peer.say_if_open(more_than_a_pipe_holds(peer, messages))
                peer.reset()
        except (Closed, OSError):
            return  # the other side is no more; that it must be is asked elsewhere


# A ROUTER that holds 64 messages, as libzmq does with ZMQ_RCVHWM.
NARROW = """
import sys, time, zmq
router = zmq.Context().socket(zmq.ROUTER)
router.curve_secretkey = sys.argv[1].encode()
router.curve_server = True
router.rcvhwm = 64
print(router.bind_to_random_port("tcp://127.0.0.1"), flush=True)
while True:
    router.recv_multipart()
"""


class PingsLeftBehind(HostileCase):
    def assert_lives(self, port):
        go_with_pings_unread(lambda: self.peer(port))
        self.assert_serves(f"peers of {port} that reset with PINGs unread")
        self.assert_alive()

    def test_urgent(self):
        self.assert_lives("urgent")

    def test_batched(self):
        self.assert_lives("batched")

    def test_archive(self):
        self.assert_lives("archive")

    def test_open_urgent(self):
        self.assert_lives("openUrgent")

    def test_open_batched(self):
        self.assert_lives("openBatched")

    def test_a_pipe_that_fills_is_noticed(self):
        """The twin."""
        public, secret = zmq.curve_keypair()
        narrow = harness.Background(sys.executable, "-c", NARROW, secret.decode())
        narrow.wait_for(lambda: narrow.out, "the port of the twin")
        keys = Keys(zmq.utils.z85.decode(public))
        go_with_pings_unread(lambda: Curve.connected(int(narrow.out[0]), keys))
        self.assertEqual(narrow.ends(), -signal.SIGABRT)


class Unread(HostileCase):
    """What a message costs while it waits must not depend on how it came: libzmq's decoder keeps the whole buffer of 18 KiB
    that it was read into, unless told to copy."""

    def crumbs(self, peer, count):
        """Parts of one byte, a packet each."""
        for words in [peer.message(b"x", more=True) for _ in range(count)]:
            peer.say(words)
            heard = time.perf_counter() + 0.00005
            while time.perf_counter() < heard:
                pass

    def test_crumbs_of_listeners(self):
        before = self.memory()[0]
        listeners = [self.listener() for _ in range(40)]
        for listener in listeners:
            self.crumbs(listener, 400)  # what a listener may say at all
        self.assert_memory_grew_less_than(32, before, "crumbs of 40 listeners")
        self.assert_alive()

    def test_crumbs_of_a_member(self):
        before = self.memory()[0]
        member = self.member("batched")
        self.crumbs(member, 16000)
        self.assert_memory_grew_less_than(32, before, "16000 crumbs of a member")
        self.assert_alive()

    def test_descriptors_come_back(self):
        """Nothing is read of one whose routing id has an owner; its connection must end nevertheless."""
        identity = (b"Identity", b"of-somebody")
        owner = self.member("urgent", identity)
        before = self.descriptors()
        for _ in range(TOGETHER):
            peer = self.member("urgent", identity)
            peer.say_if_open(b"".join(peer.message(b"x") for _ in range(100)))
            peer.reset()
        wait_until(lambda: self.descriptors() <= before, "the descriptors of those who left", seconds=15)
        owner.close()
        self.assert_alive()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.broker.process.process.pid}/fd"))


if __name__ == "__main__":
    harness.main()
