#!/usr/bin/env python3
"""Where a daemon passes reports on to, with real receivers: newsletters in a directory, syslog, and the bell."""

import contextlib
import html.parser
import json
import os
import sqlite3
import unittest.mock

import harness
from daemon_test import Daemon, DaemonCase
from harness import DONE, UNVERIFIED, USAGE, report, run, wait_until
from receivers import Syslog

HOSTILE = "</title><script>alert(1)</script>\"' onload='x' <img src=x> ] \\ \" [c](http://evil.example)"


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts = [], {}
        self._open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        if self._open.pop() != tag:
            raise AssertionError(f"</{tag}> closes another")

    def handle_data(self, data):
        self.texts[self._open[-1] if self._open else ""] = self.texts.get(self._open[-1] if self._open else "", "") + data


class SinkCase(DaemonCase):
    def sink(self, name, kind, **settings):
        return f'[[sink]]\nname = "{name}"\ntype = "{kind}"\n' + "".join(
            f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())

    def configure(self, *sinks, drills=False):
        super().configure(('statuses = ["ACTUAL", "EXERCISE", "TEST"]\n' if drills else "") + "".join(sinks))

    def behind(self):
        """{name: (pending, trouble, since)} of the sinks that are, as `missed` has it."""
        return {each["sink"]: (each["pending"], each["trouble"], each["since"])
                for lane in self.command("missed", code=None) for each in lane["sinks"] if each["of"] == "reports"}

    def wait_until_all_is_passed_on(self):
        wait_until(lambda: not self.behind(), lambda: f"behind: {self.behind()}")

    def closing(self, receiver):
        self.addCleanup(receiver.close)
        return receiver


class Newsletters(SinkCase):
    ALLOWED = {"html", "head", "title", "meta", "style", "body", "h1", "h2", "h3", "p", "span", "dl", "dt", "dd", "ul", "ol", "li",
               "nav", "article", "a"}
    ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "rel", "start"}

    def names(self, folder):
        return sorted(each.name for each in folder.iterdir()) if folder.exists() else []

    def digest_of_two(self, *titles):
        """Sends them until both are in the same digest: its time may be up between the two."""
        for _ in range(10):
            ids = self.send(*[report("B.a.regulations", "guidelines", title=title) for title in titles])
            self.wait_for_inbox(ids)
            with contextlib.closing(sqlite3.connect(self.data / "inbox.sqlite")) as inbox:
                parts = inbox.execute("SELECT digest FROM entries WHERE report IN (?, ?) ORDER BY number", ids).fetchall()
            if parts == [(1,), (2,)]:
                return ids
        raise AssertionError("never two in one digest")

    def test_one_file_a_report_or_digest_in_every_format(self):
        folders = {form: self.folder / form for form in ("html", "markdown", "text")}
        for each in folders.values():
            each.mkdir()
        self.configure(*[self.sink(form, "file", format=form, path=str(folder), language="ja")
                         for form, folder in folders.items()], drills=True)
        daemon = self.daemon()
        urls = ["https://example.jp/a?b=1&c=2", "javascript:alert(1)", "http://e.example/\"onclick=\"x"]
        live, drill = self.send(
            report(title=HOSTILE, references=[{"url": url, "title": HOSTILE} for url in urls]),
            report(title="想定の停電", status="EXERCISE"))
        digest = self.digest_of_two("ガイドライン一", "ガイドライン二")
        self.wait_for_inbox([live, drill])
        self.wait_until_all_is_passed_on()

        seqs = {each["report"]["id"]: each["seq"] for each in self.command("inbox")}
        for form, ending in (("html", "html"), ("markdown", "md"), ("text", "txt")):
            names = self.names(folders[form])
            self.assertIn(f"{seqs[live]:012}-{live}.{ending}", names)
            self.assertIn(f"{seqs[drill]:012}-{drill}.{ending}", names)
            self.assertIn(f"{seqs[digest[0]]:012}-{digest[0]}.{ending}", names)
            self.assertNotIn(f"{seqs[digest[1]]:012}-{digest[1]}.{ending}", names)
            self.assertTrue(all(name.endswith(ending) for name in names), names)
            letter = (folders[form] / f"{seqs[digest[0]]:012}-{digest[0]}.{ending}").read_text()
            self.assertIn("ニュースレター  2件", letter)
            self.assertIn("ガイドライン二", letter)

        page = Page((folders["html"] / f"{seqs[live]:012}-{live}.html").read_text())
        self.assertLessEqual({tag for tag, _ in page.tags}, self.ALLOWED)
        self.assertLessEqual({name for _, attrs in page.tags for name in attrs}, self.ATTRIBUTES)
        self.assertEqual([attrs["href"] for tag, attrs in page.tags if tag == "a"], urls[:1])
        self.assertEqual(page.tags[0], ("html", {"lang": "ja"}))
        self.assertEqual(page.texts["title"], HOSTILE)
        self.assertEqual(page.texts["h1"], HOSTILE)
        for url in urls:
            self.assertIn(url, page.texts["li"] + page.texts["a"])

        shouting = Page((folders["html"] / f"{seqs[drill]:012}-{drill}.html").read_text())
        self.assertTrue(shouting.texts["title"].startswith("【訓練】"))
        self.assertTrue(shouting.texts["h1"].startswith("【訓練】"))
        self.assertTrue((folders["text"] / f"{seqs[drill]:012}-{drill}.txt").read_text().startswith("【訓練】"))
        self.assertTrue((folders["markdown"] / f"{seqs[drill]:012}-{drill}.md").read_text().startswith("**【訓練】"))
        text = (folders["text"] / f"{seqs[live]:012}-{live}.txt").read_text()
        for word in ("種別", "発信元", "署名", "本文", "参考情報"):
            self.assertIn(word, text)

        before = {form: [(each, (folders[form] / each).stat().st_mtime_ns) for each in self.names(folders[form])]
                  for form in folders}
        self.assertEqual(daemon.stop(), DONE)
        daemon = self.daemon()
        third = self.send(report(title="再起動の後"))
        self.wait_for_inbox(third)
        self.wait_until_all_is_passed_on()
        for form, folder in folders.items():
            after = [(each, (folder / each).stat().st_mtime_ns) for each in self.names(folder) if third[0] not in each]
            self.assertEqual(after, before[form], "a restart wrote again what was written")

    def test_a_directory_that_is_not_there_is_said_and_waited_for(self):
        folder = self.folder / "later"
        self.configure(self.sink("letters", "file", format="text", path=str(folder)))
        self.daemon()
        sent = self.send(report(title="待つ"))
        self.wait_for_inbox(sent)
        wait_until(lambda: self.behind().get("letters", (0, None))[1], "its trouble in `missed`")
        pending, trouble, since = self.behind()["letters"]
        self.assertEqual(pending, 1)
        self.assertIn(str(folder), trouble)
        self.assertRegex(since, r"^\d{4}-\d\d-\d\dT")
        text = run("noroshi-subscriber", "--lang", "ja", "missed", "--data", self.data, code=UNVERIFIED).out
        self.assertRegex(text, r"letters にまだ渡していない件数: 1 \(失敗の始まり: \d{4}-\d\d-\d\d .* JST: ")
        folder.mkdir()
        self.wait_until_all_is_passed_on()
        self.assertEqual(len(self.names(folder)), 1)


class Settings(SinkCase):
    def test_a_sink_that_is_gone_stops_the_start_unless_it_is_retired(self):
        archive = self.sink("archive", "file", path=str(self.folder / "reports.ndjson"))

        def starts():
            self.assertEqual(self.daemon().stop(), DONE)

        def refused():
            daemon = self.daemon(ready=False)
            self.assertEqual(daemon.ends(), USAGE, str(daemon))
            return str(daemon)

        self.configure(self.sink("pager", "exec", command=["true"]), archive)
        starts()
        for lost in ("", "# cut short\n"):
            self.configure(lost)
            self.assertRegex(refused(), r"subscriber\.toml:1: .*empty")
        self.configure(archive)
        self.assertIn('retired = ["pager"]', refused())
        self.configure('retired = ["pager"]\n', archive)
        starts()
        self.configure(archive)  # by now it is forgotten
        starts()


class SyslogSinks(SinkCase):
    def test_every_way_every_report_and_drills_apart(self):
        collectors = {kind: self.closing(Syslog(kind, self.folder / "log" if kind == "unix" else None))
                      for kind in ("tcp", "udp", "unix")}
        live_only = self.closing(Syslog("tcp"))
        self.configure(*[self.sink(kind, "syslog", address=each.address, language="ja", facility="local3")
                         for kind, each in collectors.items()],
                       self.sink("live", "syslog", address=live_only.address, drills=False), drills=True)
        self.daemon()
        reports = [report(title=HOSTILE, tlp="AMBER", audience={"sectors": ["gas"]}), report(title="想定", status="EXERCISE"),
                   report(title="試し", status="TEST"),
                   report(title="長" * 300, sections=[{"field": "situation", "text": {"ja": "文" * 5000}}])]
        sent = self.send(*reports)
        self.wait_for_inbox(sent)
        for kind, collector in collectors.items():
            wait_until(lambda: len(collector.octets) >= len(sent), f"all of it over {kind}")
            messages = collector.messages
            self.assertEqual([each["data"]["id"] for each in messages], sent, kind)
            for each in messages:
                self.assertEqual(int(each["priority"]) // 8, 19)
                self.assertEqual((each["app"], each["kind"], each["id"]), ("noroshi-subscriber", "C.disaster", "noroshi@32473"))
                self.assertEqual(set(each["data"]), {"id", "item", "tlp", "status", "lane", "seq", "publisher", "signature"})
            self.assertEqual([each["severity"] for each in messages], [1, 5, 5, 1])
            self.assertEqual(messages[0]["data"]["tlp"], "AMBER")
            self.assertTrue(messages[0]["text"].startswith(HOSTILE))
            self.assertTrue(messages[1]["text"].startswith("【訓練】想定"))
            self.assertTrue(messages[2]["text"].startswith("【試験】試し"))
            self.assertLessEqual(max(len(each) for each in collector.octets), 2048 if kind == "udp" else 8192)
        wait_until(lambda: len(live_only.octets) >= 2, "the live ones")
        self.wait_until_all_is_passed_on()
        self.assertEqual([each["data"]["id"] for each in live_only.messages], [sent[0], sent[3]])

    def test_a_collector_that_is_away_and_one_that_cuts_the_connection(self):
        """Nothing is lost to an end of the connection, the order holds, and `missed` says what waits and why."""
        away = Syslog("tcp")
        away.close()
        cutting = self.closing(Syslog("tcp"))
        self.configure(self.sink("away", "syslog", address=away.address, timeout_seconds=5),
                       self.sink("cutting", "syslog", address=cutting.address))
        self.daemon()
        sent = []
        for n in range(5):
            sent += self.send(report(title=f"{n} 報"), report(title=f"{n} 報の続き"))
            wait_until(lambda: len(cutting.octets) == len(sent) and "cutting" not in self.behind(), "what was sent so far")
            cutting.hang_up()
        self.wait_for_inbox(sent)
        self.assertEqual([each["data"]["id"] for each in cutting.messages], sent)
        wait_until(lambda: (self.behind().get("away") or (0, None))[1], "the trouble")
        pending, trouble, since = self.behind()["away"]
        self.assertEqual(pending, 10)
        self.assertIn(away.address, trouble)
        self.assertTrue(since)
        back = self.closing(Syslog("tcp", away.port))
        wait_until(lambda: len(back.octets) >= 10, "the collector that is back")
        self.wait_until_all_is_passed_on()
        self.assertEqual([each["data"]["id"] for each in back.messages], sent)


class Bell(SinkCase):
    """The example that the sample configuration names."""

    PROGRAM = harness.SOURCE / "deploy" / "examples" / "noroshi-bell"

    def sample(self):
        """The bell's own lines of the sample, with the program where it is."""
        self.data.mkdir(mode=0o700)
        Daemon(self.credential, self.data).stop()
        text = (self.data / "subscriber.toml").read_text()
        section = next(each for each in text.split("# [[sink]]\n") if 'name = "bell"' in each)
        lines = [line[2:] for line in section.splitlines() if line.startswith(("# name", "# type", "# command"))]
        return "[[sink]]\n" + "\n".join(lines).replace("/usr/local/bin/noroshi-bell", str(self.PROGRAM)) + "\n"

    def test_it_rings_in_the_terminal_and_on_the_screen(self):
        shown = self.folder / "shown"
        self.write("notify-send", f'#!/bin/sh\nfor each; do last=$each; done\nprintf "%s\\n" "$last" >> {shown}\n').chmod(0o755)
        desktop = self.sample()
        terminal = desktop.replace('"bell"', '"terminal"').replace(', "--desktop"', "")
        self.configure(desktop, terminal, drills=True)
        with unittest.mock.patch.dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}"):
            daemon = self.daemon()
            sent = self.send(report(title="-e 停電\u202eX"), report(title="想定", status="EXERCISE"))
            self.wait_for_inbox(sent)
            self.wait_until_all_is_passed_on()
        rung = [line for line in daemon.err if line.startswith("\a")]
        self.assertEqual(len(rung), 2, daemon)
        self.assertIn("-e 停電", rung[0])
        self.assertNotIn("\u202e", rung[0])
        self.assertTrue(rung[1].startswith("\a【訓練】想定"), rung)
        self.assertEqual(["\a" + line for line in shown.read_text().splitlines()], rung)


if __name__ == "__main__":
    harness.main()
