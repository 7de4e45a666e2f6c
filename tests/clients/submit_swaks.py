#!/usr/bin/env python3
"""Submission by swaks: both kinds of TLS, PLAIN and LOGIN, wrong password."""
import unittest

import common


class Swaks(common.ServerCase):
    programs = ("swaks",)

    def swaks(self, *options, password=None, message=None):
        message = message or common.sample(self.alice.address, self.bob.address)
        # swaks ends the data itself: it adds the last CRLF.
        path = common.file_with(self.folder, message.removesuffix(b"\r\n"))
        done = common.run(["swaks", "--from", self.alice.address, "--to", self.bob.address,
                           "--auth-user", self.alice.address,
                           "--auth-password", password or self.alice.password,
                           "--tls-verify", "--tls-ca-path", self.server.cert,
                           "--data", f"@{path}", *options], timeout=60)
        return message, done

    def starttls(self):
        return ("--server", f"localhost:{self.server.ports['submission']}", "--tls")

    def implicit(self):
        return ("--server", f"localhost:{self.server.ports['submissions']}", "--tls-on-connect")

    def test_each_way_in(self):
        for door in (self.starttls(), self.implicit()):
            for mechanism in ("PLAIN", "LOGIN"):
                with self.subTest(f"{door[-1]} {mechanism}"):
                    message, done = self.swaks(*door, "--auth", mechanism)
                    self.assert_ran(done)
                    self.assert_arrived(message)

    def test_pipelining(self):
        message, done = self.swaks(*self.implicit(), "--auth", "PLAIN", "--pipeline")
        self.assert_ran(done)
        self.assert_arrived(message)

    def test_wrong_password(self):
        before = self.count(self.bob)
        _, done = self.swaks(*self.starttls(), "--auth", "PLAIN", password="wrong")
        self.assert_ran(done, 28)  # swaks: authentication failed
        self.assertIn(b"535", done.stdout)
        self.assertEqual(self.count(self.bob), before)

    def test_no_auth_in_clear(self):
        _, done = self.swaks("--server", f"localhost:{self.server.ports['submission']}", "--auth",
                             "PLAIN")
        self.assert_ran(done, 28)


if __name__ == "__main__":
    unittest.main()
