#!/usr/bin/env python3
"""What a member was granted, and for how long: revocation within a second on every path, keys that overlap, ends that are
announced, and a rate that one member cannot exceed at the cost of the others."""

import json
import os
import time
from datetime import datetime, timedelta, timezone

import harness
from harness import DONE, PATIENCE, REJECTED, UNREACHABLE, USAGE, Background, Case, Watch, report, run, send, wait_until

AT_ONCE = 10.0 if os.environ.get("NOROSHI_SANITIZE") else 1.0  # seconds, from the answer to `revoke`
FLOOD = 6000  # past the burst of 4,000 that one member has


def at(**delta):
    return (datetime.now(timezone.utc) + timedelta(**delta)).isoformat(timespec="seconds").replace("+00:00", "Z")


class Membership(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-power", "operator", sectors=["electricity"], source="sector",
                                            publish=["*"], subscribe=True)

    def test_revocation_on_every_path_within_a_second(self):
        gas = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"], subscribe=True)
        auditor = self.broker.enroll("audit-office", "auditor", audit="RED")
        send(self.publisher, *[report(title=f"第{n}報") for n in range(50)])
        live = [Watch(gas, "--lane", "urgent"), Watch(gas, "--lane", "batched")]
        control = Watch(self.publisher)
        self.broker.admin("revoke", "east-gas")
        begin = time.monotonic()
        for program in live:
            self.assertEqual(program.ends(), UNREACHABLE)
        self.assertLess(time.monotonic() - begin, AT_ONCE, "the sessions that stood")
        after = send(self.publisher, report(), report("B.a.regulations", "guidelines")).objects
        control.wait_for_ids([each["id"] for each in after])
        for program in live:
            self.assertEqual(set(program.ids()) & {each["id"] for each in after}, set())
        # What needs a connection anew.
        send(gas, report(), code=UNREACHABLE)
        run("noroshi-auditor", "replay", "--credential", gas, code=UNREACHABLE)
        self.assertGreater(len(run("noroshi-auditor", "--output", "json", "replay", "--credential", auditor).objects), 50)
        self.broker.admin("revoke", "audit-office")
        run("noroshi-auditor", "replay", "--credential", auditor, code=UNREACHABLE)

    def test_keys_overlap(self):
        old = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"], subscribe=True)
        signed_before = send(old, report(title="前の鍵で")).objects[0]["id"]
        new = self.broker.credentials / "east-gas-2.toml"
        answer = self.broker.admin("rotate", "east-gas", "--credential", new, "--overlap", "1").objects[0]
        self.assertTrue(answer["formerKeysUntil"])
        self.assertEqual(len(self.broker.admin("roster").objects[0]["retiredKeys"]), 1)
        watches = [Watch(old), Watch(new)]
        watches[0].says("ends at")  # who still uses the former key is told
        self.assertFalse(any("ends at" in line for line in watches[1].err))
        ids = [send(credential, report()).objects[0]["id"] for credential in (old, new, self.publisher)]
        for watch in watches:
            watch.wait_for_ids(ids)
            self.assertEqual({each["signature"] for each in watch.reports}, {"valid"})
        # Without overlap, as for a stolen key: at once, the key that still overlaps too.
        newest = self.broker.credentials / "east-gas-3.toml"
        self.broker.admin("rotate", "east-gas", "--credential", newest, "--overlap", "0")
        self.assertEqual(watches[1].ends(), UNREACHABLE)
        for former in (old, new):
            send(former, report(), code=UNREACHABLE)
        send(newest, report())
        self.assertTrue(all(each["until"] <= at(seconds=1) for each in self.broker.admin("roster").objects[0]["retiredKeys"]))
        # What was signed before stays checkable.
        replayed = run("noroshi-subscriber", "--output", "json", "watch", "--credential", newest, "--from", "start",
                       "--count", "1").objects
        self.assertEqual([(each["report"]["id"], each["signature"]) for each in replayed], [(signed_before, "valid")])
        # Neither does revoking and enrolling again bring a key back.
        last = self.broker.credentials / "east-gas-4.toml"
        self.broker.admin("rotate", "east-gas", "--credential", last, "--overlap", "9")
        self.broker.admin("revoke", "east-gas")
        again = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"], name="again")
        for former in (old, new, newest, last):
            send(former, report(), code=UNREACHABLE)
        send(again, report())
        self.broker.admin("rotate", "nobody", "--credential", self.folder / "x.toml", code=1)
        self.assertFalse((self.folder / "x.toml").exists())

    def test_validity(self):
        soon = self.broker.enroll("east-gas", "operator", "--valid-until", at(days=20), sectors=["gas"], subscribe=True)
        self.broker.enroll("west-gas", "operator", "--valid-until", at(days=200), sectors=["gas"], subscribe=True)
        later = self.broker.enroll("north-gas", "operator", "--valid-from", at(days=1), sectors=["gas"], subscribe=True)
        self.assertEqual([each["organization"] for each in self.broker.status()["expiring"]], ["east-gas"])
        wait_until(lambda: self.broker.metrics()["noroshi_members_expiring"] == 1, "the metric")
        self.assertGreater(self.broker.metrics()["noroshi_next_expiry_timestamp_seconds"], time.time())
        Watch(soon).says("ends at")
        self.assertEqual(Watch(later, ready=False).ends(), UNREACHABLE)
        for wrong in (("--valid-until", at(days=-1)), ("--valid-until", "tomorrow"),
                      ("--valid-from", at(days=3), "--valid-until", at(days=2))):
            out = self.folder / "never.toml"
            self.broker.admin("enroll", "south-gas", "--tier", "operator", "--subscribe", "--credential", out, *wrong, code=USAGE)
            self.assertFalse(out.exists())

    def test_the_right_to_annotate(self):
        plain = self.broker.enroll("vendor-a", "vendor", source="other", publish=["*"])
        granted = self.broker.enroll("vendor-b", "vendor", "--annotate", source="other", publish=["*"])
        first = send(self.publisher, report()).objects[0]["id"]
        comment = report(title="見解", relatesTo={"reportId": first, "relation": "COMMENT"})
        self.assertEqual(send(plain, comment, code=REJECTED).objects[0]["reason"], "relation_forbidden")
        self.assertEqual(send(granted, comment).objects[0]["result"], "accepted")
        cancel = report(title="取消", relatesTo={"reportId": first, "relation": "CANCEL"})
        self.assertEqual(send(granted, cancel, code=REJECTED).objects[0]["reason"], "relation_forbidden")

    def test_a_member_that_floods(self):
        flooder = self.broker.enroll("east-gas", "operator", sectors=["gas"], source="sector", publish=["*"])
        watch = Watch(self.publisher, "C.disaster")
        lines = "\n".join(json.dumps(report(title="洪水")) for _ in range(FLOOD))
        flood = Background("noroshi-publisher", "--output", "json", "send", "--credential", flooder, "--timeout", "60",
                           self.write("flood.json", lines))
        wait_until(lambda: self.broker.metrics()["noroshi_frames_dropped_total"] > 0, "the limit to be met")
        # Others go on as if nothing were.
        ids = [send(self.publisher, report("C.disaster", "situation")).objects[0]["id"] for _ in range(5)]
        watch.wait_for_ids(ids)
        self.broker.process.says("sends too much: east-gas")
        # An honest program that is put off comes back later: nothing of it is lost or doubled.
        self.assertEqual(flood.ends(PATIENCE * 3), DONE)
        self.assertEqual(len(flood.out), FLOOD)
        self.assertTrue(all('"accepted"' in line for line in flood.out))
        self.assertEqual(len({json.loads(line)["seq"] for line in flood.out}), FLOOD)
        self.assertGreater(self.broker.metrics()['noroshi_reports_rejected_total{reason="rate_limited"}'], 0)


if __name__ == "__main__":
    harness.main()
