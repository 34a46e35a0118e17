#!/usr/bin/env python3
"""Side by side: what each subscriber received of each report in the log, and why not.

    table.py --log REPLAY --roster ROSTER --sectors SECTORS --expected STORY --lang ja|en --columns N
             --watch ORGANISATION RECEIVED TOPICS STATUSES ...

Received is what the subscriber's own output says. The reasons are explained afterwards, from each report's label and
audience: the decision is the broker's. Exits with 1 if a cell and its explanation differ, or the story is not as expected.
"""

import argparse
import json
import pathlib
import sys
import tomllib

from columns import cut_title, pad, width, wrap

TIERS = {
    "nisc": "NISC", "ministry": "所管省庁", "ceptoar": "セプター", "operator": "事業者",
    "vendor": "ベンダー", "research": "研究機関", "auditor": "監査",
}
WORDS = {
    "urgent": ("✓ 緊急", "✓ urgent"),
    "batched": ("✓ 定期", "✓ digest"),
    "not": ("–", "–"),
    "topic": ("項目", "topic"),
    "label": ("TLP", "label"),
    "title": ("題名", "title"),
    "by topic": ("購読していない項目 (購読は {} のみ)", "topic not subscribed (only {})"),
    "by status": ("{}は希望していない", "did not ask for {}"),
    "by audience": ("{} の配布先ではない ({})", "{}, not in its audience ({})"),
    "EXERCISE": ("訓練", "exercises"),
    "TEST": ("試験", "tests"),
    "sectors": ("分野", "sectors"),
    "tiers": ("区分", "tiers"),
    "organizations": ("組織", "organisations"),
}


def read_lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").splitlines()]


def covers(subscription, topic):
    return subscription == "*" or topic == subscription or topic.startswith(subscription + ".")


class Subscriber:
    def __init__(self, organization, received, topics, statuses, roster):
        self.member = next(m for m in roster if m["organization"] == organization)
        self.organization = organization
        lines = read_lines(received)
        self.received = {line["seq"]: line for line in lines}
        self.doubled = len(lines) - len(self.received)
        self.topics = topics.split()
        self.statuses = statuses.split()


class Table:
    def __init__(self, args):
        self.words = {key: pair[args.lang == "en"] for key, pair in WORDS.items()}
        self.lang, self.columns = args.lang, args.columns
        self.reports = [line for line in read_lines(args.log) if "report" in line]
        self.sectors = {s["id"]: s["label"]["ja"] for s in tomllib.loads(pathlib.Path(args.sectors).read_text("utf-8"))["sector"]}
        roster = read_lines(args.roster)
        self.names = {m["organization"]: m["name"].get("ja") for m in roster}
        self.subscribers = [Subscriber(*watch, roster) for watch in args.watch]
        self.wrong = [f"{s.organization} received {s.doubled} twice" for s in self.subscribers if s.doubled]

    def audience_text(self, audience):
        """The audience in words; in Japanese with the names that the broker's data has for its ids."""
        names = {"sectors": self.sectors, "tiers": TIERS, "organizations": self.names}
        parts = []
        for part, of in names.items():
            if part in audience:
                listed = [(of.get(id) or id) if self.lang == "ja" else id for id in audience[part]]
                parts.append(f"{self.words[part]}: " + ("・" if self.lang == "ja" else ", ").join(listed))
        return " / ".join(parts)

    def in_audience(self, report, member):
        audience = report.get("audience")
        if report["organization"] == member["organization"]:
            return True
        if not audience:
            return report["tlp"] in ("CLEAR", "GREEN")
        if member["organization"] in audience.get("organizations", []):
            return True
        sectors, tiers = audience.get("sectors", []), audience.get("tiers", [])
        if report["tlp"] == "RED" or not (sectors or tiers):
            return False
        return (not sectors or bool(set(sectors) & set(member["sectors"]))) and (not tiers or member["tier"] in tiers)

    def reasons(self, line, subscriber):
        report, out = line["report"], []
        if report["status"] not in subscriber.statuses:
            out.append(self.words["by status"].format(self.words[report["status"]]))
        if not any(covers(each, f"{report['item']}.{report['source']}") for each in subscriber.topics):
            out.append(self.words["by topic"].format(", ".join(subscriber.topics)))
        if not self.in_audience(report, subscriber.member):
            text = self.audience_text(report.get("audience", {}))
            out.append(self.words["by audience"].format("TLP:" + report["tlp"], text))
        return out

    def cell(self, line, subscriber):
        """The word for the cell and why it is none."""
        got, why = subscriber.received.get(line["seq"]), self.reasons(line, subscriber)
        if got is None:
            if not why:
                self.wrong.append(f"#{line['seq']} {line['topic']} did not reach {subscriber.organization}")
            return "not", why
        if why:
            self.wrong.append(f"#{line['seq']} {line['topic']} reached {subscriber.organization} all the same: {'; '.join(why)}")
        if got["signature"] != "valid" or got["report"] != line["report"]:
            self.wrong.append(f"#{line['seq']} {line['topic']} at {subscriber.organization} is not what the log has")
        return got["lane"], []

    def show(self):
        topics = max(width(line["topic"]) for line in self.reports)
        labels = max(width(line["report"]["tlp"]) for line in self.reports)
        cells = max(width(self.words[word]) for word in ("urgent", "batched"))
        cells = max(cells, *(width(part) for s in self.subscribers for part in self.header(s)))
        titles = self.columns - topics - labels - len(self.subscribers) * (cells + 1) - 4

        def row(topic, label, title, entries):
            left = f"{pad(topic, topics)}  {pad(label, labels)} {pad(cut_title(title, titles), titles)} "
            return (left + " " + " ".join(pad(entry, cells) for entry in entries)).rstrip()

        print(row("", "", "", [self.header(s)[0] for s in self.subscribers]))
        print(row(self.words["topic"], self.words["label"], self.words["title"], [self.header(s)[1] for s in self.subscribers]))
        print("─" * self.columns)
        for line in self.reports:
            found = [self.cell(line, s) for s in self.subscribers]
            title = line["report"]["title"]
            words = [self.words[word] for word, _ in found]
            print(row(line["topic"], line["report"]["tlp"], title.get(self.lang) or next(iter(title.values())), words))
            for (_, why), subscriber in zip(found, self.subscribers):
                if why:
                    print(*wrap(f"    – {subscriber.organization}: {'; '.join(why)}", self.columns), sep="\n")
        print("─" * self.columns)

    @staticmethod
    def header(subscriber):
        name, dash, rest = subscriber.organization.partition("-")
        return [name + dash, rest]

    def compare_story(self, path):
        """The story is what came first."""
        expected = [line.split() for line in pathlib.Path(path).read_text("utf-8").splitlines() if not line.startswith("#")]
        for (topic, *lanes), line in zip(expected, self.reports, strict=False):
            got = [s.received[line["seq"]]["lane"] if line["seq"] in s.received else "-" for s in self.subscribers]
            if [line["topic"], *got] != [topic, *lanes]:
                self.wrong.append(f"story, #{line['seq']}: {line['topic']} {got}, expected {topic} {lanes}")
        if len(self.reports) < len(expected):
            self.wrong.append(f"the story has {len(expected)} reports, the log {len(self.reports)}")


def main():
    parser = argparse.ArgumentParser()
    for option in ("--log", "--roster", "--sectors", "--expected", "--lang"):
        parser.add_argument(option, required=True)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--watch", nargs=4, action="append", required=True)
    args = parser.parse_args()
    table = Table(args)
    table.show()
    table.compare_story(args.expected)
    for wrong in table.wrong:
        print("quickstart: " + wrong, file=sys.stderr)
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
