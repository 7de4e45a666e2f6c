#!/usr/bin/env python3
"""Submission by Python's smtplib: both kinds of TLS, every AUTH mechanism, refusals, extensions."""
import smtplib
import ssl
import threading
import unittest

import common
from scram import ScramClient


class Smtplib(common.ServerCase):
    def connect(self, door="submissions", context=None):
        context = context or self.server.tls_context()
        if door == "submissions":
            smtp = smtplib.SMTP_SSL("localhost", self.server.ports[door], context=context, timeout=60)
        else:
            smtp = smtplib.SMTP("localhost", self.server.ports[door], timeout=60)
        self.addCleanup(smtp.close)
        return smtp

    def login(self, door="submissions", account=None):
        smtp = self.connect(door)
        if door == "submission":
            smtp.starttls(context=self.server.tls_context())
        account = account or self.alice
        smtp.login(account.address, account.password)
        return smtp

    def send(self, smtp, message=None, sender=None, recipients=None):
        message = message or common.sample(self.alice.address, self.bob.address)
        smtp.sendmail(sender or self.alice.address, recipients or [self.bob.address], message)
        return message

    def test_starttls(self):
        self.assert_arrived(self.send(self.login("submission")))

    def test_implicit_tls(self):
        self.assert_arrived(self.send(self.login("submissions")))

    def test_no_password_in_clear_before_starttls(self):
        smtp = self.connect("submission")
        smtp.ehlo()
        for mechanism in ("PLAIN", "LOGIN"):
            self.assertNotIn(mechanism, smtp.esmtp_features.get("auth", "").split())
        self.assertTrue(smtp.has_extn("starttls"))
        code, _ = smtp.docmd("AUTH", "PLAIN " + self.alice.auth_plain)
        self.assertIn(code, (530, 538, 502, 504, 503))

    def test_extensions(self):
        smtp = self.connect()
        smtp.ehlo()
        for name in ("size", "8bitmime", "pipelining", "smtputf8", "enhancedstatuscodes", "auth"):
            self.assertTrue(smtp.has_extn(name), name)
        self.assertFalse(smtp.has_extn("starttls"))

    def test_each_password_mechanism(self):
        for mechanism in ("auth_plain", "auth_login"):
            with self.subTest(mechanism):
                smtp = self.connect()
                smtp.ehlo()
                smtp.user, smtp.password = self.alice.address, self.alice.password
                code, _ = smtp.auth(mechanism[5:].upper(), getattr(smtp, mechanism))
                self.assertEqual(code, 235)
                self.assert_arrived(self.send(smtp))

    def scram(self, mechanism, password, context=None):
        smtp = self.connect(context=context)
        smtp.ehlo()
        self.assertIn(mechanism, smtp.esmtp_features["auth"].split())
        binding = smtp.sock.get_channel_binding("tls-unique") if "PLUS" in mechanism else None
        client = ScramClient(self.alice.address, password, binding)
        code, _ = smtp.auth(mechanism, lambda challenge=None: client.answer(
            challenge.encode() if isinstance(challenge, str) else challenge or b"").decode())
        return smtp, code, client

    def test_scram(self):
        smtp, code, client = self.scram("SCRAM-SHA-256", self.alice.password)
        self.assertEqual(code, 235)
        self.assertTrue(client.server_signature)
        self.assert_arrived(self.send(smtp))

    def test_scram_plus(self):
        context = self.server.tls_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # what tls-unique is defined for
        smtp, code, _ = self.scram("SCRAM-SHA-256-PLUS", self.alice.password, context)
        self.assertEqual(code, 235)
        self.assert_arrived(self.send(smtp))

    def test_wrong_passwords(self):
        smtp = self.connect()
        with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
            smtp.login(self.alice.address, "wrong")
        self.assertEqual(caught.exception.smtp_code, 535)
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            self.scram("SCRAM-SHA-256", "wrong")
        with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
            self.connect().login("nobody@example.org", self.alice.password)
        self.assertEqual(caught.exception.smtp_code, 535)

    def test_mail_without_login_is_refused(self):
        smtp = self.connect()
        smtp.ehlo()
        self.assertEqual(smtp.mail(self.alice.address)[0], 530)

    def test_recipients(self):
        smtp = self.login()
        for address, code, status in (("nobody@example.org", 550, b"5.1.1"),
                                      ("someone@elsewhere.example", 550, b"5.7.1")):
            with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
                self.send(smtp, recipients=[address])
            got, text = caught.exception.recipients[address]
            self.assertEqual(got, code)
            self.assertTrue(text.startswith(status), text)
        refused = smtp.sendmail(self.alice.address, [self.bob.address, "nobody@example.org"],
                                common.sample(self.alice.address, self.bob.address))
        self.assertEqual(list(refused), ["nobody@example.org"])

    def test_sender_must_be_ones_own(self):
        smtp = self.login()
        with self.assertRaises(smtplib.SMTPSenderRefused) as caught:
            self.send(smtp, sender=self.bob.address)
        self.assertIn(caught.exception.smtp_code, (550, 553))
        forged = common.sample(self.bob.address, self.bob.address)
        with self.assertRaises(smtplib.SMTPDataError) as caught:
            self.send(smtp, forged)
        self.assertIn(caught.exception.smtp_code, (550, 554))

    def test_fields_are_added_and_bcc_is_removed(self):
        message = (f"From: {self.alice.address}\r\nBcc: secret@example.org,\r\n {self.bob.address}\r\n"
                   "Subject: bare\r\n\r\nbody\r\n").encode()
        self.send(self.login(), message)
        stored = common.without_trace(self.newest(self.bob))
        head, body = stored.split(b"\r\n\r\n", 1)
        names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        self.assertEqual(body, b"body\r\n")
        self.assertNotIn(b"secret", stored)
        for name in (b"date", b"message-id", b"from", b"subject"):
            self.assertEqual(names.count(name), 1, head)
        self.assertNotIn(b"bcc", names)

    def test_several_recipients_get_one_message_each(self):
        before = [self.count(self.alice), self.count(self.bob)]
        message = self.send(self.login(), recipients=[self.alice.address, self.bob.address,
                                                      self.bob.address])
        self.assertEqual([self.count(self.alice), self.count(self.bob)],
                         [before[0] + 1, before[1] + 1])
        self.assert_arrived(message, self.alice)
        self.assert_arrived(message, self.bob)

    def test_a_large_message(self):
        line = b"0123456789" * 7 + b"\r\n"
        message = common.sample(self.alice.address, self.bob.address) + line * 100_000
        self.assert_arrived(self.send(self.login(), message))

    def test_a_message_over_the_limit(self):
        smtp = self.login()
        smtp.ehlo()
        limit = int(smtp.esmtp_features["size"])
        code, text = smtp.mail(self.alice.address, [f"SIZE={limit + 1}"])
        self.assertEqual(code, 552, text)

    def test_many_messages_on_one_connection(self):
        smtp = self.login()
        before = self.count(self.bob)
        for _ in range(20):
            self.send(smtp)
        self.assertEqual(self.count(self.bob), before + 20)

    def test_many_connections_at_once(self):
        before, errors = self.count(self.bob), []

        def one():
            try:
                smtp = smtplib.SMTP_SSL("localhost", self.server.ports["submissions"],
                                        context=self.server.tls_context(), timeout=60)
                smtp.login(self.alice.address, self.alice.password)
                self.send(smtp)
                smtp.quit()
            except Exception as error:  # noqa: BLE001  reported below
                errors.append(repr(error))
        threads = [threading.Thread(target=one) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual(self.count(self.bob), before + 20)

    def test_utf8_addresses_need_smtputf8(self):
        smtp = self.login()
        smtp.ehlo()
        code, _ = smtp.mail(self.alice.address, ["SMTPUTF8", "BODY=8BITMIME"])
        self.assertEqual(code, 250)

    def test_end_of_data_is_crlf_dot_crlf_only(self):
        """Nothing that merely resembles the end of data ends it (SMTP smuggling)."""
        for fake in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n.\r"):
            with self.subTest(fake):
                before = self.count(self.bob)
                smtp = self.login()
                smtp.mail(self.alice.address)
                smtp.rcpt(self.bob.address)
                self.assertEqual(smtp.docmd("DATA")[0], 354)
                inner = (f"MAIL FROM:<{self.alice.address}>\r\nRCPT TO:<{self.bob.address}>\r\nDATA\r\n"
                         f"From: {self.alice.address}\r\n\r\nsmuggled\r\n.\r\n").encode()
                head = f"From: {self.alice.address}\r\nSubject: outer\r\n\r\nouter".encode()
                smtp.send(head + fake + inner)
                try:
                    smtp.getreply()
                except smtplib.SMTPServerDisconnected:
                    pass
                smtp.close()
                self.assertLessEqual(self.count(self.bob), before + 1)
                if self.count(self.bob) > before:
                    self.assertIn(b"Subject: outer", self.newest(self.bob))


if __name__ == "__main__":
    unittest.main()
