#!/usr/bin/env python3
"""Fetching by POP3: curl, Python's poplib, getmail, fetchmail and mpop, over TLS and STLS."""
import mailbox
import poplib
import smtplib
import time
import unittest

import common


def exactly(octets: bytes) -> bytes:
    """The octets as a client that keeps Unix line ends has them."""
    return octets.replace(b"\r\n", b"\n")


class Pop3Case(common.ServerCase):
    def setUp(self):
        name = f"{type(self).__name__}-{self._testMethodName.replace('_', '-')}@example.org".lower()
        self.account = self.server.add_account(name, "post office")
        self.messages = [common.sample("someone@elsewhere.example", name, f"number {n}")
                         for n in range(3)]
        with smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=60) as smtp:
            for message in self.messages:
                smtp.sendmail("someone@elsewhere.example", [name], message)

    def left(self):
        return self.count(self.account)


class Poplib(Pop3Case):
    def connect(self, door="pop3s"):
        context = self.server.tls_context()
        if door == "pop3s":
            return poplib.POP3_SSL("localhost", self.server.ports[door], context=context, timeout=60)
        client = poplib.POP3("localhost", self.server.ports[door], timeout=60)
        client.stls(context)
        return client

    def log_in(self, door="pop3s"):
        client = self.connect(door)
        client.user(self.account.address)
        client.pass_(self.account.password)
        return client

    def test_read_and_delete(self):
        client = self.log_in()
        count, octets = client.stat()
        sizes = [int(line.split()[1]) for line in client.list()[1]]
        self.assertEqual((count, octets), (3, sum(sizes)))
        for number, message in enumerate(self.messages, 1):
            lines = client.retr(number)[1]
            received = b"\r\n".join(lines) + b"\r\n"
            self.assertEqual(common.without_trace(received), message)
            self.assertEqual(len(received), sizes[number - 1])
        top = b"\r\n".join(client.top(2, 1)[1])
        header, body = self.messages[1].split(b"\r\n\r\n", 1)
        self.assertTrue(top.endswith(header + b"\r\n\r\n" + body.split(b"\r\n")[0]))
        client.dele(1)
        client.dele(3)
        self.assertTrue(client.quit().startswith(b"+OK"))
        self.assertEqual(self.left(), 1)

    def test_unique_ids_stay(self):
        first = self.log_in("pop3")
        before = [line.split()[1] for line in first.uidl()[1]]
        first.dele(2)
        first.quit()
        second = self.log_in()
        after = [line.split()[1] for line in second.uidl()[1]]
        self.assertEqual(after, [before[0], before[2]])

    def test_utf8_and_capabilities(self):
        client = self.connect()
        self.assertIn("UTF8", client.capa())
        self.assertTrue(client.utf8().startswith(b"+OK"))
        client.user(self.account.address)
        client.pass_(self.account.password)
        self.assertEqual(client.stat()[0], 3)

    def test_one_session_at_a_time(self):
        first = self.log_in()
        with self.assertRaisesRegex(poplib.error_proto, "IN-USE"):
            self.log_in()
        first.close()  # without QUIT
        self.log_in_again().quit()

    def log_in_again(self):
        """The server sees the end of a connection when it comes to it."""
        end = time.monotonic() + 60
        while True:
            try:
                return self.log_in()
            except poplib.error_proto:
                self.assertLess(time.monotonic(), end)

    def test_wrong_password(self):
        client = self.connect()
        client.user(self.account.address)
        with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
            client.pass_("wrong")


class Curl(Pop3Case):
    programs = ("curl",)

    def curl(self, path, *options, scheme="pop3s"):
        return common.run(["curl", "--silent", "--show-error", "--cacert", self.server.cert,
                           "--max-time", "60", "--user",
                           f"{self.account.address}:{self.account.password}",
                           f"{scheme}://localhost:{self.server.ports[scheme]}/{path}", *options])

    def test_each_mechanism(self):
        for mechanism in common.curl_mechanisms():
            with self.subTest(mechanism):
                done = self.curl("2", "--login-options", f"AUTH={mechanism}")
                self.assert_ran(done)
                self.assertEqual(common.without_trace(done.stdout), self.messages[1])

    def test_stls(self):
        done = self.curl("1", "--ssl-reqd", scheme="pop3")
        self.assert_ran(done)
        self.assertEqual(common.without_trace(done.stdout), self.messages[0])

    def test_list_and_delete(self):
        self.assert_ran(self.curl("1", "--request", "DELE", "--head"))
        self.assertEqual(self.left(), 2)
        done = self.curl("")
        self.assert_ran(done)
        self.assertEqual(len(done.stdout.splitlines()), 2)


class Programs(Pop3Case):
    """Each fetches everything and leaves the maildrop empty."""

    programs = ("getmail", "fetchmail", "mpop")

    def assert_fetched(self, octets):
        fetched = self.as_kept(octets)
        for message in self.messages:
            self.assertTrue(self.as_kept(message) in fetched, message[:200])
        self.assertEqual(self.left(), 0)

    @staticmethod
    def as_kept(octets):
        """getmail parses and writes headers anew, without blanks at the end of their lines."""
        return exactly(octets).replace(b"  third \n", b"  third\n")

    def maildir(self):
        folder = self.folder / self._testMethodName
        mailbox.Maildir(folder, create=True)
        return folder

    @staticmethod
    def octets_of(folder):
        return b"\n".join(path.read_bytes() for path in sorted((folder / "new").iterdir()))

    def keeper(self):
        """A program that appends its input to a file, and the file."""
        target = self.folder / f"{self._testMethodName}.out"
        return common.file_with(self.folder, f"#!/bin/sh\ncat >> {target}\n".encode(), 0o700), target

    def test_getmail(self):
        keeper, target = self.keeper()
        rc = common.file_with(self.folder, f"""
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {self.server.ports["pop3s"]}
username = {self.account.address}
password = {self.account.password}
ca_certs = {self.server.cert}
[destination]
type = MDA_external
path = {keeper}
unixfrom = false
allow_root_commands = true
[options]
delete = true
delivered_to = false
received = false
""".encode())
        data = self.folder / "getmail"
        data.mkdir(exist_ok=True)
        done = common.run(["getmail", "--getmaildir", data, "--rcfile", rc],
                          env={"HOME": str(self.folder)})
        self.assert_ran(done)
        self.assert_fetched(target.read_bytes())

    def test_fetchmail(self):
        keeper, target = self.keeper()
        rc = common.file_with(self.folder, f"""
poll localhost protocol pop3 service {self.server.ports["pop3s"]}
  user "{self.account.address}" password "{self.account.password}"
  ssl sslcertck sslcertfile "{self.server.cert}" mda "{keeper}" nokeep no rewrite
""".encode())
        done = common.run(["fetchmail", "--nodetach", "--nosyslog", "--invisible", "-f", rc],
                          env={"HOME": str(self.folder), "FETCHMAILHOME": str(self.folder)})
        self.assert_ran(done)
        self.assert_fetched(target.read_bytes())

    def test_mpop(self):
        maildir = self.maildir()
        rc = common.file_with(self.folder, f"""
account a
host localhost
port {self.server.ports["pop3"]}
user {self.account.address}
password "{self.account.password}"
auth on
tls on
tls_starttls on
tls_trust_file {self.server.cert}
delivery maildir {maildir}
uidls_file {self.folder}/mpop.uidls
received_header off
keep off
""".encode())
        done = common.run(["mpop", "-C", rc, "a"], env={"HOME": str(self.folder)})
        self.assert_ran(done)
        self.assert_fetched(self.octets_of(maildir))


if __name__ == "__main__":
    common.main()
