#!/usr/bin/env python3
"""Witnesses of the log: what a broker asks of them (tests/e2e/witness.py stands in for them), what it serves of what they say,
and what it does not believe."""

import shutil
import sys
import time

import harness
import witness as witnesses
from harness import DONE, SOURCE, Case, report, run, send
from witness import Witness

sys.path.insert(0, str(SOURCE / "tests" / "tlog"))
import monitor as independent  # noqa: E402
import verify  # noqa: E402

PROMPT = 7  # seconds for a stop; a request to a witness that hangs would take 10


class Witnesses(Case):
    def setUp(self):
        super().setUp()
        self.publisher = self.broker.enroll("metro-power", "operator", sectors=["electricity"], source="sector", publish=["*"])
        self.log = verify.Key(self.broker.status()["verifierKey"])
        self.witnesses = []

    def witness(self, name):
        out = Witness(self.broker.status()["verifierKey"], f"{name}.example/w")
        self.addCleanup(out.close)
        self.witnesses.append(out)
        self.broker.configure("[http]", f'[[witness]]\nname = "{name}"\nurl = "{out.url}"\nverifier_key = "{out.signer.key}"\n\n[http]')
        return out

    def send(self, count=1):
        send(self.publisher, *[report(title=f"第{n}報") for n in range(count)])

    def note(self, path="checkpoint"):
        return independent.fetcher(f"http://127.0.0.1:{self.broker.ports['http']}")(path)

    def opened(self, path="checkpoint"):
        """Size, and the names of those who have signed; every signature of a key that we know is checked."""
        note = self.note(path)
        text, signers = verify.open_note(note, [self.log, *(each.key for each in self.witnesses)])
        self.assertEqual(note.count("— ".encode()), len(signers), note)
        return verify.open_checkpoint(note, self.log)[0], set(signers)

    def cosigned_by(self, *by):
        """Until the newest checkpoint is of the whole log and has exactly these cosignatures. Its size."""
        names = {self.log.name, *(each.signer.name for each in by)}
        harness.wait_until(lambda: self.opened() == (self.broker.head(), names),
                           lambda: f"{self.broker.head()} cosigned by {names}: {self.opened()}")
        return self.broker.head()

    def state(self, name):
        return next(each for each in self.broker.status()["witnesses"] if each["name"] == name)

    def in_trouble(self, name, words):
        harness.wait_until(lambda: words in (self.state(name)["trouble"] or ""),
                           lambda: f"'{words}' as the trouble of {name}: {self.state(name)}")

    def said(self, name):
        """What the broker's log has about a witness."""
        return [line.split(f"witness {name}: ", 1)[1] for line in self.broker.process.err if f"witness {name}: " in line]

    def has_said(self, name, what):
        harness.wait_until(lambda: self.said(name) == what, lambda: f"{what} in the log: {self.said(name)}")

    def test_they_cosign_and_everybody_gets_it(self):
        first, second = self.witness("first"), self.witness("second")
        self.broker.start()
        for _ in range(3):
            self.send(5)
            head = self.cosigned_by(first, second)
            harness.wait_until(lambda: self.opened("checkpoint.witnessed") == self.opened(), "the same, as the witnessed one")
        self.assertEqual((first.size, second.size), (head, head))
        self.assertEqual((first.asked[0], set(first.refused)), (0, set()))
        for name in ("first", "second"):
            state = self.state(name)
            self.assertEqual((state["size"], state["trouble"]), (head, None))
            self.assertTrue(state["at"].endswith("Z"))
            self.has_said(name, ["cosigns"])
        metrics = self.broker.metrics()
        self.assertEqual(metrics['noroshi_witness_cosigned_size{witness="first"}'], head)
        self.assertEqual(metrics['noroshi_witness_failures_total{witness="second"}'], 0)
        self.assertLess(abs(metrics['noroshi_witness_cosigned_timestamp_seconds{witness="first"}'] - time.time()), 600)
        text = run("noroshi-broker", "status", "--data", self.broker.data).out
        self.assertIn(f"first: has cosigned {head} entries", text)
        self.assertEqual(independent.Monitor(lambda path: self.note(path), self.log).follow(), head)

        # An auditor is given the same, and keeps it.
        auditor = self.broker.enroll("audit-office", "operator", audit="RED")
        head = self.cosigned_by(first, second)
        kept = self.folder / "log.checkpoint"
        for _ in range(2):
            run("noroshi-auditor", "verify", "--credential", auditor, "--checkpoint", kept)
            self.assertGreaterEqual(verify.open_checkpoint(kept.read_bytes(), self.log)[0], head)
            self.cosigned_by(first, second)
        self.assertIn(first.signer.name, kept.read_text())

        # After a start it is remembered nowhere what they have seen: they say so themselves.
        self.broker.stop()
        first.asked.clear()
        self.broker.start()
        self.send()
        self.cosigned_by(first, second)
        self.assertEqual((first.asked[0], first.asked[1] > 0), (0, True))
        self.assertEqual(set(first.refused), {409})
        self.assertEqual(self.state("first")["trouble"], None)

    def test_a_busy_log_has_checkpoints_that_all_have_cosigned(self):
        self.witness("first"), self.witness("second")
        self.broker.start()
        everybody = {self.log.name, *(each.signer.name for each in self.witnesses)}
        seen = set()
        for _ in range(200):
            self.send(3)
            try:
                size, signers = self.opened("checkpoint.witnessed")
            except verify.Wrong as none_yet:
                self.assertIn("404", str(none_yet))
                continue
            self.assertEqual(signers, everybody)
            seen.add(size)
            if len(seen) == 3:
                return
        self.fail(f"only {seen} were cosigned by all while the log grew")

    def test_what_one_does_wrong_is_noticed_and_holds_up_nobody(self):
        good, bad = self.witness("good"), self.witness("bad")
        self.broker.start()
        self.cosigned_by(good, bad)
        for behave, words in (
                (witnesses.with_another_key, "its cosignature is none"), (witnesses.of_another_root, "its cosignature is none"),
                (witnesses.of_a_longer_text, "its cosignature is none"), (witnesses.of_a_stranger, "its cosignature is none"),
                (witnesses.rubbish, "its cosignature is none"), (witnesses.too_much, "too long; the most, in bytes: 16384"),
                (witnesses.status(404), "(404)"), (witnesses.status(403), "(403)"), (witnesses.status(422), "(422)"),
                (witnesses.status(500), "HTTP 500"), (witnesses.status(302), "HTTP 302"),
                (witnesses.status(409, b"1\n"), "409"), (witnesses.status(409, b"999999\n", "text/x.tlog.size"), "longer log (999999 ")):
            with self.subTest(behave.__name__, words=words):
                bad.behave = behave
                self.send()
                self.in_trouble("bad", words)
                head = self.cosigned_by(good)
                self.assertEqual(self.opened("checkpoint.witnessed"), (head, {self.log.name, good.signer.name}))
                bad.behave = None
                self.cosigned_by(good, bad)
                self.assertEqual(self.state("bad")["trouble"], None)
        self.assertGreaterEqual(self.broker.metrics()['noroshi_witness_failures_total{witness="bad"}'], 13)
        self.assertEqual(self.broker.metrics()['noroshi_witness_failures_total{witness="good"}'], 0)
        self.has_said("good", ["cosigns"])

        # The same trouble again and again: said once.
        bad.behave = witnesses.status(503)
        harness.wait_until(lambda: self.said("bad")[-1] == "cosigns", "the last of what was said")
        before = len(self.said("bad"))
        self.send()
        asked = len(bad.asked)
        harness.wait_until(lambda: len(bad.asked) >= asked + 3, "three attempts")
        self.assertEqual(self.said("bad")[before:], ["HTTP 503"])
        # Nobody there at all.
        bad.close()
        self.in_trouble("bad", "cannot be connected")
        self.send()
        self.cosigned_by(good)

    def test_one_that_hangs_delays_neither_reports_nor_the_others_nor_the_stop(self):
        good, bad = self.witness("good"), self.witness("bad")
        bad.behave = witnesses.hang
        self.broker.start()
        harness.wait_until(lambda: bad.asked, "a request that hangs")
        self.send(3)
        self.cosigned_by(good)
        self.in_trouble("bad", "no answer within seconds: 10")
        asked = len(bad.asked)
        harness.wait_until(lambda: len(bad.asked) > asked, "another one")
        self.broker.process.signal(harness.signal.SIGTERM)
        self.assertEqual(self.broker.process.ends(PROMPT), DONE)

    def test_a_log_that_was_set_back_is_told_by_its_witness(self):
        witness = self.witness("first")
        self.broker.start()
        self.send(10)
        self.cosigned_by(witness)
        self.broker.stop()
        backup = self.folder / "backup"
        shutil.copytree(self.broker.data, backup)
        self.broker.start()
        self.send(10)
        size = self.cosigned_by(witness)
        self.broker.stop()
        shutil.rmtree(self.broker.data)
        shutil.copytree(backup, self.broker.data)
        self.broker.start()
        self.in_trouble("first", f"longer log ({size} entries)")
        self.broker.process.says("error witness first: it has cosigned a longer log")
        self.assertEqual(self.opened()[1], {self.log.name})
        self.send(20)
        self.in_trouble("first", f"does not begin with the {size} entries")
        self.assertEqual(self.opened()[1], {self.log.name})


if __name__ == "__main__":
    harness.main()
