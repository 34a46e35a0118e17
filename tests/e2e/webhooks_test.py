#!/usr/bin/env python3
"""Webhooks against real web servers: that hang, fail, redirect, are others than they should be; signatures checked with Python's
own hmac."""

import base64
import hashlib
import hmac
import json
import socket
import time

import harness
from harness import report, run, wait_until
from receivers import Authority, Web, answer
from sinks_test import SinkCase

SECRET = b"k" * 32


def verified(case, web, ahead=0):
    """(id, what it says) of what a server got, in order, every signature verified as Standard Webhooks say; its sender's clock is
    so many seconds ahead of ours, or was less."""
    out = []
    for headers, body in list(web.requests):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        case.assertEqual(headers["webhook-signature"], expected)
        case.assertLess(time.time() - 300, int(headers["webhook-timestamp"]))
        case.assertLess(int(headers["webhook-timestamp"]), time.time() + ahead + 300)
        case.assertEqual(headers["Content-Type"], "application/json")
        out.append((headers["webhook-id"], json.loads(body)))
    return out


class Webhooks(SinkCase):
    def setUp(self):
        super().setUp()
        self.secret = self.write("webhook.secret", "whsec_" + base64.b64encode(SECRET).decode() + "\n")
        self.secret.chmod(0o600)

    def webhook(self, name, url, **more):
        return self.sink(name, "webhook", url=url, secret_file=str(self.secret), **more)

    def server(self, behave=None, context=None):
        return self.closing(Web(behave, context))

    def checked(self, web):
        return verified(self, web)

    def test_receivers_that_misbehave_get_everything_in_the_end(self):
        """Each answers its first request badly; the same message comes again under the same id, and nobody waits for others."""
        def hangs(n, handler):
            if n == 0:
                web["hangs"].released.wait(harness.PATIENCE)
            else:
                answer(handler, 200)

        def fails(n, handler):
            answer(handler, 500 if n == 0 else 200)

        def closes(n, handler):
            if n == 0:
                handler.wfile.write(b"HTTP/1.1 200 O")
                handler.wfile.flush()
                handler.connection.shutdown(socket.SHUT_RDWR)
            else:
                answer(handler, 202)

        def redirects(n, handler):
            if n == 0:
                answer(handler, 307, Location=f"http://127.0.0.1:{web['elsewhere'].port}/")
            else:
                answer(handler, 200)

        def rambles(_, handler):
            handler.send_response(200)
            handler.end_headers()
            try:
                while not web["rambles"].released.is_set():
                    handler.wfile.write(b"x" * 65536)
            except OSError:
                pass

        web = {each.__name__: self.server(each) for each in (hangs, fails, closes, redirects, rambles)}
        web["plain"] = self.server()
        hooks = [self.webhook(name, f"http://127.0.0.1:{each.port}/hook?to={name}", timeout_seconds=2)
                 for name, each in web.items()]
        web["elsewhere"] = self.server()
        self.configure(*hooks)
        self.daemon()
        sent = self.send(*[report(title=f"{n} 報") for n in range(4)])
        for name in ("plain", "rambles"):
            wait_until(lambda: len(web[name].requests) >= 4, f"{name}, which nothing holds up")
            self.assertEqual([each["report"]["id"] for _, each in self.checked(web[name])], sent)
        self.wait_until_all_is_passed_on()
        for name in ("hangs", "fails", "closes", "redirects"):
            got = self.checked(web[name])
            self.assertEqual([each["report"]["id"] for _, each in got], [sent[0], *sent], name)
            self.assertEqual(got[0][0], got[1][0], "the same under another id")
            self.assertEqual(len({each for each, _ in got}), 4)
        self.assertEqual(web["elsewhere"].requests, [], "a redirection was followed")

    def test_killed_while_the_receiver_thinks(self):
        """What it had not answered comes again after the restart, under the same id; what it had, does not."""
        web = self.server(lambda n, handler: web.released.wait(harness.PATIENCE) if n == 1 else answer(handler, 200))
        self.configure(self.webhook("thinks", f"http://localhost:{web.port}/"))
        daemon = self.daemon()
        sent = self.send(*[report(title=f"{n} 報") for n in range(3)])
        wait_until(lambda: len(web.requests) == 2, "the request that it thinks about")
        self.wait_for_inbox(sent)
        daemon.kill()
        self.daemon()
        wait_until(lambda: len(web.requests) >= 4, "the rest")
        self.wait_until_all_is_passed_on()
        got = self.checked(web)
        self.assertEqual([each["report"]["id"] for _, each in got], [sent[0], sent[1], sent[1], sent[2]])
        self.assertEqual(got[1][0], got[2][0])

    def test_leaves_a_receiver_alone_for_as_long_as_it_asks(self):
        times = []

        def busy(n, handler):
            times.append(time.monotonic())
            answer(handler, 503, Retry_After="3") if n == 0 else answer(handler, 200)
        web = self.server(busy)
        self.configure(self.webhook("busy", f"http://127.0.0.1:{web.port}/"))
        self.daemon()
        sent = self.send(report(title="急ぎ"))
        self.wait_for_inbox(sent)
        wait_until(lambda: len(times) == 2, "another attempt")
        self.assertGreaterEqual(times[1] - times[0], 3)

    def test_only_the_server_that_is_meant_gets_anything(self):
        authority = Authority(self.folder)
        right = self.server(context=authority.context("IP:127.0.0.1"))
        named = self.server(context=authority.context("DNS:localhost"))
        wrong = self.server(context=authority.context("DNS:elsewhere.example"))
        trusted = str(authority.certificate)
        self.configure(self.webhook("right", f"https://127.0.0.1:{right.port}/", ca_file=trusted),
                       self.webhook("named", f"https://localhost:{named.port}/", ca_file=trusted),
                       self.webhook("wrong-host", f"https://localhost:{wrong.port}/", ca_file=trusted),
                       self.webhook("wrong-number", f"https://127.0.0.1:{named.port}/", ca_file=trusted),
                       self.webhook("unknown-ca", f"https://127.0.0.1:{right.port}/"))
        self.daemon()
        sent = self.send(report(title="機微", tlp="AMBER", audience={"sectors": ["gas"]}))
        self.wait_for_inbox(sent)
        for each in (right, named):
            wait_until(lambda: each.requests, "the right server")
        refused = ("wrong-host", "wrong-number", "unknown-ca")
        wait_until(lambda: all(self.behind().get(name, (0, None))[1] for name in refused), lambda: f"{self.behind()}")
        for name in refused:
            self.assertIn("certificate verify failed", self.behind()[name][1])
        self.assertEqual(wrong.requests, [])
        self.assertEqual([len(self.checked(each)) for each in (right, named)], [1, 1])

    def test_settings_that_would_give_something_away_are_refused_at_once(self):
        def refused(*words):
            result = run("noroshi-subscriber", "run", "--credential", self.credential, "--data", self.data, code=harness.USAGE)
            for word in words:
                self.assertIn(word, result.err)
        self.secret.chmod(0o644)
        self.configure(self.webhook("hook", "https://chat.example.jp/"))
        refused(str(self.secret), "others can read", "chmod 600")
        self.secret.chmod(0o600)
        self.secret.write_text("simsalabim\n")
        refused(str(self.secret), "whsec_")
        self.secret.write_text("whsec_" + base64.b64encode(SECRET).decode())
        self.configure(self.webhook("hook", "http://chat.example.jp/"))
        refused("subscriber.toml:4:", "allow_http")
        self.configure(self.webhook("hook", "https://chat.example.jp/", ca_file=str(self.secret)))
        refused(str(self.secret), "ca_file")


if __name__ == "__main__":
    harness.main()
