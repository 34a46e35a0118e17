#!/usr/bin/env python3
"""A routing id is a claim, not a credential: an enrolled member who takes another's gets nothing of it that it can read,
and its owner loses nothing."""

import ctypes
import struct

import zmq

import harness
from harness import PATIENCE, Watch, wait_until
from hostile import HostileCase, Session
from zmtp import Curve, Keys

SECRET = "秘密の見出し"
SHARED = b"of-east-gas"


def predictable_ids():
    """The ids that libzmq gives by itself in a process whose rand() nobody seeded: any of its first numbers, and on."""
    libc = ctypes.CDLL(None)
    libc.srand(1)
    numbers = [libc.rand() for _ in range(12)]
    starts = {0, 1} | {(high << 31 | low) & 0xFFFFFFFF for low, high in zip(numbers, numbers[1:])}
    return [b"\0" + struct.pack(">I", start + n & 0xFFFFFFFF) for start in sorted(starts) for n in range(40)]


class StolenRoutingIds(HostileCase):
    def secret(self):
        """Sends a report that only the owner may read; what is in it."""
        return self.publish(title=SECRET, tlp="AMBER", audience={"organizations": ["east-gas"]})

    def thief(self, identity):
        credential = self.broker.enroll("thief", "operator", source="sector", publish=["*"], subscribe=True)
        self.members += 1
        return self.member("urgent", (b"Identity", identity), of=credential)

    def frames_at(self, wire, until):
        """What comes to this connection until the condition holds, in the clear after CURVE."""
        heard = []
        wire.socket.settimeout(0.1)

        def listen():
            try:
                heard.append(wire.hear_message()[1])
            except TimeoutError:
                pass
            return until(heard)
        wait_until(listen, "the end of listening")
        wire.socket.settimeout(PATIENCE)
        return heard

    def assert_unreadable(self, frames, session):
        for frame in frames:
            self.assertNotIn(SECRET.encode(), frame)
            opened = session.open(frame)
            self.assertNotIn(SECRET.encode(), opened[1] if opened else b"")

    def test_while_its_owner_is_connected(self):
        owner = self.member("urgent", (b"Identity", SHARED), of=self.reader)
        session = Session(owner)
        session.welcome()
        thief = self.thief(SHARED)
        stolen = Session(thief)
        for _ in range(3):
            self.secret()
            self.assertIn(SECRET.encode(), session.deliver())
        watch = Watch(self.reader)
        last = self.secret()
        watch.wait_for_ids([last])
        self.assert_unreadable(self.frames_at(thief, lambda heard: True), stolen)
        self.assertEqual(self.sessions_opened("thief"), 1)  # it is heard as itself: the broker gave it an id of its own
        self.assert_alive()

    def test_after_its_owner_left(self):
        owner = self.member("urgent", (b"Identity", SHARED), of=self.reader)
        session = Session(owner)
        session.welcome()
        owner.close()
        thief = self.thief(SHARED)
        for _ in range(3):  # the broker may not know yet that the owner has left
            missed = self.secret()
        stolen = Session(thief)
        frames = self.frames_at(thief, lambda heard: any(stolen.open(frame) for frame in heard))
        wait_until(lambda: self.sessions_opened("thief") == 1, "the thief's own session")
        self.secret()
        end = self.publish(title="公開", tlp="GREEN")
        frames += self.frames_at(thief, lambda heard: any("公開".encode() in (stolen.open(f) or (0, b""))[1] for f in heard))
        self.assert_unreadable(frames, stolen)
        # The owner comes back as its program does, without an id of its own, and has missed nothing.
        watch = Watch(self.reader, "--from", "1")
        watch.wait_for_ids([missed, end])
        # And with the id of old, once the thief has left.
        thief.close()

        def back():
            again = self.member("urgent", (b"Identity", SHARED), of=self.reader)
            again.socket.settimeout(1)
            try:
                return SECRET.encode() in self.patient(Session(again))
            except TimeoutError:
                return False
        wait_until(back, "the owner's session under its old id")
        self.assert_alive()

    @staticmethod
    def patient(session):
        session.welcome()
        return session.deliver()

    def test_before_its_owner_came(self):
        thief = self.thief(SHARED)
        stolen = Session(thief)
        stolen.welcome()
        owner = self.member("urgent", (b"Identity", SHARED), of=self.reader)
        Session(owner).welcome()  # whatever the thief claims, the owner has an id of its own
        self.secret()
        watch = Watch(self.reader, "--from", "1")
        watch.wait_for_ids([self.secret()])
        end = self.publish(title="公開", tlp="GREEN")
        watch.wait_for_ids([end])
        frames = self.frames_at(thief, lambda heard: any("公開".encode() in (stolen.open(f) or (0, b""))[1] for f in heard))
        self.assertTrue(frames)
        self.assert_alive()

    def test_ids_that_libzmq_would_give_by_itself(self):
        """Who sits on the next one makes libzmq abort the process. So nobody may be able to tell which is next."""
        keys = Keys.of(self.publisher)
        seats = []
        for identity in predictable_ids():
            seats.append(Curve.connected(self.broker.ports["urgent"], keys, (b"Identity", identity)))
        for _ in range(20):
            Session(self.member(of=self.reader)).welcome()
        self.assert_alive()

    def test_a_router_that_hands_over_is_noticed(self):
        """The twin: the same theft at a ROUTER that hands ids over and does not seal what it sends."""
        router = self.foreign(zmq.ROUTER)
        server, router.curve_secretkey = zmq.curve_keypair()
        router.curve_server = True
        router.router_handover = True
        port = router.bind_to_random_port("tcp://127.0.0.1")
        keys = Keys(zmq.utils.z85.decode(server))
        for _ in range(2):
            wire = Curve.connected(port, keys, (b"Identity", SHARED))
            wire.say(wire.message(b"hello"))
            self.assertTrue(router.poll(int(PATIENCE * 1000)))
            router.recv_multipart()
            session = Session(wire)
        router.send_multipart([SHARED, SECRET.encode()])
        frames = self.frames_at(wire, lambda heard: heard)
        self.assertRaises(AssertionError, self.assert_unreadable, frames, session)


if __name__ == "__main__":
    harness.main()
