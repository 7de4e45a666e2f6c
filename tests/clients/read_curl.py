#!/usr/bin/env python3
"""Reading by curl: imaps:// and STARTTLS, listing, fetching by UID and section, search, append."""
import smtplib
import unittest

import common


class CurlImap(common.ServerCase):
    programs = ("curl",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.message = common.sample("someone@elsewhere.example", cls.bob.address, "findable words")
        with smtplib.SMTP("localhost", cls.server.ports["smtp"], timeout=60) as smtp:
            smtp.sendmail("someone@elsewhere.example", [cls.bob.address], cls.message)

    def curl(self, path, *options, scheme="imaps", password=None):
        door = "imaps" if scheme == "imaps" else "imap"
        return common.run(["curl", "--silent", "--show-error", "--cacert", self.server.cert,
                           "--max-time", "60", "--user",
                           f"{self.bob.address}:{password or self.bob.password}",
                           f"{scheme}://localhost:{self.server.ports[door]}/{path}", *options])

    def test_fetch_whole(self):
        done = self.curl("INBOX;UID=1")
        self.assert_ran(done)
        self.assertEqual(common.without_trace(done.stdout), self.message)

    def test_each_mechanism(self):
        for mechanism in common.curl_mechanisms():
            with self.subTest(mechanism):
                done = self.curl("INBOX;UID=1", "--login-options", f"AUTH={mechanism}")
                self.assert_ran(done)
                self.assertEqual(common.without_trace(done.stdout), self.message)

    def test_starttls(self):
        done = self.curl("INBOX;UID=1", "--ssl-reqd", scheme="imap")
        self.assert_ran(done)
        self.assertEqual(common.without_trace(done.stdout), self.message)

    def test_section(self):
        done = self.curl("INBOX;UID=1;SECTION=TEXT")
        self.assert_ran(done)
        self.assertEqual(done.stdout, self.message.split(b"\r\n\r\n", 1)[1])

    def test_list(self):
        done = self.curl("")
        self.assert_ran(done)
        for name in (b"INBOX", b"Sent", b"Drafts", b"Trash", b"Junk", b"Archive"):
            self.assertIn(name, done.stdout)

    def test_search(self):
        done = self.curl("INBOX?SUBJECT%20findable")
        self.assert_ran(done)
        self.assertIn(b"* SEARCH 1\r\n", done.stdout)

    def test_append(self):
        message = common.sample(self.bob.address, self.alice.address)
        done = self.curl("Drafts", "--upload-file", common.file_with(self.folder, message))
        self.assert_ran(done)
        self.assertEqual(self.newest(self.bob, "Drafts"), message)

    def test_wrong_password(self):
        self.assert_ran(self.curl("INBOX;UID=1", password="wrong"), 67)


if __name__ == "__main__":
    unittest.main()
