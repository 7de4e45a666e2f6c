#!/usr/bin/env python3
"""IMAP compared: restante against Dovecot and Cyrus, same mailboxes, same driver, same run.

The driver is tests/bench/imap_driver.cpp. Prints Markdown for docs/performance.md. Every server is
private and on loopback, and is stopped by its process number.
"""
import argparse
import concurrent.futures
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]
import harness  # noqa: E402
import imap_peers  # noqa: E402
import measure  # noqa: E402

SMALL, LARGE, GROWING, INDEXED = "small", "large", "growing", "indexed"  # mailboxes


class Restante:
    """This project's server, clear text on loopback, default durability."""

    name = "restante"
    user, password = "bench@example.org", imap_peers.PASSWORD

    def __init__(self, folder):
        self.pids = []
        self.server = harness.Server(folder=folder, accounts={self.user: self.password}, settings={
            "limits.quota": "1 TiB", "auth.plaintext": "loopback"})

    def start(self):
        self.run()

    def run(self):
        self.server.start()
        self.port = self.server.ports["imap"]
        self.pids = [self.server.pid()]

    def restart(self):
        self.server.stop()
        self.run()

    def stop(self):
        self.server.stop()


class Row:
    """One line of the table: which work, on what, and which of the driver's values counts."""

    def __init__(self, title, work, arguments, value="median_ms", unit="ms", index=False, goal=""):
        self.title, self.work, self.arguments = title, work, [str(a) for a in arguments]
        self.value, self.unit, self.index, self.goal = value, unit, index, goal
        

def rows_of(options):
    """The rows in the order they run: what finds nothing prepared comes first."""
    few, many, rounds = options.small, options.large, options.rounds
    structure = "(UID FLAGS ENVELOPE BODYSTRUCTURE)"
    singles = min(few, 5000)
    seconds = 1 if options.short else 3
    return [
        Row(f"`FETCH 1:* {structure}`, {few:,}, first time", "fetch",
            [SMALL, structure, rounds, few], "first_ms", goal="as warm"),
        Row("the same, warm", "fetch", [SMALL, structure, rounds, few], goal="no slower"),
        Row(f"connect + LOGIN + SELECT of {few:,}", "select", [SMALL, 5 * rounds], goal="faster"),
        Row(f"`FETCH 1:* (UID FLAGS)`, {many:,}", "fetch", [LARGE, "(UID FLAGS)", rounds, many],
            goal="no slower"),
        Row(f"`FETCH 1:* BODY.PEEK[]`, {many:,} x 4 KiB", "fetch",
            [LARGE, "BODY.PEEK[]", max(rounds // 3, 1), many], "megabytes", "MB/s",
            goal="no slower"),
        Row("single `FETCH n BODY.PEEK[]` one after another", "single", [SMALL, singles],
            "per_second", "/s", goal="no slower"),
        Row(f"`SEARCH TEXT` rare word, {many:,}", "search",
            [LARGE, "TEXT quincunx", 1], goal="under 20 ms"),
        Row(f"`SEARCH TEXT` common word, {many:,}", "search",
            [LARGE, "TEXT meeting", 1]),
        Row(f"`SEARCH SUBJECT` rare word, {many:,}", "search",
            [LARGE, "SUBJECT palimpsest", 1], goal="10 times faster"),
        Row(f"`SEARCH TEXT` common word, {options.indexed:,}, fts-xapian", "search",
            [INDEXED, "TEXT meeting", rounds], index=True, goal="ahead"),
        Row(f"`SEARCH SUBJECT` common word, {options.indexed:,}, fts-xapian", "search",
            [INDEXED, "SUBJECT the", rounds], index=True, goal="ahead"),
        Row(f"`STORE 1:* +FLAGS (\\Seen)`, {many:,}, durable", "store-all", [LARGE, rounds],
            goal="within 2 times"),
        Row("`STORE n +FLAGS` one after another", "store-one", [SMALL, singles // 2],
            "per_second", "/s", goal="twice Cyrus"),
        Row(f"mbsync of {few:,}, first", "mbsync", [SMALL], "seconds", "s", goal="no slower"),
        Row("APPEND of 4 KiB, serial", "append", [GROWING, 1, seconds], "per_second", "/s",
            goal="2 times"),
        Row("APPEND of 4 KiB, 8 connections", "append", [GROWING, 8, seconds], "per_second", "/s",
            goal="8 times"),
    ]


def drive(options, system, work, arguments, limit=300):
    """Runs the driver; its values, or RuntimeError with what it said."""
    command = [options.driver, str(system.port), system.user, system.password, work, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip())
    return {key: float(value) for key, value in
            (line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)}


# Without FSync the disk would be measured: it makes every file durable by itself.
MBSYNC = """\
FSync no

IMAPAccount bench
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bench

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:{mailbox}
Near :near:{mailbox}
Create Near
Expunge None
SyncState {folder}/state-
"""


def mbsync(options, system, mailbox):
    """Seconds of a first synchronisation into an empty Maildir."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mbsync-", dir=options.run_folder))
    (folder / "mail").mkdir()
    config = folder / "mbsyncrc"
    config.write_text(MBSYNC.format(port=system.port, user=system.user, password=system.password,
                                    folder=folder, mailbox=mailbox))
    begin = time.perf_counter()
    done = subprocess.run(["mbsync", "-c", str(config), "-q", "all"], capture_output=True,
                          text=True, check=False, timeout=300)
    seconds = time.perf_counter() - begin
    arrived = sum(len(files) for _, _, files in os.walk(folder / "mail") if files)
    shutil.rmtree(folder)
    if done.returncode != 0 or arrived < options.small:
        raise RuntimeError(f"mbsync: {arrived} messages; {done.stderr.strip()}")
    return {"seconds": seconds}


def measure_row(options, system, row):
    if row.work == "mbsync":
        return mbsync(options, system, *row.arguments)
    values = drive(options, system, row.work, row.arguments)
    if "octets" in values:
        values["megabytes"] = values["octets"] / values["median_ms"] / 1000
    return values


def wanted(row, system):
    """Dovecot with fts-xapian has a mailbox of its own, which only restante shares."""
    if system.name == "restante":
        return True
    if system.name == "Cyrus" and row.work == "search":
        return False  # without its own index it scans for a quarter of a minute
    return row.index == getattr(system, "index", False)


def run_rows(options, systems):
    """Values by row and system: each row on all systems before the next."""
    table, failures, last = {}, 0, {}
    for row in rows_of(options):
        for system in systems:
            if not wanted(row, system):
                continue
            key = (system.name, row.work, tuple(row.arguments))
            try:
                if key not in last:
                    last[key] = measure_row(options, system, row)
                table[(row.title, system.name)] = last[key][row.value]
                print(f"  {row.title}: {system.name}: {last[key][row.value]:.2f} {row.unit}",
                      file=sys.stderr, flush=True)
            except (RuntimeError, subprocess.TimeoutExpired, KeyError) as error:
                failures += 1
                print(f"  {row.title}: {system.name} failed: {error}", file=sys.stderr, flush=True)
    return table, failures


def shown(value, unit):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or unit == "/s" else f"{value:.2f}"


def print_table(options, systems, table):
    names = [system.name for system in systems]
    print("| work | " + " | ".join(names) + " | restante to the best peer | to reach |")
    print("|---|" + "---:|" * len(names) + "---:|---|")
    for row in rows_of(options):
        values = {name: table.get((row.title, name)) for name in names}
        peers = [v for name, v in values.items() if name != "restante" and v is not None]
        ours, ratio = values.get("restante"), ""
        if ours and peers:
            ratio = (f"{ours / max(peers):.2f} of its rate" if row.unit in ("/s", "MB/s")
                     else f"{ours / min(peers):.2f} of its time")
        cells = [f"{shown(values[name], row.unit)} {row.unit}" if values[name] is not None else "-"
                 for name in names]
        print(f"| {row.title} | " + " | ".join(cells) + f" | {ratio} | {row.goal} |")


def mailboxes_of(options, system):
    """(name, messages) of what a system is filled with."""
    indexed, others = (INDEXED, options.indexed), [(SMALL, options.small), (LARGE, options.large),
                                                   (GROWING, 1)]
    if system.name == "restante":
        return [*others, indexed]
    return [indexed] if getattr(system, "index", False) else others


def settle(system, limit=240):
    """Waits until a server does nothing any more: restante's search index follows deliveries."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before = measure.cpu_seconds(system.pids)
        time.sleep(1)
        if measure.cpu_seconds(system.pids) - before < 0.05:
            return


def load(options, system):
    """Fills the mailboxes and restarts, so that nothing is left in the server's memory."""
    begin = time.perf_counter()
    connections = "8" if system.name == "restante" else "2"
    for mailbox, count in mailboxes_of(options, system):
        drive(options, system, "load", [mailbox, str(count), connections], limit=600)
    settle(system)
    system.restart()
    print(f"  {system.name}: loaded in {time.perf_counter() - begin:.0f} s", file=sys.stderr,
          flush=True)
    if getattr(system, "index", False) and not system.build_index(INDEXED, options.index_limit):
        raise RuntimeError(f"its index was not ready after {options.index_limit:.0f} s")


def choose_peers(options, folder):
    reason = imap_peers.available()
    if reason:
        print(f"Peers are left out: {reason}.")
        return []
    systems = [imap_peers.Dovecot(kind, folder / kind) for kind in ("sdbox", "mdbox")]
    systems.append(imap_peers.Dovecot("sdbox", folder / "xapian", index=True))
    try:
        systems.append(imap_peers.Cyrus(folder / "cyrus",
                                        imap_peers.unpack_cyrus(folder / "cyrus-packages")))
    except (RuntimeError, subprocess.SubprocessError, OSError) as error:
        print(f"Cyrus is left out: {error}.")
    return systems


def start_all(options, systems, started):
    """Starts and fills all at once; those that cannot are taken out. Returns how many."""
    def prepare(system):
        system.start()
        load(options, system)

    failures = 0
    started += systems
    with concurrent.futures.ThreadPoolExecutor() as pool:
        under_way = {pool.submit(prepare, system): system for system in systems}
        for done in concurrent.futures.as_completed(under_way):
            error = done.exception()
            if error is not None:
                failures += 1
                systems.remove(under_way[done])
                print(f"{under_way[done].name} is left out: {error}")
    return failures


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench imap", description=__doc__)
    parser.add_argument("--folder", default="/var/tmp", help="where all systems keep their data")
    parser.add_argument("--driver", required=True, help="the imap_driver program")
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7, help="the median of them counts")
    parser.add_argument("--short", action="store_true", help="1,000 and 5,000 messages, 3 rounds")
    parser.add_argument("--only", choices=["peers", "restante"], help="leave the others out")
    parser.add_argument("--indexed", type=int, default=1000,
                        help="messages that fts-xapian indexes (it takes 20 to 60 ms for each)")
    parser.add_argument("--index-limit", type=float, default=120.0,
                        help="seconds that it may take for all of them")
    options = parser.parse_args()
    if options.short:
        options.small, options.large, options.indexed, options.rounds = 1000, 5000, 100, 3
    return options


def print_machine(folder):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), "unknown processor")
    print(f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, "
          f"{measure.file_system(folder)}, load {os.getloadavg()[0]:.1f} at the start; the driver "
          "on the same cores")


def main():
    os.environ["PATH"] += ":/usr/sbin"
    options = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ri-", dir=options.folder))
    folder.chmod(0o755)
    options.run_folder = folder
    systems, started, failures = [], [], 0
    try:
        print_machine(folder)
        if options.only != "peers":
            systems.append(Restante(folder / "restante"))
        if options.only != "restante":
            systems += choose_peers(options, folder)
        failures += start_all(options, systems, started)
        table, failed = run_rows(options, systems)
        failures += failed
        print()
        print_table(options, systems, table)
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
