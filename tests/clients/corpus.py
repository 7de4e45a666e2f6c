#!/usr/bin/env python3
"""The corpus: every file through SMTP and through APPEND, fetched back byte-exact, well-formed.

Uses ../shared/corpus where it is and tests/samples always. ENVELOPE and BODYSTRUCTURE are read by
the strict parser of imap_syntax; sizes and lines in them are compared with the parts themselves.
"""
import pathlib
import smtplib
import sys
import unittest

import common
import harness
import imap_syntax

LIMIT = 10_000_000


def corpus():
    """[(name, octets with CRLF)] of all files there are."""
    folders = [harness.ROOT / "tests" / "samples", harness.ROOT.parent / "shared" / "corpus"]
    found = []
    for folder in folders:
        if not folder.is_dir():
            print(f"not there, left out: {folder.name}", file=sys.stderr)
            continue
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".msg", ".eml", ".txt"):
                octets = common.crlf(path.read_bytes())
                found.append((path.relative_to(folder).as_posix(), octets))
    return found


def refusable(octets: bytes) -> str:
    """Why a server may rightly refuse these octets; empty when it must take them."""
    if b"\0" in octets:
        return "NUL (RFC 5321 2.3.7, RFC 9051 4.3.1)"
    if not octets:
        return "empty"
    if len(octets) > LIMIT:
        return "over the size limit"
    return ""


class Corpus(common.ServerCase):
    settings = {"limits.message-size": LIMIT}

    @classmethod
    def setUpClass(cls):
        cls.files = corpus()
        if not cls.files:
            raise unittest.SkipTest("no corpus and no samples")
        super().setUpClass()

    def check_structure(self, imap, uid, octets):
        [(_, items)] = imap.fetch(uid, "(UID ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE INTERNALDATE FLAGS)")
        self.assertEqual(items["RFC822.SIZE"], len(octets))
        self.assertEqual(len(items["ENVELOPE"]), 10)
        for section, leaf in list(imap_syntax.leaves(items["BODYSTRUCTURE"]))[:60]:
            [(_, part)] = imap.fetch(uid, f"(UID BODY.PEEK[{section}] BODY.PEEK[{section}.MIME])")
            content = part[f"BODY[{section}]"]
            self.assertIsNotNone(content, section)
            self.assertEqual(len(content), leaf["octets"], f"octets of part {section}")
            self.assertIn(content, octets, f"part {section} is not in the message")
            if "lines" in leaf:
                lines = content.count(b"\n")
                self.assertIn(leaf["lines"], (lines, lines + 1), f"lines of part {section}")

    def check_parts_of_header(self, imap, uid, octets):
        [(_, items)] = imap.fetch(uid, "(UID BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[]<0.100>)")
        header, text = items["BODY[HEADER]"] or b"", items["BODY[TEXT]"] or b""
        self.assertEqual(header + text, octets)
        self.assertEqual(items["BODY[]<0>"], octets[:100])

    def test_append(self):
        """APPEND keeps the octets as they are."""
        with imap_syntax.Imap(self.server, self.alice) as imap:
            imap.command("CREATE", "corpus")
            imap.command("SELECT", "corpus")
            uid = 0
            for name, octets in self.files:
                with self.subTest(name):
                    answer = imap.append("corpus", octets)
                    if b" OK" not in answer[:20]:
                        self.assertTrue(refusable(octets), f"refused: {answer!r}")
                        continue
                    uid += 1
                    imap.command("NOOP")
                    [(_, items)] = imap.fetch("*", "(UID BODY.PEEK[])")
                    self.assertEqual(items["BODY[]"], octets)
                    self.check_parts_of_header(imap, items["UID"], octets)
                    self.check_structure(imap, items["UID"], octets)
            self.assertGreater(uid, 0)

    def test_smtp(self):
        """Delivered without login, only trace fields come in front."""
        smtp = smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=120)
        self.addCleanup(smtp.close)
        smtp.ehlo()
        with imap_syntax.Imap(self.server, self.bob) as imap:
            imap.command("SELECT", "INBOX")
            for name, octets in self.files:
                if not octets.endswith(b"\r\n"):
                    octets += b"\r\n"  # SMTP has whole lines only
                with self.subTest(name):
                    try:
                        smtp.sendmail("sender@elsewhere.example", [self.bob.address], octets)
                    except smtplib.SMTPDataError as error:
                        self.assertTrue(refusable(octets), f"refused: {error}")
                        continue
                    imap.command("NOOP")
                    [(_, items)] = imap.fetch("*", "(UID BODY.PEEK[])")
                    stored = items["BODY[]"]
                    self.assertEqual(common.without_trace(stored), octets)
                    self.check_structure(imap, items["UID"], stored)

    def test_submission(self):
        """Submitted with login: refused for a From of somebody else, or kept whole."""
        context = self.server.tls_context()
        smtp = smtplib.SMTP_SSL("localhost", self.server.ports["submissions"], context=context,
                                timeout=120)
        self.addCleanup(smtp.close)
        smtp.login(self.alice.address, self.alice.password)
        for name, octets in self.files:
            with self.subTest(name):
                try:
                    smtp.sendmail(self.alice.address, [self.alice.address], octets)
                except smtplib.SMTPDataError as error:
                    self.assertIn(error.smtp_code, (550, 552, 554), error)
        # Wearing our own From, which must then be taken.
        head = f"From: <{self.alice.address}>\r\n".encode()
        for name, octets in self.files:
            body = octets.split(b"\r\n\r\n", 1)[-1]
            message = (head + b"Subject: body of a corpus file\r\nMessage-ID: <" +
                       str(abs(hash(name))).encode() + b"@corpus.example>\r\n"
                       b"Date: Sun, 22 Nov 2026 04:05:06 +0000\r\n\r\n" + body)
            if not message.endswith(b"\r\n"):
                message += b"\r\n"
            with self.subTest(f"body of {name}"):
                smtp.sendmail(self.alice.address, [self.alice.address], message)
                self.assertEqual(common.without_trace(self.newest(self.alice)), message)


if __name__ == "__main__":
    unittest.main()
