#!/usr/bin/env python3
"""The publisher's outbox and its agent: over outages of the broker and kills of the publisher at any moment, each report is in
the log once, in the order in which it was handed in, and the folders say what became of it."""

import json
import os
import random
import string
import threading
import time

import harness
from harness import (DONE, FAILED, REJECTED, UNREACHABLE, USAGE, Background, Case, replay, report, run, send,
                     wait_until)

SECONDS_OF_KILLS = 12
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def numbered(number, **more):
    """Every third goes by the batched lane."""
    return report(*(("B.a.regulations", "guidelines") if number % 3 == 0 else ()), title=f"report {number}", **more)


def names(folder):
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


class Outbox(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector",
                                            publish=["C", "B.a.regulations"])
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")
        self.outbox = self.folder / "outbox"
        self.spool = self.folder / "spool"
        self.spool.mkdir()

    def send(self, *files, code=DONE, timeout="1"):
        return send(self.publisher, *files, code=code, args=["--outbox", self.outbox, "--timeout", timeout])

    def log(self):
        """The titles of the reports in the log, for each item in the log's order."""
        out = {}
        for entry in replay(self.auditor, "--from", "1", timeout=120):
            out.setdefault(entry["report"]["item"], []).append(entry["report"]["title"]["ja"])
        return out

    def assert_log_holds(self, reports):
        """Each of them once, and on each lane in this order."""
        expected = {}
        for each in reports:
            expected.setdefault(each["item"], []).append(each["title"]["ja"])
        self.assertEqual(self.log(), expected)

    def agent(self, *args, ready=True):
        agent = Background("noroshi-publisher", "--output", "json", *args, "run", "--credential", self.publisher,
                           "--spool", self.spool)
        if ready:
            agent.says(" ready")
            agent.wait_for(lambda: agent.out, "ready line")
            self.assertEqual(json.loads(agent.out[0])["event"], "ready")
        return agent

    def drop(self, name, content):
        """As the manual says: under another name first."""
        draft = self.spool / f".{name}"
        draft.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
        draft.rename(self.spool / name)

    def wait_for_empty_spool(self, seconds=harness.PATIENCE):
        def idle():
            there = names(self.spool)
            return there == ["outbox", "rejected", "sent"] and not names(self.spool / "outbox")
        wait_until(idle, lambda: f"spool {names(self.spool)}", seconds)

    def results(self, path):
        return [json.loads(line) for line in (self.spool / f"{path}.result.json").read_text().splitlines()]


class Send(Outbox):
    def test_what_was_not_answered_is_sent_first_the_next_time(self):
        self.broker.stop()
        first = self.send(numbered(1), numbered(2), code=UNREACHABLE)
        self.assertEqual([each["result"] for each in first.objects], ["unsent"] * 2)
        self.assertIn("reports that stay in", first.err)
        self.assertIn(": 2. The next send --outbox", first.err)
        second = self.send(numbered(3), report(tlp="NONE"), code=UNREACHABLE)
        self.assertEqual([each["result"] for each in second.objects], ["unsent"] * 3 + ["rejected"])
        self.assertIn(": 3. The next send --outbox", second.err)
        self.assertEqual([each["id"] for each in second.objects[:2]], [each["id"] for each in first.objects])
        self.assertEqual(len(names(self.outbox)), 2)

        self.broker.start()
        last = self.send(numbered(4), timeout="30").objects
        self.assertEqual([each["result"] for each in last], ["accepted"] * 4)
        self.assertEqual([each["id"] for each in last[:3]], [each["id"] for each in second.objects[:3]])
        self.assertEqual(names(self.outbox), [])
        self.assert_log_holds(numbered(n) for n in range(1, 5))
        self.assertEqual(self.send().out, "")  # nothing waits, nothing is sent
        self.assert_log_holds(numbered(n) for n in range(1, 5))

    def test_without_file_or_outbox(self):
        self.assertIn("--outbox", send(self.publisher, code=USAGE).err)

    def test_rejected_by_the_broker_is_set_aside_with_the_reason(self):
        self.broker.stop()
        self.send(report("B.b.threat-trends", "content"), numbered(1), code=UNREACHABLE)
        self.broker.start()
        answers = self.send(code=REJECTED, timeout="30").objects
        self.assertEqual([each["result"] for each in answers], ["rejected", "accepted"])
        self.assert_set_aside(answers[0], "not_permitted")

    def assert_set_aside(self, answer, reason):
        """Its bytes are kept where the answer says, the answer beside them; nothing waits."""
        self.assertEqual(names(self.outbox), ["rejected"])
        self.assertEqual((answer["result"], answer["reason"]), ("rejected", reason))
        with open(answer["file"]) as file:
            self.assertEqual([json.loads(line)["id"] for line in file], [answer["id"]])
        with open(answer["file"] + ".result.json") as file:
            self.assertEqual(json.loads(file.read()), answer)

    def leave_one(self):
        self.broker.stop()
        unsent = self.send(numbered(1), code=UNREACHABLE).objects[0]
        self.broker.start()
        return unsent

    def test_signed_with_a_key_of_before(self):
        unsent = self.leave_one()
        self.publisher = self.folder / "new.toml"
        self.broker.admin("rotate", "metro-water", "--overlap", "0", "--credential", self.publisher)
        answer, = self.send(code=REJECTED, timeout="30").objects
        self.assertEqual(answer["id"], unsent["id"])
        self.assert_set_aside(answer, "key_unknown")

    def test_damaged_while_it_waited(self):
        self.leave_one()
        file = self.outbox / names(self.outbox)[0]
        text = file.read_text()
        flipped = BASE64[BASE64.index(text[-10]) ^ 1]  # one bit, and base64 still: else it would be no letter at all
        file.write_text(text[:-10] + flipped + text[-9:])
        answer, = self.send(code=REJECTED, timeout="30").objects
        self.assertIn(answer["reason"], ("signature_invalid", "key_unknown"))  # whatever the bit belongs to
        self.assert_set_aside(answer, answer["reason"])

    def test_signed_by_another_organisation(self):
        self.leave_one()
        waiting = names(self.outbox)
        mine, self.publisher = self.publisher, self.broker.enroll("other-org", "operator", sectors=["water"],
                                                                  source="sector", publish=["*"])
        refused = self.send(numbered(2), code=USAGE)
        self.assertIn("metro-water / other-org", refused.err)
        self.assertIn(waiting[0], refused.err)
        self.assertEqual(names(self.outbox), waiting)
        self.publisher = mine
        self.send(timeout="30")
        self.assert_log_holds([numbered(1)])

    def test_killed_at_any_moment(self):
        """send is killed, before or after it has stored anything and in the middle of the answers. The next one has the rest;
        nothing that was not stored has left."""
        size, handed_in, interrupted = 50, [], 0
        for round_number in range(20):
            before = set(names(self.outbox)) if self.outbox.exists() else set()
            batch = [numbered(round_number * size + n) for n in range(size)]
            sending = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                                 "--outbox", self.outbox, self.write("batch.json", batch))
            if round_number % 2:
                some = random.randint(1, 20)
                sending.wait_for(lambda: len(sending.out) >= some, "answers")
            else:
                time.sleep(random.random() * 0.06)  # no wait for anything: the moment of the kill is what varies
            sending.kill()
            stored = bool(self.outbox.exists() and set(names(self.outbox)) - before)
            interrupted += bool(sending.out) and stored
            if stored or sending.out:
                handed_in += batch
            else:
                self.assertFalse({each["title"]["ja"] for each in batch} & set(sum(self.log().values(), [])),
                                 "sent, though not stored")
            if round_number % 4 == 3:  # what is said again and again stays within the 4000 that one may send at once
                self.send(timeout="30")
        self.assertEqual(names(self.outbox), [])
        self.assertGreater(interrupted, 2, "the kills came too late to mean anything")
        self.assert_log_holds(handed_in)


class Agent(Outbox):
    def test_each_file_comes_to_its_place(self):
        agent = self.agent()
        self.drop("1-one.json", numbered(1))
        self.drop("2-two.json", [numbered(2), numbered(3)])
        self.drop("3-broken.json", '{"item": "C.dis')
        self.drop("4-mixed.ndjson", "\n".join(map(json.dumps, (numbered(4), report(tlp="NONE"), numbered(5)))))
        self.drop("5-forbidden.json", report("B.b.threat-trends", "content"))
        self.wait_for_empty_spool()
        self.assertEqual(names(self.spool / "sent"), ["1-one.json", "1-one.json.result.json", "2-two.json",
                                                      "2-two.json.result.json"])
        self.assertEqual([each["result"] for each in self.results("sent/2-two.json")], ["accepted"] * 2)
        (broken,) = self.results("rejected/3-broken.json")
        self.assertEqual((broken["result"], broken["reason"]), ("rejected", "malformed"))
        mixed = self.results("rejected/4-mixed.ndjson")
        self.assertEqual([each["result"] for each in mixed], ["accepted", "rejected", "accepted"])
        self.assertIn("4-mixed.ndjson:2", mixed[1]["detail"])
        (forbidden,) = self.results("rejected/5-forbidden.json")
        self.assertEqual(forbidden["reason"], "not_permitted")
        self.assert_log_holds(numbered(n) for n in range(1, 6))
        agent.wait_for(lambda: len(agent.out) == 9, "a line for each report, and the ready line")

        self.drop("1-one.json", numbered(6))  # another file, though of the same name
        self.wait_for_empty_spool()
        self.assert_log_holds(numbered(n) for n in range(1, 7))
        self.assertEqual(len(names(self.spool / "sent")), 6)
        self.assertEqual(agent.stop(), DONE)

    def test_broker_down_then_restarted_in_the_middle(self):
        self.broker.stop()
        agent = self.agent()
        for n in range(10):
            self.drop(f"{n:03}.json", numbered(n))
        agent.says("trying until there is a session")
        wait_until(lambda: len(names(self.spool / "outbox")) == 20, "all taken")
        self.broker.start()
        agent.says("the broker is reached")
        self.wait_for_empty_spool()
        self.broker.kill()
        for n in range(10, 20):
            self.drop(f"{n:03}.json", numbered(n))
        agent.says("link lost")
        self.assertEqual(agent.stop(), DONE)
        self.assertIn("stays in the outbox", agent.err[-1])
        agent = self.agent()
        self.broker.start()
        self.wait_for_empty_spool()
        self.assertEqual(len(names(self.spool / "sent")), 40)
        self.assert_log_holds(numbered(n) for n in range(20))

    def test_alone_on_its_folder(self):
        agent = self.agent()
        second = self.agent(ready=False)
        self.assertEqual(second.ends(), FAILED)
        self.assertIn("another noroshi-publisher works here", second.err[-1])
        out = send(self.publisher, code=FAILED, args=["--outbox", self.spool / "outbox"])
        self.assertIn("another noroshi-publisher works here", out.err)
        self.broker.stop()
        self.drop("1.json", numbered(1))
        wait_until(lambda: len(names(self.spool / "outbox")) == 2, "taken")
        agent.kill()
        # send would know nothing of the file beside it.
        out = send(self.publisher, code=FAILED, args=["--outbox", self.spool / "outbox"])
        self.assertIn("belongs to noroshi-publisher run", out.err)

    def test_no_such_folder(self):
        self.assertIn("mkdir", run("noroshi-publisher", "run", "--credential", self.publisher, "--spool",
                                   self.folder / "none", code=FAILED).err)

    def test_refused_it_says_so_once_and_keeps_trying(self):
        self.broker.admin("revoke", "metro-water")
        agent = self.agent("--log-level", "debug")
        self.drop("1.json", numbered(1))
        agent.wait_for(lambda: sum(line.endswith(" refused") for line in agent.err) >= 2, "two refusals")
        self.assertEqual(sum(" error" in line for line in agent.err), 1, str(agent))
        self.assertEqual(len(names(self.spool / "outbox")), 2)
        self.assertEqual(agent.stop(), DONE)

    def test_killed_at_any_moment_while_files_arrive(self):
        """The agent is killed again and again, the broker now and then, while files keep coming."""
        dropped, stop = [], threading.Event()

        def keep_dropping():
            number = 0
            while not stop.is_set():
                several = [numbered(number + n) for n in range(random.choice((1, 1, 1, 5)))]
                self.drop(f"{number:06}.json", several)
                dropped.extend(several)
                number += len(several)
                time.sleep(0.01)  # the pace at which files come

        dropping = threading.Thread(target=keep_dropping)
        self.addCleanup(stop.set)
        dropping.start()
        end, kills, caught = time.monotonic() + SECONDS_OF_KILLS, 0, 0
        while time.monotonic() < end:
            agent = self.agent()
            time.sleep(random.random() * 0.5)  # no wait for anything: the moment of the kill is what varies
            agent.kill()
            kills += 1
            caught += bool(names(self.spool / "outbox"))
            if kills % 10 == 5:
                self.broker.kill()
                self.broker.start()
        stop.set()
        dropping.join()
        self.agent()
        self.wait_for_empty_spool(120)
        self.assertGreater(kills, 8)
        self.assertGreater(caught, 2, "the kills came at moments in which nothing was under way")
        self.assertEqual(names(self.spool / "rejected"), [])
        for name in names(self.spool / "sent"):
            if not name.endswith(".result.json"):
                given = json.loads((self.spool / "sent" / name).read_text())
                self.assertEqual([each["result"] for each in self.results(f"sent/{name}")], ["accepted"] * len(given))
        self.assert_log_holds(dropped)


if __name__ == "__main__":
    harness.main()
