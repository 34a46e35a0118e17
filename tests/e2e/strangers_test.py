#!/usr/bin/env python3
"""Who is not enrolled, or no longer: nothing of theirs is accepted and nothing reaches them. And the one door that is open
to anyone, the open feed, gives what is public and nothing else."""

import json
import os
import re
import sys
import time

import zmq
import zmq.utils.monitor

import harness
from harness import PATIENCE, SOURCE, UNREACHABLE, Background, Case, Watch, report, run, send, wait_until
from hostile import field


# ClientMessage{hello{protocol 1, session_key, subscribe, topics "*", credit 100}}, written out by hand: this is what anyone
# who has read the contract can say.
HELLO = field(1, field(1, 1) + field(2, os.urandom(32)) + field(3, 1) + field(4, b"*") + field(8, 100))

FAILED_EVENTS = (zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
                 zmq.EVENT_DISCONNECTED)


def watched(test, socket):
    """The socket's monitor."""
    monitor = socket.get_monitor_socket()
    test.addCleanup(monitor.close)
    test.addCleanup(socket.disable_monitor)  # before the monitor closes: libzmq would wait for a reader
    return monitor


class Stranger:
    """A DEALER that says Hello at once, and what became of its handshakes."""

    def __init__(self, test, door, mechanism):
        self.socket = test.foreign(zmq.DEALER)
        mechanism(self.socket)
        self.monitor = watched(test, self.socket)
        self.events = []
        self.socket.connect(f"tcp://127.0.0.1:{test.broker.ports[door]}")
        self.socket.send(HELLO)

    def look(self):
        while self.monitor.poll(0):
            self.events.append(zmq.utils.monitor.recv_monitor_message(self.monitor)["event"])
        return self.events

    def saw(self, *events):
        return any(event in self.look() for event in events)

    def heard(self, milliseconds=0):
        frames = []
        while self.socket.poll(milliseconds):
            frames.append(self.socket.recv_multipart())
        return frames


class Strangers(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector",
                                            publish=["*"], subscribe=True)

    def curve(self, server, public, secret):
        def mechanism(socket):
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = server, public, secret
        return mechanism

    def test_no_stranger_gets_in(self):
        server, public, secret = harness.curve_keys(self.publisher)

        def plain(socket):
            socket.plain_username, socket.plain_password = b"metro-water", b"password"

        mechanisms = {
            "an unknown key": self.curve(server, *zmq.curve_keypair()),
            "no security at all": lambda socket: None,
            "a password": plain,
            # It takes another for its broker: it must not talk to this one.
            "an enrolled key, another server's key": self.curve(zmq.curve_keypair()[0], public, secret),
        }
        strangers = {(name, door): Stranger(self, door, mechanism)
                     for name, mechanism in mechanisms.items() for door in ("urgent", "batched", "archive")}
        # The same words from a member are answered: it is the door that keeps the others out.
        member = Stranger(self, "urgent", self.curve(server, public, secret))
        self.assertTrue(member.socket.poll(int(PATIENCE * 1000)))

        for name, stranger in strangers.items():
            wait_until(lambda: stranger.saw(*FAILED_EVENTS), f"the end of the handshake of {name}")
        watch = Watch(self.publisher)
        sent = send(self.publisher, report(tlp="CLEAR"), report("B.a.regulations", "guidelines")).objects
        watch.wait_for_ids([each["id"] for each in sent])
        for name, stranger in strangers.items():
            with self.subTest(stranger=name):
                self.assertEqual(stranger.heard(), [])
                self.assertFalse(stranger.saw(zmq.EVENT_HANDSHAKE_SUCCEEDED))
        self.assertTrue(member.saw(zmq.EVENT_HANDSHAKE_SUCCEEDED))
        self.assertEqual(self.broker.head(), 1 + 2 + 1)  # member, reports, digest

    def test_our_own_programs_with_a_key_that_is_not_enrolled(self):
        """A credential of another broker, told to connect here."""
        folder = self.folder / "other"
        folder.mkdir()
        other = harness.Broker(folder)
        foreign = other.enroll("metro-water", "operator", source="sector", publish=["*"], subscribe=True, audit="RED")
        text = foreign.read_text()
        for n in range(3):
            text = text.replace(f"_port = {other.base + n}\n", f"_port = {self.broker.base + n}\n")
        server = re.search(r'broker_transport = "(\w+)"', self.publisher.read_text())[0]
        text = re.sub(r'broker_transport = "(\w+)"', server, text)
        credential = self.write("foreign.toml", text)
        credential.chmod(0o600)
        head = self.broker.head()
        result = send(credential, report(), code=UNREACHABLE)
        self.assertEqual(result.objects[0]["result"], "unsent")
        self.assertIn("does not accept this key", result.err)
        self.assertEqual(Watch(credential, ready=False).ends(), UNREACHABLE)
        run("noroshi-auditor", "replay", "--credential", credential, code=UNREACHABLE)
        self.assertEqual(self.broker.head(), head)

    def test_a_member_revoked_while_connected(self):
        subscriber = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"],
                                        subscribe=True)
        watch, control = Watch(subscriber), Watch(self.publisher)
        server, public, secret = harness.curve_keys(subscriber)
        raw = Stranger(self, "urgent", self.curve(server, public, secret))
        self.assertTrue(raw.socket.poll(int(PATIENCE * 1000)))
        first = send(self.publisher, report()).objects[0]["id"]
        watch.wait_for_ids([first])

        self.broker.admin("revoke", "east-gas")
        after = send(self.publisher, report(), report("B.a.regulations", "guidelines")).objects
        self.assertEqual(watch.ends(10), UNREACHABLE)
        control.wait_for_ids([each["id"] for each in after])
        self.assertEqual(watch.ids(), [first])
        # A client that does not care comes back, and is refused at the door.
        wait_until(lambda: raw.saw(zmq.EVENT_HANDSHAKE_FAILED_AUTH), "the refusal of a revoked key")
        raw.heard()
        control.wait_for_ids([send(self.publisher, report()).objects[0]["id"]])
        self.assertEqual(raw.heard(), [])

        head = self.broker.head()
        send(subscriber, report(), code=UNREACHABLE)
        self.assertEqual(Watch(subscriber, ready=False).ends(), UNREACHABLE)
        self.assertEqual(self.broker.head(), head)
        # Also after a restart: who was revoked is in the log.
        self.broker.stop()
        self.broker.start()
        send(subscriber, report(), code=UNREACHABLE)
        self.assertEqual(self.broker.head(), head)

    def test_a_member_whose_time_is_over(self):
        credential = self.folder / "guest.toml"
        run("e2e-guest", self.broker.data, "guest", "5", credential)
        end = time.monotonic() + 5
        watch, control = Watch(credential), Watch(self.publisher)
        if time.monotonic() < end - 1:  # a slow machine may have lost the time already
            sent = send(credential, report()).objects[0]
            watch.wait_for_ids([sent["id"]])
        wait_until(lambda: time.monotonic() > end, "the end of its time")
        head = self.broker.head()
        late = send(self.publisher, report()).objects[0]["id"]
        control.wait_for_ids([late])
        self.assertEqual(watch.ends(10), UNREACHABLE)
        self.assertNotIn(late, watch.ids())
        send(credential, report(), code=UNREACHABLE)
        self.assertEqual(self.broker.head(), head + 1)

    def feed(self, lane="openUrgent"):
        socket = self.foreign(zmq.SUB)
        socket.curve_serverkey = self.broker.status()["openFeedKey"].encode()
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.connect(f"tcp://127.0.0.1:{self.broker.ports[lane]}")
        socket.subscribe(b"")
        return socket

    def until_heard(self, socket, item="C.disaster", of="situation"):
        """A subscription takes a moment and nobody tells when it stands: send until something comes."""
        def heard():
            send(self.publisher, report(item, of, title="聞こえますか", tlp="CLEAR"))
            return socket.poll(500)
        wait_until(heard, "a report on the open feed")

    def test_the_open_feed_gives_what_is_public(self):
        socket = self.feed()
        self.until_heard(socket)
        topics = [report(title="公開", tlp="CLEAR"),
                  report(title="会員のみ", tlp="GREEN"),
                  report(title="宛先あり", tlp="CLEAR", audience={"sectors": ["water"]}),
                  report(title="訓練", tlp="CLEAR", status="EXERCISE"),
                  report(title="試験", tlp="CLEAR", status="TEST"),
                  report(title="水道のみ", tlp="AMBER", audience={"sectors": ["water"]}),
                  report(title="終わり", tlp="CLEAR")]
        answers = {each["id"]: each for each in send(self.publisher, *topics).objects}
        titles, frames = [], []
        while "終わり" not in titles:
            self.assertTrue(socket.poll(int(PATIENCE * 1000)))
            frames.append(socket.recv_multipart())
            titles.append(json.loads(frames[-1][1])["report"]["title"]["ja"])
        self.assertEqual([title for title in titles if title != "聞こえますか"], ["公開", "終わり"])
        topic, body, signed = frames[-1]
        said = json.loads(body)
        self.assertEqual(topic, b"C.disaster.sector")
        self.assertEqual(said["seq"], answers[said["report"]["id"]]["seq"])
        self.assertEqual((said["signature"], said["lane"]), ("valid", "urgent"))
        self.assertIn(said["report"]["id"].encode(), signed)

    def test_the_open_feed_of_the_batched_lane(self):
        socket = self.feed("openBatched")
        self.until_heard(socket, "B.a.regulations", "guidelines")
        send(self.publisher, report("B.a.regulations", "guidelines", title="会員のみ", tlp="GREEN"))
        send(self.publisher, report("B.a.regulations", "guidelines", title="終わり", tlp="CLEAR"))
        titles = []
        while "終わり" not in titles:
            self.assertTrue(socket.poll(int(PATIENCE * 1000)))
            said = json.loads(socket.recv_multipart()[1])
            self.assertEqual(said["lane"], "batched")
            titles.append(said["report"]["title"]["ja"])
        self.assertNotIn("会員のみ", titles)

    def test_the_open_feed_takes_only_curve_and_no_large_subscription(self):
        bare = self.foreign(zmq.SUB)
        monitor = watched(self, bare)
        bare.subscribe(b"")
        bare.connect(f"tcp://127.0.0.1:{self.broker.ports['openUrgent']}")
        greedy = self.feed()
        cut = watched(self, greedy)
        greedy.subscribe(b"x" * 20_000)  # more, and libzmq's own trie would run out of stack here
        socket = self.feed()
        self.until_heard(socket)
        wait_until(lambda: monitor.poll(0) and zmq.utils.monitor.recv_monitor_message(monitor)["event"] in FAILED_EVENTS,
                   "the end of the handshake without security")
        self.assertFalse(bare.poll(0))
        wait_until(lambda: cut.poll(0) and zmq.utils.monitor.recv_monitor_message(cut)["event"] == zmq.EVENT_DISCONNECTED,
                   "the end of a connection that asks for too much")
        self.assertEqual(self.broker.http("/healthz"), (200, "ok\n"))

    def test_the_few_lines_of_the_readme(self):
        """The README's Python listener to the open feed, as it stands there but for host, port and key."""
        blocks = re.findall(r"```python\n(.*?)```", (SOURCE / "README.md").read_text(), re.DOTALL)
        code = next((block for block in blocks if "zmq.SUB" in block), None)
        self.assertIsNotNone(code, "README.md has no python block with a zmq.SUB")
        code, endpoints = re.subn(r"tcp://[^\"']+", f"tcp://127.0.0.1:{self.broker.ports['openUrgent']}", code)
        key = repr(self.broker.status()["openFeedKey"].encode())
        code, keys = re.subn(r"(curve_serverkey\s*=\s*)b?(\"[^\"]*\"|'[^']*')", lambda m: m[1] + key, code)
        self.assertEqual((endpoints, keys), (1, 1), code)
        script = self.write("listener.py", code)
        listener = Background(sys.executable, "-u", script)

        def heard():
            send(self.publisher, report(title="狼煙", tlp="CLEAR"))
            return any("C.disaster" in line or "狼煙" in line for line in listener.out)
        wait_until(heard, lambda: f"a report at the README's listener: {listener}")


if __name__ == "__main__":
    harness.main()
