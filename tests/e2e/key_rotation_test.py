#!/usr/bin/env python3
"""The broker changes its transport key while members are connected, and while they are away: who has heard of the next key in
time gets in before and after, nothing is missed, and nobody but the registrar can name the next key."""

import os
import shutil
import stat
import tomllib
from pathlib import Path

import harness
from harness import (BIN, SOURCE, UNREACHABLE, USAGE, Background, Broker, Case, Watch, replay, report, run, send,
                     wait_until)

NOBODY = 65534


def keys_in(credential):
    """(present, next or None) of the broker, as this credential has them."""
    there = tomllib.loads(Path(credential).read_text())
    return there["broker_transport"], there.get("broker_transport_next")


class KeyRotation(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.publisher = self.enroll("metro-power")

    def enroll(self, organization, *args, broker=None, **more):
        return (broker or self.broker).enroll(organization, "operator", *args, sectors=["electricity"], source="sector",
                                              publish=["*"], subscribe=True, audit="RED", **more)

    def rotate_key(self, *args, **more):
        result = self.broker.admin("rotate-key", *args, **more)
        return result.objects[0] if result.out else result

    def restart(self):
        self.broker.stop()
        self.broker.start()

    def send(self, credential=None, **more):
        return send(credential or self.publisher, report(**more)).objects[0]["id"]

    def told(self):
        """Until everybody in session has the next key in its credential."""
        wait_until(lambda: self.broker.status()["nextKey"]["unaware"] == [], lambda: self.broker.status()["nextKey"])

    def keys_folder(self):
        return sorted(each.name for each in (self.broker.data / "keys").iterdir())

    def test_a_watch_through_the_whole_change_misses_nothing(self):
        at_rest = self.keys_folder()
        former_secret = (self.broker.data / "keys" / "transport.key").read_text()
        self.broker.start()
        gas, auditor = self.enroll("east-gas"), self.enroll("audit-office")
        present = keys_in(gas)[0]
        watch = Watch(gas)
        ids = [self.send()]
        announced = self.rotate_key()
        self.assertEqual((announced["state"], announced["changed"], announced["running"]), ("announced", True, True))
        self.told()
        following = keys_in(gas)[1]
        self.assertTrue(following and following != present, "learnt by a session that stood already")
        self.assertEqual(stat.S_IMODE(gas.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE((self.broker.data / "keys" / "transport-next.key").stat().st_mode), 0o600)
        self.assertEqual([each.name for each in gas.parent.iterdir() if each.name.startswith(".")], [])
        # Again: the same key, nothing changed.
        again = self.rotate_key()
        self.assertEqual((again["changed"], again["nextKeyId"]), (False, announced["nextKeyId"]))
        self.assertEqual(self.broker.status()["nextKey"]["keyId"], announced["nextKeyId"])
        # Who connects now learns it with its Welcome, who is enrolled now has it in its credential.
        self.assertEqual(self.broker.status()["nextKey"]["unheard"], ["audit-office", "metro-power"])
        ids.append(self.send())
        self.assertEqual(self.broker.status()["nextKey"]["unheard"], ["audit-office"], "one report is enough to learn it")
        replay(auditor)
        self.assertEqual(self.broker.status()["nextKey"]["unheard"], [])
        new = self.enroll("west-gas")
        own = self.folder / "own.toml"
        run("noroshi-publisher", "keygen", "--out", own)
        lines = self.enroll("north-gas", "--keys", f"{own}.pub")
        for each in (self.publisher, auditor, new, lines):
            self.assertEqual(keys_in(each), (present, following), each)

        finishing = self.rotate_key("--finish")
        self.assertEqual((finishing["state"], finishing["running"]), ("at-next-start", True))
        self.assertTrue(self.broker.status()["nextKey"]["atNextStart"])
        newest = self.enroll("south-gas")  # between the order and the restart: gets in before and after
        ids += [self.send(), self.send(newest), self.send(new)]
        self.restart()
        ids += [self.send(), self.send(new), self.send(newest)]
        watch.wait_for_ids(ids)
        self.assertEqual(sorted(watch.ids()), sorted(ids), "each once")
        self.assertEqual({each["signature"] for each in watch.reports}, {"valid"})
        self.assertEqual(len(replay(auditor, "C")), len(ids))
        for each in (gas, self.publisher, auditor, new, newest):
            self.assertEqual(keys_in(each), (following, None), each)
        self.assertIsNone(self.broker.status()["nextKey"])
        self.assertEqual(set(self.keys_folder()) - set(at_rest), {"transport.statement"})
        for file in self.broker.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(former_secret.strip().encode(), file.read_bytes(), file)
        # And once more, with everything that is left from this time.
        self.rotate_key()
        ids.append(self.send())
        self.told()
        self.rotate_key("--finish")
        self.restart()
        ids.append(self.send())
        watch.wait_for_ids(ids)
        self.assertNotIn(keys_in(gas)[0], (present, following))

    def test_who_was_away(self):
        away = self.folder / "away.toml"
        informed = self.enroll("east-gas")
        shutil.copy(self.publisher, away)
        self.broker.start()
        self.rotate_key()
        watch = Watch(informed)
        self.told()
        watch.stop()
        self.rotate_key("--finish")
        self.restart()
        refused = send(away, report(), code=UNREACHABLE, args=("--timeout", "8"))
        self.assertIn("new credential", refused.err)
        lost = Watch(away, "--timeout", "8", ready=False)
        self.assertEqual(lost.ends(), UNREACHABLE)
        self.assertTrue(any("new credential" in line for line in lost.err), lost)
        self.send(informed)  # was away when the change came, but knew of it
        # What the message says to do.
        fresh = self.folder / "fresh.toml"
        self.broker.admin("rotate", "metro-power", "--credential", fresh)
        self.send(fresh)

    def test_of_a_broker_that_does_not_run(self):
        self.broker.admin("rotate-key", "--finish", code=USAGE)
        self.broker.admin("rotate-key", "--finish", "--abandon", code=USAGE)
        registrar = self.folder / "registrar.key"
        shutil.move(self.broker.data / "keys" / "registrar.key", registrar)
        self.broker.admin("rotate-key", code=USAGE)
        first = self.rotate_key("--registrar", registrar)
        self.assertEqual((first["changed"], first["running"]), (True, False))
        self.assertIsNone(self.broker.status()["nextKey"]["unaware"], "nobody can know")
        before = self.broker.status()["openFeedKey"]
        feed = self.broker.status()["nextKey"]["openFeedKey"]
        # Members hear of it as soon as it runs; then it is withdrawn, and they forget it.
        self.broker.start()
        watch = Watch(self.publisher)
        self.told()
        self.assertTrue(keys_in(self.publisher)[1])
        self.assertEqual(self.rotate_key("--abandon", "--registrar", registrar)["state"], "abandoned")
        self.assertFalse(self.rotate_key("--abandon", "--registrar", registrar)["changed"])
        wait_until(lambda: keys_in(self.publisher)[1] is None, "the key to be forgotten")
        self.assertIsNone(self.broker.status()["nextKey"])
        self.assertFalse((self.broker.data / "keys" / "transport-next.key").exists())
        self.broker.admin("rotate-key", "--finish", code=USAGE)
        watch.stop()
        self.broker.stop()
        second = self.rotate_key("--registrar", registrar)
        self.assertNotEqual(second["nextKeyId"], first["nextKeyId"])
        feed = self.broker.status()["nextKey"]["openFeedKey"]
        done = self.rotate_key("--finish")
        self.assertEqual((done["state"], done["keyId"], done["nextKeyId"]), ("finished", second["nextKeyId"], None))
        self.assertNotEqual(self.broker.status()["openFeedKey"], before)
        self.assertEqual(self.broker.status()["openFeedKey"], feed)
        self.assertEqual(run("noroshi-broker", "check-config", "--data", self.broker.data).code, 0)

    def test_a_thief_of_the_present_key_cannot_name_the_next(self):
        """An impostor with the broker's transport key and name, but a registrar of its own."""
        watch = Watch(self.publisher, ready=False)
        (self.folder / "impostor").mkdir()
        impostor = Broker(self.folder / "impostor")
        shutil.copy(self.broker.data / "keys" / "transport.key", impostor.data / "keys" / "transport.key")
        impostor.configure(f"port = {impostor.base}", f"port = {self.broker.base}")
        public = dict(line.split(" = ") for line in self.publisher.read_text().splitlines() if "_public = " in line)
        theirs = self.write("theirs.pub", "".join(f"{key} = {value}\n" for key, value in public.items()))
        self.enroll("metro-power", "--keys", theirs, broker=impostor)
        impostor.admin("rotate-key")
        before = self.publisher.read_text()
        impostor.start()
        watch.says(" ready")
        watch.says("not signed by the registrar for this broker")
        wait_until(lambda: impostor.status()["nextKey"]["unaware"] == ["metro-power"], "what the impostor has achieved")
        self.assertEqual(self.publisher.read_text(), before)
        impostor.stop()
        # The true broker comes back, with a next key of its own: that one is believed.
        self.broker.start()
        watch.wait_for_ids([self.send()])
        self.rotate_key()
        self.told()
        self.assertTrue(keys_in(self.publisher)[1])

    def test_a_credential_that_cannot_be_written(self):
        away = self.folder / "read-only"
        away.mkdir()
        self.folder.chmod(0o711)
        credential = away / "member.toml"
        shutil.copy(self.enroll("east-gas"), credential)
        matrix = self.folder / "matrix.toml"  # nobody may not read what stands below somebody's home
        shutil.copy(SOURCE / "schemas" / "matrix.toml", matrix)
        matrix.chmod(0o444)
        command = [BIN / "noroshi-subscriber"]
        if os.geteuid() == 0:  # whom no mode stops
            os.chown(credential, NOBODY, NOBODY)
            command = ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
            away.chmod(0o755)
        else:
            away.chmod(0o555)
            self.addCleanup(away.chmod, 0o755)
        before = credential.read_text()
        self.broker.start()
        watch = Background(*command, "--output", "json", "watch", "--credential", credential, "--matrix", matrix)
        watch.says(" ready")
        self.rotate_key()
        watch.says("cannot be rewritten")
        self.send()  # and so learns of it, too
        # What is in memory alone does not count: a member that starts again would not get in.
        self.assertEqual(self.broker.status()["nextKey"]["unaware"], ["east-gas"])
        self.assertEqual(self.rotate_key("--finish")["unaware"], ["east-gas"])
        self.restart()
        sent = self.send()
        watch.wait_for(lambda: any(sent in line for line in watch.out), "the report, by the next key")
        self.assertEqual(sum("cannot be rewritten" in line for line in watch.err), 1, "told once")
        self.assertEqual(credential.read_text(), before)
        self.assertEqual(os.listdir(away), [credential.name])


if __name__ == "__main__":
    harness.main()
