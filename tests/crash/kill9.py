#!/usr/bin/env python3
"""kill -9 under load: what got 250 is in every recipient's mailbox exactly once and whole.

usage: kill9.py [--rounds N] [--senders N]
Each round: senders submit over TLS with login until a random number of messages is acknowledged,
the server is killed, started again, and every mailbox is read and compared. A message without an
answer may be there, but once, whole, and for all of its recipients or none.
"""
import argparse
import base64
import hashlib
import os
import pathlib
import random
import re
import smtplib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients"))
import harness  # noqa: E402
import imap_syntax  # noqa: E402

ROUND_LIMIT = 120.0
ID = re.compile(rb"^X-Test-Id: (\S+)\r\nX-Test-Sum: (\S+)\r\n", re.MULTILINE)


class Ledger:
    """What the senders know: sent at all, and acknowledged with 250. Used from all senders."""

    def __init__(self):
        self.lock = threading.Condition()
        self.recipients = {}  # id -> addresses
        self.acknowledged = set()
        self.refused = []

    def begin(self, name, recipients):
        with self.lock:
            self.recipients[name] = recipients

    def acknowledge(self, name):
        with self.lock:
            self.acknowledged.add(name)
            self.lock.notify_all()

    def refuse(self, text):
        with self.lock:
            self.refused.append(text)
            self.lock.notify_all()

    def wait_for(self, count):
        end = time.monotonic() + ROUND_LIMIT
        with self.lock:
            while len(self.acknowledged) < count and not self.refused:
                left = end - time.monotonic()
                if left <= 0:
                    raise SystemExit(f"only {len(self.acknowledged)} of {count} acknowledged in "
                                     f"{ROUND_LIMIT:.0f} s")
                self.lock.wait(left)


def compose(name, sender, recipients, size):
    body = base64.encodebytes(os.urandom(size)).replace(b"\n", b"\r\n")
    total = hashlib.sha256(body).hexdigest()
    head = (f"From: <{sender}>\r\nTo: {', '.join(recipients)}\r\nSubject: {name}\r\n"
            f"Date: Sun, 22 Nov 2026 04:05:06 +0000\r\nMessage-ID: <{name}@crash.example>\r\n"
            f"X-Test-Id: {name}\r\nX-Test-Sum: {total}\r\n\r\n")
    return head.encode() + body


def send_until_killed(server, account, addresses, ledger, prefix):
    """One sender: submits on one connection until the server is gone."""
    chance = random.Random(prefix)
    try:
        smtp = smtplib.SMTP_SSL("localhost", server.ports["submissions"], timeout=60,
                                context=server.tls_context())
        smtp.login(account.address, account.password)
        for number in range(1_000_000):
            name = f"{prefix}-{number}"
            recipients = chance.choice([addresses[:1], addresses[1:2], addresses])
            size = chance.choice([100, 3_000, 3_000, 60_000, 300_000])
            message = compose(name, account.address, recipients, size)
            ledger.begin(name, recipients)
            refused = smtp.sendmail(account.address, recipients, message)
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)
            ledger.acknowledge(name)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        if isinstance(error, smtplib.SMTPResponseException) or isinstance(
                error, smtplib.SMTPRecipientsRefused):
            ledger.refuse(repr(error))  # smtplib's errors are OSErrors too


def read_mailbox(server, account, known, problems):
    """Adds what is new in the INBOX to known (id -> count) and checks each message's sum."""
    with imap_syntax.Imap(server, account) as imap:
        imap.command("SELECT", "INBOX")
        top = known.setdefault("top", 0)
        found = 0
        for _, items in imap.fetch(f"{top + 1}:*", "(UID RFC822.SIZE BODY.PEEK[])"):
            if items["UID"] <= top:
                continue
            known["top"] = max(known["top"], items["UID"])
            found += 1
            octets = items["BODY[]"]
            match = ID.search(octets)
            body = octets.split(b"\r\n\r\n", 1)[-1]
            if not match or hashlib.sha256(body).hexdigest().encode() != match[2]:
                problems.append(f"{account.address}: uid {items['UID']} is not whole")
            else:
                name = match[1].decode()
                known["ids"][name] = known["ids"].get(name, 0) + 1
            if items["RFC822.SIZE"] != len(octets):
                problems.append(f"{account.address}: uid {items['UID']} has a wrong size")
        [status] = [r for r in imap.command("STATUS", "INBOX", "(MESSAGES)") if b"STATUS" in r]
        count = int(re.search(rb"MESSAGES (\d+)", status)[1])
        if count != sum(known["ids"].values()) and not problems:
            problems.append(f"{account.address}: STATUS says {count} messages, "
                            f"{sum(known['ids'].values())} were read")


def compare(ledger, boxes, problems):
    for name, recipients in ledger.recipients.items():
        counts = [boxes[address]["ids"].get(name, 0) for address in recipients]
        if name in ledger.acknowledged and counts != [1] * len(counts):
            problems.append(f"{name} got 250 and is there {counts} times")
        elif any(count > 1 for count in counts):
            problems.append(f"{name} is there {counts} times")
        elif len(set(counts)) > 1:
            problems.append(f"{name}, unanswered, reached some recipients only: {counts}")
    for address, box in boxes.items():
        for name in box["ids"]:
            if address not in ledger.recipients.get(name, []):
                problems.append(f"{address} has {name}, which was not sent to it")


def one_round(server, number, senders, ledger, boxes, addresses, problems):
    accounts = list(server.accounts.values())
    before = len(ledger.acknowledged)
    threads = [threading.Thread(target=send_until_killed, args=(
        server, accounts[index % len(accounts)], addresses, ledger, f"r{number}s{index}"))
        for index in range(senders)]
    for thread in threads:
        thread.start()
    ledger.wait_for(before + random.randint(senders, senders * 25))
    server.kill()
    for thread in threads:
        thread.join()
    if ledger.refused:
        problems += ledger.refused
        return
    server.start()
    for address in addresses:
        read_mailbox(server, server.accounts[address], boxes[address], problems)
    compare(ledger, boxes, problems)
    unanswered = len(ledger.recipients) - len(ledger.acknowledged)
    kept = sum(any(name in box["ids"] for box in boxes.values())
               for name in ledger.recipients if name not in ledger.acknowledged)
    print(f"round {number}: {len(ledger.acknowledged)} acknowledged so far, {unanswered} unanswered "
          f"of which {kept} were kept", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--senders", type=int, default=8)
    options = parser.parse_args()
    problems, ledger = [], Ledger()
    with harness.Server() as server:
        addresses = list(server.accounts)
        boxes = {address: {"ids": {}, "top": 0} for address in addresses}
        for number in range(1, options.rounds + 1):
            one_round(server, number, options.senders, ledger, boxes, addresses, problems)
            if problems:
                break
    for problem in problems[:20]:
        print(f"FAIL {problem}")
    print(f"kill -9: {options.rounds} rounds, {len(ledger.acknowledged)} acknowledged, "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
