#!/usr/bin/env python3
"""kill -9 in the middle of everything: nothing that was acknowledged is missing, nothing is doubled, and every subscriber
gets every report once, while publisher and subscribers run on through all of it."""

import json
import random
import time

import harness
from harness import DONE, UNREACHABLE, Background, Case, Watch, replay, report, send

BATCH = 1500


def uuid7():
    bits = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def batch(prefix, count=BATCH):
    """Most of them urgent, every fifth batched; some kilobytes each, so that a kill finds work under way."""
    return [report(*(("B.a.regulations", "guidelines") if n % 5 == 0 else ()), title=f"{prefix} {n}", id=uuid7(),
                   references=[{"url": f"https://example.jp/{n}/{'x' * 1500}"}]) for n in range(count)]


class Kill(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector", publish=["*"])
        self.subscriber = self.broker.enroll("east-gas", "operator", sectors=["gas"], subscribe=True)
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")

    def log(self):
        """{id: seq} of the reports in the log; every id once, every signature valid, no sequence missing."""
        entries = replay(self.auditor, "--from", "1", "--kind", "all", timeout=120)
        self.assertEqual([each["seq"] for each in entries], list(range(1, len(entries) + 1)))
        reports = [each for each in entries if "report" in each]
        self.assertEqual({each["signature"] for each in reports}, {"valid"})
        out = {each["report"]["id"]: each["seq"] for each in reports}
        self.assertEqual(len(out), len(reports), "a report is in the log twice")
        return out

    def test_publisher_and_subscriber_outlive_the_broker(self):
        watch = Watch(self.subscriber)
        expected, interrupted = {}, 0
        for round_number in range(6):
            reports = batch(f"round {round_number}")
            publisher = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                                   "--timeout", "120", self.write("batch.json", reports))
            before = len(watch.out)
            watch.wait_for(lambda: len(watch.out) >= before + 30 * (round_number + 1), "first deliveries of the round")
            self.broker.kill()
            committed = self.broker.head()  # of the directory as the kill left it
            self.broker.start()
            self.assertEqual(publisher.ends(120), DONE, str(publisher))
            answers = [json.loads(line) for line in publisher.out]
            self.assertEqual([(a["result"], a["id"]) for a in answers], [("accepted", r["id"]) for r in reports])
            expected.update({a["id"]: a["seq"] for a in answers})
            if committed < max(a["seq"] for a in answers):
                interrupted += 1
            if interrupted == 3:
                break
        self.assertGreaterEqual(interrupted, 2, "the kills came too late to mean anything")

        watch.wait_for_ids(expected, seconds=120)
        got = watch.reports
        self.assertEqual(len(got), len(expected), "something was delivered twice")
        self.assertEqual({each["report"]["id"]: each["seq"] for each in got}, expected)
        self.assertEqual({each["signature"] for each in got}, {"valid"})
        self.assertEqual(self.log(), expected)
        self.assertEqual(watch.stop(), DONE)

    def test_publisher_stopped_during_the_outage(self):
        """What a publisher called accepted before it was stopped is in the log; sending it all again adds the rest."""
        watch = Watch(self.subscriber)
        reports = batch("outage", 3 * BATCH)
        file = self.write("batch.json", reports)
        publisher = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                               "--timeout", "120", file)
        watch.wait_for(lambda: len(watch.out) >= 30, "first deliveries")
        self.broker.kill()
        publisher.stop()
        answers = [json.loads(line) for line in publisher.out]
        accepted = {a["id"]: a["seq"] for a in answers if a["result"] == "accepted"}
        self.assertTrue(accepted)
        if len(accepted) < len(reports):
            self.assertEqual(publisher.ends(), UNREACHABLE)
            self.assertEqual({a["result"] for a in answers}, {"accepted", "unsent"})
        self.assertEqual([a["id"] for a in answers], [r["id"] for r in reports])

        self.broker.start()
        before = self.log()
        self.assertEqual({i: before.get(i) for i in accepted}, accepted, "acknowledged and lost")
        again = send(self.publisher, file, timeout=120).objects
        self.assertEqual({a["result"] for a in again}, {"accepted"})
        seqs = {a["id"]: a["seq"] for a in again}
        self.assertEqual({i: seqs[i] for i in before}, before)
        # More than these, if this sending loses its session on a slow machine and says again what was already taken.
        self.assertLessEqual(set(before), {a["id"] for a in again if a["duplicate"]})
        self.assertEqual(self.log(), seqs)
        watch.wait_for_ids(seqs, seconds=120)
        self.assertEqual(len(watch.out), len(seqs))

    def test_killed_again_and_again_while_starting_and_idle(self):
        """A kill at any moment leaves a directory that starts."""
        seqs = {}
        for n in range(5):
            answers = send(self.publisher, *batch(f"kill {n}", 20)).objects
            seqs.update({a["id"]: a["seq"] for a in answers})
            self.broker.kill()
            starting = Background("noroshi-broker", "--output", "json", "run", "--data", self.broker.data)
            time.sleep(random.random() * 0.05)  # no wait for anything: the moment of the kill is what varies
            starting.kill()
            self.broker.start()
        self.assertEqual(self.log(), seqs)


if __name__ == "__main__":
    harness.main()
