#!/usr/bin/env python3
"""Confirmations whose deadline passes: the log says who is behind, their daemons are told, and the operator's program is started
for each, once and surely, whatever is killed meanwhile. The deadlines are the matrix's; it is the broker's clock that is moved."""

import json
import os
import signal
import tomllib

import harness
from daemon_test import DaemonCase, lines
from faults import Faults
from harness import DONE, replay, report, wait_until

# What it is told it says once it is done; while there is a file "hangs" or "fails" it does that.
PROGRAM = """#!/bin/sh
cd {folder}
call=$(cat)
echo "$call" >> started
if [ -e fails ]; then exit 3; fi
if [ -e hangs ]; then echo $$ > pid.new; mv pid.new pid; exec sleep 1000; fi
echo "$call" >> called
"""
STAGES = ["DELIVERED", "OPENED", "RESPONDED"]


class OverdueCase(DaemonCase):
    enrolment = ("--contact", "tel:+81-3-1111-0001", "--contact", "mailto:duty@east-gas.example")

    def setUp(self):
        super().setUp()
        self.calls = self.folder / "calls"
        self.calls.mkdir()
        program = self.write("call", PROGRAM.format(folder=self.calls))
        program.chmod(0o755)
        self.broker.stop()
        self.broker.configure("[overdue]\ncommand = []", f'[overdue]\ncommand = ["{program}"]')
        self.faults = Faults(self.folder / "faults")
        self.broker.environment = self.faults.environment
        self.broker.start()
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")
        self.events = self.folder / "events.ndjson"
        self.configure(f'[[sink]]\nname = "all"\ntype = "file"\npath = "{self.events}"\n')

    def pass_deadline(self, stage, item="C.disaster"):
        """Of what was sent by now."""
        matrix = tomllib.loads((self.broker.data / "matrix.toml").read_text())
        category = next(each["category"] for each in matrix["item"] if each["id"] == item)
        minutes = next(each for each in matrix["category"] if each["id"] == category)["deadline-minutes"]["normal"]
        self.faults.ahead = 60 * minutes[stage.lower()] + 30

    def started(self):
        return lines(self.calls / "started")

    def called(self):
        return lines(self.calls / "called")

    def wait_for_calls(self, *expected):
        """(report, stage, [organisation]) each, in this order, and no other."""
        wait_until(lambda: len(self.called()) >= len(expected), lambda: f"{expected} called, not {self.called()}")
        self.assertEqual([(each["id"], each["stage"], [o["organization"] for o in each["organizations"]])
                          for each in self.called()], list(expected))

    def entries(self):
        return replay(self.auditor, "--from", "1", "--kind", "overdue")

    def noted(self):
        return [(each["reportId"], each["stage"], each["organizations"]) for each in self.entries()]

    def told(self):
        """What the daemon's sink was told to be overdue."""
        return [(each["report"], each["stage"]) for each in lines(self.events) if each.get("event") == "overdue"]

    def wait_until_told(self, *expected):
        wait_until(lambda: len(self.told()) >= len(expected), lambda: f"{expected} told, not {self.told()}")
        self.assertEqual(self.told(), list(expected))

    def flag(self, name, there):
        if there:
            (self.calls / name).touch()
        else:
            (self.calls / name).unlink()

    def end_hanging_program(self):
        """A broker that is killed cannot end it."""
        os.kill(int((self.calls / "pid").read_text()), signal.SIGKILL)

    def wait_until_it_hangs(self):
        wait_until(lambda: (self.calls / "pid").exists(), "the program hangs")


class Stages(OverdueCase):
    def test_each_stage_is_called_once_and_the_next_contact_has_its_turn(self):
        self.broker.enroll("west-gas", "operator", "--contact", "tel:+81-6-2222-0001", sectors=["gas"], subscribe=True)
        self.broker.enroll("north-gas", "operator", sectors=["gas"], subscribe=True)
        self.daemon()
        one, = self.send(report(title="誰にも言うな", tlp="AMBER", audience={"sectors": ["gas"]}))
        self.wait_for_stage(one, "DELIVERED", None, "")
        self.assertEqual(self.noted(), [])

        self.pass_deadline("DELIVERED")
        self.wait_for_calls((one, "DELIVERED", ["north-gas", "west-gas"]))
        call = self.called()[0]
        seq = replay(self.auditor, "--from", "1")[0]["seq"]
        self.assertEqual({key: call[key] for key in call if key != "organizations"},
                         {"event": "overdue", "id": one, "seq": seq, "item": "C.disaster", "tlp": "AMBER", "status": "ACTUAL",
                          "stage": "DELIVERED"})
        self.assertEqual([(each["organization"], each["contact"]) for each in call["organizations"]],
                         [("north-gas", ""), ("west-gas", "tel:+81-6-2222-0001")])
        self.assertNotIn("誰にも", (self.calls / "started").read_text())

        self.pass_deadline("OPENED")
        self.wait_for_calls((one, "DELIVERED", ["north-gas", "west-gas"]), (one, "OPENED", ["east-gas", "north-gas", "west-gas"]))
        contacts = {each["organization"]: each["contact"] for each in self.called()[1]["organizations"]}
        self.assertEqual(contacts, {"east-gas": "mailto:duty@east-gas.example", "north-gas": "", "west-gas": "tel:+81-6-2222-0001"})
        self.wait_until_told((one, "OPENED"))

        self.command("open", one)
        self.wait_for_stage(one, "OPENED", None, "")
        self.pass_deadline("RESPONDED")
        self.wait_until_told((one, "OPENED"), (one, "RESPONDED"))
        wait_until(lambda: len(self.called()) == 3, "the third call")
        self.assertEqual([(each["reportId"], each["stage"]) for each in self.entries()],
                         [(one, stage) for stage in STAGES])
        wait_until(lambda: self.broker.metrics()["noroshi_confirmations_overdue_total"] == 3, "all three in the metrics")

    def test_who_has_answered_is_not_called_and_what_was_withdrawn_is_not_called_for(self):
        self.daemon()
        answered, withdrawn = self.send(report(title="一"), report(title="二"))
        cancel, = self.send(report(title="取消", relatesTo={"reportId": withdrawn, "relation": "CANCEL"}))
        self.wait_for_inbox([answered, withdrawn, cancel])
        self.command("respond", answered, "HANDLED")
        self.wait_for_stage(answered, "RESPONDED", "HANDLED", "")
        self.pass_deadline("RESPONDED")
        self.wait_for_calls((cancel, "OPENED", ["east-gas"]), (cancel, "RESPONDED", ["east-gas"]))
        self.wait_until_told((cancel, "RESPONDED"))

    def test_a_drill_says_so_and_reaches_whoever_takes_part(self):
        drill, = self.send(report(title="訓練", status="EXERCISE"))
        self.pass_deadline("DELIVERED")
        self.wait_for_calls((drill, "DELIVERED", ["east-gas"]))
        self.assertEqual(self.called()[0]["status"], "EXERCISE")
        daemon = self.daemon()  # that asks for no drills
        live, = self.send(report(title="本番"))
        self.wait_for_inbox([live])
        self.assertEqual(self.told(), [])
        self.assertFalse([line for line in daemon.err if drill in line])
        daemon.stop()
        self.data = self.folder / "drilling"
        self.configure(f'statuses = ["ACTUAL", "EXERCISE"]\n[[sink]]\nname = "all"\ntype = "file"\npath = "{self.events}"\n')
        self.daemon()
        self.wait_until_told((drill, "DELIVERED"))


class Kills(OverdueCase):
    def test_killed_between_the_entry_and_the_call(self):
        """The program was started and had not said that it is done: it is started again, and not a third time."""
        self.daemon()
        one, = self.send(report(title="一"))
        self.wait_for_stage(one, "DELIVERED", None, "")
        self.flag("hangs", True)
        self.pass_deadline("OPENED")
        self.wait_until_it_hangs()
        self.broker.kill()
        self.end_hanging_program()
        self.flag("hangs", False)
        self.broker.start()
        self.wait_for_calls((one, "OPENED", ["east-gas"]))
        self.assertEqual(self.noted(), [(one, "OPENED", ["east-gas"])])
        self.wait_until_told((one, "OPENED"))
        self.broker.kill()
        self.broker.start()
        self.pass_deadline("RESPONDED")
        self.wait_for_calls((one, "OPENED", ["east-gas"]), (one, "RESPONDED", ["east-gas"]))
        self.wait_until_told((one, "OPENED"), (one, "RESPONDED"))
        self.assertEqual(len(self.started()), 3)

    def test_a_stop_does_not_wait_for_the_program_and_forgets_nobody(self):
        one, = self.send(report(title="一"))
        self.flag("hangs", True)
        self.pass_deadline("DELIVERED")
        self.wait_until_it_hangs()
        self.broker.stop()
        self.flag("hangs", False)
        self.broker.start()
        self.wait_for_calls((one, "DELIVERED", ["east-gas"]))

    def test_a_deadline_passes_while_the_broker_is_away(self):
        one, = self.send(report(title="一"))
        self.broker.kill()
        self.pass_deadline("DELIVERED")
        self.broker.start()
        self.wait_for_calls((one, "DELIVERED", ["east-gas"]))
        self.assertEqual(self.noted(), [(one, "DELIVERED", ["east-gas"])])
        self.daemon()  # was away, too, and hears of it now, with the report
        self.wait_for_inbox([one])
        self.wait_for_stage(one, "DELIVERED", None, "")
        self.wait_until_told((one, "DELIVERED"))

    def test_a_daemon_that_was_away_is_told_when_it_is_back(self):
        daemon = self.daemon()
        one, = self.send(report(title="一"))
        self.wait_for_stage(one, "DELIVERED", None, "")
        self.assertEqual(daemon.stop(), DONE)
        self.pass_deadline("OPENED")
        self.wait_for_calls((one, "OPENED", ["east-gas"]))
        daemon = self.daemon()
        self.wait_until_told((one, "OPENED"))
        daemon.stop()
        self.daemon()
        self.pass_deadline("RESPONDED")
        self.wait_until_told((one, "OPENED"), (one, "RESPONDED"))


class Programs(OverdueCase):
    def test_one_that_hangs_delays_nothing_but_the_next_call(self):
        one, = self.send(report(title="一"))
        self.flag("hangs", True)
        self.pass_deadline("DELIVERED")
        self.wait_until_it_hangs()
        self.daemon()
        two, = self.send(report(title="二"))
        self.wait_for_inbox([one, two])
        self.wait_for_stage(two, "DELIVERED", None, "")
        self.pass_deadline("OPENED")
        wait_until(lambda: len(self.noted()) == 2, "the next deadline is noted")
        self.wait_until_told((one, "DELIVERED"), (one, "OPENED"))
        self.flag("hangs", False)
        self.end_hanging_program()  # it has failed: it is started again
        self.wait_for_calls((one, "DELIVERED", ["east-gas"]), (one, "OPENED", ["east-gas"]))

    def test_one_that_fails_is_tried_three_times_and_the_log_says_so(self):
        one, = self.send(report(title="一"))
        self.flag("fails", True)
        self.pass_deadline("DELIVERED")
        self.broker.process.says("nobody was called")
        self.assertEqual(len(self.started()), 3)
        self.flag("fails", False)
        self.pass_deadline("OPENED")
        self.wait_for_calls((one, "OPENED", ["east-gas"]))
        self.broker.kill()  # what was given up is not begun again
        self.broker.start()
        self.pass_deadline("RESPONDED")
        self.wait_for_calls((one, "OPENED", ["east-gas"]), (one, "RESPONDED", ["east-gas"]))


if __name__ == "__main__":
    harness.main()
