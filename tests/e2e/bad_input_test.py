#!/usr/bin/env python3
"""Whatever is wrong with what comes in: the sender is told file, field and remedy, the exit code says which kind of
mistake it was, the good reports of the same batch are sent, and the broker goes on as if nothing had been."""

import json

import zmq

import harness
from harness import DONE, FAILED, REJECTED, UNREACHABLE, USAGE, Case, report, run, send

MIB = 1 << 20

# What one file holds, and what its sender must be told: reason, field, and words of the detail (the remedy among them).
BAD_FILES = {
    "truncated.json": (json.dumps(report())[:-20], "malformed", "", ["truncated.json", "not JSON"]),
    "empty.json": ("", "malformed", "", ["empty.json", "no report"]),
    "unknown-item.json": (report(item="C.flood"), "unknown_item", "item", ["C.flood", "C.disaster"]),
    "unknown-field.json": (report(field="weather"), "unknown_field", "sections[0].field", ["weather", "recovery-outlook"]),
    "misspelt-key.json": ({**report(), "tpl": "GREEN"}, "malformed", "tpl", ["unknown key", "tlp"]),
    "key-twice.json": (json.dumps(report())[:-1] + ', "tlp": "CLEAR"}', "malformed", "tlp", ["twice"]),
    "no-label.json": (report(tlp=""), "tlp_missing", "tlp", ["AMBER+STRICT"]),
    "wrong-label.json": (report(tlp="TLP:GREEN"), "tlp_invalid", "tlp", ["TLP:GREEN", "CLEAR"]),
    "no-title.json": ({**report(), "title": {}}, "title_missing", "title", ["ja"]),
    "amber-without-audience.json": (report(tlp="AMBER"), "audience_required", "audience", ["sectors"]),
    "red-for-a-sector.json": (report(tlp="RED", audience={"sectors": ["water"]}),
                              "audience_required", "audience.organizations", ["RED"]),
    "of-another.json": (report(organization="somebody-else"),
                        "organization_mismatch", "organization", ["somebody-else", "metro-water"]),
    "other-source.json": (report(source="government"), "source_mismatch", "source", ["sector"]),
    "two-mebibytes.json": ({**report(), "sections": [{"field": "situation", "text": {"ja": "a" * (2 * MIB)}}]},
                           "too_large", "sections[0].text.ja", [str(MIB)]),
    "not-utf-8.json": (json.dumps(report(), ensure_ascii=False).encode("shift_jis"), "malformed", "", ["UTF-8"]),
    "bad-time.json": (report(occurredAt="yesterday"), "malformed", "occurredAt", ["must be a time"]),
    "bad-relation.json": (report(relatesTo={"reportId": "first", "relation": "UPDATE"}),
                          "relation_unknown", "relatesTo.reportId", ["first"]),
    "array-in-text.json": ({**report(), "title": ["見出し"]}, "malformed", "title", ["must be"]),
    # These only the broker can know.
    "unknown-audience.json": (report(tlp="AMBER", audience={"organizations": ["nobody"]}),
                              "audience_unknown", "audience.organizations[0]", ["nobody"]),
    "relates-to-nothing.json": (report(relatesTo={"reportId": "019eca26-c900-73c1-9a4e-5d07b1f2c836", "relation": "UPDATE"}),
                                "relation_unknown", "relatesTo.reportId", ["019eca26"]),
    "not-its-item.json": (report(item="A.near-miss", field="content"), "not_permitted", "item", ["A.near-miss"]),
    "from-the-future.json": (report(issuedAt="2999-01-01T00:00:00Z"), "clock_skew", "issuedAt", ["clock"]),
    "expired.json": (report(expiresAt="2020-01-01T00:00:00Z"), "expired", "expiresAt", []),
}

# Wrong only for this sender, or in the eyes of a broker: `validate` has nothing to say against them.
NEEDS_MORE_THAN_THE_FILE = {"of-another.json", "other-source.json", "unknown-audience.json", "relates-to-nothing.json",
                            "not-its-item.json", "from-the-future.json", "expired.json"}

# What e2e-hostile does, and how the broker must take it.
HOSTILE = {
    "a good report": "accepted",
    "a signature with one bit changed": "rejected signature_invalid",
    "a report changed after it was signed": "rejected signature_invalid",
    "no signature": "rejected signature_invalid",
    "a signature made for something else": "rejected signature_invalid",
    "signed with a key that is nobody's": "rejected key_unknown",
    "signed with another key under the enrolled key's id": "rejected signature_invalid",
    "a report of another organisation": "rejected organization_mismatch organization",
    "another source group": "rejected source_mismatch source",
    "an item it may not publish": "rejected not_permitted item",
    "no label": "rejected tlp_missing tlp",
    "AMBER without audience": "rejected audience_required audience",
    "an audience that does not exist": "rejected audience_unknown audience.organizations[0]",
    "issued in the future": "rejected clock_skew issuedAt",
    "expired": "rejected expired expiresAt",
    "larger than a report may be": "rejected too_large",
    "text that is not UTF-8": "rejected malformed title.value",
    "a field that the contract does not have": "rejected malformed",
    "half a report": "rejected malformed",
    "no report at all": "rejected malformed id",
    "one id, the same bytes, then other bytes": "accepted, duplicate, rejected id_conflict id",
    "an empty frame": "refused malformed",
    "garbage": "refused malformed",
    "zeros": "refused malformed",
    "a message with an unknown field": "refused malformed",
    "a Hello with a short key": "refused malformed",
    "a Replay on the urgent door": "refused unexpected_message",
    "a protocol of the future": "refused protocol_version",
    "a topic that does not exist": "refused unknown_item",
    "more topics than allowed": "refused too_large",
    "a subscription without the right to it": "refused not_permitted",
    "a report without a Hello": "hello_required",
    "a report on the archive door": "refused unexpected_message",
    "a replay without the right to it": "refused not_permitted",
    "a frame over the limit": "none",
}


class BadInput(Case):
    def setUp(self):
        super().setUp()
        self.broker.start()
        self.credential = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["C"])

    def assert_healthy(self, good):
        """The broker runs, and its log holds one member and the good reports, nothing else."""
        self.assertTrue(self.broker.process.running)
        self.assertEqual(self.broker.http("/healthz"), (200, "ok\n"))
        self.assertEqual(self.broker.head(), 1 + good)

    def test_each_mistake_by_itself(self):
        for name, (content, reason, field, words) in BAD_FILES.items():
            with self.subTest(file=name):
                file = self.write(name, content)
                answer = send(self.credential, file, code=REJECTED).objects
                self.assertEqual(len(answer), 1)
                self.assertEqual((answer[0]["result"], answer[0]["reason"]), ("rejected", reason), answer)
                self.assertEqual(answer[0]["field"], field)
                for word in words:
                    self.assertIn(word, answer[0]["detail"])
                # A person is told the file too, in both languages.
                for language in ("ja", "en"):
                    text = run("noroshi-publisher", "--lang", language, "send", "--credential", self.credential, file,
                               code=REJECTED).out
                    first = text.splitlines()[0]
                    self.assertRegex(first, rf"^\S+ +\S*{name}\S*: {f'{reason} {field}'.strip()}: ".replace("[", r"\["))
                    self.assertEqual(any("ぁ" <= c <= "ん" for c in first), language == "ja", first)
        self.assert_healthy(good=0)

    def test_the_rest_of_the_batch_is_sent(self):
        files, good = [], 0
        for number, (name, (content, *_)) in enumerate(BAD_FILES.items()):
            files += [self.write(f"good-{number}.json", report(title=f"正 {number}")), self.write(name, content)]
            good += 1
        missing = self.folder / "isn't there.json"
        result = send(self.credential, missing, *files, code=REJECTED)  # the larger of failed and rejected
        self.assertIn(str(missing), result.err)
        self.assertEqual([each["result"] for each in result.objects], ["accepted", "rejected"] * good)
        self.assertEqual([each["reason"] for each in result.objects if each["result"] == "rejected"],
                         [reason for _, reason, *_ in BAD_FILES.values()])
        self.assert_healthy(good)

    def test_one_bad_report_among_the_lines_of_a_file(self):
        lines = [json.dumps(each) for each in (report(title="一"), report(), report(title="三"), report(tlp="PINK"))]
        lines[1] = lines[1][:-3]
        answers = send(self.credential, self.write("lines.jsonl", "\n".join(lines)), code=REJECTED).objects
        self.assertEqual([each["result"] for each in answers], ["accepted", "rejected", "accepted", "rejected"])
        self.assertIn("lines.jsonl:2", answers[1]["detail"])
        self.assertIn("lines.jsonl:4", answers[3]["detail"])
        self.assert_healthy(good=2)

    def test_exit_codes(self):
        """The largest of failed 1, rejected 3, unreachable 4; usage 2 only by itself."""
        good = self.write("good.json", report())
        bad = self.write("bad.json", report(tlp="PINK"))
        missing = self.folder / "missing.json"
        result = send(self.credential, missing, code=FAILED)
        self.assertIn(str(missing), result.err)
        self.assertEqual(send(self.credential, missing, good, code=FAILED).objects[0]["result"], "accepted")
        send(self.credential, bad, missing, good, code=REJECTED)
        send(self.credential, self.folder, code=FAILED)  # a folder is no file
        run("noroshi-publisher", "send", "--credential", self.credential, code=USAGE)
        run("noroshi-publisher", "send", "--credential", self.folder / "nobody.toml", good, code=FAILED)
        run("noroshi-publisher", "send", "--credential", good, good, code=USAGE)  # no credential at all
        self.assert_healthy(good=2)
        self.broker.stop()
        result = send(self.credential, bad, missing, good, code=UNREACHABLE, args=["--timeout", "1"])
        self.assertEqual([each["result"] for each in result.objects], ["rejected", "unsent"])

    def test_validate_says_the_same_without_a_broker(self):
        self.broker.stop()
        for name, (content, reason, field, _) in BAD_FILES.items():
            if name in NEEDS_MORE_THAN_THE_FILE:
                continue
            with self.subTest(file=name):
                file = self.write(name, content)
                answer = run("noroshi-publisher", "--output", "json", "validate", file, code=REJECTED).objects[0]
                self.assertEqual((answer["reason"], answer["field"]), (reason, field))
        run("noroshi-publisher", "validate", self.write("good.json", report()), code=DONE)

    def test_who_breaks_the_protocol(self):
        rows = run("e2e-hostile", self.credential).objects
        self.assertEqual({each["row"]: each["outcome"] for each in rows}, HOSTILE)
        # After each of them a good report is taken, in the same session or the next.
        self.assertEqual({each["row"]: each["then"] for each in rows}, {row: "accepted" for row in HOSTILE})
        good = len(rows) + sum(each["outcome"].startswith("accepted") for each in rows)
        self.assert_healthy(good)
        # What was rejected and why is counted; the broker takes a picture of itself now and then.
        counts = {"signature_invalid": 5, "key_unknown": 1, "too_large": 1, "id_conflict": 1}
        harness.wait_until(lambda: self.rejected(counts) == counts, lambda: f"{self.rejected(counts)} is not {counts}", 10)

    def rejected(self, reasons):
        metrics = self.broker.metrics()
        return {each: metrics[f'noroshi_reports_rejected_total{{reason="{each}"}}'] for each in reasons}

    def test_frames_that_no_client_of_ours_sends(self):
        """An enrolled member with a ZeroMQ library of its own: wrong number of frames, a routing id of its choosing, one
        that another connection has already."""
        keys = harness.curve_keys(self.credential)
        sockets = []
        for identity in (None, b"x", b"x", b"y" * 255):
            socket = self.foreign(zmq.DEALER)
            if identity:
                socket.setsockopt(zmq.IDENTITY, identity)
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = keys
            socket.connect(f"tcp://127.0.0.1:{self.broker.ports['urgent']}")
            for frames in ([b""], [b"a", b"b"], [b"", b"", b""], [b"x"] * 200, [b"\xff" * 1000]):
                socket.send_multipart(frames)
            sockets.append(socket)
        # An answer shows that what was sent before it has been read.
        for socket in (sockets[0], sockets[3]):
            self.assertTrue(socket.poll(int(harness.PATIENCE * 1000)))
        self.assertEqual(send(self.credential, report()).objects[0]["result"], "accepted")
        self.assert_healthy(good=1)


if __name__ == "__main__":
    harness.main()
