"""What the client tests share: a server per test case, messages, fetching back, trace fields.

Uses Python's unittest, imaplib for fetching, and harness for the server.
"""
import imaplib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest
import uuid

import harness

TRACE = re.compile(rb"\AReturn-Path: <[^>\r\n]*>\r\nReceived: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
COMMAND_TIMEOUT = 120


def crlf(octets: bytes) -> bytes:
    """Every line ending (CRLF, CR, LF) becomes CRLF."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", octets)


def without_trace(stored: bytes) -> bytes:
    """The message without the Return-Path and Received the server put in front; they must be there."""
    found = TRACE.match(stored)
    if not found:
        raise AssertionError(f"no trace fields in front: {stored[:200]!r}")
    return stored[found.end():]


def sample(sender: str, recipient: str, subject: str = "", body: str = "") -> bytes:
    """A complete message with the shapes that break careless transports; ends in CRLF."""
    lines = [
        f"From: Alice Liddell <{sender}>", f"To: <{recipient}>",
        f"Subject: {subject or 'a sample ' + uuid.uuid4().hex}",
        "Date: Sun, 22 Nov 2026 04:05:06 +0000", f"Message-ID: <{uuid.uuid4().hex}@client.example>",
        "MIME-Version: 1.0", 'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit", "X-Folded: first", "\tsecond", "  third ", "",
        body or "Grüße, 世界", ".", "..two dots", ". dot and space", "trailing space ", "\ttab",
        "From the start of a line", "x" * 990, "", ".leading", "", ""]
    return "\r\n".join(lines).encode()


def run(command, stdin=b"", env=None, timeout=COMMAND_TIMEOUT):
    """Runs a program without a terminal; returns the CompletedProcess with octets."""
    return subprocess.run([str(c) for c in command], input=stdin, capture_output=True,
                          timeout=timeout, check=False, env={**os.environ, **(env or {})})


class Client:
    """imaplib logged in over implicit TLS: the reader of tests that are not about reading."""

    def __init__(self, server, account):
        self.imap = imaplib.IMAP4_SSL("localhost", server.ports["imaps"],
                                      ssl_context=server.tls_context(), timeout=60)
        login = f"\0{account.address}\0{account.password}".encode()
        self.imap.authenticate("PLAIN", lambda _: login)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.imap.logout()
        except (imaplib.IMAP4.error, OSError):
            pass

    def uids(self, mailbox="INBOX"):
        kind, data = self.imap.select(mailbox, readonly=True)
        if kind != "OK":
            raise AssertionError(f"SELECT {mailbox}: {data}")
        kind, data = self.imap.uid("SEARCH", "ALL")
        assert kind == "OK", data
        return [int(uid) for uid in (data[0] or b"").split()]

    def fetch(self, uid, mailbox=None) -> bytes:
        if mailbox:
            self.uids(mailbox)
        kind, data = self.imap.uid("FETCH", str(uid), "(BODY.PEEK[])")
        if kind != "OK" or not isinstance(data[0], tuple):
            raise AssertionError(f"FETCH {uid}: {kind} {data}")
        return data[0][1]

    def messages(self, mailbox="INBOX"):
        return [self.fetch(uid) for uid in self.uids(mailbox)]


class ServerCase(unittest.TestCase):
    """One server for all tests of the class; alice is the first account, bob the second."""

    settings: dict = {}
    options: dict = {}  # further arguments of harness.Server
    programs: tuple = ()  # skipped, with a message, where one of these is not installed

    @classmethod
    def setUpClass(cls):
        for program in cls.programs:
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed")
        cls.server = harness.Server(settings=cls.settings, **cls.options)
        cls.server.__enter__()
        cls.addClassCleanup(cls._finish)
        cls.alice, cls.bob = list(cls.server.accounts.values())[:2]
        cls.folder = pathlib.Path(cls.server.folder)

    @classmethod
    def _finish(cls):
        if getattr(cls, "failed", False):
            print(f"--- server log ---\n{cls.server.log_text()[-1500:]}\n---", file=sys.stderr)
        cls.server.close()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            type(self).failed = True

    def stored(self, account, mailbox="INBOX"):
        with Client(self.server, account) as client:
            return client.messages(mailbox)

    def newest(self, account, mailbox="INBOX") -> bytes:
        with Client(self.server, account) as client:
            uids = client.uids(mailbox)
            self.assertTrue(uids, "the mailbox is empty")
            return client.fetch(uids[-1])

    def assert_arrived(self, message: bytes, account=None):
        """The newest message of bob's inbox is exactly message behind the trace fields."""
        self.assertEqual(without_trace(self.newest(account or self.bob)), message)

    def assert_ran(self, done, code=0):
        self.assertEqual(done.returncode, code, (done.stdout + done.stderr).decode(errors="replace"))

    def count(self, account) -> int:
        with Client(self.server, account) as client:
            return len(client.uids())


def curl_mechanisms():
    """What this curl can log in with; SCRAM only where it was built with GNU SASL."""
    has_scram = b"gsasl" in run(["curl", "-V"]).stdout.lower()
    return ("PLAIN", "LOGIN", "SCRAM-SHA-256") if has_scram else ("PLAIN", "LOGIN")


def file_with(folder, octets: bytes, mode=0o600) -> pathlib.Path:
    """A new file in folder."""
    path = pathlib.Path(folder, uuid.uuid4().hex)
    path.write_bytes(octets)
    path.chmod(mode)
    return path


def wait_closed(sock: socket.socket) -> bytes:
    """Everything until the peer closes."""
    octets = b""
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return octets
        if not more:
            return octets
        octets += more


main = unittest.main
