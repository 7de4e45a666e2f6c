#!/usr/bin/env python3
"""Large answers and large messages: the server's memory does not grow with them, and a client that
does not read costs its own connection only."""
import base64
import os
import pathlib
import random
import socket
import threading
import unittest

import common

MIB = 1024 * 1024


def resident(pid):
    """Octets of memory of a process, without files it has mapped, from /proc."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


class Peak:
    """By how much the memory of a process grows at most, seen every few milliseconds."""

    def __init__(self, pid):
        self.pid = pid
        self.grown = 0
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.wait(0.01):
            self.grown = max(self.grown, resident(self.pid) - self.before)

    def __enter__(self):
        self.before = resident(self.pid)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.watcher.join()


def large_message(octets, seed=0):
    """A message of about so many octets in base64 that no compression makes small."""
    body = base64.encodebytes(random.Random(seed).randbytes(octets * 57 // 78))
    return (b"Subject: large\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + body.replace(b"\n", b"\r\n"))


class Raw:
    """A bare IMAP connection in clear text."""

    def __init__(self, server):
        self.sock = socket.create_connection(("127.0.0.1", server.ports["imap"]), timeout=600)
        self.file = self.sock.makefile("rb")
        self.file.readline()

    def login(self, account):
        return self.ask(f'LOGIN {account.address} "{account.password}"')

    def ask(self, command):
        self.sock.sendall(f"t {command}\r\n".encode())
        return self.finish()

    def finish(self):
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise OSError("closed")
            lines.append(line)
            if line.startswith(b"t "):
                return lines

    def append(self, message, mailbox="INBOX"):
        self.sock.sendall(f"t APPEND {mailbox} {{{len(message)}+}}\r\n".encode())
        self.sock.sendall(message)
        self.sock.sendall(b"\r\n")
        return self.finish()[-1]

    def close(self):
        self.file.close()
        self.sock.close()


class Streams(common.ServerCase):
    settings = {"auth.plaintext": "loopback"}
    sanitized = "asan" in os.environ.get("RESTANTE_BINARY", "") or "tsan" in os.environ.get("RESTANTE_BINARY", "")

    def connect(self, account=None):
        raw = Raw(self.server)
        self.addCleanup(raw.close)
        self.assertIn(b" OK", raw.login(account or self.alice)[-1])
        return raw

    def assert_memory(self, peak, most, what):
        if not self.sanitized:  # its allocator keeps what was freed
            self.assertLess(peak.grown, most, f"{what}: memory grew by {peak.grown // MIB} MiB")

    def test_a_message_of_50_mib_is_sent_as_it_is_read(self):
        message = large_message(45 * MIB)
        writer = self.connect()
        self.assertIn(b"OK [APPENDUID", writer.append(message))
        readers = [self.connect() for _ in range(8)]
        for reader in readers:
            reader.ask("EXAMINE INBOX")
        with Peak(self.server.process.pid) as peak:
            for reader in readers:  # none of them reads yet
                reader.sock.sendall(b"t FETCH * BODY.PEEK[]\r\n")
            self.assertIn(b"OK", writer.ask("NOOP")[-1])  # the others are served meanwhile
            for reader in readers:
                announced = reader.file.readline()
                self.assertIn(b"{%d}" % len(message), announced)
                self.assertEqual(reader.file.read(len(message)), message)
                self.assertTrue(reader.finish()[-1].startswith(b"t OK"))
        self.assert_memory(peak, 20 * MIB, "8 readers of 45 MiB")

    def test_a_message_that_is_expunged_meanwhile_comes_whole(self):
        message = large_message(20 * MIB, 1)
        writer = self.connect(self.bob)
        self.assertIn(b"OK [APPENDUID", writer.append(message, "Archive"))
        reader = self.connect(self.bob)
        reader.ask("EXAMINE Archive")
        reader.sock.sendall(b"t FETCH 1 BODY.PEEK[]\r\n")
        self.assertIn(b"{%d}" % len(message), reader.file.readline())
        writer.ask("SELECT Archive")
        writer.ask("STORE 1 +FLAGS.SILENT (\\Deleted)")
        self.assertIn(b"* 1 EXPUNGE\r\n", writer.ask("EXPUNGE"))
        self.assertEqual(reader.file.read(len(message)), message)
        self.assertTrue(reader.finish()[-1].startswith(b"t OK"))
        self.assertIn(b"* 1 EXPUNGE\r\n", reader.ask("NOOP"))

    def test_many_large_messages_at_once_are_kept_in_bounded_memory(self):
        count = int(os.environ.get("RESTANTE_STREAMS", "8"))
        size = 45 * MIB if count > 8 else 20 * MIB
        account = self.server.add_account("many@example.org", "many words")
        message = large_message(size, 2)
        answers = []

        def append():
            answers.append(self.connect(account).append(message))

        threads = [threading.Thread(target=append) for _ in range(count)]
        with Peak(self.server.process.pid) as peak:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual([a for a in answers if b"OK [APPENDUID" not in a], [])
        print(f"{count} x {size // MIB} MiB: memory grew by {peak.grown // MIB} MiB")
        self.assert_memory(peak, 4 * size + 80 * MIB, f"{count} messages")


if __name__ == "__main__":
    unittest.main()
