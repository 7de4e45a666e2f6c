#!/usr/bin/env python3
"""Submission by msmtp: both kinds of TLS, PLAIN, LOGIN and SCRAM-SHA-256, wrong password."""
import unittest

import common


class Msmtp(common.ServerCase):
    programs = ("msmtp",)

    def msmtp(self, starttls, auth, password=None, recipient=None):
        door = "submission" if starttls else "submissions"
        rc = common.file_with(self.folder, (
            f"account default\nhost localhost\nport {self.server.ports[door]}\n"
            f"from {self.alice.address}\nauth {auth}\nuser {self.alice.address}\n"
            f"password \"{password or self.alice.password}\"\ntls on\n"
            f"tls_starttls {'on' if starttls else 'off'}\ntls_trust_file {self.server.cert}\n").encode())
        message = common.sample(self.alice.address, self.bob.address)
        done = common.run(["msmtp", "-C", rc, recipient or self.bob.address],
                          message.replace(b"\r\n", b"\n"))
        return message, done

    def test_each_way_in(self):
        for starttls in (True, False):
            for auth in ("plain", "login", "scram-sha-256", "on"):
                with self.subTest(f"starttls={starttls} {auth}"):
                    message, done = self.msmtp(starttls, auth)
                    self.assert_ran(done)
                    self.assert_arrived(message)

    def test_wrong_password(self):
        for auth in ("plain", "login", "scram-sha-256"):
            with self.subTest(auth):
                _, done = self.msmtp(False, auth, "wrong")
                self.assert_ran(done, 77)
                self.assertIn(b"535", done.stderr)

    def test_unknown_recipient(self):
        _, done = self.msmtp(False, "plain", recipient="nobody@example.org")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"5.1.1", done.stderr)


if __name__ == "__main__":
    unittest.main()
