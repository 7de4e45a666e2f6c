#!/usr/bin/env python3
"""Submission by curl: smtps:// and STARTTLS, each mechanism, wrong password."""
import unittest

import common


class Curl(common.ServerCase):
    programs = ("curl",)

    def curl(self, *options, url=None, password=None, message=None):
        message = message or common.sample(self.alice.address, self.bob.address)
        path = common.file_with(self.folder, message)
        done = common.run(["curl", "--silent", "--show-error", "--cacert", self.server.cert,
                           "--max-time", "60",
                           "--url", url or f"smtps://localhost:{self.server.ports['submissions']}/me",
                           "--user", f"{self.alice.address}:{password or self.alice.password}",
                           "--mail-from", self.alice.address, "--mail-rcpt", self.bob.address,
                           "--upload-file", path, *options])
        return message, done

    def test_implicit_tls(self):
        for mechanism in common.curl_mechanisms():
            with self.subTest(mechanism):
                message, done = self.curl("--login-options", f"AUTH={mechanism}")
                self.assert_ran(done)
                self.assert_arrived(message)

    def test_starttls(self):
        message, done = self.curl(
            "--ssl-reqd", url=f"smtp://localhost:{self.server.ports['submission']}/me")
        self.assert_ran(done)
        self.assert_arrived(message)

    def test_several_recipients(self):
        message, done = self.curl("--mail-rcpt", self.alice.address)
        self.assert_ran(done)
        self.assert_arrived(message, self.alice)
        self.assert_arrived(message, self.bob)

    def test_five_megabytes(self):
        message = common.sample(self.alice.address, self.bob.address) + (b"y" * 76 + b"\r\n") * 67_000
        message, done = self.curl(message=message)
        self.assert_ran(done)
        self.assert_arrived(message)

    def test_wrong_password(self):
        _, done = self.curl(password="wrong")
        self.assert_ran(done, 67)  # CURLE_LOGIN_DENIED


if __name__ == "__main__":
    unittest.main()
