#!/usr/bin/env python3
"""Runs dialogue scripts (*.dialog) against a real server; tests/dialog/README.md has the format.

Every script gets its own server with fresh data. Nothing sleeps: each step waits for an event with
a time limit.
"""
import argparse
import base64
import concurrent.futures
import pathlib
import re
import shutil
import ssl
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))
import harness  # noqa: E402

STEP_TIMEOUT = 20.0
SKIP_LIMIT = 2000  # lines an S*: may pass over
DOORS = (*harness.DOORS, "local-submit", "local-imap")
STEP = re.compile(r"(C-raw|C|S|TLS|EOF)(\*?)(\d*)(\*?)(?::(?: (.*))?)?$", re.DOTALL)
VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Failed(Exception):
    """A step of the script that did not happen."""


class Wire:
    """One client connection, read line by line."""

    def __init__(self, server, door):
        self.server = server
        self.sock = server.connect(door, STEP_TIMEOUT)
        self.buffer = b""
        if door in ("submissions", "imaps", "pop3s"):
            self.start_tls()

    def start_tls(self):
        if self.buffer:
            raise Failed(f"octets before the TLS handshake: {self.buffer[:80]!r}")
        self.sock = self.server.tls_context().wrap_socket(self.sock, server_hostname="localhost")

    def line(self):
        """The next line without CRLF as text (Latin-1 where it is not UTF-8), None at the end."""
        while b"\n" not in self.buffer:
            try:
                octets = self.sock.recv(65536)
            except TimeoutError:
                raise Failed(f"no line within {STEP_TIMEOUT:.0f} s"
                             + (f", only {self.buffer[:200]!r}" if self.buffer else "")) from None
            except (ConnectionResetError, ssl.SSLEOFError):
                octets = b""
            if not octets:
                if self.buffer:
                    raise Failed(f"connection closed inside a line: {self.buffer[:200]!r}")
                return None
            self.buffer += octets
        raw, self.buffer = self.buffer.split(b"\n", 1)
        if not raw.endswith(b"\r"):
            raise Failed(f"a line that ends in a bare LF: {raw[:200]!r}")
        try:
            return raw[:-1].decode("utf-8")
        except UnicodeDecodeError:
            return raw[:-1].decode("latin-1")

    def send(self, octets):
        try:
            self.sock.sendall(octets)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # the next S: line says what was expected

    def half_close(self):
        self.sock.shutdown(1)

    def close(self):
        self.sock.close()


class Script:
    """A parsed script: settings for the server and the steps in order."""

    def __init__(self, path):
        self.path = path
        self.settings = {}
        self.accounts = {}
        self.steps = []  # (line number, kind, wire name, text)
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            if line.startswith("#"):
                self._header(number, line[1:].split())
                continue
            found = STEP.match(line)
            if not found:
                raise Failed(f"{path}:{number}: not a step: {line!r}")
            self.steps.append((number, found[1] + (found[2] or found[4]), found[3], found[5] or ""))

    def _header(self, number, words):
        if words[:1] == ["connect"] and len(words) in (2, 3):
            name = words[1] if len(words) == 3 else ""
            if words[-1] not in DOORS:
                raise Failed(f"{self.path}:{number}: no such door: {words[-1]}")
            self.steps.append((number, "connect", name, words[-1]))
        elif words[:1] == ["config"] and len(words) >= 4 and words[2] == "=":
            text = " ".join(words[3:])
            self.settings[words[1]] = int(text) if text.isdigit() else text.strip('"')
        elif words[:1] == ["account"] and len(words) == 3:
            self.accounts[words[1]] = words[2]


class Run:
    """One run of one script against one server."""

    def __init__(self, script, server, verbose):
        self.script, self.server, self.verbose = script, server, verbose
        self.wires = {}
        first, second = list(server.accounts.values())[:2]
        encode = lambda text: base64.b64encode(text.encode()).decode()  # noqa: E731
        self.variables = {"DOMAIN": "example.org", "HOST": "localhost"}
        for suffix, account in (("", first), ("2", second)):
            self.variables.update({
                f"USER{suffix}": account.address, f"PASSWORD{suffix}": account.password,
                f"AUTHPLAIN{suffix}": account.auth_plain,
                f"USER{suffix}_B64": encode(account.address),
                f"PASSWORD{suffix}_B64": encode(account.password)})
        self.variables["WRONGPLAIN"] = encode(f"\0{first.address}\0not the password")

    def expand(self, text, escape=False):
        def value(found):
            name = found[1]
            if name.startswith("repeat:"):
                _, what, count = name.split(":")
                return what * int(count)
            if name not in self.variables:
                raise Failed(f"no variable {name}")
            plain = self.variables[name]
            return re.escape(plain) if escape else plain
        return VARIABLE.sub(value, text)

    def wire(self, name):
        if name not in self.wires:
            raise Failed("not connected: a '# connect' line is missing")
        return self.wires[name]

    def trace(self, who, text):
        if self.verbose:
            print(f"    {who} {text}")

    def play(self):
        number = 0
        try:
            for number, kind, name, text in self.script.steps:
                self.step(kind, name, text)
        except (Failed, OSError, re.error) as error:
            raise Failed(f"{self.script.path}:{number}: {error}") from None
        finally:
            for wire in self.wires.values():
                wire.close()

    def step(self, kind, name, text):
        if kind == "connect":
            self.wires[name] = Wire(self.server, text)
        elif kind == "C":
            self.trace(f"C{name}:", self.expand(text))
            self.wire(name).send(self.expand(text).encode() + b"\r\n")
        elif kind == "C-raw":
            raw = self.expand(text).encode("latin-1", "backslashreplace")
            self.wire(name).send(raw.decode("unicode_escape").encode("latin-1"))
        elif kind == "TLS":
            self.wire(name).start_tls()
        elif kind == "EOF":
            self.wire(name).half_close()
        else:
            self.expect(kind, name, text)

    def expect(self, kind, name, text):
        wire = self.wire(name)
        if text == "<closed>":
            line = wire.line()
            while kind == "S*" and line is not None:
                line = wire.line()
            if line is not None:
                raise Failed(f"expected the connection to close, got {line!r}")
            return
        regex = re.compile(self.expand(text, escape=True))
        passed = []
        while True:
            line = wire.line()
            self.trace(f"S{name}:", line)
            if line is None:
                raise Failed(f"expected {text!r}, got the end of the connection"
                             + (f" after {passed[-5:]}" if passed else ""))
            found = regex.fullmatch(line)
            if found:
                self.variables.update({k: v for k, v in found.groupdict().items() if v is not None})
                return
            if kind == "S":
                raise Failed(f"expected {text!r}, got {line!r}")
            passed.append(line)
            if len(passed) > SKIP_LIMIT:
                raise Failed(f"{text!r} did not come within {SKIP_LIMIT} lines")


class Template:
    """A prepared folder (certificate, database with the accounts), copied for every script."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-dialog-"))
        self.server = harness.Server(
            folder=self.folder / "t",
            accounts={"alice@example.org": "curiouser and curiouser",
                      "bob@example.org": "the builder 7",
                      f"{harness.login_user()}@example.org": "nobody types this one"})
        self.server.prepare()

    def copy(self, name, settings, accounts):
        target = self.folder / name
        target.mkdir()
        for item in ("cert.pem", "key.pem"):
            shutil.copy2(self.server.folder / item, target / item)
        shutil.copytree(self.server.data_dir, target / "data")
        server = harness.Server(folder=target, accounts=accounts,
                                settings={"auth.plaintext": "tls", **settings})
        server.accounts.update(self.server.accounts)
        return server

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def run_one(path, template, verbose):
    """Runs one script; returns (path, error or None, seconds)."""
    begin = time.monotonic()
    try:
        script = Script(path)
        name = re.sub(r"\W+", "-", str(path.resolve()))[-40:] + f"-{time.monotonic_ns()}"
        with template.copy(name[-60:], script.settings, script.accounts) as server:
            Run(script, server, verbose).play()
        error = None
    except (Failed, harness.HarnessError, OSError) as failure:
        error = str(failure)
    return path, error, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=[str(HERE)], help="scripts or folders")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every line exchanged")
    options = parser.parse_args()
    scripts = []
    for given in map(pathlib.Path, options.paths):
        scripts += sorted(given.rglob("*.dialog")) if given.is_dir() else [given]
    if not scripts:
        print("no dialogue scripts found", file=sys.stderr)
        return 1
    template = Template()
    failures = 0
    try:
        with concurrent.futures.ThreadPoolExecutor(1 if options.verbose else options.jobs) as pool:
            jobs = [pool.submit(run_one, path, template, options.verbose) for path in scripts]
            for job in concurrent.futures.as_completed(jobs):
                path, error, seconds = job.result()
                failures += error is not None
                print(f"{'FAIL' if error else 'ok  '} {path} ({seconds:.1f} s)", flush=True)
                if error:
                    print(f"     {error}", flush=True)
    finally:
        template.remove()
    print(f"dialogs: {len(scripts) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
