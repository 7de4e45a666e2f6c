#!/usr/bin/env python3
"""The command line end to end: login over TLS, a conversation with a mail client, numbers, outputs.

Alice uses a profile made by `login` from a configuration folder of her own, Bob a mail client
(Python's imaplib and smtplib), and the user who runs the tests the local sockets.
"""
import email
import email.policy
import imaplib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
import unittest
import uuid

import common
import harness

DEVNULL = subprocess.DEVNULL


class Mailer:
    """Bob's mail client."""

    def __init__(self, server, account):
        self.server, self.account = server, account

    def imap(self):
        client = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"],
                                   ssl_context=self.server.tls_context(), timeout=60)
        words = f"\0{self.account.address}\0{self.account.password}".encode()
        client.authenticate("PLAIN", lambda _: words)
        return client

    def newest(self):
        """(uid, octets) of the newest message of INBOX."""
        client = self.imap()
        client.select("INBOX", readonly=True)
        _, found = client.uid("SEARCH", "ALL")
        uid = found[0].split()[-1].decode()
        _, data = client.uid("FETCH", uid, "(BODY.PEEK[])")
        client.logout()
        return int(uid), data[0][1]

    def answer(self, message, text):
        """Replies as mail clients do; returns the Message-ID."""
        reply = email.message.EmailMessage()
        reply["From"] = f"Bob Lee <{self.account.address}>"
        reply["To"] = message["From"]
        reply["Subject"] = "Re: " + re.sub(r"^(Re: )+", "", message["Subject"])
        reply["Message-ID"] = f"<{uuid.uuid4().hex}@bob.example>"
        reply["In-Reply-To"] = message["Message-ID"]
        reply["References"] = f"{message.get('References', '')} {message['Message-ID']}".strip()
        reply.set_content(text)
        self.submit([self.answered_by(message)], reply.as_bytes(policy=email.policy.SMTP))
        return reply["Message-ID"].strip("<>")

    @staticmethod
    def answered_by(message):
        return message["From"].addresses[0].addr_spec

    def submit(self, recipients, octets):
        """Sends octets as they are, logged in."""
        with smtplib.SMTP_SSL("localhost", self.server.ports["submissions"],
                              context=self.server.tls_context(), timeout=60) as smtp:
            smtp.login(self.account.address, self.account.password)
            smtp.sendmail(self.account.address, recipients, octets, ["BODY=8BITMIME"])


def ids(value):
    return re.findall(r"<([^<>]+)>", value or "")


class CommandLine(common.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.local = f"{harness.login_user()}@example.org"
        cls.server.add_account(cls.local, "local words")

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="restante-cli-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        name = self._testMethodName.replace("_", "-")
        self.a = self.server.add_account(f"a-{name}@example.org", 'quo"te \\ päss')
        self.b = self.server.add_account(f"b-{name}@example.org", "the builder")

    # --- running ---
    def environment(self, **more):
        env = {**harness.server_environment(), "XDG_CONFIG_HOME": str(self.home), "HOME": str(self.home),
               "RESTANTE_LOCAL": str(self.home / "nowhere"), "TZ": "UTC", **more}
        env.pop("RESTANTE_ACCOUNT", None)
        return env

    def cli(self, *args, stdin="", code=0, env=None):
        """Runs restante as Alice; checks the exit code; returns stdout."""
        done = subprocess.run([harness.binary(), *args], input=stdin, text=True, encoding="utf-8",
                              errors="surrogateescape", capture_output=True, timeout=120, check=False,
                              env=env or self.environment())
        self.stderr = done.stderr
        self.assertEqual(done.returncode, code, f"{args}: {done.stdout}{done.stderr}")
        self.assertIsNone(harness.SANITIZER.search(done.stderr), done.stderr)
        return done.stdout

    def login(self, *more, account=None, stdin=None, code=0):
        account = account or self.a
        return self.cli("login", account.address, "--server", "localhost",
                        "--smtp-port", str(self.server.ports["submissions"]),
                        "--imap-port", str(self.server.ports["imaps"]), "--password-stdin",
                        *(more or ("--ca-file", str(self.server.cert))),
                        stdin=account.password + "\n" if stdin is None else stdin, code=code)

    def rows(self, *args):
        return [json.loads(line) for line in self.cli(*args, "--json").splitlines()]

    def local_env(self):
        return self.environment(RESTANTE_LOCAL=str(self.server.local), XDG_CONFIG_HOME="/nonexistent")

    # --- the conversation ---
    def test_ten_messages(self):
        self.login("--ca-file", str(self.server.cert), "--name", "Alice Ångström")
        bob = Mailer(self.server, self.b)
        sent = self.cli("send", self.b.address, "-s", "Lunch?", "-m", "Today?\n.\nAlice")
        self.assertRegex(sent, rf"\Asent 1 to {re.escape(self.b.address)}( \(thread t1\))?\n\Z")
        expected, numbers = [], []
        for turn in range(5):
            _, octets = bob.newest()
            message = email.message_from_bytes(octets, policy=email.policy.default)
            if turn == 0:
                self.assertEqual(message["From"], f"Alice Ångström <{self.a.address}>")
                self.assertIn(b"\r\n.\r\nAlice\r\n", octets)
            self.assertEqual(ids(message["In-Reply-To"]), expected[-1:])
            self.assertEqual(ids(message["References"]), expected)
            expected += ids(message["Message-ID"])
            expected.append(bob.answer(message, f"answer {turn}"))
            newest = self.rows("inbox", "-n", "1")[0]
            numbers.append(newest["id"])
            self.assertEqual(newest["message_id"], expected[-1])
            self.assertEqual(newest["from"], [{"name": "Bob Lee", "address": self.b.address}])
            self.assertFalse(newest["seen"])
            text = self.cli("show", str(newest["id"]))
            self.assertIn(f"answer {turn}", text)
            if turn < 4:
                answer = self.cli("reply", str(newest["id"]), "-m", f"mine {turn}")
                self.assertRegex(answer, rf"\Asent \d+ to {re.escape(self.b.address)}")
        self.assertEqual(len(expected), 10)
        self.assertEqual(len(set(expected)), 10)
        self.check_permanence(numbers, expected)

    def check_permanence(self, numbers, expected):
        inbox = {row["id"]: row for row in self.rows("inbox")}
        copies = {row["id"]: row for row in self.rows("list", "Sent")}
        self.assertEqual(sorted(inbox), sorted(numbers))
        self.assertEqual(len(copies), 5)
        self.assertFalse(set(inbox) & set(copies))
        self.assertTrue(all(row["seen"] for row in copies.values()))
        self.assertEqual([inbox[n]["answered"] for n in numbers], [True] * 4 + [False])
        by_id = {row["message_id"]: row["id"] for row in [*inbox.values(), *copies.values()]}
        self.assertEqual([by_id[i] for i in expected], sorted(by_id.values()))
        last = self.rows("show", str(numbers[-1]))[0]
        self.assertEqual(last["references"], expected[:-1])
        self.assertEqual(last["in_reply_to"], [expected[-2]])
        if "thread" in last:
            self.assertEqual({row["thread"] for row in inbox.values()}, {last["thread"]})
        # Moved by a mail client, a message keeps its number.
        client = Mailer(self.server, self.a).imap()
        client.select("INBOX")
        client.uid("COPY", str(inbox[numbers[0]]["uid"]), "Archive")
        client.uid("STORE", str(inbox[numbers[0]]["uid"]), "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.uid("MOVE", str(inbox[numbers[1]]["uid"]), "Archive")
        client.logout()
        moved = self.rows("show", str(numbers[1]))[0]
        self.assertEqual((moved["id"], moved["mailbox"]), (numbers[1], "Archive"))
        self.assertEqual(moved["message_id"], inbox[numbers[1]]["message_id"])
        self.assertNotIn(numbers[1], [row["id"] for row in self.rows("inbox")])

    def test_reply_quotes_and_answers_all(self):
        self.login()
        message = (f"From: Bob <{self.b.address}>\r\nTo: {self.a.address}, {self.local}\r\n"
                   f"Cc: {self.b.address}\r\nSubject: Re: plan\r\nMessage-ID: <plan@x>\r\n\r\nfirst\r\nsecond\r\n")
        Mailer(self.server, self.b).submit([self.a.address], message.encode())
        number = str(self.rows("inbox")[0]["id"])
        sent = json.loads(self.cli("reply", number, "--all", "-m", "yes", "--json"))
        self.assertEqual(sent["to"], [self.b.address, self.local])
        copy = self.rows("show", str(sent["id"]))[0]
        self.assertEqual(copy["subject"], "Re: plan")
        self.assertTrue(copy["text"].startswith("yes\n"))
        self.assertIn("> first\n> second", copy["text"])
        self.assertEqual(copy["references"], ["plan@x"])
        sent = json.loads(self.cli("reply", "<plan@x>", "--no-quote", "--json", stdin="no\n"))
        self.assertEqual(self.rows("show", str(sent["id"]))[0]["text"].strip(), "no")
        self.assertEqual(sent["to"], [self.b.address])

    # --- sending ---
    def test_bcc_attachment_and_copy(self):
        self.login()
        data = self.home / "dätä.bin"
        data.write_bytes(bytes(range(256)) * 40)
        sent = json.loads(self.cli("send", "Bob <" + self.b.address + ">", "-b", self.local, "-s", "Grüße",
                                   "-A", str(data), "-m", "text", "--json"))
        self.assertEqual(sent["to"], [self.b.address, self.local])
        self.assertEqual(list(sent)[:1], ["v"])
        copy = self.rows("show", str(sent["id"]), "--headers")[0]
        self.assertEqual(copy["mailbox"], "Sent")
        self.assertEqual([b["address"] for b in copy["bcc"]], [self.local])
        self.assertEqual(copy["subject"], "Grüße")
        _, octets = Mailer(self.server, self.b).newest()
        self.assertNotIn(self.local.encode(), octets)
        self.assertEqual(copy["parts"][1]["name"], "dätä.bin")
        part = subprocess.run([harness.binary(), "show", str(sent["id"]), "--part", "2"],
                              capture_output=True, env=self.environment(), check=True).stdout
        self.assertEqual(part, data.read_bytes())

    def test_raw(self):
        self.login()
        ready = f"From: {self.a.address}\nTo: {self.b.address}\nBcc: {self.local}\nSubject: raw\n\n.dot\n"
        sent = json.loads(self.cli("send", "--raw", "--json", stdin=ready))
        raw = self.cli("show", "--raw", str(sent["id"]))
        self.assertIn(f"Bcc: {self.local}", raw)
        self.assertIn("\n.dot\n", raw)
        _, octets = Mailer(self.server, self.b).newest()
        self.assertNotIn(b"Bcc", octets)
        self.assertTrue(octets.endswith(b"\r\n\r\n.dot\r\n"))
        self.cli("send", "--raw", "/nonexistent", code=66)
        self.cli("send", "--raw", stdin="Subject: nobody\n\nx\n", code=65)

    def test_nothing_is_sent_if_an_input_failed(self):
        self.login()
        to = self.b.address
        for code, args, stdin in [
                (66, (to, "-m", "x", "-A", "/nonexistent"), ""),
                (66, (to, "-F", "/nonexistent"), ""),
                (64, (to, "not-an-address", "-m", "x"), ""),
                (64, (to, "-m", "x", "-F", "/dev/null"), ""),
                (64, ("-m", "x"), ""),
                (64, (to, "-m", "x", "--frobnicate"), ""),
                (65, (to,), ""),
                (65, (to, "-s", "a\nBcc: evil@x", "-m", "x"), ""),
                (65, (to,), "\udcff\udcfe"),
                (67, (to, "nobody@example.org", "-m", "x"), ""),
                (69, (to, "someone@elsewhere.example", "-m", "x"), "")]:
            with self.subTest(args=args):
                self.cli("send", *args, stdin=stdin, code=code)
                self.assertTrue(self.stderr.startswith("restante: "), self.stderr)
                self.assertLessEqual(len(self.stderr.splitlines()), 2)
        for code, args in [(66, ("999", "-m", "x")), (64, ("1-2", "-m", "x")), (64, ("x", "-m", "x")),
                           (66, ("1", "-F", "/nonexistent"))]:
            self.cli("reply", *args, code=code)
        self.assertEqual(self.rows("list", "Sent"), [])
        client = Mailer(self.server, self.b).imap()
        self.assertEqual(client.select("INBOX")[1], [b"0"])
        client.logout()

    # --- reading ---
    def test_forms_of_output(self):
        self.login()
        esc = "=?utf-8?B?G1szMW1yZWQH4oCu?="
        body = "text \x1b]0;title\x07 \u009b31m\u202e\r\nnext"
        message = (f"From: \"boss@bank.example\" <{self.b.address}>\r\nTo: {self.a.address}\r\nSubject: {esc}\r\n"
                   "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                   f"Content-Transfer-Encoding: 8bit\r\nMessage-ID: <esc@x>\r\n\r\n{body}\r\n")
        Mailer(self.server, self.b).submit([self.a.address], message.encode())
        row = self.cli("inbox").rstrip("\n").split("\t")
        self.assertEqual(len(row), 7)
        self.assertRegex(row[1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((row[2], row[3], row[6]), (self.b.address, "\\x1B[31mred\\x07<U+202E>", "new"))
        number = row[0]
        shown = self.cli("show", number)
        self.assertIn("From: boss@bank.example <", shown)
        self.assertIn("text ␛]0;title␇ \\x9B31m<U+202E>\nnext", shown)
        line = self.cli("show", number, "--json")
        self.assertIn("\\u001b", line)
        self.assertNotRegex(line, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        self.assertIn("\x1b", json.loads(line)["text"])
        self.assertIn("␛[31mred␇<U+202E>", self.cli("show", number, "--headers"))
        # Without a terminal nothing was marked; now it is asked for.
        self.assertEqual(len(self.rows("inbox", "--unread")), 1)
        self.cli("read", number, "--mark-seen")
        self.assertEqual(self.rows("inbox", "--unread"), [])
        self.assertEqual(self.cli("inbox", "-n", "0"), "")

    def test_ids(self):
        self.login()
        for n in range(4):
            self.cli("send", self.a.address, "-s", f"s{n}", "-m", "x")
        numbers = sorted(row["id"] for row in self.rows("inbox"))
        first, last = numbers[0], numbers[-1]
        self.assertEqual([r["id"] for r in self.rows("show", f"{first},{last}")], [first, last])
        everything = sorted(numbers + [row["id"] for row in self.rows("list", "Sent")])
        self.assertEqual([r["id"] for r in self.rows("show", f"{everything[0]}-{everything[-1] + 30}")],
                         everything)
        self.cli("show", "999", code=66)
        self.assertEqual(self.stderr, "restante: no message 999\n")
        self.cli("show", str(first), "999", code=3)
        self.cli("show", "0", code=64)
        self.cli("show", str(first), "--part", "9", code=66)
        self.cli("list", "No Such", code=66)
        self.cli("show", "<none@x>", code=66)
        self.cli("show", "999", "--json", code=66)
        self.assertEqual(json.loads(self.stderr), {"v": 1, "error": "no message 999", "exit": 66})

    # --- login ---
    def test_login_checks_before_it_saves(self):
        self.login(stdin="wrong\n", code=77)
        self.assertFalse((self.home / "restante").exists())
        self.login("--password-stdin", code=77)  # the certificate is not trusted
        self.assertIn("cannot verify the certificate", self.stderr)
        self.login("--fingerprint", "00" * 32, code=77)
        self.login(stdin="", code=64)
        self.assertFalse((self.home / "restante").exists())
        self.login("--trust-certificate")
        fingerprint = re.search(r"SHA-256 ([0-9A-F:]{95})", self.stderr)
        known = subprocess.run(["openssl", "x509", "-in", str(self.server.cert), "-noout", "-fingerprint",
                                "-sha256"], capture_output=True, text=True, check=True).stdout
        self.assertIn(fingerprint[1], known)
        self.assertEqual(self.cli("whoami"), f"{self.a.address}\tlocalhost\n")
        self.assertEqual(self.cli("inbox"), "")
        self.assertEqual(self.cli(), "")  # a profile exists: the inbox
        self.cli("logout")
        self.cli("inbox", code=75)

    def test_starttls(self):
        self.cli("login", self.a.address, "--server", "localhost", "--security", "starttls",
                 "--smtp-port", str(self.server.ports["submission"]), "--imap-port",
                 str(self.server.ports["imap"]), "--ca-file", str(self.server.cert), "--password-stdin",
                 stdin=self.a.password + "\n")
        self.cli("send", self.b.address, "-m", "x")
        self.cli("login", self.a.address, "--server", "127.0.0.1", "--security", "starttls",
                 "--smtp-port", str(self.server.ports["submission"]), "--imap-port",
                 str(self.server.ports["imap"]), "--trust-certificate", "--password-stdin",
                 stdin=self.a.password + "\n")
        self.cli("send", self.b.address, "-m", "x")

    def test_password_command_and_several_accounts(self):
        secret = self.home / "my secret"
        secret.write_text(self.a.password + "\nnot this\n")
        self.cli("login", self.a.address, "--server", "localhost", "--ca-file", str(self.server.cert),
                 "--smtp-port", str(self.server.ports["submissions"]), "--imap-port",
                 str(self.server.ports["imaps"]), "--password-command", f"cat '{secret}'")
        stored = (self.home / "restante" / "credentials.toml").read_text()
        self.assertIn(f'password-command = ["cat", "{secret}"]', stored)
        self.assertNotIn("quo", stored)
        self.login("--ca-file", str(self.server.cert), "-a", "work", account=self.b)
        self.cli("send", self.b.address, "-m", "for bob")
        self.assertEqual(len(self.rows("inbox", "-a", "work")), 1)
        self.assertEqual(len(self.rows("inbox")), 0)
        self.cli("inbox", "-a", "nobody", code=66)
        secret.unlink()
        self.cli("inbox", code=77)

    def test_credentials_open_to_others_are_refused(self):
        self.login()
        file = self.home / "restante" / "credentials.toml"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(file.parent.stat().st_mode & 0o777, 0o700)
        file.chmod(0o644)
        self.cli("inbox", code=77)
        self.assertIn(f"hint: chmod 0600 {file}\n", self.stderr)
        file.chmod(0o600)
        (self.home / "restante" / "config.toml").write_text("[account.a]\nserer = 'x'\n")
        self.cli("inbox", code=78)
        self.assertIn("config.toml:2: unknown key 'serer'", self.stderr)

    def test_local_sockets_need_no_login(self):
        env = self.local_env()
        self.assertEqual(self.cli("whoami", env=env), f"{self.local}\t{self.server.local}\n")
        sent = json.loads(self.cli("send", self.local, "-s", "to myself", "--json", stdin="x\n", env=env))
        newest = json.loads(self.cli("inbox", "-n", "1", "--json", env=env))
        self.assertEqual(newest["message_id"], sent["message_id"])
        self.cli("reply", str(newest["id"]), "-m", "y", env=env)
        self.login()
        self.cli("whoami", "-a", "local", env=self.environment(RESTANTE_LOCAL=str(self.server.local)))

    def test_server_that_is_not_there(self):
        self.cli("inbox", code=75)
        self.assertIn("hint: restante serve, or: restante login", self.stderr)
        self.cli("login", self.a.address, "--server", "localhost", "--smtp-port", "9", "--imap-port", "9",
                 "--password-stdin", stdin="x\n", code=75)
        self.assertIn("cannot reach localhost:9: Connection refused", self.stderr)

    # --- streams ---
    def raw_run(self, *args, **streams):
        done = subprocess.run([harness.binary(), *args], timeout=120, check=False,
                              env=self.environment(), stderr=subprocess.PIPE, **streams)
        self.assertIsNone(harness.SANITIZER.search(done.stderr.decode()), done.stderr)
        return done.returncode, done.stderr.decode()

    def test_ends_of_streams(self):
        self.login()
        self.cli("send", self.a.address, "-s", "s", "-m", "x")
        number = str(self.rows("inbox")[0]["id"])
        for args in ([], ["inbox"], ["list", "Sent"], ["show", number], ["inbox", "--json"], ["help"],
                     ["version"], ["whoami"], ["config", "default"]):
            with self.subTest(args=args):
                self.assertEqual(self.raw_run(*args, stdin=DEVNULL, stdout=DEVNULL)[0], 0)
                with open("/dev/full", "wb") as full:
                    code, errors = self.raw_run(*args, stdin=DEVNULL, stdout=full)
                self.assertEqual(code, 74)
                self.assertIn("cannot write standard output: No space left on device", errors)
                self.assertEqual(errors.count("\n"), 1)
                read, write = os.pipe()
                os.close(read)
                self.assertEqual(self.raw_run(*args, stdin=DEVNULL, stdout=write), (0, ""))
                os.close(write)
                closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&- >&-', harness.binary(), *args],
                                        env=self.environment(), stderr=subprocess.PIPE, timeout=120, check=False)
                self.assertEqual(closed.returncode, 74)
        for args in (["send", self.a.address], ["reply", number]):
            self.assertEqual(self.raw_run(*args, stdin=DEVNULL, stdout=DEVNULL)[0], 65)
        self.assertEqual(self.raw_run("login", self.a.address, "--server", "localhost", stdin=DEVNULL)[0], 64)
        with open("/dev/full", "wb") as full:
            code, errors = self.raw_run("send", self.a.address, "-m", "x", stdin=DEVNULL, stdout=full)
        self.assertEqual(code, 74)
        self.assertIn("sent 4 to ", errors)  # a script must not send it again

    def terminal(self, *args, typed=b"", **more):
        """Runs on a terminal; returns (exit code, what it showed)."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(harness.binary(), ["restante", *args],
                      self.environment(TERM="xterm", COLUMNS="60", **more))
        shown, end = b"", time.monotonic() + 60
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 1)
            try:
                piece = os.read(terminal, 65536) if ready else b""
            except OSError:
                break
            if ready and not piece:
                break
            if piece and typed:  # once the question is there: what came before is flushed
                os.write(terminal, typed)
                typed = b""
            shown += piece
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_terminal(self):
        self.login()
        self.cli("send", self.a.address, "-s", "a subject \x7f that is far too long for sixty columns",
                 "-m", "body\x1b[2J", code=0)
        code, shown = self.terminal("inbox", NO_COLOR="1")
        self.assertEqual(code, 0)
        lines = shown.splitlines()
        self.assertRegex(lines[0], r"^  #  WHEN +FROM +SUBJECT$")
        self.assertRegex(lines[1], r"^\* 1  \d\d:\d\d  .*… +t1$")
        self.assertTrue(all(len(line) <= 60 for line in lines), lines)
        self.assertNotIn("\x1b", shown)
        self.assertIn("\x1b[1m", self.terminal("inbox")[1])
        code, shown = self.terminal("show", "1", "--peek")
        self.assertIn("␛[2J", shown)
        self.assertFalse(self.rows("inbox")[0]["seen"])
        self.terminal("show", "1")
        self.assertTrue(self.rows("inbox")[0]["seen"])
        self.assertNotIn("\x1b", self.terminal("show", "1", "--raw")[1])

    def test_terminal_asks_and_can_be_cancelled(self):
        args = ["login", self.a.address, "--server", "localhost", "--ca-file", str(self.server.cert),
                "--smtp-port", str(self.server.ports["submissions"]),
                "--imap-port", str(self.server.ports["imaps"])]
        code, shown = self.terminal(*args, typed=b"\x04")
        self.assertEqual((code, "restante: cancelled" in shown), (1, True), shown)
        code, shown = self.terminal(*args, typed=b"\x03")
        self.assertEqual(code, -signal.SIGINT)
        code, shown = self.terminal(*args, typed=self.a.password.encode() + b"\n")
        self.assertEqual(code, 0, shown)
        self.assertNotIn("quo", shown)
        self.cli("logout")
        code, shown = self.terminal(*args, "--no-input")
        self.assertEqual(code, 64)
        self.login()
        editor = self.home / "editor"
        editor.write_text("#!/bin/sh\nprintf 'To: %s\\nSubject: edited\\n\\nwritten\\n' \"$TO\" >\"$1\"\n")
        editor.chmod(0o755)
        code, shown = self.terminal("send", self.a.address, EDITOR=str(editor), TO=self.b.address)
        self.assertEqual(code, 0, shown)
        self.assertIn(f"to {self.b.address}", shown)
        self.assertEqual(self.rows("list", "Sent")[0]["subject"], "edited")
        code, shown = self.terminal("send", self.a.address, EDITOR="true")
        self.assertEqual((code, "restante: cancelled" in shown), (1, True), shown)
        code, shown = self.terminal("send", self.a.address, EDITOR="false")
        self.assertEqual(code, 1)
        self.assertEqual(len(self.rows("list", "Sent")), 1)


if __name__ == "__main__":
    unittest.main()
