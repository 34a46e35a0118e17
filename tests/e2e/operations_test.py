#!/usr/bin/env python3
"""What the people who run a broker rely on: its directory, its commands, its exit codes, its metrics, and that stopping it
loses nothing."""

import json
import re
import signal
import socket
import stat
import time

import harness
from harness import DONE, FAILED, UNREACHABLE, USAGE, Background, Case, Watch, replay, report, run, send

COMMANDS = {
    "noroshi-broker": ["init", "run", "enroll", "revoke", "roster", "posture", "status", "check-config"],
    "noroshi-publisher": ["items", "template", "validate", "keygen", "send"],
    "noroshi-subscriber": ["watch"],
    "noroshi-auditor": ["replay"],
}


def contents(folder):
    return {path.relative_to(folder): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
            for path in sorted(folder.rglob("*")) if not path.is_socket()}


class Directory(Case):
    def test_init_never_touches_a_directory_that_is_in_use(self):
        before = contents(self.broker.data)
        result = run("noroshi-broker", "init", "--data", self.broker.data, code=USAGE)
        self.assertIn(str(self.broker.data), result.err)
        self.assertEqual(contents(self.broker.data), before)
        strange = self.folder / "strange"
        strange.mkdir()
        (strange / "diary.txt").write_text("mine")
        run("noroshi-broker", "init", "--data", strange, code=USAGE)
        self.assertEqual([path.name for path in strange.iterdir()], ["diary.txt"])

    def test_nobody_else_can_read_anything(self):
        broker = self.broker.start()
        credential = broker.enroll("metro-water", "operator", source="sector", publish=["*"], subscribe=True)
        send(credential, report())
        for folder in (broker.data, broker.data / "keys"):
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700, folder)
        for key in (broker.data / "keys").glob("*.key"):
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600, key)
        self.assertEqual(stat.S_IMODE(credential.stat().st_mode), 0o600)
        for path in broker.data.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, f"{path} is open to others")

    def test_a_second_broker_on_the_same_directory_is_refused(self):
        broker = self.broker.start()
        second = Background("noroshi-broker", "--output", "json", "run", "--data", broker.data)
        self.assertIn(second.ends(), (FAILED, USAGE))
        self.assertEqual(second.out, [])
        self.assertTrue(any(str(broker.data) in line for line in second.err), str(second))
        self.assertEqual(broker.http("/healthz")[0], 200)
        credential = broker.enroll("metro-water", "operator", source="sector", publish=["*"])
        self.assertEqual(send(credential, report()).objects[0]["result"], "accepted")

    def test_a_port_that_is_taken(self):
        self.broker.start()
        folder = self.folder / "second"
        run("noroshi-broker", "init", "--data", folder, "--port", self.broker.base)
        second = Background("noroshi-broker", "--output", "json", "run", "--data", folder)
        self.assertIn(second.ends(), (FAILED, USAGE))
        self.assertEqual(second.out, [])
        self.assertTrue(any(str(self.broker.base) in line for line in second.err), f"the port is not named: {second}")

    def test_the_port_of_http_is_taken(self):
        with socket.create_server(("127.0.0.1", self.broker.base + 79)):
            result = run("noroshi-broker", "run", "--data", self.broker.data, code=FAILED)
            for word in (f"127.0.0.1:{self.broker.base + 79}", "broker.toml", "http.host"):
                self.assertIn(word, result.err)
            self.assertNotIn("boost", result.err)

    def test_a_registrar_that_is_kept_elsewhere(self):
        key = self.broker.data / "keys" / "registrar.key"
        elsewhere = key.rename(self.folder / "registrar.key")
        checked = run("noroshi-broker", "check-config", "--data", self.broker.data)
        self.assertRegex(checked.out, "registrar.key: is not here")
        order = ("metro-water", "--tier", "operator", "--subscribe", "--credential", self.folder / "new.toml")
        self.assertIn("--registrar", self.broker.admin("enroll", *order, code=USAGE).err)
        self.broker.admin("enroll", *order, "--registrar", elsewhere)

    def test_a_damaged_database(self):
        database = self.broker.data / "log.sqlite"
        database.write_bytes(b"x" * database.stat().st_size)
        result = run("noroshi-broker", "run", "--data", self.broker.data, code=FAILED)
        self.assertRegex(result.err, "log.sqlite: .*damaged.*backup")

    def test_errors_speak_japanese(self):
        """Whatever layer they come from; the broker's directory is made wrong step by step."""
        def told(*args, code=USAGE):
            err = run(*args, env={"LANG": "ja_JP.UTF-8"}, code=code)
            words = err.err + err.out
            self.assertTrue(any("ぁ" <= c <= "ん" for c in words), words)
            return words
        data = ("--data", self.broker.data)
        told("noroshi-broker", "init", *data)
        order = ("metro-water", "--tier", "operator", "--subscribe", "--credential", self.folder / "no" / "folder")
        self.assertIn("作成できません", told("noroshi-broker", "enroll", *data, *order, code=FAILED))
        run("noroshi-publisher", "keygen", "--out", self.folder / "k.keys")
        order = (*order[:-1], self.folder / "new.toml", "--keys", self.folder / "k.keys")
        self.assertIn("k.keys.pub", told("noroshi-broker", "enroll", *data, *order, code=FAILED))
        self.broker.configure(f"port = {self.broker.base}", "port = 99999")
        self.assertIn("99999", told("noroshi-broker", "check-config", *data))
        (self.broker.data / "keys" / "log.key").chmod(0o644)
        self.assertIn("chmod 600", told("noroshi-broker", "check-config", *data))

    def test_a_configuration_that_is_wrong(self):
        self.broker.configure("interval_seconds", "interval_minutes")
        for command in ("run", "check-config", "status"):
            result = run("noroshi-broker", command, "--data", self.broker.data, code=USAGE)
            self.assertIn("interval_minutes", result.err + result.out)
            self.assertIn("broker.toml", result.err + result.out)
        run("noroshi-broker", "run", "--data", self.folder / "nowhere", code=None)
        self.broker.configure("interval_minutes", "interval_seconds")
        checks = self.broker.admin("check-config").objects
        self.assertTrue(checks and all(each["ok"] for each in checks))


class Members(Case):
    def test_enrolled_while_stopped_and_while_running(self):
        broker = self.broker
        before = broker.enroll("metro-water", "operator", "--name-ja", "水道㈱髙﨑", sectors=["water"], source="sector",
                               publish=["C", "B.c"], subscribe=True)
        self.assertFalse(broker.status()["running"])
        broker.start()
        running = broker.enroll("meti-example", "ministry", sectors=["electricity", "gas"], source="sector", publish=["*"])
        broker.enroll("kansa", "auditor", audit="AMBER+STRICT")
        for credential in (before, running):
            self.assertEqual(send(credential, report()).objects[0]["result"], "accepted")

        roster = {each["organization"]: each for each in broker.admin("roster").objects}
        self.assertEqual(sorted(roster), ["kansa", "meti-example", "metro-water"])
        member = roster["metro-water"]
        expected = {"name": {"ja": "水道㈱髙﨑"}, "tier": "operator", "sectors": ["water"], "source": "sector",
                    "publish": ["C", "B.c"], "subscribe": True, "audit": None, "validUntil": None, "revoked": False}
        self.assertEqual({key: member[key] for key in expected}, expected)
        self.assertEqual(roster["kansa"]["audit"], "AMBER+STRICT")
        broker.stop()
        self.assertEqual({each["organization"]: each for each in broker.admin("roster").objects}, roster)

    def test_what_enroll_refuses(self):
        broker = self.broker.start()
        credential = broker.enroll("metro-water", "operator", source="sector", publish=["C"])
        held = credential.read_bytes()
        head = broker.head()

        def enroll(*args, code=USAGE, out="new.toml"):
            return broker.admin("enroll", *args, "--credential", self.folder / out, code=code)
        enroll("Metro Water", "--tier", "operator", "--subscribe")
        enroll("metro-gas", "--tier", "king", "--subscribe")
        enroll("metro-gas", "--tier", "operator", "--sector", "space", "--subscribe")
        enroll("metro-gas", "--tier", "operator")
        enroll("metro-gas", "--tier", "operator", "--publish", "C")
        enroll("metro-gas", "--tier", "operator", "--publish", "Z", "--source", "sector")
        enroll("metro-gas", "--tier", "operator", "--audit", "PINK")
        result = enroll("metro-gas", "--tier", "operator", "--subscribe", "--name-en", "x\x1b[31mRED")
        self.assertNotIn("\x1b", result.err)
        self.assertIn("control characters", result.err)
        broker.admin("enroll", "metro-water", "--tier", "operator", "--subscribe", "--credential", credential, code=FAILED)
        self.assertEqual(credential.read_bytes(), held)
        self.assertFalse((self.folder / "new.toml").exists())
        broker.admin("revoke", "nobody", code=FAILED)
        self.assertEqual(broker.head(), head)

    def test_new_keys_and_revocation(self):
        broker = self.broker.start()
        old = broker.enroll("metro-water", "operator", source="sector", publish=["C"])
        new = broker.enroll("metro-water", "operator", source="sector", publish=["C"], name="new")
        send(old, report(), code=UNREACHABLE)
        self.assertEqual(send(new, report()).objects[0]["result"], "accepted")
        self.assertEqual(broker.admin("revoke", "metro-water").objects[0]["already"], False)
        self.assertEqual(broker.admin("revoke", "metro-water").objects[0]["already"], True)
        send(new, report(), code=UNREACHABLE)
        self.assertTrue(broker.admin("roster").objects[0]["revoked"])

    def test_a_member_that_makes_its_own_keys(self):
        """keygen at the member, enroll --keys at the broker: no secret ever leaves the member."""
        broker = self.broker.start()
        keys, public, connection = self.folder / "keys.toml", self.folder / "keys.toml.pub", self.folder / "connection.toml"
        run("noroshi-publisher", "keygen", "--out", keys)
        self.assertEqual(stat.S_IMODE(keys.stat().st_mode), 0o600)
        self.assertNotIn("secret", public.read_text().replace("# ", ""))
        broker.admin("enroll", "metro-water", "--tier", "operator", "--source", "sector", "--publish", "C", "--keys", public,
                     "--credential", connection)
        self.assertNotIn("secret =", connection.read_text())
        lines = [line for line in keys.read_text().splitlines() if not line.startswith(("organization =", "source ="))]
        credential = self.write("credential.toml", "\n".join(lines) + "\n" + connection.read_text())
        credential.chmod(0o600)
        self.assertEqual(send(credential, report()).objects[0]["result"], "accepted")

    def test_a_credential_that_others_can_read_is_refused(self):
        broker = self.broker.start()
        credential = broker.enroll("metro-water", "operator", source="sector", publish=["*"], subscribe=True, audit="RED")
        file = self.write("report.json", report())
        for mode in (0o640, 0o604, 0o660):
            credential.chmod(mode)
            for program, *args in (("noroshi-publisher", "send", "--credential", credential, file),
                                   ("noroshi-subscriber", "watch", "--credential", credential, "--timeout", "5"),
                                   ("noroshi-auditor", "replay", "--credential", credential)):
                with self.subTest(program=program, mode=oct(mode)):
                    result = run(program, *args, code=USAGE)
                    self.assertIn(str(credential), result.err)
                    self.assertIn("chmod 600", result.err)
        self.assertEqual(broker.head(), 1)


class Running(Case):
    digest_seconds = 3600

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-water", "operator", sectors=["water"], source="sector",
                                            publish=["*"], subscribe=True)
        self.auditor = self.broker.enroll("kansa", "auditor", audit="RED")

    def test_status_running_and_stopped(self):
        watch = Watch(self.publisher)
        status = self.broker.status()
        self.assertEqual(status["origin"], "noroshi.test.example")
        self.assertRegex(status["verifierKey"], r"^noroshi\.test\.example\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}$")
        self.assertEqual((status["running"], status["head"], status["posture"]), (True, 2, "normal"))
        self.assertEqual(status["ports"], self.broker.ports)
        self.assertEqual(self.broker.ports["http"], self.broker.base + 79)
        self.assertEqual({lane: set(each) for lane, each in status["lanes"].items()},
                         {lane: {"sessions", "backlog"} for lane in ("urgent", "batched", "archive")})
        self.assertEqual([status["lanes"][lane]["sessions"] for lane in ("urgent", "batched")], [1, 1])
        self.assertEqual(watch.stop(), DONE)
        self.broker.stop()
        stopped = self.broker.status()
        self.assertEqual((stopped["running"], stopped["startedAt"]), (False, None))
        for differs in ("running", "startedAt", "lanes", "check"):
            del stopped[differs], status[differs]
        self.assertEqual(stopped, status)

    def test_posture_moves_items_to_the_urgent_lane_and_everyone_hears(self):
        def lane():
            return send(self.publisher, report("B.b.threat-trends", "content")).objects[0]["lane"]
        watch = Watch(self.publisher)
        self.assertEqual(lane(), "batched")
        answer = self.broker.admin("posture", "incident", "--reason", "大規模障害").objects[0]
        self.assertEqual(answer["posture"], "incident")
        watch.says("(incident)")
        self.assertEqual(lane(), "urgent")
        watch.wait_for(lambda: watch.out, "the report on the urgent lane")
        self.assertEqual([(each["lane"], each["topic"]) for each in watch.reports], [("urgent", "B.b.threat-trends.sector")])
        self.broker.admin("posture", "heightened")
        watch.says("(heightened)")
        self.assertEqual(lane(), "urgent")
        self.assertEqual(self.broker.status()["posture"], "heightened")
        # It outlives the broker, and is an entry of the log.
        self.broker.stop()
        self.assertEqual(self.broker.admin("posture").objects, [{"posture": "heightened"}])
        self.broker.start()
        self.assertEqual(lane(), "urgent")
        self.broker.admin("posture", "normal")
        self.assertEqual(lane(), "batched")
        log = replay(self.auditor, "--kind", "posture")
        self.assertEqual([(each["posture"], each["reason"]) for each in log],
                         [("incident", "大規模障害"), ("heightened", ""), ("normal", "")])
        self.broker.admin("posture", "panic", code=USAGE)
        harness.wait_until(lambda: self.broker.metrics()['noroshi_posture{posture="normal"}'] == 1, "posture in /metrics")

    def test_the_posture_follows_a_response_room_where_it_is_configured_to(self):
        nisc = self.broker.enroll("nisc", "nisc", source="nisc-ciip", publish=["*"])

        def opened():
            return send(nisc, {**report("C.emergency-notice", "response-room", source="nisc-ciip"), "responseRoom": {"state": "OPENED"}})

        for setting, posture in (("ignore", "normal"), ("propose", "normal"), ("apply", "incident")):
            self.broker.stop()
            text = (self.broker.data / "broker.toml").read_text()
            text = re.sub(r'response_room = "\w+"', f'response_room = "{setting}"', text)
            self.assertIn(f'response_room = "{setting}"', text)
            (self.broker.data / "broker.toml").write_text(text)
            self.broker.start()
            opened()
            if posture == "incident":
                harness.wait_until(lambda: self.broker.status()["posture"] == posture, "the posture")
            self.assertEqual(self.broker.status()["posture"], posture, setting)

    def test_health_and_metrics(self):
        self.assertEqual(self.broker.http("/healthz"), (200, "ok\n"))
        self.assertEqual(self.broker.http("/secrets")[0], 404)
        silent = [socket.create_connection(("127.0.0.1", self.broker.ports["http"])) for _ in range(80)]
        self.assertEqual(self.broker.http("/healthz"), (200, "ok\n"))  # who says nothing keeps nobody out
        for each in silent:
            each.close()
        watch = Watch(self.publisher, "C")
        answers = send(self.publisher, *[report() for _ in range(5)], report("B.a.regulations", "guidelines")).objects
        watch.wait_for_ids([each["id"] for each in answers[:5]])
        send(self.publisher, {**report(title="変"), "id": answers[0]["id"]}, code=harness.REJECTED)
        expected = {
            'noroshi_reports_accepted_total{lane="urgent"}': 5,
            'noroshi_reports_accepted_total{lane="batched"}': 1,
            'noroshi_reports_rejected_total{reason="id_conflict"}': 1,
            'noroshi_entries_delivered_total{lane="urgent"}': 5,
            'noroshi_log_head': self.broker.head(),
            'noroshi_members': 2,
            'noroshi_sessions{door="urgent"}': 1,
            'noroshi_backlog{lane="urgent"}': 0,
            'noroshi_posture{posture="normal"}': 1,
        }
        # The broker takes a picture of itself now and then.
        harness.wait_until(lambda: {key: self.broker.metrics()[key] for key in expected} == expected,
                           lambda: {key: (self.broker.metrics()[key], expected[key]) for key in expected})
        self.assertIn("# TYPE noroshi_reports_accepted_total counter", self.broker.http("/metrics")[1])

    def test_sigterm_while_sending_loses_nothing(self):
        watch = Watch(self.publisher)
        reports = [report(title=f"{n}", references=[{"url": "https://example.jp/" + "x" * 1500}]) for n in range(3000)]
        publisher = Background("noroshi-publisher", "--output", "json", "send", "--credential", self.publisher,
                               "--timeout", "120", self.write("batch.json", reports))
        watch.wait_for(lambda: len(watch.out) >= 50, "first deliveries")
        self.broker.stop()
        publisher.signal(signal.SIGTERM)
        publisher.ends()
        answers = [json.loads(line) for line in publisher.out]
        self.assertEqual(len(answers), len(reports))
        accepted = {each["id"]: each["seq"] for each in answers if each["result"] == "accepted"}
        self.assertTrue(accepted)
        self.broker.start()
        log = {each["report"]["id"]: each["seq"] for each in replay(self.auditor, "--from", "1")}
        self.assertEqual({i: log.get(i) for i in accepted}, accepted)
        # The subscriber comes back by itself and has it all.
        watch.wait_for_ids(log)
        self.assertEqual(len(watch.out), len(log))

    def test_stopping_releases_the_digest(self):
        """What waits for the next digest does not wait for the next start."""
        answer = send(self.publisher, report("B.a.regulations", "guidelines")).objects[0]
        self.broker.stop()
        self.broker.start()
        watch = Watch(self.publisher, "--from", "start", "--lane", "batched", "--count", "1")
        self.assertEqual(watch.ends(), DONE)
        self.assertEqual(watch.ids(), [answer["id"]])
        self.assertEqual([each["cause"] for each in replay(self.auditor, "--kind", "digest")], ["shutdown"])


class CommandLines(Case):
    def setUp(self):
        super().setUp()
        self.credential = self.broker.enroll("metro-water", "operator", source="sector", publish=["*"], subscribe=True,
                                             audit="RED")

    def test_help_in_both_languages(self):
        for program, commands in COMMANDS.items():
            for arguments in ([], *[[command] for command in commands]):
                with self.subTest(program=program, command=arguments):
                    japanese = run(program, "--lang", "ja", *arguments, "--help").out
                    english = run(program, "--lang", "en", *arguments, "--help").out
                    self.assertIn("例:", japanese)
                    self.assertIn("Example:", english)
                    example = " ".join([program, *arguments])
                    self.assertIn(example, japanese.split("例:")[1])
                    self.assertIn(example, english.split("Example:")[1])
                    self.assertTrue(any("ぁ" <= c <= "ん" for c in japanese))
                    self.assertFalse(any("ぁ" <= c <= "ん" for c in english), english)
                    # The locale decides where --lang does not.
                    self.assertEqual(run(program, *arguments, "--help", env={"LANG": "ja_JP.UTF-8"}).out, japanese)
            self.assertRegex(run(program, "--version").out, rf"{program} \d+\.\d+\.\d+\n")

    def test_unknown_options_and_commands(self):
        for program, commands in COMMANDS.items():
            each_command = [[command, "--no-such-option"] for command in commands]
            for arguments in ([], ["--no-such-option"], ["no-such-command"], *each_command):
                with self.subTest(program=program, arguments=arguments):
                    result = run(program, *arguments, code=USAGE)
                    self.assertEqual(result.out, "")
                    self.assertIn("--help", result.err)

    def test_a_broker_that_is_not_there(self):
        """Exit 4 once --timeout is over, and the message says what could not be reached."""
        file = self.write("report.json", report())
        for program, *args in (("noroshi-publisher", "send", "--credential", self.credential, "--timeout", "1", file),
                               ("noroshi-subscriber", "watch", "--credential", self.credential, "--timeout", "1"),
                               ("noroshi-auditor", "replay", "--credential", self.credential, "--timeout", "1")):
            with self.subTest(program=program):
                begin = time.monotonic()
                result = run(program, *args, code=UNREACHABLE)
                self.assertLess(time.monotonic() - begin, 15)
                self.assertIn("127.0.0.1", result.err)

    def test_a_credential_that_leads_nowhere(self):
        """A broker key of another, a name that nobody has: each is named as such."""
        self.broker.start()
        text = self.credential.read_text()
        line = next(line for line in text.splitlines() if line.startswith("broker_transport"))
        other_key = text.replace(line, 'broker_transport = "' + "5e" * 32 + '"')
        other_host = text.replace('host = "127.0.0.1"', 'host = "broker.invalid"')
        for content, named in ((other_key, "broker_transport"), (other_host, "resolved")):
            credential = self.write("lost.toml", content)
            credential.chmod(0o600)
            for program, *args in (("noroshi-publisher", "send", self.write("report.json", report())),
                                   ("noroshi-subscriber", "watch"), ("noroshi-auditor", "replay")):
                with self.subTest(program=program, named=named):
                    result = run(program, *args, "--credential", credential, "--timeout", "2", code=UNREACHABLE)
                    self.assertIn(named, result.err)

    def test_a_replay_from_beyond_the_head(self):
        self.broker.start()
        head = self.broker.head()  # as it was: the replay adds its own entry
        result = run("noroshi-auditor", "replay", "--credential", self.credential, "--from", "999999")
        self.assertEqual(result.out, "")
        self.assertIn(f"the log ends at #{head}", result.err)

    def test_nobody_reads_the_results(self):
        """What is to be sent is sent all the same; who only shows has nothing left to do."""
        self.broker.start()
        head = self.broker.head()
        batch = self.write("batch.json", [report(title=f"{n}") for n in range(300)])
        for program, *args in (("noroshi-publisher", "send", "--credential", self.credential, batch),
                               ("noroshi-auditor", "replay", "--credential", self.credential),
                               ("noroshi-subscriber", "watch", "--credential", self.credential)):
            with self.subTest(program=program), harness.unread_pipe() as nobody:
                result = run(program, *args, stdout=nobody, code=FAILED)
                self.assertIn("standard output", result.err)
        self.assertEqual(self.broker.head(), head + 300)

    def test_json_output_is_nothing_but_json(self):
        self.broker.start()
        for program, *args in (("noroshi-publisher", "items"), ("noroshi-publisher", "template", "C.it-failure"),
                               ("noroshi-broker", "roster", "--data", self.broker.data),
                               ("noroshi-auditor", "replay", "--credential", self.credential, "--kind", "all")):
            with self.subTest(program=program, command=args[0]):
                result = run(program, "--output", "json", *args)
                self.assertTrue(result.objects)
                self.assertTrue(all(isinstance(each, dict) for each in result.objects))

    def test_a_template_is_a_report(self):
        """What `template` prints for each item can be filled in and sent; `items` lists all twenty."""
        self.broker.start()
        items = [each["item"] for each in run("noroshi-publisher", "--output", "json", "items").objects]
        self.assertEqual(len(items), 20)
        untouched = self.write("untouched.json", run("noroshi-publisher", "template", items[0]).out)
        answer = send(self.credential, untouched, code=harness.REJECTED).objects[0]
        self.assertEqual((answer["reason"], answer["field"]), ("missing_field", "title.en"))
        self.assertIn("title.en", run("noroshi-publisher", "validate", untouched).err)
        for item in items:
            template = json.loads(run("noroshi-publisher", "template", item).out)
            self.assertEqual(template["item"], item)
            for section in template["sections"]:
                section["state"], section["text"] = "KNOWN", {"ja": "本文"}
            filled = {**template, "title": {"ja": "題名"}, "tlp": "GREEN", "audience": {}, "status": "ACTUAL"}
            with self.subTest(item=item):
                self.assertEqual(send(self.credential, filled).objects[0]["result"], "accepted")


if __name__ == "__main__":
    harness.main()
