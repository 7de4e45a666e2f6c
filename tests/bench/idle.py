#!/usr/bin/env python3
"""Idle connections: memory of each in the server, and the time from delivery to EXISTS.

usage: idle.py [--connections N] [--messages N] [--deliveries N] [--tls|--clear]
Starts a server of its own on loopback; the clients come from several addresses of 127.0.0.0/8, as
connections per address and ports are limited. Prints Markdown for docs/performance.md.
"""
import argparse
import pathlib
import resource
import select
import smtplib
import socket
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]
import harness  # noqa: E402
import measure  # noqa: E402

PASSWORD = "waiting for mail"
BATCH = 50          # logging in at once
PER_ADDRESS = 2000  # connections from each client address
WAIT = 60.0
MESSAGE = b"From: a@elsewhere.example\r\nSubject: news\r\n\r\nhello\r\n"


def raise_file_limit(wanted):
    """Room for so many sockets; the most there is where that is less."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = wanted + 200 if hard == resource.RLIM_INFINITY else min(wanted + 200, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


class IdleClient:
    """One IMAP connection in IDLE with INBOX selected."""

    def __init__(self, server, account, address, tls):
        door = "imaps" if tls else "imap"
        self.sock = socket.create_connection(("127.0.0.1", server.ports[door]), timeout=WAIT,
                                             source_address=(address, 0))
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.buffer = b""
        self.account = account

    def begin(self):
        self.sock.sendall(f'a LOGIN {self.account} "{PASSWORD}"\r\nb SELECT INBOX\r\nc IDLE\r\n'
                          .encode())

    def line(self):
        while b"\r\n" not in self.buffer:
            octets = self.sock.recv(4096)
            if not octets:
                raise EOFError(f"{self.account}: the server closed the connection")
            self.buffer += octets
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def wait_idle(self):
        while not (line := self.line()).startswith(b"+ "):
            if line.split()[1:2] in ([b"NO"], [b"BAD"]) or line.startswith(b"* BYE"):
                raise ValueError(f"{self.account}: {line!r}")

    def wait_exists(self):
        while not self.line().endswith(b" EXISTS"):
            pass

    def close(self):
        self.sock.close()


def account_name(number):
    return f"idle{number}@example.org"


def start_server(accounts, folder=None):
    settings = {"auth.plaintext": "loopback", "limits.connections": 20000,
                "limits.connections-per-address": PER_ADDRESS + 100, "log.level": "warning",
                "limits.idle-timeout": "30 min"}
    return harness.Server(accounts={account_name(n): PASSWORD for n in range(accounts)},
                          settings=settings, folder=folder)


def deliver(server, account, count=1):
    with smtplib.SMTP("127.0.0.1", server.ports["smtp"], timeout=WAIT) as smtp:
        for _ in range(count):
            smtp.sendmail("a@elsewhere.example", [account], MESSAGE)


def connect(server, count, accounts, tls, already=0):
    """count connections in IDLE, spread over the accounts and client addresses."""
    context = server.tls_context() if tls else None
    clients = []
    while len(clients) < count:
        batch = []
        for number in range(len(clients), min(len(clients) + BATCH, count)):
            address = f"127.0.0.{2 + (already + number) // PER_ADDRESS}"
            batch.append(IdleClient(server, account_name(number % accounts), address, context))
        for client in batch:
            client.begin()
        for client in batch:
            client.wait_idle()
        clients += batch
    return clients


def memory_each(server, count, accounts, tls):
    """Octets a connection costs the server, and the connections; the first 20 warm it up."""
    warm = connect(server, 20, accounts, tls)
    before = measure.memory_octets([server.pid()])
    clients = connect(server, count, accounts, tls, already=len(warm))
    time.sleep(1.0)  # what the last logins still hold is given back
    after = measure.memory_octets([server.pid()])
    return (after - before) / count, warm + clients


def latencies(server, clients, deliveries, account):
    """Seconds from the end of DATA, and from its 250, to EXISTS at each client of the account."""
    mine = [client for client in clients if client.account == account]
    from_end, from_reply = [], []
    with smtplib.SMTP("127.0.0.1", server.ports["smtp"], timeout=WAIT) as smtp:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo()
        for _ in range(deliveries):
            smtp.mail("a@elsewhere.example")
            smtp.rcpt(account)
            smtp.docmd("DATA")
            smtp.send(MESSAGE)
            sent = time.perf_counter()
            smtp.send(b".\r\n")
            told, replied = wait_all(smtp.sock, mine, sent)
            smtp.getreply()
            from_end += [at - sent for at in told]
            from_reply += [max(0.0, at - replied) for at in told]
            time.sleep(0.002)
    return from_end, from_reply


def wait_all(smtp_socket, clients, sent):
    """When each client was told, and when the reply came."""
    waiting = {client.sock.fileno(): client for client in clients}
    poller = select.epoll()
    for number in waiting:
        poller.register(number, select.EPOLLIN)
    poller.register(smtp_socket.fileno(), select.EPOLLIN)
    told, replied = [], None
    while waiting or replied is None:
        for number, _ in poller.poll(WAIT):
            now = time.perf_counter()
            if number == smtp_socket.fileno():
                replied = now
                poller.unregister(number)
                continue
            client = waiting.pop(number)
            poller.unregister(number)
            client.wait_exists()
            told.append(now)
        if time.perf_counter() - sent > WAIT:
            raise TimeoutError("no EXISTS")
    poller.close()
    return told, replied


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(name, values):
    milliseconds = [value * 1000 for value in values]
    return (f"| {name} | {statistics.median(milliseconds):.2f} | {percentile(milliseconds, 0.9):.2f} "
            f"| {percentile(milliseconds, 0.99):.2f} |")


def measure_memory(options, tls):
    with start_server(options.accounts) as server:
        for number in range(options.accounts):
            deliver(server, account_name(number), options.messages)
        begin = time.perf_counter()
        each, clients = memory_each(server, options.connections, options.accounts, tls)
        took = time.perf_counter() - begin
        print(f"| {options.connections} {'TLS' if tls else 'clear'} | {each / 1024:.1f} KiB "
              f"| {took:.0f} s |", flush=True)
        for client in clients:
            client.close()


def measure_latency(options):
    for idle in (1, 1000):
        accounts = 1 if idle == 1 else 100
        with start_server(accounts) as server:
            clients = connect(server, idle, accounts, False)
            if idle > 1:  # one account has one client only: the others are idle meanwhile
                alone = [c for c in clients if c.account == account_name(0)]
                for client in alone[1:]:
                    clients.remove(client)
                    client.close()
            from_end, from_reply = latencies(server, clients, options.deliveries, account_name(0))
            print(row(f"{idle} idle, end of DATA to EXISTS", from_end), flush=True)
            print(row(f"{idle} idle, 250 to EXISTS", from_reply), flush=True)
            for client in clients:
                client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--messages", type=int, default=10, help="in each INBOX")
    parser.add_argument("--deliveries", type=int, default=500)
    parser.add_argument("--only", choices=("clear", "tls", "latency"))
    options = parser.parse_args()
    room = raise_file_limit(options.connections)
    options.connections = min(options.connections, room - 200)
    if options.only in (None, "clear", "tls"):
        print("| connections in IDLE | memory each | logging in all |\n|---|---|---|")
        for tls in (False, True):
            if options.only in (None, "tls" if tls else "clear"):
                measure_memory(options, tls)
    if options.only in (None, "latency"):
        print("\n| delivery | median ms | p90 ms | p99 ms |\n|---|---|---|---|")
        measure_latency(options)


if __name__ == "__main__":
    main()
