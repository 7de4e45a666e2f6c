"""A strict reader of IMAP responses for tests: connection, literals, ENVELOPE, BODYSTRUCTURE.

Written from RFC 9051 section 9 (and RFC 3501 section 9 where they differ), independent of the
server's code. Anything the grammar does not allow raises SyntaxError.
"""
import re
import socket

SPECIALS = re.compile(rb'[(){ %*"\\\]\x00-\x1f\x7f-\xff]')
NUMBER = re.compile(rb"(?:0|[1-9][0-9]*)\Z")


class Atom(bytes):
    """An atom or number, told apart from strings."""


class Quoted(bytes):
    """A quoted string."""


class Literal(bytes):
    """A literal."""


NIL = None


class Reader:
    """Parses one response, given as octets with its literals inside."""

    def __init__(self, octets: bytes):
        self.data, self.at = octets, 0

    def fail(self, what):
        raise SyntaxError(f"{what} at {self.at}: ...{self.data[max(self.at - 60, 0):self.at + 60]!r}")

    def peek(self) -> bytes:
        return self.data[self.at:self.at + 1]

    def take(self, octets: bytes):
        if not self.data.startswith(octets, self.at):
            self.fail(f"expected {octets!r}")
        self.at += len(octets)

    def end(self):
        if self.at != len(self.data):
            self.fail("expected the end")

    def string(self):
        """quoted or literal."""
        if self.peek() == b'"':
            return self._quoted()
        if self.peek() == b"{":
            return self._literal()
        self.fail("expected a string")

    def nstring(self):
        if self.data[self.at:self.at + 3] == b"NIL":
            self.at += 3
            return NIL
        return self.string()

    def _quoted(self):
        self.take(b'"')
        text = bytearray()
        while True:
            octet = self.peek()
            if octet in (b"", b"\r", b"\n", b"\0"):
                self.fail("a quoted string without end")
            self.at += 1
            if octet == b'"':
                return Quoted(text)
            if octet == b"\\":
                octet = self.peek()
                if octet not in (b'"', b"\\"):
                    self.fail("a backslash before something else in a quoted string")
                self.at += 1
            elif octet > b"\x7f":
                self.fail("8-bit octet in a quoted string without UTF8=ACCEPT or IMAP4rev2")
            text += octet

    def _literal(self):
        found = re.compile(rb"\{(0|[1-9][0-9]*)\}\r\n").match(self.data, self.at)
        if not found:
            self.fail("expected a literal")
        begin, size = found.end(), int(found[1])
        if begin + size > len(self.data):
            self.fail("literal too short")
        self.at = begin + size
        octets = self.data[begin:self.at]
        if b"\0" in octets:
            self.fail("NUL in a literal")
        return Literal(octets)

    def number(self) -> int:
        begin = self.at
        while self.peek().isdigit():
            self.at += 1
        text = self.data[begin:self.at]
        if not NUMBER.match(text) or int(text) >= 2 ** 63:
            self.fail("expected a number")
        return int(text)

    def flags(self):
        self.take(b"(")
        found = []
        while self.peek() != b")":
            if found:
                self.take(b" ")
            match = re.compile(rb'\\?[^(){ %*"\\\]\x00-\x1f\x7f-\xff]+').match(self.data, self.at)
            if not match:
                self.fail("expected a flag")
            self.at = match.end()
            found.append(match[0])
        self.take(b")")
        return found

    # --- ENVELOPE ---
    def addresses(self):
        """"(" 1*address ")" / nil; no space between addresses."""
        if self.data[self.at:self.at + 3] == b"NIL":
            self.at += 3
            return NIL
        self.take(b"(")
        found = []
        while self.peek() == b"(":
            self.take(b"(")
            fields = [self.nstring()]
            for _ in range(3):
                self.take(b" ")
                fields.append(self.nstring())
            self.take(b")")
            found.append(tuple(fields))
        if not found:
            self.fail("an empty list of addresses")
        self.take(b")")
        self._check_groups(found)
        return found

    def _check_groups(self, addresses):
        inside = False
        for _, _, mailbox, host in addresses:
            if host is NIL and mailbox is not NIL:
                if inside:
                    self.fail("a group inside a group")
                inside = True
            elif host is NIL:
                if not inside:
                    self.fail("the end of a group that has not begun")
                inside = False
            elif mailbox is NIL:
                self.fail("an address with a host and no mailbox")
        if inside:
            self.fail("a group without end")

    def envelope(self):
        """The ten fields of an envelope."""
        self.take(b"(")
        fields = [self.nstring()]
        self.take(b" ")
        fields.append(self.nstring())
        for _ in range(6):
            self.take(b" ")
            fields.append(self.addresses())
        for _ in range(2):
            self.take(b" ")
            fields.append(self.nstring())
        self.take(b")")
        return fields

    # --- BODYSTRUCTURE ---
    def parameters(self):
        if self.data[self.at:self.at + 3] == b"NIL":
            self.at += 3
            return {}
        self.take(b"(")
        found = {}
        while True:
            name = self.string()
            self.take(b" ")
            found[bytes(name).lower()] = self.string()
            if self.peek() == b")":
                break
            self.take(b" ")
        self.take(b")")
        return found

    def disposition(self):
        if self.data[self.at:self.at + 3] == b"NIL":
            self.at += 3
            return NIL
        self.take(b"(")
        kind = self.string()
        self.take(b" ")
        parameters = self.parameters()
        self.take(b")")
        return kind, parameters

    def language(self):
        if self.peek() != b"(":
            return self.nstring()
        self.take(b"(")
        found = [self.string()]
        while self.peek() == b" ":
            self.take(b" ")
            found.append(self.string())
        self.take(b")")
        return found

    def extension(self):
        if self.peek() == b"(":
            self.take(b"(")
            self.extension()
            while self.peek() == b" ":
                self.take(b" ")
                self.extension()
            self.take(b")")
        elif self.peek().isdigit():
            self.number()
        else:
            self.nstring()

    def body(self, extended=True, depth=0):
        """A body as a dict; extended for BODYSTRUCTURE, not for BODY."""
        if depth > 500:
            self.fail("a structure deeper than 500")
        self.take(b"(")
        part = self._multipart(extended, depth) if self.peek() == b"(" else self._leaf(extended, depth)
        self.take(b")")
        return part

    def _multipart(self, extended, depth):
        parts = []
        while self.peek() == b"(":
            parts.append(self.body(extended, depth + 1))
        self.take(b" ")
        part = {"parts": parts, "type": b"multipart", "subtype": bytes(self.string()).lower()}
        if self.peek() == b" ":
            if not extended:
                self.fail("extension data in BODY")
            self.take(b" ")
            part["parameters"] = self.parameters()
            self._extensions(part)
        return part

    def _leaf(self, extended, depth):
        part = {"type": bytes(self.string()).lower()}
        self.take(b" ")
        part["subtype"] = bytes(self.string()).lower()
        self.take(b" ")
        part["parameters"] = self.parameters()
        for name in ("id", "description"):
            self.take(b" ")
            part[name] = self.nstring()
        self.take(b" ")
        part["encoding"] = self.string()
        self.take(b" ")
        part["octets"] = self.number()
        if part["type"] == b"message" and part["subtype"] in (b"rfc822", b"global"):
            self.take(b" ")
            part["envelope"] = self.envelope()
            self.take(b" ")
            part["body"] = self.body(extended, depth + 1)
            self.take(b" ")
            part["lines"] = self.number()
        elif part["type"] == b"text":
            self.take(b" ")
            part["lines"] = self.number()
        if self.peek() == b" ":
            if not extended:
                self.fail("extension data in BODY")
            self.take(b" ")
            part["md5"] = self.nstring()
            self._extensions(part)
        return part

    def _extensions(self, part):
        for name, read in (("disposition", self.disposition), ("language", self.language),
                           ("location", self.nstring)):
            if self.peek() != b" ":
                return
            self.take(b" ")
            part[name] = read()
        while self.peek() == b" ":
            self.take(b" ")
            self.extension()

    # --- FETCH ---
    def fetch(self):
        """`* n FETCH (...)` as (sequence number, {item: value})."""
        self.take(b"* ")
        number = self.number()
        self.take(b" FETCH (")
        items = {}
        while True:
            match = re.compile(rb"[A-Z0-9.]+(?:\[[^\]]*\](?:<[0-9]+>)?)?").match(self.data, self.at)
            if not match:
                self.fail("expected the name of an item")
            self.at = match.end()
            name = match[0].decode()
            self.take(b" ")
            items[name] = self._item(name)
            if self.peek() == b")":
                break
            self.take(b" ")
        self.take(b")\r\n")
        self.end()
        return number, items

    def _item(self, name):
        if name == "ENVELOPE":
            return self.envelope()
        if name == "BODYSTRUCTURE":
            return self.body(True)
        if name == "BODY":
            return self.body(False)
        if name == "FLAGS":
            return self.flags()
        if name in ("UID", "RFC822.SIZE"):
            return self.number()
        if name == "INTERNALDATE":
            date = self.string()
            if not re.fullmatch(rb"[ 0-3]\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d [+-]\d{4}", date):
                self.fail(f"not a date-time: {date!r}")
            return date
        return self.nstring()


def leaves(part, prefix=""):
    """Yields (section, leaf) for every leaf part, with the numbering of RFC 9051 section 6.4.5.1."""
    if "parts" in part:
        for index, child in enumerate(part["parts"], 1):
            yield from leaves(child, f"{prefix}{index}.")
        return
    section = prefix.rstrip(".") or "1"
    yield section, part
    if "body" in part:
        inner = part["body"]
        yield from leaves(inner, f"{section}." if "parts" in inner else f"{section}.1.")


class Imap:
    """A bare IMAP connection that gives responses as whole octet strings, literals included."""

    def __init__(self, server, account=None, door="imaps", timeout=120):
        sock = server.connect(door, timeout)
        if door == "imaps":
            sock = server.tls_context().wrap_socket(sock, server_hostname="localhost")
        self.sock, self.buffer, self.tag = sock, b"", 0
        self.greeting = self.response()
        if account:
            self.command("LOGIN", f'"{account.address}"', f'"{account.password}"')

    def _more(self):
        octets = self.sock.recv(1 << 20)
        if not octets:
            raise EOFError(f"closed after {self.buffer[-200:]!r}")
        self.buffer += octets

    def response(self) -> bytes:
        """One response with its CRLF; a literal inside is part of it."""
        at = 0
        while True:
            end = self.buffer.find(b"\r\n", at)
            if end < 0:
                at = max(len(self.buffer) - 1, at)
                self._more()
                continue
            at = end + 2
            found = re.search(rb"\{(\d+)\}\Z", self.buffer[max(end - 30, 0):end])
            if not found:
                octets, self.buffer = self.buffer[:at], self.buffer[at:]
                return octets
            at += int(found[1])
            while len(self.buffer) < at:
                self._more()

    def send(self, octets: bytes):
        self.sock.sendall(octets)

    def start(self, *words) -> bytes:
        self.tag += 1
        tag = f"t{self.tag}".encode()
        self.send(tag + b" " + b" ".join(w if isinstance(w, bytes) else str(w).encode()
                                         for w in words) + b"\r\n")
        return tag

    def finish(self, tag: bytes):
        """(untagged responses, tagged line) until the command is completed."""
        untagged = []
        while True:
            response = self.response()
            if response.startswith(tag + b" "):
                return untagged, response
            if not response.startswith((b"* ", b"+ ")):
                raise SyntaxError(f"not a response: {response[:200]!r}")
            untagged.append(response)

    def attempt(self, *words):
        return self.finish(self.start(*words))

    def command(self, *words):
        """Untagged responses of a command that must succeed."""
        untagged, tagged = self.attempt(*words)
        if tagged.split(b" ")[1] != b"OK":
            raise AssertionError(f"{words}: {tagged!r}")
        return untagged

    def append(self, mailbox: str, octets: bytes, flags="", date=""):
        """(tagged line) of an APPEND with a synchronizing literal, or the refusal of it."""
        self.tag += 1
        tag = f"t{self.tag}".encode()
        options = (f"{flags} " if flags else "") + (f'"{date}" ' if date else "")
        self.send(tag + f" APPEND {mailbox} {options}{{{len(octets)}}}\r\n".encode())
        while True:
            response = self.response()
            if response.startswith(b"+"):
                break
            if response.startswith(tag):
                return response
        self.send(octets + b"\r\n")
        return self.finish(tag)[1]

    def fetch(self, what, items, uid=True):
        """[(sequence number, items)] of one FETCH, strictly parsed."""
        untagged = self.command(*(["UID"] if uid else []), "FETCH", what, items)
        return [Reader(r).fetch() for r in untagged if re.match(rb"\* \d+ FETCH ", r)]

    def close(self):
        try:
            self.attempt("LOGOUT")
        except (OSError, EOFError):
            pass
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


__all__ = ["Atom", "Imap", "Literal", "NIL", "Quoted", "Reader", "leaves", "socket"]
