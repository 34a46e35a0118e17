#!/usr/bin/env python3
"""A member's messages at the wrong time, in the wrong place, with numbers that nobody should send. e2e-hostile has the rest:
reports before a Hello, replays at the wrong door."""

import os

import harness
from hostile import HostileCase, Session, credit, field, fields, hello

MOST = (1 << 64) - 1
HEARTBEAT = field(4, field(1, 0))
REPLAY = field(5, field(1, 1) + field(6, 100))
ROSTER = field(6, field(1, 7) + field(2, b""))
GOODBYE = field(7, b"")
UNKNOWN = field(9, field(1, 1))  # one number beyond what clients say

HELLO_REQUIRED, REFUSED = 3, 4


class Order(HostileCase):
    def answer(self, wire):
        """What comes unsealed: 'hello_required', 'refused N'."""
        for _ in range(100):
            flags, frame = wire.hear_message()
            said = {} if flags & 2 else fields(frame)
            if HELLO_REQUIRED in said:
                return "hello_required"
            if REFUSED in said:
                return "refused"
        raise AssertionError("no plain answer")

    def test_without_a_session(self):
        for name, message in {"Credit": credit(0, 10), "Heartbeat": HEARTBEAT, "Query": ROSTER, "Goodbye": GOODBYE,
                              "a huge Credit": credit(MOST, (1 << 32) - 1)}.items():
            for door in ("urgent", "batched", "archive"):
                with self.subTest(message=name, door=door):
                    wire = self.member(door)
                    wire.say(wire.message(message))
                    self.assertEqual(self.answer(wire), "hello_required")
        wire = self.member("archive")
        wire.say(wire.message(REPLAY))
        self.assertEqual(self.answer(wire), "hello_required")
        self.assertEqual(self.sessions_opened(), 0)
        self.assert_alive()

    def test_what_no_client_says(self):
        for name, message in {"a kind that no client has": UNKNOWN, "a Query for nothing": field(6, field(1, 7)), "no kind at all": b"",
                              "a topic that is not UTF-8": field(1, field(1, 1) + field(2, bytes(32)) + field(4, b"\xff\xfe")),
                              "a length beyond the end": b"\x0a\xff\xff\x03", "a varint without end": b"\xff" * 40,
                              "nesting": b"\x0a\x7e" * 60}.items():
            with self.subTest(message=name):
                wire = self.member()
                session = Session(wire)
                session.welcome()
                wire.say(wire.message(message))
                self.assertEqual(self.answer(wire), "refused")
                # The connection stays, and so may the session: the next Hello is answered.
                Session(wire).welcome()
        self.assert_alive()

    def test_two_hellos(self):
        """The later one counts: what follows is sealed with its key, and the earlier key opens none of it."""
        wire = self.member(of=self.reader)
        first = Session(wire)
        first.welcome()
        second = Session(wire)
        second.welcome()
        report = self.publish(title="二度目")
        frame = wire.hear_message()[1]
        self.assertIsNone(first.open(frame))
        opened = second.open(frame)
        self.assertIn(report.encode(), opened[1])
        # Both at once, unanswered: two Welcomes, each with its own key.
        wire.say(wire.message(hello(os.urandom(32))) + wire.message(hello(second.key)))
        second.welcome()
        self.assert_alive()

    def test_credit_and_cursor_beyond_reason(self):
        """Nothing is sent twice, nothing is left out, and nothing beyond the bounds is kept in flight."""
        wire = self.member(of=self.reader)
        session = Session(wire, credit=1, cursor=MOST)
        welcome = fields(session.welcome())
        self.assertEqual(welcome[8], welcome[5])  # deliveries begin after the head
        for more in (MOST, (1 << 32) - 1, 0):
            wire.say(wire.message(credit(MOST, more & 0xFFFFFFFF)))
        ids = [self.publish(title=f"{n}") for n in range(3)]
        for each in ids:
            self.assertIn(each.encode(), session.deliver())
        # None is sent to who has no credit.
        broke = Session(self.member(of=self.reader), credit=0)
        broke.welcome()
        self.publish()
        broke.wire.say(broke.wire.message(HEARTBEAT))
        kind = None
        while kind != 5:
            kind, _ = broke.open(broke.wire.hear_message()[1])
            self.assertNotEqual(kind, 4)
        self.assert_alive()

    def test_after_a_goodbye(self):
        wire = self.member()
        Session(wire).welcome()
        wire.say(wire.message(GOODBYE) + wire.message(HEARTBEAT))
        self.assertEqual(self.answer(wire), "hello_required")
        Session(wire).welcome()
        self.assert_alive()

    def test_a_report_out_of_order_is_noticed(self):
        """The twin: where a session stands, the same words are not answered with hello_required."""
        wire = self.member()
        session = Session(wire)
        session.welcome()
        wire.say(wire.message(ROSTER))
        self.assertEqual(fields(session.hear(8, "Roster"))[1], 7)


if __name__ == "__main__":
    harness.main()
