#!/usr/bin/env python3
"""Confirmations that are overdue, told to a web server: signed, until it has taken them, over restarts of the broker and whatever
the server does; beside a program, which neither waits for the other."""

import base64
import json

import harness
from harness import USAGE, run, report, wait_until
from overdue_test import OverdueCase
from receivers import Authority, Web, answer
from webhooks_test import SECRET, verified


class Webhook(OverdueCase):
    def setUp(self):
        super().setUp()
        self.secret = self.write("webhook.secret", "whsec_" + base64.b64encode(SECRET).decode() + "\n")
        self.secret.chmod(0o600)

    def server(self, behave=None, context=None):
        web = Web(behave, context)
        self.addCleanup(web.close)
        return web

    def begin(self, url, **more):
        """The broker again, with a webhook."""
        self.broker.stop()
        settings = {"url": url, "secret_file": str(self.secret), **more}
        text = ", ".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
        self.broker.configure("\n# webhook = ", f"\nwebhook = {{ {text} }}\n# ")
        self.broker.start()

    def got(self, web):
        """(webhook-id, stage) of what it was sent, every signature verified."""
        return [(name, body["stage"]) for name, body in verified(self, web, ahead=self.faults.ahead)]

    def wait_for_posts(self, web, *stages):
        wait_until(lambda: len(web.requests) >= len(stages), lambda: f"{stages} posted, not {self.got(web)}")
        self.assertEqual([stage for _, stage in self.got(web)], list(stages))

    def test_tried_until_it_is_taken_and_no_longer(self):
        """An error, nothing at all, and a broker that is killed meanwhile: the same id, until 2xx."""
        def behave(n, handler):
            if n == 0:
                answer(handler, 500)
            elif n == 1:
                handler.connection.close()
            elif n == 2:
                web.released.wait(harness.PATIENCE)
            else:
                answer(handler, 200)
        web = self.server(behave)
        self.begin(f"http://127.0.0.1:{web.port}/calls")
        one, = self.send(report(title="一"))
        self.pass_deadline("DELIVERED")
        self.wait_for_calls((one, "DELIVERED", ["east-gas"]))  # the program waits for nobody
        self.wait_for_posts(web, *["DELIVERED"] * 3)
        self.broker.kill()
        self.broker.start()
        self.wait_for_posts(web, *["DELIVERED"] * 4)
        self.pass_deadline("OPENED")
        self.wait_for_posts(web, *["DELIVERED"] * 4, "OPENED")
        self.wait_for_calls((one, "DELIVERED", ["east-gas"]), (one, "OPENED", ["east-gas"]))
        self.assertEqual(len({name for name, _ in self.got(web)}), 2)
        self.assertEqual([(each["reportId"], each["stage"]) for each in self.entries()], [(one, "DELIVERED"), (one, "OPENED")])
        self.assertEqual(json.loads(web.requests[-1][1]), self.called()[-1], "the two are told the same")

    def test_a_program_that_hangs_delays_no_post(self):
        web = self.server()
        self.begin(f"http://127.0.0.1:{web.port}/")
        self.flag("hangs", True)
        self.send(report(title="一"))
        self.pass_deadline("DELIVERED")
        self.wait_until_it_hangs()
        self.pass_deadline("OPENED")
        self.wait_for_posts(web, "DELIVERED", "OPENED")
        self.assertEqual(self.called(), [])

    def test_only_the_server_that_is_meant_gets_anything(self):
        authority = Authority(self.folder)
        wrong = self.server(context=authority.context("DNS:elsewhere.example"))
        self.begin(f"https://127.0.0.1:{wrong.port}/", ca_file=str(authority.certificate))
        self.send(report(title="一"))
        self.pass_deadline("DELIVERED")
        self.broker.process.says("certificate verify failed")
        self.assertEqual(wrong.requests, [])
        self.broker.stop()  # at once, although it is trying

    def test_settings_that_would_give_something_away_are_refused_at_once(self):
        self.begin("https://duty.example.jp/")
        self.broker.stop()

        def refused(*words):
            for command in ("run", "check-config"):
                result = run("noroshi-broker", command, "--data", self.broker.data, code=USAGE)
                for word in words:
                    self.assertIn(word, result.err + result.out)
        self.secret.chmod(0o644)
        refused(str(self.secret), "others can read", "chmod 600")
        self.secret.chmod(0o600)
        self.secret.write_text("simsalabim\n")
        refused(str(self.secret), "whsec_")
        self.broker.configure("https://duty", "http://duty")
        refused("broker.toml:", "'overdue.webhook.url' is no https URL")


if __name__ == "__main__":
    harness.main()
