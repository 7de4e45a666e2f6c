#!/usr/bin/env python3
"""COMPRESS=DEFLATE (RFC 4978) as Python's zlib speaks it, in clear text and under TLS."""
import imaplib
import unittest
import zlib

import common


class Compressed:
    """Puts raw DEFLATE between an imaplib connection and its socket, after COMPRESS was accepted."""

    def __init__(self, imap):
        self.deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.inflater = zlib.decompressobj(-15)
        self.sock = imap.sock
        self.text = b""
        imap.send, imap.read, imap.readline = self.send, self.read, self.readline

    def send(self, octets):
        self.sock.sendall(self.deflater.compress(octets) + self.deflater.flush(zlib.Z_SYNC_FLUSH))

    def more(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise OSError("closed")
        self.text += self.inflater.decompress(octets)

    def take(self, count):
        taken, self.text = self.text[:count], self.text[count:]
        return taken

    def read(self, size):
        while len(self.text) < size:
            self.more()
        return self.take(size)

    def readline(self):
        while b"\n" not in self.text:
            self.more()
        return self.take(self.text.index(b"\n") + 1)


class Compress(common.ServerCase):
    def check(self, imap):
        self.assertIn("COMPRESS=DEFLATE", imap.capability()[1][0].decode())
        imaplib.Commands["COMPRESS"] = ("AUTH", "SELECTED")
        self.assertEqual(imap._simple_command("COMPRESS", "DEFLATE")[0], "OK")
        Compressed(imap)
        message = common.sample("a@example.org", "b@example.org", body="compressible " * 5000)
        self.assertEqual(imap.append("Drafts", "(\\Seen)", None, message)[0], "OK")
        self.assertEqual(imap.select("Drafts")[0], "OK")
        fetched = imap.fetch("*", "(BODY.PEEK[])")[1]
        self.assertEqual(fetched[0][1], message)
        self.assertEqual(imap._simple_command("COMPRESS", "DEFLATE")[0], "NO")
        self.assertEqual(imap.logout()[0], "BYE")

    def login(self, imap):
        imap.authenticate("PLAIN", lambda _: f"\0{self.alice.address}\0{self.alice.password}".encode())
        return imap

    def test_under_tls(self):
        self.check(self.login(imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"],
                                                ssl_context=self.server.tls_context(), timeout=60)))

    def test_after_starttls(self):
        imap = imaplib.IMAP4("localhost", self.server.ports["imap"], timeout=60)
        imap.starttls(self.server.tls_context())
        self.check(self.login(imap))


if __name__ == "__main__":
    unittest.main()
