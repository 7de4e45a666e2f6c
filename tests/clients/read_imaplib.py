#!/usr/bin/env python3
"""Reading by Python's imaplib and a bare connection: the base protocol, broadly."""
import imaplib
import re
import smtplib
import ssl
import unittest

import common
import imap_syntax
from scram import ScramClient


class Imaplib(common.ServerCase):
    def setUp(self):
        name = f"{self._testMethodName.replace('_', '-')}@example.org"
        self.account = self.server.add_account(name, 'quo"te\\d päss')

    def login(self):
        imap = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"],
                                 ssl_context=self.server.tls_context(), timeout=60)
        self.addCleanup(self.leave, imap)
        imap.authenticate("PLAIN", lambda _: f"\0{self.account.address}\0{self.account.password}".encode())
        return imap

    @staticmethod
    def leave(imap):
        try:
            imap.logout()
        except (imaplib.IMAP4.error, OSError):
            pass

    def ok(self, answer):
        self.assertEqual(answer[0], "OK", answer)
        return answer[1]

    def deliver(self, count=1):
        messages = [common.sample("someone@elsewhere.example", self.account.address, f"number {n}")
                    for n in range(1, count + 1)]
        with smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=60) as smtp:
            for message in messages:
                smtp.sendmail("someone@elsewhere.example", [self.account.address], message)
        return messages

    # --- login ---
    def test_login_command_with_literal(self):
        imap = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"],
                                 ssl_context=self.server.tls_context(), timeout=60)
        self.addCleanup(self.leave, imap)
        account = self.server.add_account("plain-words@example.org", "plain words")
        self.ok(imap.login(account.address, account.password))

    def test_starttls(self):
        imap = imaplib.IMAP4("localhost", self.server.ports["imap"], timeout=60)
        self.addCleanup(self.leave, imap)
        self.assertIn("LOGINDISABLED", imap.capabilities)
        self.assertIn("STARTTLS", imap.capabilities)
        with self.assertRaises(imaplib.IMAP4.error):
            imap.login(self.alice.address, self.alice.password)
        self.ok(imap.starttls(self.server.tls_context()))
        self.assertNotIn("STARTTLS", imap.capabilities)
        self.ok(imap.login(self.alice.address, self.alice.password))

    def test_wrong_password(self):
        for mechanism in ("login", "PLAIN", "SCRAM-SHA-256"):
            imap = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"],
                                     ssl_context=self.server.tls_context(), timeout=60)
            self.addCleanup(self.leave, imap)
            with self.subTest(mechanism), self.assertRaises(imaplib.IMAP4.error) as caught:
                if mechanism == "login":
                    imap.login(self.alice.address, "wrong")
                elif mechanism == "PLAIN":
                    imap.authenticate("PLAIN", lambda _: f"\0{self.alice.address}\0wrong".encode())
                else:
                    imap.authenticate(mechanism, ScramClient(self.alice.address, "wrong").answer)
            self.assertIn("AUTHENTICATIONFAILED", str(caught.exception))

    def test_scram(self):
        context = self.server.tls_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"):
            with self.subTest(mechanism):
                imap = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"], ssl_context=context,
                                         timeout=60)
                self.addCleanup(self.leave, imap)
                self.assertIn(f"AUTH={mechanism}", imap.capabilities)
                binding = imap.sock.get_channel_binding("tls-unique") if "PLUS" in mechanism else None
                client = ScramClient(self.account.address, self.account.password, binding)
                self.ok(imap.authenticate(mechanism, client.answer))

    # --- mailboxes ---
    def test_special_use_mailboxes_exist(self):
        lines = b"\n".join(self.ok(self.login().list()))
        for name, use in ((b"Sent", b"\\Sent"), (b"Drafts", b"\\Drafts"), (b"Trash", b"\\Trash"),
                          (b"Junk", b"\\Junk"), (b"Archive", b"\\Archive")):
            line = next(line for line in lines.split(b"\n") if line.endswith((name, b'"' + name + b'"')))
            self.assertIn(use, line)
        self.assertRegex(lines, rb'INBOX"?(\n|$)')

    def test_mailbox_life(self):
        imap = self.login()
        self.ok(imap.create("Work/Plans"))
        self.ok(imap.create("&Jjo-")) # U+263A in modified UTF-7
        names = b"\n".join(self.ok(imap.list()))
        self.assertIn(b"Work/Plans", names)
        self.assertIn(b"&Jjo-", names)
        self.assertEqual(imap.create("Work/Plans")[0], "NO")
        self.assertEqual(imap.create("INBOX")[0], "NO")
        self.ok(imap.subscribe("Work/Plans"))
        self.assertIn(b"Work/Plans", b"\n".join(self.ok(imap.lsub())))
        self.ok(imap.rename("Work/Plans", "Work/Done"))
        names = b"\n".join(self.ok(imap.list()))
        self.assertIn(b"Work/Done", names)
        self.assertNotIn(b"Work/Plans", names)
        self.ok(imap.unsubscribe("Work/Plans"))
        self.ok(imap.delete("Work/Done"))
        self.assertEqual(imap.delete("Work/Done")[0], "NO")
        self.assertEqual(imap.select("Work/Done")[0], "NO")
        self.assertEqual(imap.delete("INBOX")[0], "NO")
        self.assertEqual(self.ok(imap.list('""', "%/%x")), [None])

    def test_status(self):
        self.deliver(3)
        imap = self.login()
        line = self.ok(imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"))[0]
        self.assertRegex(line, rb"MESSAGES 3")
        self.assertRegex(line, rb"UNSEEN 3")
        self.assertRegex(line, rb"UIDNEXT 4")

    # --- messages ---
    def test_octets_are_those_submitted(self):
        messages = self.deliver(5)
        imap = self.login()
        self.assertEqual(self.ok(imap.select("INBOX")), [b"5"])
        for number, message in enumerate(messages, 1):
            data = self.ok(imap.fetch(str(number), "(RFC822)"))
            self.assertEqual(common.without_trace(data[0][1]), message)
        flags = self.ok(imap.fetch("1:5", "(FLAGS)"))
        self.assertTrue(all(b"\\Seen" in line for line in flags), flags)

    def test_peek_leaves_unseen(self):
        self.deliver()
        imap = self.login()
        imap.select("INBOX")
        self.ok(imap.fetch("1", "(BODY.PEEK[])"))
        self.assertNotIn(b"\\Seen", self.ok(imap.fetch("1", "(FLAGS)"))[0])
        self.ok(imap.fetch("1", "(BODY[TEXT])"))
        self.assertIn(b"\\Seen", self.ok(imap.fetch("1", "(FLAGS)"))[0])

    def test_examine_changes_nothing(self):
        self.deliver()
        imap = self.login()
        self.ok(imap.select("INBOX", readonly=True))
        self.ok(imap.fetch("1", "(BODY[])"))
        self.assertNotIn(b"\\Seen", self.ok(imap.fetch("1", "(FLAGS)"))[0])
        kind, _ = imap._simple_command("STORE", "1", "+FLAGS", "(\\Seen)")
        self.assertEqual(kind, "NO")

    def test_sections(self):
        [message] = self.deliver()
        head, text = message.split(b"\r\n\r\n", 1)
        imap = self.login()
        imap.select("INBOX")
        item = "(BODY.PEEK[HEADER.FIELDS (SUBJECT TO)])"
        data = self.ok(imap.fetch("1", item))[0][1]
        self.assertTrue(data.endswith(b"\r\n\r\n"))
        self.assertEqual(sorted(line.split(b":")[0] for line in data.split(b"\r\n") if line),
                         [b"Subject", b"To"])
        data = self.ok(imap.fetch("1", "(BODY.PEEK[TEXT]<5.20>)"))[0][1]
        self.assertEqual(data, text[5:25])
        self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[1])"))[0][1], text)
        data = self.ok(imap.fetch("1", "(RFC822.HEADER)"))[0][1]
        self.assertTrue(data.endswith(head.split(b"\r\n")[-1] + b"\r\n\r\n"))
        self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[TEXT]<99999.5>)"))[0][1], b"")

    def test_flags_and_keywords(self):
        self.deliver(2)
        imap = self.login()
        imap.select("INBOX")
        self.ok(imap.store("1:2", "+FLAGS", "(\\Flagged $Important)"))
        self.ok(imap.store("1", "-FLAGS", "(\\Flagged)"))
        self.ok(imap.store("2", "FLAGS", "(\\Answered)"))
        flags = self.ok(imap.fetch("1:2", "(FLAGS)"))
        self.assertIn(b"$Important", flags[0])
        self.assertNotIn(b"\\Flagged", flags[0])
        self.assertRegex(flags[1], rb"FLAGS \((\\Answered|\\Answered \\Recent|\\Recent \\Answered)\)")
        kind, _ = imap.store("1", "+FLAGS.SILENT", "(\\Draft)")
        self.assertEqual(kind, "OK")

    def test_append_with_flags_and_date(self):
        imap = self.login()
        message = common.sample(self.account.address, self.bob.address)
        when = '"05-Mar-2021 06:07:08 +0130"'
        data = self.ok(imap.append("Drafts", "(\\Draft \\Seen)", when, message))
        imap.select("Drafts")
        data = self.ok(imap.fetch("1", "(FLAGS INTERNALDATE BODY.PEEK[])"))
        self.assertEqual(data[0][1], message)
        self.assertIn(b"\\Draft", data[0][0] + data[1])
        date = imaplib.Internaldate2tuple(data[0][0] + data[1])
        self.assertEqual(date, imaplib.Internaldate2tuple(b'INTERNALDATE "05-Mar-2021 04:37:08 +0000"'))
        kind, answer = imap.append('"No such place"', None, None, message)
        self.assertEqual(kind, "NO")
        self.assertIn(b"TRYCREATE", answer[0])

    def test_copy_expunge_and_uids(self):
        messages = self.deliver(4)
        imap = self.login()
        imap.select("INBOX")
        self.ok(imap.copy("2:3", "Archive"))
        self.ok(imap.store("2:3", "+FLAGS.SILENT", "(\\Deleted)"))
        self.assertEqual(len(self.ok(imap.expunge())), 2)
        self.assertEqual(self.ok(imap.uid("SEARCH", "ALL")), [b"1 4"])
        stored = [common.without_trace(m) for m in self.stored(self.account, "Archive")]
        self.assertEqual(stored, messages[1:3])
        self.deliver(1)
        imap.noop()
        self.assertEqual(self.ok(imap.uid("SEARCH", "ALL")), [b"1 4 5"])
        self.assertEqual(imap.copy("1", "Nowhere")[0], "NO")

    def test_close_expunges_and_examine_close_does_not(self):
        self.deliver(2)
        imap = self.login()
        imap.select("INBOX")
        imap.store("1", "+FLAGS", "(\\Deleted)")
        imap.select("INBOX", readonly=True)
        self.ok(imap.close())
        self.assertEqual(self.ok(imap.select("INBOX")), [b"2"])
        self.ok(imap.close())
        self.assertEqual(self.ok(imap.select("INBOX")), [b"1"])

    def test_search(self):
        self.deliver(3)
        imap = self.login()
        imap.select("INBOX")
        imap.store("2", "+FLAGS", "(\\Flagged \\Seen)")
        cases = {
            "ALL": "1 2 3", "FLAGGED": "2", "UNSEEN": "1 3", "SEEN": "2", "NOT FLAGGED": "1 3",
            'SUBJECT "number 3"': "3", "FROM liddell": "1 2 3", "OR 1 3": "1 3", "2:*": "2 3",
            "UID 1:2": "1 2", "SINCE 1-Jan-2020": "1 2 3", "BEFORE 1-Jan-2020": "",
            "SENTON 22-Nov-2026": "1 2 3", "LARGER 100": "1 2 3", "SMALLER 100": "",
            'HEADER X-Folded "second"': "1 2 3", 'HEADER X-Nothing ""': "", 'TO "@example.org"': "1 2 3",
            "(FLAGGED SEEN) NOT DELETED": "2", "KEYWORD $Nothing": "", 'TEXT "two dots"': "1 2 3",
            'BODY "no such words"': "", "UNANSWERED UNDELETED UNDRAFT": "1 2 3", "3:1 FLAGGED": "2",
        }
        for key, expected in cases.items():
            with self.subTest(key):
                data = self.ok(imap.search(None, key))
                self.assertEqual((data[0] or b"").decode(), expected)
        imap.literal = "世界".encode()
        self.assertEqual(self.ok(imap.search("UTF-8", "BODY")), [b"1 2 3"])
        self.assertEqual(imap.search("KLINGON", "ALL")[0], "NO")

    def test_envelope_and_structure_are_well_formed(self):
        self.deliver()
        with imap_syntax.Imap(self.server) as imap:
            imap.command("AUTHENTICATE", "PLAIN", self.account.auth_plain)
            imap.command("SELECT", "INBOX")
            [(_, items)] = imap.fetch("1", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE UID)")
            self.assertEqual(items["ENVELOPE"][1], b"number 1")
            self.assertEqual(items["ENVELOPE"][2],
                             [(b"Alice Liddell", None, b"someone", b"elsewhere.example")])
            self.assertEqual(items["BODYSTRUCTURE"]["subtype"], b"plain")
            for macro in ("ALL", "FAST", "FULL"):
                self.assertTrue(imap.fetch("1", macro, uid=False))

    # --- several sessions ---
    def test_two_sessions_see_each_other(self):
        self.deliver(3)
        first, second = self.login(), self.login()
        first.select("INBOX")
        second.select("INBOX")
        first.store("1", "+FLAGS", "(\\Deleted \\Flagged)")
        second.noop()
        self.assertTrue(any(b"\\Flagged" in line for line in second.response("FETCH")[1] or []))
        first.expunge()
        self.deliver(1)
        second.noop()
        self.assertEqual(second.response("EXPUNGE")[1], [b"1"])
        self.assertEqual(second.response("EXISTS")[1][-1], b"3")

    def test_idle_tells_of_new_mail_at_once(self):
        with imap_syntax.Imap(self.server) as imap:
            imap.command("AUTHENTICATE", "PLAIN", self.account.auth_plain)
            imap.command("SELECT", "INBOX")
            tag = imap.start("IDLE")
            self.assertTrue(imap.response().startswith(b"+"))
            self.deliver(1)
            response = imap.response()
            while not re.match(rb"\* 1 EXISTS\r\n", response):
                response = imap.response()
            imap.send(b"DONE\r\n")
            self.assertIn(b" OK", imap.finish(tag)[1])

    def test_pipelined_commands_are_answered_in_order(self):
        self.deliver(2)
        with imap_syntax.Imap(self.server) as imap:
            imap.command("AUTHENTICATE", "PLAIN", self.account.auth_plain)
            imap.send(b"a SELECT INBOX\r\nb FETCH 1 UID\r\nc STORE 1 +FLAGS (\\Seen)\r\n"
                      b"d FETCH 1:2 FLAGS\r\ne NOOP\r\n")
            tags = []
            while len(tags) < 5:
                response = imap.response()
                if not response.startswith(b"*"):
                    tags.append(response[:4])
            self.assertEqual(tags, [b"a OK", b"b OK", b"c OK", b"d OK", b"e OK"])


if __name__ == "__main__":
    unittest.main()
