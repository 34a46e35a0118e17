#!/usr/bin/env python3
"""The log's tree over HTTP, as C2SP tlog-tiles, followed by tests/tlog/monitor.py, which shares no line with the broker and
is shown to notice whatever is wrong with what it fetches."""

import http.client
import shutil
import sys
import threading
import urllib.error
import urllib.request

import harness
from harness import SOURCE, UNREACHABLE, Case, report, run, send

sys.path.insert(0, str(SOURCE / "tests" / "tlog"))
import monitor as independent  # noqa: E402
import verify  # noqa: E402

FULL = 256


class Tiles(Case):
    digest_seconds = 1

    def setUp(self):
        super().setUp()
        self.broker.start()
        self.publisher = self.broker.enroll("metro-power", "operator", sectors=["electricity"], source="sector", publish=["*"])
        self.key = verify.Key(self.broker.status()["verifierKey"])

    def send(self, count, **more):
        send(self.publisher, *[report(title=f"第{n}報", **more) for n in range(count)])

    def url(self):
        return f"http://127.0.0.1:{self.broker.ports['http']}"

    def fetch(self, path):
        return independent.fetcher(self.url())(path)

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.broker.ports["http"], timeout=30)
        self.addCleanup(connection.close)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer, answer.read()

    def signed_size(self):
        return verify.open_checkpoint(self.fetch("checkpoint"), self.key)[0]

    def grown_to(self, size):
        """Publishes until the signed tree is so large, at least."""
        self.send(max(0, size - self.broker.head()))
        harness.wait_until(lambda: self.signed_size() >= size, f"a checkpoint of {size} entries")

    def wrong(self, monitor):
        with self.assertRaises(verify.Wrong) as caught:
            monitor.follow()
        return str(caught.exception)

    def test_a_monitor_follows_while_the_log_grows(self):
        monitor = independent.Monitor(self.fetch, self.key)
        enough, trouble, sizes = threading.Event(), [], set()

        def publish():
            try:
                while not enough.is_set():
                    self.send(25)
            except BaseException as error:
                trouble.append(error)

        publishing = threading.Thread(target=publish)
        publishing.start()
        try:
            while publishing.is_alive() and not (len(sizes) > 5 and len(monitor.leaves) > 2 * FULL):
                monitor.follow()
                sizes.add(len(monitor.leaves))
        finally:
            enough.set()
            publishing.join()
        self.assertEqual(trouble, [])
        head = self.broker.head()
        harness.wait_until(lambda: monitor.follow() or len(monitor.leaves) == head, "the monitor at the head")
        self.assertGreater(head, 2 * FULL)
        # A restart goes on with the same tree.
        self.broker.stop()
        self.broker.start()
        self.grown_to(head + 1)
        self.assertGreaterEqual(monitor.follow(), 1)

    def test_what_is_served_and_how(self):
        self.grown_to(FULL + 3)
        size = self.signed_size()
        checkpoint, note = self.ask("/checkpoint")
        self.assertEqual((checkpoint.status, checkpoint.headers["Content-Type"], checkpoint.headers["Cache-Control"]),
                         (200, "text/plain; charset=utf-8", "no-store"))
        self.assertEqual(verify.open_checkpoint(note, self.key)[0], size)
        edge = size - FULL
        for path, octets in (("/tile/0/000", 32 * FULL), ("/tile/entries/000", 51 * FULL), (f"/tile/0/001.p/{edge}", 32 * edge),
                             ("/tile/0/001.p/1", 32), ("/tile/1/000.p/1", 32), (f"/tile/entries/001.p/{edge}", 51 * edge)):
            answer, body = self.ask(path)
            self.assertEqual((path, answer.status, len(body)), (path, 200, octets))
            self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
            self.assertEqual(answer.headers["Cache-Control"], "public, max-age=31536000, immutable")
            head, nothing = self.ask(path, "HEAD")
            self.assertEqual((head.status, head.headers["Content-Length"], nothing), (200, str(octets), b""))
            self.assertEqual(self.ask(path, "POST")[0].status, 405)
        for status, paths in {
            404: ["/tile/0/001", f"/tile/0/001.p/{edge + 1}", "/tile/0/002.p/1", "/tile/1/000", "/tile/1/000.p/2",
                  "/tile/2/000.p/1", "/tile/entries/001", f"/tile/entries/001.p/{edge + 1}", "/tile/0/x999/x999/999",
                  "/tiles/0/000", "/checkpoint/", "/checkpoint2", "/tile", "/log.sqlite", "/../checkpoint"],
            400: ["/tile/", "/tile/0", "/tile/0/", "/tile/0/0", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/01",
                  "/tile/00/000", "/tile/-1/000", "/tile/8/000", "/tile/0/x000/000", "/tile/0/000/", "/tile/data/000",
                  "/tile/entries/%30%30%30", "/tile/0/000.p/-1", "/tile/../checkpoint", "/tile/0/99999999999999999999"],
        }.items():
            for path in paths:
                self.assertEqual((path, self.ask(path)[0].status), (path, status))

    def test_a_monitor_notices_what_is_wrong(self):
        """Each twin fetches from the same broker, and changes one thing on the way."""
        self.grown_to(FULL + 40)
        size = self.signed_size()
        sound = independent.Monitor(self.fetch, self.key)
        self.assertEqual(sound.follow(), size)
        edge = size - FULL

        def doctored(where, change):
            return lambda path: change(self.fetch(path)) if path == where else self.fetch(path)

        def flipped(octets):
            return octets[:40] + bytes([octets[40] ^ 1]) + octets[41:]

        def narrower(path):
            """Partial tiles and bundles of one less than they are asked for."""
            head, partial, width = path.partition(".p/")
            return self.fetch(f"{head}.p/{int(width) - 1}" if partial and width != "1" else path)

        for where in ("tile/0/000", f"tile/0/001.p/{edge}", "tile/1/000.p/1"):
            self.assertIn(f"{where} is not of these entries", self.wrong(independent.Monitor(doctored(
                where, lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])), self.key)))
        for where in ("tile/entries/000", f"tile/entries/001.p/{edge}"):
            self.assertIn("the root of", self.wrong(independent.Monitor(doctored(where, flipped), self.key)))
        self.assertIn("entries", self.wrong(independent.Monitor(narrower, self.key)))
        self.assertIn("does not fit", self.wrong(independent.Monitor(doctored(
            "checkpoint", lambda note: note.replace(b"%d" % size, b"%d" % (size - 1))), self.key)))
        other = verify.Key(self.broker.status()["verifierKey"])
        other.key = bytes(32)
        with self.assertRaises(verify.Wrong):
            independent.Monitor(self.fetch, other).follow()

    def test_a_log_that_was_set_back_and_went_on(self):
        self.grown_to(20)
        self.broker.stop()
        backup = self.folder / "backup"
        shutil.copytree(self.broker.data, backup)
        self.broker.start()
        self.grown_to(30)
        state = self.folder / "monitor.state"

        def look(code):
            """As people run it: monitor.py URL KEY --state FILE."""
            return run(sys.executable, SOURCE / "tests/tlog/monitor.py", self.url(), self.broker.status()["verifierKey"],
                       "--state", state, code=code)

        self.assertIn("all good", look(0).out)
        self.broker.stop()
        silence = look(UNREACHABLE).err  # says nothing about the log
        self.assertIn("unreachable: ", silence)
        self.assertNotIn("wrong", silence)
        shutil.rmtree(self.broker.data)
        shutil.copytree(backup, self.broker.data)
        self.broker.start()
        kept = state.read_bytes()
        self.assertIn("set back", look(1).err)
        self.grown_to(40)
        self.assertIn("is another now", look(1).err)
        self.assertEqual(state.read_bytes(), kept)

    def test_many_fetches_hold_up_nobody(self):
        """Far more fetches than monitors need: each is answered, put off for a second, or closed; health goes on."""
        self.grown_to(FULL + 1)
        end, put_off = threading.Event(), []

        def hammer():
            while not end.is_set():
                try:
                    with urllib.request.urlopen(self.url() + "/tile/0/000", timeout=30) as answer:
                        answer.read()
                except urllib.error.HTTPError as error:
                    put_off.append((error.code, error.headers["Retry-After"]))
                except OSError:
                    pass

        threads = [threading.Thread(target=hammer, daemon=True) for _ in range(8)]
        for each in threads:
            each.start()
        self.send(30)
        self.assertEqual(self.broker.http("/healthz")[0], 200)
        harness.wait_until(lambda: put_off, "a fetch that is put off")
        end.set()
        for each in threads:
            each.join()
        self.assertEqual(set(put_off), {(429, "1")})
        self.assertEqual(len(self.fetch("tile/0/000")), 32 * FULL)  # by a monitor, which waits


if __name__ == "__main__":
    harness.main()
