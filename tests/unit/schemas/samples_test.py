#!/usr/bin/env python3
"""The sample reports against the JSON Schema and the matrix; and reports that the schema must refuse.

    samples_test.py SCHEMAS_FOLDER
"""

import base64
import copy
import json
import pathlib
import sys
import tomllib
import unittest

import jsonschema

SCHEMAS = pathlib.Path(sys.argv.pop(1))
SCHEMA = json.loads((SCHEMAS / "report.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
MATRIX = tomllib.loads((SCHEMAS / "matrix.toml").read_text("utf-8"))
FIELDS = {item["id"]: [field["id"] for field in item["fields"]] for item in MATRIX["item"]}
NAMED = {"meti-example", "acme-vendor", "denryoku-ceptoar", "kinyu-ceptoar", "kansa"}
ID_OF_STORY = "019ed20f-ee80-70f6-8e21-37a9c05bd1e4"


def no_doubles(pairs):
    """JSON readers take doubled keys silently."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"doubled key in {keys}")
    return dict(pairs)


def read(path):
    return json.loads(path.read_text("utf-8"), object_pairs_hook=no_doubles)


SAMPLES = {path.stem: read(path) for path in sorted(SCHEMAS.glob("samples/*.json"))}
STORY = {path.stem: read(path) for path in sorted(SCHEMAS.glob("samples/story/*.json"))}

SMALLEST = {
    "item": "C.it-failure",
    "status": "ACTUAL",
    "tlp": "GREEN",
    "title": {"ja": "障害"},
    "sections": [{"field": "content", "text": {"ja": "途絶"}}],
}


def changed(**values):
    report = copy.deepcopy(SMALLEST)
    for key, value in values.items():
        if value is None:
            del report[key]
        else:
            report[key] = value
    return report


BAD = {
    "no item": changed(item=None),
    "a category": changed(item="C"),
    "no status": changed(status=None),
    "status as a number": changed(status=1),
    "no title": changed(title=None),
    "no language": changed(title={}),
    "blank title": changed(title={"ja": "　"}),
    "title that is no map": changed(title="障害"),
    "no sections": changed(sections=None),
    "empty sections": changed(sections=[]),
    "known without text": changed(sections=[{"field": "content", "state": "KNOWN"}]),
    "neither state nor text": changed(sections=[{"field": "content"}]),
    "unknown state": changed(sections=[{"field": "content", "state": "PENDING"}]),
    "unknown key in a section": changed(sections=[{"field": "content", "text": {"ja": "x"}, "note": "x"}]),
    "no label": changed(tlp=None),
    "label in lower case": changed(tlp="green"),
    "label of TLP 1": changed(tlp="WHITE"),
    "AMBER without an audience": changed(tlp="AMBER"),
    "AMBER with an empty audience": changed(tlp="AMBER", audience={"sectors": []}),
    "AMBER+STRICT without an audience": changed(tlp="AMBER+STRICT"),
    "RED without organizations": changed(tlp="RED", audience={"sectors": ["finance"]}),
    "unknown tier": changed(audience={"tiers": ["Operator"]}),
    "unknown key": changed(severity="high"),
    "snake case": changed(occurred_at="2026-06-17T04:26:00Z"),
    "time without a zone": changed(occurredAt="2026-06-17T04:26:00"),
    "time that is a date": changed(occurredAt="2026-06-17"),
    "negative serial": changed(serial=-1),
    "upper-case id": changed(id=ID_OF_STORY.upper()),
    "id of version 4": changed(id="019ed20f-ee80-40f6-8e21-37a9c05bd1e4"),
    "relation without an id": changed(relatesTo={"relation": "UPDATE"}),
    "relation without a kind": changed(relatesTo={"reportId": ID_OF_STORY}),
    "201 references": changed(references=[{"url": "https://example.jp"}] * 201),
    "CVSS over 10": changed(vulnerabilities=[{"id": "CVE-2099-0001", "cvss": 11}]),
    "no CVE": changed(vulnerabilities=[{"id": "RMU-1"}]),
    "response room neither opened nor closed": changed(responseRoom={"contact": "x"}),
}


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_the_smallest_report_is_good(self):
        self.assertEqual(list(VALIDATOR.iter_errors(SMALLEST)), [])

    def test_all_that_proto_has_is_in_it(self):
        """Each message of report.proto has its fields here, in lowerCamelCase."""
        text = (SCHEMAS.parent / "proto/noroshi/v1/report.proto").read_text("utf-8")
        body = text.split("message Report {")[1].split("\n}")[0].split("\n\n  string id")[1]
        names = [line.split("=")[0].split()[-1] for line in ("string id" + body).splitlines() if "=" in line]
        camel = [n.split("_")[0] + "".join(part.title() for part in n.split("_")[1:]) for n in names]
        self.assertEqual(sorted(SCHEMA["properties"]), sorted(camel))

    def test_bad_reports_fail(self):
        for what, report in BAD.items():
            with self.subTest(what):
                self.assertFalse(VALIDATOR.is_valid(report))


class Samples(unittest.TestCase):
    def test_one_per_item(self):
        self.assertEqual(sorted(SAMPLES), sorted(FIELDS))
        for name, report in SAMPLES.items():
            self.assertEqual(report["item"], name)

    def test_valid(self):
        for name, report in {**SAMPLES, **STORY}.items():
            with self.subTest(name):
                self.assertEqual([f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(report)], [])

    def test_every_field_in_order(self):
        for name, report in {**SAMPLES, **STORY}.items():
            with self.subTest(name):
                self.assertEqual([section["field"] for section in report["sections"]], FIELDS[report["item"]])

    def test_both_languages(self):
        for name, report in {**SAMPLES, **STORY}.items():
            for text in [report["title"], *(section["text"] for section in report["sections"])]:
                with self.subTest(name, text=text):
                    self.assertEqual(sorted(text), ["en", "ja"])
                    self.assertLessEqual(max(len(t.encode()) for t in report["title"].values()), 1024)

    def test_what_the_publisher_fills_in_is_left_out(self):
        filled_in = {"organization", "source", "issuedAt", "matrixVersion"}
        for name, report in {**SAMPLES, **STORY}.items():
            with self.subTest(name):
                self.assertFalse(filled_in & set(report))
        self.assertFalse([name for name, report in SAMPLES.items() if "id" in report])

    def test_they_show_every_label_status_and_state(self):
        self.assertEqual({r["tlp"] for r in SAMPLES.values()}, {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"})
        statuses = [r["status"] for r in SAMPLES.values()]
        self.assertEqual({s: statuses.count(s) for s in statuses}, {"ACTUAL": 18, "EXERCISE": 1, "TEST": 1})
        states = {s["state"] for r in SAMPLES.values() for s in r["sections"]}
        self.assertEqual(states, {"KNOWN", "INVESTIGATING", "NONE", "UNKNOWN"})

    def test_audiences_name_the_organisations_of_the_quickstart(self):
        for name, report in {**SAMPLES, **STORY}.items():
            with self.subTest(name):
                self.assertLessEqual(set(report.get("audience", {}).get("organizations", [])), NAMED)

    def test_attachments_are_base64(self):
        for report in SAMPLES.values():
            for attachment in report.get("attachments", []):
                self.assertTrue(base64.b64decode(attachment["data"], validate=True))


class Story(unittest.TestCase):
    def test_order(self):
        self.assertEqual(
            [(r["item"], r.get("serial"), r["tlp"]) for r in STORY.values()],
            [
                ("B.c.precursor", None, "AMBER"),
                ("B.c.vulnerability", None, "GREEN"),
                ("C.it-failure", 1, "AMBER"),
                ("C.it-failure", 2, "AMBER"),
                ("C.emergency-notice", None, "GREEN"),
                ("C.it-failure", 3, "AMBER"),
                ("A.failure-case", None, "GREEN"),
            ],
        )
        ids = [r["id"] for r in STORY.values()]
        self.assertEqual(ids, sorted(set(ids)))

    def test_each_update_points_to_an_earlier_report_of_the_story(self):
        seen = []
        for name, report in STORY.items():
            related = report.get("relatesTo")
            self.assertEqual(related is not None, report.get("serial", 0) > 1, name)
            if related:
                self.assertIn(related["reportId"], seen)
            seen.append(report["id"])

    def test_details_are_for_electricity(self):
        for name, report in STORY.items():
            with self.subTest(name):
                audience = report.get("audience")
                self.assertEqual(audience is not None, report["tlp"] == "AMBER")
                if audience:
                    self.assertEqual(audience["sectors"], ["electricity"])


if __name__ == "__main__":
    unittest.main()
