#!/usr/bin/env python3
"""Compares mail/message with Python's email package: structure, headers and decoded bodies.

usage: compare_with_python.py MESSAGE_DUMP PROJECT_ROOT

Reads tests/samples/*.eml and, where it exists, every file of ../shared/corpus. Fails for every
difference that accepted_differences.py does not explain, and for every explanation that is no longer
needed. `--list` as third argument prints the differences instead of judging them.
"""

import base64
import binascii
import email
import email.header
import email.policy
import email.utils
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from accepted_differences import ACCEPTED  # noqa: E402

# Charsets that both sides know under other names, or read as what mailers really send.
CODECS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030",
    "windows-1252": "cp1252", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-8859-8-i": "iso-8859-8",
}


def octets_of(text):
    """A string of the parser as the octets it stands for."""
    return text.encode("utf-8", "surrogateescape") if has_surrogates(text) else text.encode("utf-8")


def has_surrogates(text):
    return any("\ud800" <= c <= "\udfff" for c in text)


def guess(octets):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def to_text(octets, charset):
    charset = (charset or "").lower().strip("\"' ")
    if charset in ("", "us-ascii", "ascii"):
        return guess(octets)
    try:
        return octets.decode(CODECS.get(charset, charset), "replace")
    except (LookupError, ValueError):
        return guess(octets)


def unfold(value):
    value = re.sub(r"\r?\n(?=[ \t])", "", value)
    return re.sub(r"[\r\n\0]", " ", value).strip(" \t")


def decode_words(value):
    """RFC 2047 by Python's splitter, chunks put together without its guesses about blanks."""
    if has_surrogates(value) or not value.isascii():
        return guess(octets_of(value))
    out = ""
    for chunk, charset in email.header.decode_header(value):
        out += chunk if isinstance(chunk, str) else to_text(chunk, charset and charset.split("*")[0])
    return re.sub(r"[\r\n\0]", " ", out)


class PythonView:
    """What Python makes of a message, flattened as the index is."""

    def __init__(self, octets):
        self.parts = []
        self.messages = []
        self.root = email.message_from_bytes(octets, policy=email.policy.compat32)
        self.add_message(self.root, None)

    def add_message(self, message, parent):
        fields = []
        for name, value in message.raw_items():
            fields.append((octets_of(name.rstrip(" \t")), octets_of(unfold(value)), unfold(value)))
        self.messages.append({"fields": fields, "message": message})
        self.add_part(message, parent)

    def add_part(self, part, parent):
        number = len(self.parts)
        kind = part.get_content_type()
        entry = {"type": kind, "parent": parent, "part": part, "leaf": True}
        self.parts.append(entry)
        if kind.startswith("multipart/") and part.is_multipart():
            entry["leaf"] = False
            for child in part.get_payload():
                self.add_part(child, number)
        elif kind in ("message/rfc822", "message/global") and part.is_multipart():
            entry["leaf"] = False
            self.add_message(part.get_payload(0), number)
        elif part.is_multipart():
            # message/delivery-status and its like: Python reads messages in it, for IMAP it is opaque.
            entry["leaf"] = None

    def file_name(self, part):
        name = part.get_filename()
        return "" if name is None else decode_words(name)


def python_date(message):
    value = next((v for n, v in message.raw_items() if n.lower() == "date"), None)
    if value is None or has_surrogates(value):
        return None
    parsed = email.utils.parsedate_tz(unfold(value))
    return None if parsed is None else email.utils.mktime_tz(parsed)


def compare_message(number, mine, theirs):
    fields = [(base64.b64decode(n), base64.b64decode(b), d) for n, b, d in mine["fields"]]
    if [(n, b) for n, b, _ in fields] != [(n, b) for n, b, _ in theirs["fields"]]:
        yield f"message {number} fields"
        return
    for (name, _, decoded), (_, _, raw) in zip(fields, theirs["fields"]):
        try:
            expected = decode_words(raw)
        except (email.errors.HeaderParseError, binascii.Error, UnicodeError):
            expected = None
        if expected != decoded:
            yield f"message {number} decoded {name.decode('ascii').lower()}"
    for field in ("from", "to", "cc"):
        raw = next((r for n, _, r in theirs["fields"] if n.lower() == field.encode()), None)
        if raw is None:
            continue
        try:
            expected = [octets_of(a) for _, a in email.utils.getaddresses([raw]) if a]
        except RecursionError:
            expected = None
        got = [base64.b64decode(a) for _, a in mine[field]]
        if expected != got:
            yield f"message {number} addresses {field}"


def compare_part(number, mine, theirs, view):
    if mine["file_name"] != view.file_name(theirs["part"]):
        yield f"part {number} file name"
    if theirs["leaf"] is not True or "body" not in mine:
        return
    body = theirs["part"].get_payload(decode=True)
    if body is None:
        body = b""
    if body != base64.b64decode(mine["body"]):
        yield f"part {number} body"
    elif "text" in mine:
        if to_text(body, theirs["part"].get_content_charset()).replace("\r\n", "\n") != mine["text"]:
            yield f"part {number} text"


def differences(mine, octets):
    """Names what differs, in words that do not change from run to run."""
    view = PythonView(octets)
    shape = [(p["type"], p["parent"]) for p in mine["parts"]]
    if shape != [(p["type"], p["parent"]) for p in view.parts]:
        yield "structure"
        return
    for number, (got, expected) in enumerate(zip(mine["parts"], view.parts)):
        yield from compare_part(number, got, expected, view)
    if len(mine["messages"]) != len(view.messages):
        yield "messages"
        return
    for number, (got, expected) in enumerate(zip(mine["messages"], view.messages)):
        yield from compare_message(number, got, expected)
    if mine["date"] != python_date(view.root):
        yield "date"


def main():
    dump, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    files = {f"samples/{p.name}": p for p in sorted((root / "tests" / "samples").glob("*.eml"))}
    corpus = root.parent / "shared" / "corpus"
    present = {"samples"}
    if corpus.is_dir():
        present.add("corpus")
        for path in sorted(corpus.rglob("*")):
            if path.is_file() and path.name != "README.md":
                files[f"corpus/{path.relative_to(corpus)}"] = path
    else:
        print(f"skipped: no corpus at {corpus}; comparing the samples only")
    output = subprocess.run([dump, *map(str, files.values())], check=True, capture_output=True).stdout
    found = []
    for name, line in zip(files, output.splitlines(), strict=True):
        for what in differences(json.loads(line), files[name].read_bytes()):
            found.append((name, what))
    if "--list" in sys.argv[3:]:
        for name, what in found:
            print(f"{name}: {what}")
        return 0
    used = set()
    unexplained = []
    for name, what in found:
        match = next((a for a in ACCEPTED if a[0] == name and fnmatch.fnmatch(what, a[1])), None)
        if match is None:
            unexplained.append(f"{name}: {what}")
        used.add(match)
    stale = [a for a in ACCEPTED if a not in used and a[0].split("/")[0] in present]
    for text in unexplained:
        print(f"unexplained difference: {text}")
    for name, what, _ in stale:
        print(f"explained difference no longer occurs: {name}: {what}")
    print(f"{len(files)} messages compared, {len(found)} differences, {len(unexplained)} unexplained")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
