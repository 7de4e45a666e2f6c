#!/usr/bin/env python3
"""Delivery compared: restante against Postfix with Dovecot, same load, same machine, same run.

Load is Postfix's smtp-source. A case ends when the last message can be fetched: the mailbox's
count, asked by IMAP, has reached the number sent. Prints Markdown for docs/performance.md.
"""
import argparse
import imaplib
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]
import harness  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402

SIZES = {4096: "4 KiB", 65536: "64 KiB"}


class Restante:
    """This project's server with the door for other servers, as in production but on loopback."""

    name = "restante"
    password = "benchmark password"
    imap_tls = True

    def __init__(self, folder):
        self.server = harness.Server(folder=folder, accounts={}, settings={"limits.quota": "1 TiB"})

    def start(self):
        self.server.start()
        self.smtp_port = self.server.ports["smtp"]
        self.imap_port = self.server.ports["imaps"]
        self.pids = [self.server.pid()]

    def add_mailboxes(self, addresses):
        for address in addresses:
            self.server.add_account(address, self.password)

    def stop(self):
        self.server.stop()

    def undelivered(self):
        return 0


class Mailbox:
    """Counts the messages of one INBOX by IMAP."""

    def __init__(self, system, address):
        if system.imap_tls:
            context = system.server.tls_context()
            self.imap = imaplib.IMAP4_SSL("localhost", system.imap_port, ssl_context=context)
        else:
            self.imap = imaplib.IMAP4("127.0.0.1", system.imap_port)
        self.imap.login(address, system.password)

    def count(self) -> int:
        _, data = self.imap.status("INBOX", "(MESSAGES)")
        return int(data[0].rsplit(b"MESSAGES", 1)[1].strip(b" )"))

    def close(self):
        self.imap.logout()


class Result:
    """One case on one system."""

    def __init__(self, sent, seconds, cpu, peak):
        self.sent, self.seconds, self.peak = sent, seconds, peak
        self.rate = sent / seconds
        self.cpu_us = cpu / sent * 1e6


def write_message(folder, size) -> pathlib.Path:
    """A message of that size in words, which compress to about half, as written text does."""
    chance = random.Random(size)
    words = ["".join(chance.choice("etaoinshrdlucmfwypvbgk") for _ in range(chance.randint(2, 11)))
             for _ in range(4000)]
    lines = ["From: Sender <sender@elsewhere.example>", "To: Reader <reader@example.org>",
             "Subject: A benchmark", "Date: Sun, 01 Nov 2026 12:00:00 +0000", "MIME-Version: 1.0",
             'Content-Type: text/plain; charset="us-ascii"', ""]
    length = sum(len(line) + 2 for line in lines)
    while length < size:
        line = ""
        while len(line) < 66:
            line += chance.choice(words) + " "
        line = line[:max(size - length - 2, 0)]
        lines.append(line)
        length += len(line) + 2
    path = pathlib.Path(folder, f"message-{size}")
    path.write_text("\n".join(lines) + "\n")
    return path


def smtp_source(system, address, sessions, reuse, message, count):
    # -F: the text of smtp-source itself is one letter over and over, which compresses to nothing.
    command = ["smtp-source", "-s", str(sessions), "-m", str(count), "-F", str(message),
               "-f", "sender@elsewhere.example", "-t", address, "-M", "bench.example"]
    if reuse:
        command.append("-d")
    return subprocess.Popen(command + [f"inet:127.0.0.1:{system.smtp_port}"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def run_load(system, address, sessions, reuse, message, count, limit):
    """Sends count messages, waits until all can be fetched; returns a Result."""
    box = Mailbox(system, address)
    before = box.count()
    cpu = measure.cpu_seconds(system.pids)
    with measure.PeakMemory(system.pids) as memory:
        begin = time.perf_counter()
        load = smtp_source(system, address, sessions, reuse, message, count)
        try:
            _, errors = load.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            load.kill()
            load.communicate()
            raise RuntimeError(f"{system.name}: {count} messages took over {limit} s") from None
        if load.returncode != 0:
            raise RuntimeError(f"smtp-source to {system.name}: {errors.strip()}")
        while (arrived := box.count() - before) < count:
            if time.perf_counter() - begin > limit:
                raise RuntimeError(f"{system.name}: {arrived} of {count} arrived in {limit} s")
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
    cpu = measure.cpu_seconds(system.pids) - cpu
    if arrived != count:
        raise RuntimeError(f"{system.name}: {arrived} messages for {count} sent")
    box.close()
    return Result(count, seconds, cpu, memory.peak)


def measure_case(system, addresses, case, options):
    """Warms up, sizes the run to options.seconds, and takes the median round by rate."""
    sessions, reuse, size = case
    message = write_message(options.run_folder, size)
    warm = run_load(system, addresses[0], sessions, reuse, message, max(100, 2 * sessions),
                    options.limit)
    largest = options.max_messages if size <= 4096 else options.max_messages // 5
    count = int(min(max(warm.rate * options.seconds, 200), largest))
    results = [run_load(system, address, sessions, reuse, message, count, options.limit)
               for address in addresses[1:]]
    results.sort(key=lambda r: r.rate)
    return results[len(results) // 2]


class Submitter:
    """One logged-in submission connection, spoken to directly so that each step can be timed."""

    def __init__(self, server, account):
        sock = server.connect("submissions")
        self.sock = server.tls_context().wrap_socket(sock, server_hostname="localhost")
        self.file = self.sock.makefile("rb")
        self.account = account
        self.reply("220")
        self.command("EHLO bench.example", "250")
        self.command("AUTH PLAIN " + account.auth_plain, "235")

    def reply(self, code):
        while True:
            line = self.file.readline().decode()
            if not line.startswith(code):
                raise RuntimeError(f"expected {code}, got {line!r}")
            if line[3:4] == " ":
                return

    def command(self, text, code):
        self.sock.sendall(text.encode() + b"\r\n")
        self.reply(code)

    def submit(self, message, pipelined) -> float:
        """Seconds from sending MAIL to the 250 after the data."""
        address = self.account.address
        begin = time.perf_counter()
        if pipelined:
            self.sock.sendall(f"MAIL FROM:<{address}>\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode())
            for code in ("250", "250", "354"):
                self.reply(code)
        else:
            self.command(f"MAIL FROM:<{address}>", "250")
            self.command(f"RCPT TO:<{address}>", "250")
            self.command("DATA", "354")
        self.sock.sendall(message + b".\r\n")
        self.reply("250")
        return time.perf_counter() - begin


def submission_latency(system, folder, rounds):
    """Medians in seconds: pipelined, in lockstep, fdatasync overwriting, fdatasync appending."""
    address = "latency@example.org"
    system.add_mailboxes([address])
    submitter = Submitter(system.server, system.server.accounts[address])
    body = (b"x" * 70 + b"\r\n") * (4096 // 72)
    times = {True: [], False: []}
    syncs = {True: [], False: []}
    number = 0
    for _ in range(10):  # interleaved, so that a slow moment of the disk hits all alike
        for append in (False, True):
            syncs[append].append(measure.fdatasync_seconds(folder, max(rounds // 10, 1), append))
        for pipelined in (True, False):
            for _ in range(max(rounds // 10, 1)):
                number += 1
                head = (f"From: <{address}>\r\nTo: <{address}>\r\nSubject: latency {number}\r\n"
                        f"Message-ID: <latency-{number}@bench.example>\r\n"
                        "Date: Sun, 01 Nov 2026 12:00:00 +0000\r\n\r\n")
                times[pipelined].append(submitter.submit(head.encode() + body, pipelined))
    return (statistics.median(times[True]), statistics.median(times[False]),
            statistics.median(syncs[False]), statistics.median(syncs[True]))


def print_table(cases, systems, table, limits):
    peer_names = [s.name for s in systems if s.name != "restante"]
    print("| sessions | connection | size | " + " | ".join(
        f"{s.name} msg/s | CPU us/msg | peak MiB" for s in systems)
        + " | restante / better peer | bare store msg/s | restante / store |")
    print("|" + "---|" * (3 + 3 * len(systems) + 3))
    for case in cases:
        sessions, reuse, size = case
        row = [str(sessions), "reused" if reuse else "one a message", SIZES[size]]
        for system in systems:
            result = table.get((system.name, case))
            row += ([f"{result.rate:,.0f}", f"{result.cpu_us:,.0f}", f"{result.peak / 2**20:.0f}"]
                    if result else ["failed", "", ""])
        ours = table.get(("restante", case))
        best = max((table[(n, case)].rate for n in peer_names if (n, case) in table), default=0)
        row.append(f"{ours.rate / best:.1f}" if ours and best else "")
        store = limits.get((sessions, size))
        row.append(f"{store:,.0f}" if store else "")
        row.append(f"{ours.rate / store:.2f}" if ours and store else "")
        print("| " + " | ".join(row) + " |")


def store_limit(program, folder, sessions, size, seconds):
    """Messages a second of the bare store with as many waiters as there are sessions."""
    rate, count = None, 500
    for _ in range(2):  # the first run finds out how many messages the second needs
        data = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=folder))
        done = subprocess.run([program, str(data), "--messages", str(count), "--size", str(size),
                               "--writers", str(sessions)], capture_output=True, text=True,
                              timeout=300, check=False)
        shutil.rmtree(data, ignore_errors=True)
        if done.returncode != 0:
            raise RuntimeError(f"store_bench: {done.stderr.strip()}")
        values = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        rate = float(values["messages_per_second"])
        count = int(min(max(rate * seconds, 500), 60_000 if size <= 4096 else 8_000))
    return rate


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench delivery", description=__doc__)
    parser.add_argument("--folder", default="/var/tmp", help="where all systems keep their data")
    parser.add_argument("--seconds", type=float, default=4.0, help="aim for runs of this length")
    parser.add_argument("--limit", type=float, default=120.0, help="give a run up after this time")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each case; the median counts")
    parser.add_argument("--max-messages", type=int, default=40000)
    parser.add_argument("--sessions", default="1,10,50")
    parser.add_argument("--sizes", default="4096,65536")
    parser.add_argument("--connections", default="reused,one", help="reused, one or both")
    parser.add_argument("--only", choices=["peers", "restante"], help="leave the others out")
    parser.add_argument("--store-bench", help="the store_bench program")
    parser.add_argument("--latency-rounds", type=int, default=500)
    return parser.parse_args()


def choose_systems(options, folder):
    systems = []
    if options.only != "restante":
        reason = peers.available()
        if reason:
            print(f"peers left out: {reason}")
        else:
            systems += [peers.Peer(kind, folder / kind, (harness.free_port(), harness.free_port()))
                        for kind in ("maildir", "sdbox")]
    if options.only != "peers":
        systems.append(Restante(folder / "restante"))
    return systems


def print_machine(folder):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), "unknown processor")
    print(f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, "
          f"{measure.file_system(folder)}; load generator on the same cores")
    if measure.file_system(folder) in ("tmpfs", "ramfs"):
        print("WARNING: the folder is in memory, so nothing here is durable: use --folder")


def run_cases(cases, systems, options, folder):
    """(results by system and case, store limits by sessions and size, number of failed runs)."""
    table, limits, failures = {}, {}, 0
    for index, case in enumerate(cases):
        if options.store_bench and options.only != "peers" and (case[0], case[2]) not in limits:
            limits[(case[0], case[2])] = store_limit(options.store_bench, folder, case[0], case[2],
                                                     options.seconds)
        for system in systems:
            addresses = [f"u{index}r{turn}@example.org" for turn in range(options.rounds + 1)]
            system.add_mailboxes(addresses)
            print(f"  {system.name}: {case[0]} sessions, "
                  f"{'reused' if case[1] else 'one a message'}, {SIZES[case[2]]} ... ",
                  end="", file=sys.stderr, flush=True)
            try:
                table[(system.name, case)] = measure_case(system, addresses, case, options)
                print(f"{table[(system.name, case)].rate:,.0f}/s", file=sys.stderr)
            except (RuntimeError, OSError, imaplib.IMAP4.error) as error:
                failures += 1
                print(f"failed: {error}", file=sys.stderr)
    return table, limits, failures


def main():
    os.environ["PATH"] += ":/usr/sbin"
    options = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-", dir=options.folder))
    folder.chmod(0o755)
    options.run_folder = folder
    cases = [(int(sessions), kind == "reused", int(size))
             for size in options.sizes.split(",") for kind in options.connections.split(",")
             for sessions in options.sessions.split(",")]
    systems, started, failures = choose_systems(options, folder), [], 0
    try:
        for system in systems:
            started.append(system)
            system.start()
        print_machine(folder)
        table, limits, failures = run_cases(cases, systems, options, folder)
        print()
        print_table(cases, systems, table, limits)
        if options.only != "peers":
            ours = systems[-1]
            piped, lockstep, over, append = submission_latency(ours, folder, options.latency_rounds)
            print(f"\nSubmission of 4 KiB on an open TLS connection after AUTH, MAIL to 250, median: "
                  f"{piped * 1e6:.0f} us pipelined, {lockstep * 1e6:.0f} us in lockstep. "
                  f"fdatasync of 4 KiB in the same folder, median: {over * 1e6:.0f} us overwriting, "
                  f"{append * 1e6:.0f} us appending. Ratio (pipelined to overwriting): "
                  f"{piped / over:.1f}, lockstep {lockstep / over:.1f}.")
    finally:
        for system in started:
            try:
                system.stop()
            except (harness.HarnessError, OSError) as error:
                failures += 1
                print(f"stopping {system.name}: {error}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
