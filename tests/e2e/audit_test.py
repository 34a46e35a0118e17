#!/usr/bin/env python3
"""An auditor's work with a live broker: verify, prove, export, receipts; a publisher's proofs; and a broker whose past was
changed behind everybody's back. What the programs say is checked once more by tests/tlog/verify.py, which shares no line
with them."""

import contextlib
import csv
import hashlib
import io
import json
import shutil
import sqlite3
import sys

import harness
from faults import Faults
from harness import DONE, FAILED, SAMPLES, SOURCE, UNVERIFIED, USAGE, Background, Case, credential_field, report, run, send, wait_until

sys.path.insert(0, str(SOURCE / "tests" / "tlog"))
import verify as independent  # noqa: E402


def auditor(*args, code=DONE):
    return run("noroshi-auditor", "--output", "json", *args, code=code)


class Audit(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-power", "operator", sectors=["electricity"], source="sector",
                                            publish=["*"], subscribe=True)
        self.auditor = self.broker.enroll("audit-office", "auditor", audit="RED")
        self.seen = self.folder / "seen.checkpoint"
        self.key = independent.Key(self.broker.status()["verifierKey"])

    def verify(self, *args, code=DONE, credential=None):
        return auditor("verify", "--credential", credential or self.auditor, *args, code=code).objects[0]

    def send(self, count, **more):
        return send(self.publisher, *[report(title=f"第{n}報", **more) for n in range(count)]).objects

    # --- what auditors do is in the log, too ---

    def accesses(self, credential=None, *args):
        return harness.replay(credential or self.auditor, "--kind", "access", *args)

    def test_every_way_to_read_is_noted_once(self):
        seq = self.send(300)[0]["seq"]  # more than one page
        harness.replay(self.auditor, "C", "--from", seq, "--to", seq + 1, "--status", "ACTUAL")
        self.verify()
        auditor("export", "--bundle", self.folder / "log.bundle", "--credential", self.auditor)
        auditor("export", "--format", "ndjson", "--credential", self.auditor)
        auditor("export", "--format", "csv", "--out", self.folder / "log.csv", "--credential", self.auditor)
        auditor("prove", seq, "--credential", self.auditor)
        auditor("receipts", "01890a5d-ac96-774b-bcce-b302099a8057", "--credential", self.auditor)
        self.assertIn("8-4-4-4-12", auditor("receipts", "nonsense", "--credential", self.auditor, code=USAGE).err)
        noted = self.accesses()
        self.assertEqual([each["purpose"] for each in noted],
                         ["replay", "verify", "export", "export", "export", "prove", "receipts"])
        self.assertEqual({each["organization"] for each in noted}, {"audit-office"})
        first = {name: noted[0][name] for name in ("from", "to", "topics", "statuses", "kinds")}
        self.assertEqual(first, {"from": seq, "to": seq + 1, "topics": ["C"], "statuses": ["ACTUAL"], "kinds": ["report"]})
        self.assertEqual(self.verify()["accesses"], 8)  # and that one
        self.assertIn("監査アクセス", run("noroshi-auditor", "--lang", "ja", "replay", "--kind", "access", "--credential",
                                          self.auditor).out)
        # Who is no auditor reads what is for it, and nobody takes note.
        harness.replay(self.publisher)
        self.assertEqual({each["organization"] for each in self.accesses()}, {"audit-office"})

    def test_an_auditor_sees_its_own_requests_and_verifies_those_of_others_as_leaves(self):
        self.send(1)
        modest = self.broker.enroll("modest-office", "auditor", audit="GREEN")
        harness.replay(self.auditor)
        harness.replay(modest)
        seen = self.accesses(modest)
        self.assertEqual([each.get("organization") for each in seen], [None, "modest-office"])
        self.assertEqual((seen[0]["redacted"], set(seen[0])), (True, {"seq", "recordedAt", "kind", "redacted", "leafHash"}))
        verdict = self.verify(credential=modest)
        self.assertEqual((verdict["ok"], verdict["redacted"], verdict["accesses"]), (True, 1, 2))

    def test_a_replay_at_its_own_pace(self):
        self.send(3)
        plain = harness.replay(self.auditor)
        paced = auditor("replay", "--credential", self.auditor, "--pace", "1e6")
        self.assertEqual(paced.objects, plain)
        self.assertEqual(paced.err, "")
        auditor("replay", "--credential", self.auditor, "--pace", "0", code=USAGE)

    # --- verify ---

    def test_a_whole_log_is_verified_and_held_against_the_last_time(self):
        self.send(30)
        first = self.verify("--checkpoint", self.seen)
        self.assertTrue(first["ok"])
        self.assertEqual((first["redacted"], first["before"], first["keys"]), (0, None, "given"))
        self.assertEqual((first["signatures"]["report"], first["signatures"]["member"]), (30, 2))
        self.assertEqual(self.seen.read_text(), first["checkpoint"])
        size, root = independent.open_checkpoint(first["checkpoint"].encode(), self.key)
        self.assertEqual((size, root.hex()), (first["entries"], first["root"]))
        # The root, computed from a replay by other code.
        leaves = [bytes.fromhex(each["leafHash"]) for each in harness.replay(self.auditor, "--kind", "all")[:size]]
        self.assertEqual(independent.tree_hash(leaves).hex(), first["root"])
        self.send(5)
        again = self.verify("--checkpoint", self.seen)
        self.assertEqual(again["before"], size)
        self.assertGreater(again["entries"], size)
        self.assertEqual(self.seen.read_text(), again["checkpoint"])

    def test_an_auditor_who_may_see_little_verifies_all_of_it(self):
        self.send(3)
        self.send(4, tlp="AMBER", audience={"sectors": ["electricity"]})
        modest = self.broker.enroll("modest-office", "auditor", audit="GREEN")
        verdict = self.verify(credential=modest)
        self.assertEqual((verdict["redacted"], verdict["signatures"]["report"]), (4, 3))
        # The root, from the leaves that everything was shown of.
        leaves = [bytes.fromhex(each["leafHash"]) for each in harness.replay(self.auditor, "--kind", "all")]
        self.assertEqual(independent.tree_hash(leaves[: verdict["entries"]]).hex(), verdict["root"])

    def test_a_former_key_is_good_for_what_it_signed_in_its_time(self):
        self.send(2)
        new = self.broker.credentials / "metro-power-2.toml"
        self.broker.admin("rotate", "metro-power", "--credential", new, "--overlap", "1")
        send(self.publisher, report())
        send(new, report())
        self.broker.admin("revoke", "metro-power")
        self.assertEqual(self.verify()["signatures"]["report"], 4)

    def test_a_log_that_went_back_in_time_and_on_from_there(self):
        """What a restored backup, or somebody with all files and keys, would like to pass off as the log."""
        self.send(5)
        self.broker.stop()
        backup = self.folder / "backup"
        shutil.copytree(self.broker.data, backup)
        self.broker.start()
        self.send(5)
        seen = self.verify("--checkpoint", self.seen)
        self.broker.stop()
        shutil.rmtree(self.broker.data)
        shutil.copytree(backup, self.broker.data)
        self.broker.start()
        before = self.seen.read_text()
        self.assertEqual(self.verify("--checkpoint", self.seen, code=UNVERIFIED)["finding"], "shortened")
        self.send(20)
        no = self.verify("--checkpoint", self.seen, code=UNVERIFIED)
        self.assertEqual((no["ok"], no["finding"]), (False, "rewritten"))
        self.assertEqual(self.seen.read_text(), before, "what was seen is kept as evidence")
        self.assertTrue(self.verify()["ok"], "by itself it is whole: only who remembers can tell")
        self.assertGreater(self.verify()["entries"], seen["entries"])
        japanese = run("noroshi-auditor", "--lang", "ja", "verify", "--credential", self.auditor, "--checkpoint", self.seen,
                       code=UNVERIFIED).out
        self.assertIn("書き換えられています", japanese)

    def test_what_is_not_a_checkpoint_of_this_log(self):
        self.seen.write_text("nonsense\n")
        result = auditor("verify", "--credential", self.auditor, "--checkpoint", self.seen, code=USAGE)
        self.assertIn(str(self.seen), result.err)
        nowhere = auditor("verify", "--credential", self.auditor, "--checkpoint", self.folder / "none" / "x", code=FAILED)
        self.assertEqual(nowhere.out, "")
        auditor("verify", code=USAGE)
        auditor("verify", "--credential", self.auditor, "--verifier-key", "x+00000000+AAAA", code=USAGE)

    # --- bundles ---

    def test_a_bundle_is_verified_with_the_broker_gone(self):
        self.send(12)
        bundle = self.folder / "log.bundle"
        exported = auditor("export", "--bundle", bundle, "--credential", self.auditor, "--checkpoint", self.seen).objects[0]
        self.broker.stop()
        offline = auditor("verify", "--bundle", bundle, "--credential", self.auditor, "--checkpoint", self.seen).objects[0]
        self.assertEqual(offline["before"], exported["entries"])
        self.assertEqual(offline["root"], exported["root"])
        by_key = auditor("verify", "--bundle", bundle, "--verifier-key", self.broker_key(), "--registrar",
                         credential_field(self.auditor, "registrar")).objects[0]
        self.assertEqual(by_key["keys"], "given")
        self.assertEqual(auditor("verify", "--bundle", bundle).objects[0]["keys"], "bundle")
        other = auditor("verify", "--bundle", bundle, "--registrar", "00" * 32, code=UNVERIFIED).objects[0]
        self.assertEqual(other["finding"], "key_mismatch")
        octets = bytearray(bundle.read_bytes())
        octets[len(octets) // 2] ^= 1
        bundle.write_bytes(octets)
        broken = auditor("verify", "--bundle", bundle, "--credential", self.auditor, code=UNVERIFIED).objects[0]
        self.assertFalse(broken["ok"])
        auditor("verify", "--bundle", self.folder / "none", code=FAILED)
        self.assertEqual([each.name for each in self.folder.iterdir() if each.name.startswith(".")], [])

    def broker_key(self):
        return f"{self.key.name}+{self.key.id.hex()}+{independent.base64.b64encode(bytes([self.key.type]) + self.key.key).decode()}"

    def test_other_formats(self):
        self.send(3)
        lines = auditor("export", "--format", "ndjson", "--credential", self.auditor).objects
        self.assertEqual([each["seq"] for each in lines], list(range(1, len(lines) + 1)))
        self.assertTrue(all("body" in each for each in lines))
        out = self.folder / "log.csv"
        auditor("export", "--format", "csv", "--out", out, "--credential", self.auditor)
        rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode())))
        noted = rows.pop()  # the first export, between the two
        self.assertEqual((noted["kind"], noted["organization"]), ("access", "audit-office"))
        self.assertEqual([row["leafHash"] for row in rows], [each["leafHash"] for each in lines])
        self.assertEqual([row["title"] for row in rows if row["kind"] == "report"], ["第0報", "第1報", "第2報"])
        auditor("export", "--credential", self.auditor, code=USAGE)

    # --- proofs ---

    def test_a_proof_that_others_can_check(self):
        seq = self.send(9)[4]["seq"]
        file = self.folder / "proof"
        proved = auditor("prove", seq, "--credential", self.auditor, "--out", file).objects[0]
        leaf = bytes.fromhex(proved["leafData"])
        entry = harness.replay(self.auditor, "--kind", "all", "--from", seq, "--to", seq)[0]
        self.assertEqual(independent.leaf_hash(leaf).hex(), entry["leafHash"])
        self.assertEqual(independent.open_proof_file(file.read_bytes(), independent.leaf_hash(leaf), self.key)[:2],
                         (seq - 1, proved["size"]))
        other = leaf[:-1] + bytes([leaf[-1] ^ 1])
        with self.assertRaises(independent.Wrong):
            independent.open_proof_file(file.read_bytes(), independent.leaf_hash(other), self.key)
        self.assertEqual(run("noroshi-auditor", "prove", seq, "--credential", self.auditor).out[:24], "c2sp.org/tlog-proof@v1\ni")
        auditor("prove", 100000, "--credential", self.auditor, code=FAILED)

    def test_an_author_keeps_proofs_of_what_was_accepted(self):
        folder = self.folder / "proofs"
        reports = [report(title=f"第{n}報") for n in range(5)] + [report("B.a.regulations", "guidelines")]
        sent = send(self.publisher, *reports, args=["--receipts", folder]).objects
        self.assertEqual(len(list(folder.iterdir())), 12)
        for each in sent:
            self.assertEqual(each["leafIndex"], each["seq"] - 1)
            entry = {number: value for number, value in fields((folder / f"{each['id']}.report").read_bytes())}
            inner = hashlib.sha256(entry[5] + entry[6]).digest()
            leaf = entry[1].to_bytes(8, "big") + entry[2].to_bytes(8, "big") + bytes([entry[3]]) + inner
            proof = (folder / f"{each['id']}.tlog-proof").read_bytes()
            self.assertEqual(independent.open_proof_file(proof, independent.leaf_hash(leaf), self.key)[0], each["leafIndex"])
            self.assertEqual(entry[6], independent.unbase64(self.body_of(each["seq"])))
        # A second sending is answered "duplicate", and proven just as well.
        again = self.folder / "again"
        stored = [json.loads(line) for line in self.sent_again(again, folder, sent[0]["id"])]
        self.assertTrue(stored[0]["duplicate"])
        self.assertEqual((again / f"{sent[0]['id']}.report").read_bytes(), (folder / f"{sent[0]['id']}.report").read_bytes())

    def body_of(self, seq):
        return harness.replay(self.auditor, "--kind", "all", "--bytes", "--from", seq, "--to", seq)[0]["body"]

    def sent_again(self, again, folder, report_id):
        """The same bytes, from an outbox whose answer was lost."""
        outbox = self.folder / "outbox"
        outbox.mkdir()
        entry = dict(fields((folder / f"{report_id}.report").read_bytes()))
        letter = {"where": "lost", "id": report_id, "signed": independent.base64.b64encode(entry[6]).decode()}
        (outbox / "20260601T093000.123456Z.signed").write_text(json.dumps(letter) + "\n")
        return send(self.publisher, args=["--outbox", outbox, "--receipts", again]).out.splitlines()

    # --- receipts ---

    def test_who_has_confirmed_a_report(self):
        reader = self.broker.enroll("east-gas", "operator", sectors=["gas"], subscribe=True)
        daemon = harness.Background("noroshi-subscriber", "--output", "json", "run", "--credential", reader, "--data",
                                    self.folder / "inbox")
        daemon.says(" ready")
        report_id = self.send(1)[0]["id"]
        harness.wait_until(lambda: auditor("receipts", report_id, "--credential", self.auditor).objects, "a receipt")
        daemon.stop()
        first = auditor("receipts", report_id, "--credential", self.auditor).objects[0]
        self.assertEqual((first["organization"], first["stage"], first["signature"]), ("east-gas", "DELIVERED", "valid"))
        self.assertEqual(self.verify()["signatures"]["receipt"], 1)
        self.assertIn("east-gas", run("noroshi-auditor", "receipts", report_id, "--credential", self.auditor).out)
        self.assertEqual(auditor("receipts", "01890a5d-ac96-774b-bcce-b302099a8057", "--credential", self.auditor).objects, [])


def fields(message):
    """(number, value) of a flat protobuf message: numbers and byte strings."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, at = message[at : at + value], at + value
        yield tag >> 3, value


class SlowMirror(Case):
    """The database has an entry that the mirror, on another disk, has not yet: nobody may be told of it in any way."""

    def test_no_checkpoint_has_what_the_mirror_lacks(self):
        faults = Faults(self.folder / "faults")
        self.broker.environment = faults.environment
        self.broker.start()
        publisher = self.broker.enroll("metro-power", "operator", source="sector", publish=["*"])
        credential = self.broker.enroll("audit-office", "auditor", audit="RED")
        send(publisher, report())
        head = self.broker.head()
        faults.mirror_held = True
        flow = Background("noroshi-publisher", "send", "--credential", publisher, self.write("report.json", report()))
        wait_until(lambda: self.stored() > head, "the report in the database")
        # What it asks for is an entry itself, and waits like the report: the mirror goes on when the auditor has its
        # checkpoint and has come back to ask for the log.
        verify = Background("noroshi-auditor", "--output", "json", "verify", "--credential", credential)
        self.broker.process.wait_for(lambda: self.auditors_sessions() == 2, "the auditor has come back")
        self.assertEqual(self.broker.head(), head)
        faults.mirror_held = False
        self.assertEqual(verify.ends(), DONE, str(verify))
        self.assertEqual(json.loads(verify.out[0])["entries"], head)
        self.assertEqual(flow.ends(), DONE, str(flow))

    def auditors_sessions(self):
        return sum("session opened: audit-office" in line for line in self.broker.process.err)

    def stored(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.broker.data}/log.sqlite?mode=ro", uri=True)) as log:
            return log.execute("SELECT max(seq) FROM entries").fetchone()[0]


if __name__ == "__main__":
    harness.main()
