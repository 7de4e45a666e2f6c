#!/usr/bin/env python3
"""Submission by s-nail, which writes the message itself: TLS both ways, PLAIN and LOGIN."""
import email
import email.policy
import unittest
import urllib.parse

import common


class Snail(common.ServerCase):
    programs = ("s-nail",)

    def snail(self, scheme, door, auth, body, *options, password=None):
        user = urllib.parse.quote(self.alice.address, safe="")
        secret = urllib.parse.quote(password or self.alice.password, safe="")
        settings = ["v15-compat", f"mta={scheme}://{user}:{secret}@localhost:{self.server.ports[door]}",
                    f"smtp-auth={auth}", "tls-ca-no-defaults", f"tls-ca-file={self.server.cert}",
                    "tls-verify=strict", f"from={self.alice.address}", "sendwait", "nosave",
                    "ttycharset=utf-8", *options]
        command = ["s-nail", "-:/"]
        for setting in settings:
            command += ["-S", setting]
        return common.run([*command, "-s", "Grüße aus s-nail", self.bob.address], body.encode(),
                          env={"HOME": str(self.folder), "LC_ALL": "C.UTF-8"})

    def check(self, body):
        message = email.message_from_bytes(self.newest(self.bob), policy=email.policy.default)
        self.assertEqual(message["Subject"], "Grüße aus s-nail")
        self.assertEqual(message["To"].addresses[0].addr_spec, self.bob.address)
        self.assertEqual(message.get_body().get_content().replace("\r\n", "\n"), body)

    def test_each_way_in(self):
        for scheme, door, extra in (("smtps", "submissions", ()),
                                    ("smtp", "submission", ("smtp-use-starttls",))):
            for auth in ("plain", "login"):
                with self.subTest(f"{scheme} {auth}"):
                    body = f"Hello by {scheme} {auth}\n.\n..\n.dot Grüße\n"
                    self.assert_ran(self.snail(scheme, door, auth, body, *extra))
                    self.check(body)

    def test_wrong_password(self):
        before = self.count(self.bob)
        done = self.snail("smtps", "submissions", "plain", "no\n", password="wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.count(self.bob), before)


if __name__ == "__main__":
    unittest.main()
