#!/usr/bin/env python3
"""Every report carries a token that nothing else has, and so does the note of every receipt. Whatever a client received, and whatever the broker wrote, said or
served, is searched for tokens that are none of its business; and what it should have is searched for too, so that the
search itself is known to find."""

import base64
import json
import sys
import uuid

import zmq

import harness
import zmtp
from harness import REJECTED, SOURCE, Case, Watch, replay, report, run, send, wait_until
from hostile import Session, answered, ask_board, fields

sys.path.insert(0, str(SOURCE / "tests" / "tlog"))
from monitor import Monitor, fetcher  # noqa: E402
from verify import Key  # noqa: E402

SECTORS = {"bank-a": ["finance"], "gas-b": ["gas"], "both-c": ["finance", "gas"], "vendor-d": []}
TIERS = {"bank-a": "operator", "gas-b": "operator", "both-c": "ceptoar", "vendor-d": "vendor"}
AUDIENCES = [
    None,
    {"sectors": ["finance"]},
    {"sectors": ["gas"], "tiers": ["ceptoar"]},
    {"tiers": ["vendor"]},
    {"organizations": ["gas-b"]},
    {"sectors": ["finance"], "organizations": ["vendor-d"]},
]
LABELS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
REFUSED = 4  # of a BrokerFrame
ACCEPTED_RECEIPT, REJECTED_KIND, BOARD = 9, 3, 10  # of a BrokerMessage
KINDS = [("C.disaster", "situation"), ("B.a.regulations", "guidelines")]  # urgent, batched


def in_audience(organization, audience):
    if organization in audience.get("organizations", []):
        return True
    sectors, tiers = audience.get("sectors"), audience.get("tiers")
    if not sectors and not tiers:
        return False
    return ((not sectors or bool(set(sectors) & set(SECTORS[organization]))) and
            (not tiers or TIERS[organization] in tiers))


def may_read(organization, label, audience):
    """The rules, read off the page once more."""
    if label == "RED":
        return organization in audience.get("organizations", [])
    return in_audience(organization, audience) if audience else label in ("CLEAR", "GREEN")


class Canary(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.author = self.broker.enroll("nisc-x", "nisc", source="nisc-ciip", publish=["*"])
        self.members = {name: self.broker.enroll(name, TIERS[name], sectors=SECTORS[name], subscribe=True, source="other",
                                                 publish=["*"]) for name in SECTORS}
        self.auditors = {clearance: self.broker.enroll(f"auditor-{clearance.lower()}", "auditor", audit=clearance)
                         for clearance in ("GREEN", "AMBER")}

    def reports(self):
        """(token, label, audience, report) of everything that the rules of a report allow."""
        for label in LABELS:
            for audience in AUDIENCES:
                if label in ("AMBER", "AMBER+STRICT") and audience is None:
                    continue
                if label == "RED" and not (audience or {}).get("organizations"):
                    continue
                for item, field in KINDS:
                    token = "canary" + uuid.uuid4().hex
                    made = report(item, field, title=f"{token}t", tlp=label, **({"audience": audience} if audience else {}),
                                  references=[{"url": f"https://{token}.example/", "title": f"{token}r"}],
                                  attachments=[{"name": f"{token}.txt", "mediaType": "text/plain", "data": "AAAA"}])
                    made["sections"][0]["text"]["ja"] = f"{token}s"
                    yield token, label, audience, made

    def found(self, data, tokens):
        """Tokens whose bytes are in there, in UTF-8 or UTF-16."""
        return {token for token in tokens if token.encode() in data or token.encode("utf-16-le") in data}

    def test_no_token_is_where_it_does_not_belong(self):
        feeds = []
        for lane in ("openUrgent", "openBatched"):
            socket = self.foreign(zmq.SUB)
            socket.curve_serverkey = self.broker.status()["openFeedKey"].encode()
            socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
            socket.connect(f"tcp://127.0.0.1:{self.broker.ports[lane]}")
            socket.subscribe(b"")
            feeds.append(socket)
        made = list(self.reports())
        tokens = {token: (label, audience) for token, label, audience, _ in made}
        live = {name: Watch(credential) for name, credential in self.members.items()}
        sent = send(self.author, *[each for _, _, _, each in made]).objects
        ids = {token: answer["id"] for (token, _, _, _), answer in zip(made, sent)}
        allowed = {name: {token for token, (label, audience) in tokens.items() if may_read(name, label, audience)}
                   for name in SECTORS}

        for name, credential in self.members.items():
            mine = allowed[name]
            live[name].wait_for_ids([ids[token] for token in mine])
            again = run("noroshi-subscriber", "--output", "json", "watch", "--credential", credential, "--from", "start",
                        "--count", len(mine))
            text = run("noroshi-subscriber", "watch", "--credential", credential, "--from", "start", "--count", len(mine))
            replayed = run("noroshi-auditor", "--output", "json", "replay", "--credential", credential)
            for what, received in (("live", "\n".join(live[name].out + live[name].err)), ("again", again.out + again.err),
                                   ("as text", text.out + text.err), ("replay", replayed.out + replayed.err)):
                with self.subTest(member=name, path=what):
                    self.assertEqual(self.found(received.encode(), tokens), mine)
        for clearance, credential in self.auditors.items():
            received = run("noroshi-auditor", "--output", "json", "replay", "--credential", credential)
            self.assertEqual(self.found((received.out + received.err).encode(), tokens), self.cleared(tokens, clearance),
                             clearance)
        notes = self.receipts(tokens, allowed, ids)
        self.boards(tokens, allowed, ids, notes)
        self.receipts_in_the_log(tokens, notes)
        self.nothing_in_answers(tokens, allowed, ids)
        self.nothing_on_the_feed(feeds, tokens)
        self.nothing_on_the_host([*tokens, *notes])

    def session(self, credential, door="archive"):
        """A member's session, as hostile peers have it: what is heard is searched as it came."""
        wire = zmtp.Curve.connected(self.broker.ports[door], zmtp.Keys.of(credential))
        session = Session(wire, subscribe=False)
        session.welcome()
        return session

    def receipts(self, tokens, allowed, ids):
        """Everybody answers whatever it may read. {the note's token: (who, of which report)}"""
        notes = {}
        for name, credential in self.members.items():
            session = self.session(credential, "urgent")
            for number, token in enumerate(sorted(allowed[name])):
                note = "canary" + uuid.uuid4().hex
                notes[note] = name, token
                session.wire.say(session.wire.message(answered(number, credential, ids[token], note)))
                session.hear(ACCEPTED_RECEIPT, "ReceiptAccepted")
            # Of what it may not read the answer is that there is no such report.
            said = set()
            for hidden in [ids[token] for token in set(tokens) - allowed[name]] + [str(uuid.uuid4())]:
                session.wire.say(session.wire.message(answered(7, credential, hidden, "canary")))
                said.add(session.hear(REJECTED_KIND, "Rejected").replace(hidden.encode(), b"ID"))
            self.assertEqual(len(said), 1)
            self.assertEqual(self.found(said.pop(), tokens), set())
        return notes

    def board(self, credential, report_id=""):
        session = self.session(credential)
        session.wire.say(session.wire.message(ask_board(7, report_id)))
        return session.hear(BOARD, "BoardAnswer")

    def boards(self, tokens, allowed, ids, notes):
        everything = [*tokens, *notes]
        seen = {}
        for name, credential in self.members.items():
            seen[name] = credential, allowed[name], {note for note, (who, _) in notes.items() if who == name}
        for clearance, credential in self.auditors.items():
            cleared = self.cleared(tokens, clearance)
            seen[clearance] = credential, cleared, {note for note, (_, of) in notes.items() if of in cleared}
        for name, (credential, titles, theirs) in seen.items():
            with self.subTest(board=name):
                answer = self.board(credential)
                self.assertEqual(self.found(answer, everything), titles | theirs)
                self.assertEqual(self.found(answer, [f"{token}{part}" for token in tokens for part in ("s", "r", ".")]), set())
                hidden = set(tokens) - titles
                none = self.board(credential, str(uuid.uuid4()))
                for token in sorted(hidden)[:3]:
                    self.assertEqual(self.board(credential, ids[token]), none)
        # Who only publishes has no board.
        session = self.session(self.author)
        session.wire.say(session.wire.message(ask_board(7)))
        heard = {}
        while REFUSED not in heard:
            flags, frame = session.wire.hear_message()
            heard = {} if flags & 2 else fields(frame)
            self.assertEqual(self.found(session.open(frame)[1] if 2 in heard else frame, everything), set())
        # The operator's has it all, and the search finds it.
        for output in (["--output", "json"], []):
            said = run("noroshi-broker", *output, "board", "--data", self.broker.data)
            self.assertEqual(self.found(said.err.encode(), everything), set())
            if output:
                self.assertEqual(self.found(said.out.encode(), everything), set(everything))

    def cleared(self, tokens, clearance):
        return {token for token, (label, _) in tokens.items() if LABELS.index(label) <= LABELS.index(clearance)}

    def receipts_in_the_log(self, tokens, notes):
        for clearance, credential in self.auditors.items():
            cleared = self.cleared(tokens, clearance)
            log = replay(credential, "--from", "1", "--kind", "receipt", "--bytes")
            self.assertEqual(len(log), len(notes), "leaves stand for the others")
            said = json.dumps(log).encode() + b"".join(base64.b64decode(each.get("body", "")) for each in log)
            self.assertEqual(self.found(said, [*tokens, *notes]),
                             {note for note, (_, of) in notes.items() if of in cleared}, clearance)
        member = run("noroshi-auditor", "--output", "json", "replay", "--credential", self.members["both-c"], "--kind", "receipt",
                     code=None)
        self.assertEqual(self.found((member.out + member.err).encode(), notes), set())

    def nothing_in_answers(self, tokens, allowed, ids):
        """Rejections, about reports that the sender may not see."""
        for token in set(tokens) - allowed["vendor-d"]:
            for more in ({"id": ids[token]}, {"relatesTo": {"reportId": ids[token], "relation": "UPDATE"}}):
                answer = send(self.members["vendor-d"], report(**more), code=REJECTED)
                self.assertEqual(self.found((answer.out + answer.err).encode(), tokens), set())

    def nothing_on_the_feed(self, feeds, tokens):
        public = {token for token, (label, audience) in tokens.items() if label == "CLEAR" and audience is None}
        heard = b""
        for socket in feeds:
            while socket.poll(500):
                heard += b"".join(socket.recv_multipart())
        self.assertEqual(self.found(heard, tokens) - public, set())

    def published_leaves(self):
        """What a monitor fetches of the log: every leaf, and nothing besides."""
        monitor = Monitor(fetcher(f"http://127.0.0.1:{self.broker.ports['http']}"), Key(self.broker.status()["verifierKey"]))
        wait_until(lambda: monitor.follow() or len(monitor.leaves) == self.broker.head(), "a checkpoint of the whole log")
        self.assertEqual({len(leaf) for leaf in monitor.leaves}, {49})
        return monitor.leaves

    def nothing_on_the_host(self, tokens):
        """What the broker says to its operator, and every file but the log itself and its mirror."""
        status = self.broker.status(), self.broker.admin("roster").objects, self.broker.http("/metrics"), self.broker.http("/healthz")
        leaves = b"".join(self.published_leaves())
        self.broker.stop()
        said = "\n".join(self.broker.process.out + self.broker.process.err) + json.dumps(status)
        self.assertEqual(self.found(said.encode() + leaves, tokens), set())
        secrets = [line.split('"')[1] for file in self.broker.credentials.iterdir()
                   for line in file.read_text().splitlines() if "_secret" in line]
        self.assertEqual([secret for secret in secrets if secret in said], [])
        for path in self.broker.data.rglob("*"):
            if not path.is_file():
                continue
            inside = self.found(path.read_bytes(), tokens)
            if path.name.startswith("log.sqlite") or path.suffix == ".mirror":
                continue
            self.assertEqual(inside, set(), path)
        for pattern in ("log.sqlite*", "mirror/*.mirror"):
            log = b"".join(path.read_bytes() for path in self.broker.data.glob(pattern))
            self.assertEqual(self.found(log, tokens), set(tokens), "the search finds what is there")


if __name__ == "__main__":
    harness.main()
