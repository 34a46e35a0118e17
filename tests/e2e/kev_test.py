#!/usr/bin/env python3
"""A catalogue of known exploited vulnerabilities from end to end: every entry accepted, delivered and kept byte for byte;
sent a second time nothing is added. The real catalogue is used if NOROSHI_TEST_DATA names a folder that has it; without
it a made-up one of 40 entries in the same format."""

import base64
import json
import os
from pathlib import Path

import harness
from harness import Case, Watch, replay, report, send


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def protobuf_fields(data):
    """[(number, value)] of one message: enough of the wire format to look into a report without the project's code."""
    at, out = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 1:
            value, at = data[at:at + 8], at + 8
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise AssertionError(f"unexpected wire type {tag & 7}")
        out.append((tag >> 3, value))
    return out


def first(fields, number, default=b""):
    return next((value for n, value in fields if n == number), default)


def made_up_catalogue(entries):
    return {"title": "A made-up catalogue", "catalogVersion": "2024.12.31", "dateReleased": "2024-12-31T00:00:00.0000Z",
            "count": entries, "vulnerabilities": [
                {"cveID": f"CVE-2024-{90000 + n}", "vendorProject": f"Vendor {n % 7}", "product": f"製品㈱髙﨑 {n}",
                 "vulnerabilityName": f"Vendor {n % 7} Product {n} Code Injection Vulnerability",
                 "dateAdded": f"2024-{1 + n % 12:02}-{1 + n % 28:02}",
                 "shortDescription": f"Product {n} contains an injection vulnerability that allows remote code execution.",
                 "requiredAction": "Apply mitigations per vendor instructions.", "dueDate": f"2025-{1 + n % 12:02}-01",
                 "knownRansomwareCampaignUse": "Known" if n % 3 == 0 else "Unknown",
                 "notes": f"https://vendor.example/{n} ; https://nvd.example/CVE-2024-{90000 + n}", "cwes": ["CWE-94"]}
                for n in range(entries)]}


class Kev(Case):
    def catalogue(self):
        data = os.environ.get("NOROSHI_TEST_DATA")
        if data and (Path(data) / "kev-to-2024.json").exists():
            return Path(data) / "kev-to-2024.json"
        return self.write("kev.json", made_up_catalogue(40))

    def test_every_entry_once_and_byte_for_byte(self):
        broker = self.broker.start()
        vendor = broker.enroll("vendor", "vendor", source="other", publish=["*"])
        warned = Watch(broker.enroll("warned", "operator", sectors=["water"], subscribe=True), "B.c")
        other = Watch(broker.enroll("other", "operator", sectors=["water"], subscribe=True), "C")
        auditor = broker.enroll("kansa", "auditor", audit="CLEAR")

        file = self.catalogue()
        cves = [each["cveID"] for each in json.loads(file.read_text())["vulnerabilities"]]
        answers = send(vendor, file, args=["--from", "kev"], timeout=120).objects
        self.assertEqual(len(answers), len(cves))
        self.assertEqual({(a["result"], a["topic"], a["lane"], a["duplicate"]) for a in answers},
                         {("accepted", "B.c.vulnerability.other", "urgent", False)})
        self.assertEqual(len({a["seq"] for a in answers}), len(cves))
        ids = [a["id"] for a in answers]

        # Everyone who asked for B.c gets all of them.
        warned.wait_for_ids(ids, seconds=120)
        got = warned.reports
        self.assertEqual(sorted(each["report"]["id"] for each in got), sorted(ids))
        self.assertEqual({each["signature"] for each in got}, {"valid"})
        self.assertEqual({each["report"]["vulnerabilities"][0]["id"] for each in got}, set(cves))

        # Who asked for C gets none: the first thing that it gets is this one, which comes last.
        marker = send(vendor, report(tlp="CLEAR", title="C")).objects[0]
        other.wait_for_ids([marker["id"]])
        self.assertEqual(other.ids(), [marker["id"]])

        # The log gives back the very bytes: the same at every reading, and the ones that the subscriber read.
        log = replay(auditor, "B.c", "--from", "1", "--bytes", timeout=120)
        self.assertEqual(sorted(each["report"]["id"] for each in log), sorted(ids))
        self.assertEqual([each["body"] for each in replay(auditor, "B.c", "--from", "1", "--bytes", timeout=120)],
                         [each["body"] for each in log])
        delivered = {each["report"]["id"]: each for each in got}
        for each in log:
            heard = delivered[each["report"]["id"]]
            self.assertEqual({key: each[key] for key in heard}, heard)
            self.assert_body_says(each["body"], heard["report"])

        # The same entries are the same bytes: the broker knows every one of them and writes nothing.
        head = broker.head()
        again = send(vendor, file, args=["--from", "kev"], timeout=120).objects
        self.assertEqual([(a["id"], a["seq"], a["duplicate"]) for a in again], [(a["id"], a["seq"], True) for a in answers])
        self.assertEqual(broker.head(), head)
        self.assertEqual([each["body"] for each in replay(auditor, "B.c", "--from", "1", "--bytes", timeout=120)],
                         [each["body"] for each in log])
        self.assertEqual(len(warned.out), len(cves))
        self.assertEqual(warned.stop(), harness.DONE)

    def assert_body_says(self, body, heard):
        """The stored SignedReport, read here byte by byte, is what the subscriber was shown."""
        signed = protobuf_fields(base64.b64decode(body))
        self.assertEqual(len(first(signed, 2)), 64)  # the signature
        fields = protobuf_fields(first(signed, 1))
        self.assertEqual(first(fields, 1).decode(), heard["id"])
        self.assertEqual(first(fields, 2).decode(), heard["organization"])
        self.assertEqual(first(fields, 3).decode(), heard["item"])
        titles = {first(protobuf_fields(value), 1).decode(): first(protobuf_fields(value), 2).decode()
                  for number, value in fields if number == 6}
        self.assertEqual(titles, heard["title"])
        sections = [value for number, value in fields if number == 7]
        self.assertEqual(len(sections), len(heard["sections"]))
        for section, shown in zip(sections, heard["sections"]):
            texts = {first(protobuf_fields(value), 1).decode(): first(protobuf_fields(value), 2).decode()
                     for number, value in protobuf_fields(section) if number == 3}
            self.assertEqual(texts, shown["text"])

    def test_a_changed_entry_is_a_new_report(self):
        """An entry that the catalogue's keeper has corrected gets an id of its own; the others stay duplicates."""
        broker = self.broker.start()
        vendor = broker.enroll("vendor", "vendor", source="other", publish=["B.c"])
        catalogue = made_up_catalogue(3)
        first_time = send(vendor, self.write("kev.json", catalogue), args=["--from", "kev"]).objects
        catalogue["vulnerabilities"][1]["shortDescription"] += " Corrected."
        second_time = send(vendor, self.write("kev.json", catalogue), args=["--from", "kev"]).objects
        self.assertEqual([each["duplicate"] for each in second_time], [True, False, True])
        self.assertNotEqual(second_time[1]["id"], first_time[1]["id"])


if __name__ == "__main__":
    harness.main()
