#!/usr/bin/env python3
"""The main job: reports of several organisations reach exactly those who are entitled to them, asked for them and listen on
their lane, with valid signatures; drills only those who asked for drills; and the auditor reads the whole log, every
leaf of which a second implementation (this one) computes to the same hash.

The expected sets are written out by hand, not computed: they are what a person reads out of label, audience, topics,
status and lane of each sample.
"""

import base64
import hashlib
import json
import struct
from datetime import datetime, timedelta, timezone

import harness
from harness import SAMPLES, Case, Watch, replay, report, send

# --- who sends what -------------------------------------------------------------------------------------------------

METRO = ["story/01-precursor", "story/03-first-report", "story/04-second-report", "story/06-recovery",
         "story/07-lessons", "A.near-miss", "C.specific-threat"]
VENDOR = ["story/02-vulnerability", "B.c.vulnerability", "B.b.security-measures"]
METI = ["story/05-response-room-opened", "A.failure-case", "B.a.initiatives", "B.a.institutional-change",
        "B.a.overseas-trends", "B.a.references-events", "B.a.regulations", "B.a.society-technology", "B.a.statistics",
        "B.b.exercise-findings", "B.b.threat-trends", "B.c.attack-flash", "B.c.national-events", "B.c.precursor",
        "C.disaster", "C.emergency-notice", "C.it-failure"]

# --- who gets what --------------------------------------------------------------------------------------------------

# CLEAR or GREEN, no audience, live: everybody's.
OPEN_BATCHED = {"A.failure-case", "B.a.initiatives", "B.a.institutional-change", "B.a.overseas-trends",
                "B.a.references-events", "B.a.regulations", "B.a.society-technology", "B.a.statistics",
                "B.b.exercise-findings", "B.b.security-measures", "story/07-lessons"}
OPEN_URGENT = {"B.c.national-events", "B.c.vulnerability", "C.disaster", "story/02-vulnerability",
               "story/05-response-room-opened"}
# AMBER for the electricity sector.
ELECTRICITY = {"story/01-precursor", "story/03-first-report", "story/04-second-report", "story/06-recovery"}
# AMBER for the ministries, CEPTOARs and operators of finance (and credit).
FINANCE_URGENT = {"B.c.precursor", "C.it-failure"}
FINANCE_BATCHED = {"B.b.threat-trends"}

EXPECTED = {
    # An operator of electricity, everything: not finance's, no drills. It wrote the RED one itself.
    "metro-power": OPEN_BATCHED | OPEN_URGENT | ELECTRICITY | {"A.near-miss", "C.specific-threat"},
    # An operator of finance, everything: not electricity's, not the RED one.
    "east-bank": OPEN_BATCHED | OPEN_URGENT | FINANCE_URGENT | FINANCE_BATCHED,
    # Finance's CEPTOAR: topics C and B.c, urgent lane only, drills and tests too.
    "kinyu-ceptoar": OPEN_URGENT | FINANCE_URGENT | {"C.emergency-notice", "B.c.attack-flash"},
    # Electricity's CEPTOAR: everything, drills but no tests; named in the RED one.
    "denryoku-ceptoar": OPEN_BATCHED | OPEN_URGENT | ELECTRICITY | {
        "A.near-miss", "C.specific-threat", "C.emergency-notice"},
    # The ministry: topic B only; B covers B.a, B.b and B.c. Its own go to it whatever the audience; 01 names it.
    "meti-example": (OPEN_BATCHED - {"A.failure-case", "story/07-lessons"}) | FINANCE_BATCHED | {
        "B.c.national-events", "B.c.vulnerability", "B.c.precursor", "story/01-precursor", "story/02-vulnerability"},
    # A vendor on the batched lane: no AMBER, no sector.
    "security-vendor": OPEN_BATCHED,
}
WATCHES = {
    "metro-power": ["*"],
    "east-bank": [],
    "kinyu-ceptoar": ["C", "B.c", "--lane", "urgent", "--status", "ACTUAL", "--status", "EXERCISE", "--status", "TEST"],
    "denryoku-ceptoar": ["*", "--status", "ACTUAL", "--status", "EXERCISE"],
    "meti-example": ["B"],
    "security-vendor": ["--lane", "batched"],
}
DRILLS = {"C.emergency-notice": "exercise.", "B.c.attack-flash": "test."}


def lane_of(name):
    item = json.loads((SAMPLES / f"{name}.json").read_text())["item"]
    return "urgent" if item.startswith(("B.c.", "C.")) else "batched"


def micros(text):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


KIND = {"report": 1, "receipt": 2, "member": 3, "posture": 4, "digest": 5, "access": 6}


def leaf_hash(entry):
    """The 49 bytes of leaf data and RFC 6962's leaf, computed from what `replay --bytes` gives and nothing else."""
    salt, body = base64.b64decode(entry["salt"]), base64.b64decode(entry["body"])
    assert len(salt) == 16
    data = struct.pack(">QQB", entry["seq"], micros(entry["recordedAt"]), KIND[entry.get("kind", "report")])
    data += hashlib.sha256(salt + body).digest()
    assert len(data) == 49
    return hashlib.sha256(b"\0" + data).hexdigest()


class MainJob(Case):
    digest_seconds = 2

    def setUp(self):
        super().setUp()
        enroll = self.broker.start().enroll
        self.credentials = {
            "meti-example": enroll("meti-example", "ministry", sectors=["electricity", "gas"], source="sector",
                                   publish=["*"], subscribe=True),
            "security-vendor": enroll("security-vendor", "vendor", source="other", publish=["B"], subscribe=True),
            "metro-power": enroll("metro-power", "operator", sectors=["electricity"], source="sector", publish=["*"],
                                  subscribe=True),
            "east-bank": enroll("east-bank", "operator", sectors=["finance"], subscribe=True),
            "kinyu-ceptoar": enroll("kinyu-ceptoar", "ceptoar", sectors=["finance"], subscribe=True),
            "denryoku-ceptoar": enroll("denryoku-ceptoar", "ceptoar", sectors=["electricity"], subscribe=True),
            "kansa": enroll("kansa", "auditor", audit="RED"),
            "kansa-green": enroll("kansa-green", "auditor", audit="GREEN"),
        }
        self.sent = {}  # id -> the sample's name

    def send_samples(self, organization, names):
        answers = send(self.credentials[organization], *[SAMPLES / f"{name}.json" for name in names]).objects
        self.assertEqual(len(answers), len(names))
        for name, answer in zip(names, answers):
            said = (answer["result"], answer["lane"], answer["duplicate"])
            self.assertEqual(said, ("accepted", lane_of(name), False), name)
            sample = json.loads((SAMPLES / f"{name}.json").read_text())
            source = "other" if organization == "security-vendor" else "sector"
            self.assertEqual(answer["topic"], f"{DRILLS.get(name, '')}{sample['item']}.{source}")
            if "id" in sample:
                self.assertEqual(answer["id"], sample["id"])
            self.sent[answer["id"]] = name
        return answers

    def test_everyone_gets_exactly_theirs(self):
        watches = {who: Watch(self.credentials[who], *args) for who, args in WATCHES.items()}
        answers = (self.send_samples("metro-power", METRO) + self.send_samples("security-vendor", VENDOR) +
                   self.send_samples("meti-example", METI))
        self.assertEqual(len(self.sent), 27)

        # One last report on each lane that everyone may see and asked for: on a lane nothing overtakes, so what has not
        # come before it never will.
        last = send(self.credentials["meti-example"], report("B.c.national-events", "content", title="終わり"),
                    report("B.a.regulations", "guidelines", title="終わり")).objects
        end = {each["lane"]: each["id"] for each in last}
        self.sent.update({each["id"]: f"last {each['lane']}" for each in last})
        for who, watch in watches.items():
            lanes = [lane for lane in ("urgent", "batched") if "--lane" not in WATCHES[who] or lane in WATCHES[who]]
            watch.wait_for_ids([end[lane] for lane in lanes])

        by_id = {each["id"]: each for each in answers + last}
        for who, watch in watches.items():
            with self.subTest(subscriber=who):
                got = watch.reports
                names = [self.sent[each["report"]["id"]] for each in got]
                self.assertEqual(set(names) - {"last urgent", "last batched"}, EXPECTED[who])
                self.assertEqual(len(names), len(set(names)), "something came twice")
                self.assertEqual({each["signature"] for each in got}, {"valid"})
                for each in got:
                    answer = by_id[each["report"]["id"]]
                    # What the publisher was told is what the subscriber sees; the digest came on the batched lane.
                    for key in ("seq", "lane", "topic", "recordedAt"):
                        self.assertEqual(each[key], answer[key])
                    self.assertEqual(each["publisher"], each["report"]["organization"])
                for lane in ("urgent", "batched"):
                    order = [each["seq"] for each in got if each["lane"] == lane]
                    self.assertEqual(order, sorted(order))
                self.assertEqual(watch.stop(), harness.DONE)

        self.check_the_log(by_id)

    def check_the_log(self, by_id):
        head = self.broker.head()  # what is read from here on leaves entries of its own
        log = replay(self.credentials["kansa"], "--from", "1", "--kind", "all", "--bytes")
        self.assertEqual([each["seq"] for each in log], list(range(1, head + 1)))
        for each in log:
            self.assertEqual(each["leafHash"], leaf_hash(each), each["seq"])
        self.assertEqual(len({each["leafHash"] for each in log}), len(log))

        reports = [each for each in log if "report" in each]
        self.assertEqual({each["report"]["id"]: each["seq"] for each in reports}, {i: a["seq"] for i, a in by_id.items()})
        self.assertEqual({each["signature"] for each in log if "signature" in each}, {"valid"})
        members = [each for each in log if each.get("kind") == "member"]
        self.assertEqual([each["member"]["organization"] for each in members], list(self.credentials))

        # Every batched report was released in a digest that is in the log.
        digests = [each for each in log if each.get("kind") == "digest"]
        self.assertTrue(digests)
        batched = [each["seq"] for each in reports if each["lane"] == "batched"]
        self.assertEqual(sum(each["count"] for each in digests), len(batched))
        self.assertEqual(digests[-1]["upto"], batched[-1])

        # An auditor sees bodies up to its clearance; above it the leaf stays, with the same hash, and no word of it.
        seen = replay(self.credentials["kansa-green"], "--from", "1", "--to", head, "--kind", "all", "--bytes")
        self.assertEqual([each["leafHash"] for each in seen], [each["leafHash"] for each in log])
        redacted = {each["seq"] for each in seen if each.get("redacted")}
        above = {each["seq"] for each in reports if each["report"]["tlp"] in ("AMBER", "AMBER+STRICT", "RED")}
        self.assertEqual(redacted, above)
        for each in seen:
            if each["seq"] in redacted:
                self.assertEqual(set(each), {"seq", "recordedAt", "kind", "redacted", "leafHash"})

    def test_catching_up_gives_the_same_as_listening(self):
        """Who connects later with `--from start` gets what it would have got live: delivery and catch-up are one."""
        self.send_samples("metro-power", METRO)
        self.send_samples("security-vendor", VENDOR)
        self.send_samples("meti-example", METI)
        for who in ("metro-power", "east-bank", "denryoku-ceptoar", "meti-example"):
            with self.subTest(subscriber=who):
                watch = Watch(self.credentials[who], *WATCHES[who], "--from", "start", "--count", len(EXPECTED[who]))
                self.assertEqual(watch.ends(), harness.DONE)
                self.assertEqual({self.sent[i] for i in watch.ids()}, EXPECTED[who])


if __name__ == "__main__":
    harness.main()
