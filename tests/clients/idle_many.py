#!/usr/bin/env python3
"""Many connections in IDLE: each is told of a new message, and costs the server little memory."""
import pathlib
import sys
import unittest

import common
import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "bench"))
import idle  # noqa: E402

CONNECTIONS = 200
# Generous: a short run cannot tell a connection's memory from the allocator's spare.
KIB_CLEAR, KIB_TLS = 24, 56


def sanitized():
    """Whether the server under test keeps freed memory and adds to each allocation."""
    return b"__asan_init" in pathlib.Path(harness.binary()).read_bytes()


class IdleMany(unittest.TestCase):
    def check(self, tls, most_kib):
        with idle.start_server(2) as server:
            for account in (0, 1):
                idle.deliver(server, idle.account_name(account), 3)
            each, clients = idle.memory_each(server, CONNECTIONS, 2, tls)
            idle.deliver(server, idle.account_name(0))
            told = [client for client in clients if client.account == idle.account_name(0)]
            for client in told:
                client.wait_exists()
            for client in clients:
                client.close()
        self.assertGreaterEqual(len(told), CONNECTIONS // 2)
        if not sanitized():
            self.assertLess(each / 1024, most_kib)

    def test_clear(self):
        self.check(False, KIB_CLEAR)

    def test_tls(self):
        self.check(True, KIB_TLS)


if __name__ == "__main__":
    common.main()
