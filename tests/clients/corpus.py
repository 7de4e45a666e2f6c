#!/usr/bin/env python3
"""The corpus: every file through SMTP and through APPEND, fetched back byte-exact, well-formed.

Uses ../shared/corpus where it is and tests/samples always. ENVELOPE and BODYSTRUCTURE are read by
the strict parser of imap_syntax; sizes and lines in them are compared with the parts themselves.
"""
import re
import smtplib
import sys
import unittest

import common
import harness
import imap_syntax

LIMIT = 10 * 2 ** 20


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


def without_return_path(octets: bytes) -> bytes:
    """Final delivery replaces any Return-Path of the header by its own (RFC 5321 section 4.4)."""
    if octets.startswith(b"\r\n"):
        return octets
    head, blank, body = octets.partition(b"\r\n\r\n")
    if not blank:
        head, blank = octets.removesuffix(b"\r\n"), b"\r\n"
    return re.sub(rb"(?im)^Return-Path:.*\r\n(?:[ \t].*\r\n)*", b"", head + b"\r\n") + blank[2:] + body


class Corpus(common.ServerCase):
    settings = {"limits.message-size": "10 MiB"}
    # A domain no message of the corpus is from: mail from our own is for submission only.
    options = {"domains": ["mailbox.test"],
               "accounts": {"alice@mailbox.test": "looking glass", "bob@mailbox.test": "the builder 7"}}

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
            if content is None and leaf["octets"] == 0:
                continue  # the part that stands for "no parts": the grammar has no empty multipart
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
                    self.assertEqual(common.without_trace(stored), without_return_path(octets))
                    self.check_structure(imap, items["UID"], stored)

    def submit(self, octets):
        """Sends with login to oneself on a connection of its own."""
        with smtplib.SMTP_SSL("localhost", self.server.ports["submissions"], timeout=120,
                              context=self.server.tls_context()) as smtp:
            smtp.login(self.alice.address, self.alice.password)
            smtp.sendmail(self.alice.address, [self.alice.address], octets)

    def test_submission(self):
        """Submitted with login: refused, because its From is somebody else."""
        for name, octets in self.files:
            if not re.search(rb"(?im)^From:", octets.split(b"\r\n\r\n", 1)[0]):
                continue  # nobody's
            with self.subTest(name), self.assertRaises(smtplib.SMTPDataError) as caught:
                self.submit(octets)
            if getattr(caught, "exception", None):
                self.assertIn(caught.exception.smtp_code, (550, 552, 554), name)

    def test_submission_with_own_from(self):
        """The body of each file in a message of one's own is taken and kept whole."""
        for number, (name, octets) in enumerate(self.files):
            message = (f"From: <{self.alice.address}>\r\nSubject: body of a corpus file\r\n"
                       f"Message-ID: <{number}@corpus.example>\r\n"
                       "Date: Sun, 22 Nov 2026 04:05:06 +0000\r\n\r\n").encode()
            message += octets.split(b"\r\n\r\n", 1)[-1]
            if not message.endswith(b"\r\n"):
                message += b"\r\n"
            with self.subTest(name):
                if refusable(message):
                    continue
                self.submit(message)
                self.assertEqual(common.without_trace(self.newest(self.alice)), message)


if __name__ == "__main__":
    unittest.main()
