"""A real server for tests: configuration, certificate, accounts, start, stop, kill.

Knows nothing of protocols; uses only Python's standard library and the openssl command.
The program under test is named by the environment variable RESTANTE_BINARY.
"""
import base64
import getpass
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOORS = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s")
SANITIZER = re.compile(
    r"ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|: runtime error: ")
# Generous because a sanitized binary may share two cores with other tests.
START_TIMEOUT = 60.0
STOP_TIMEOUT = 60.0


class HarnessError(Exception):
    """The server did not do what every test relies on (start, stop, no sanitizer report)."""


def binary() -> str:
    """Path of the program under test; without RESTANTE_BINARY the newest of the usual builds."""
    named = os.environ.get("RESTANTE_BINARY")
    if named:
        return str(pathlib.Path(named).resolve())
    found = [p for preset in ("asan", "release", "debug")
             for p in [ROOT / "build" / preset / "cli" / "restante"] if p.exists()]
    if not found:
        raise HarnessError("no server to test: build one or set RESTANTE_BINARY")
    return str(max(found, key=lambda p: p.stat().st_mtime))


_taken_ports = set()


def free_port() -> int:
    """A loopback TCP port nobody listens on, outside the range the kernel hands to clients."""
    for _ in range(2000):
        port = random.SystemRandom().randint(10240, 19999)
        if port in _taken_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _taken_ports.add(port)
        return port
    raise HarnessError("no free port between 10240 and 19999")


def make_certificate(folder) -> tuple:
    """Self-signed certificate for localhost; returns (certificate, key) paths."""
    cert, key = pathlib.Path(folder, "cert.pem"), pathlib.Path(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
         "basicConstraints=critical,CA:TRUE", "-keyout", str(key), "-out", str(cert)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key.chmod(0o600)
    return cert, key


def toml(value) -> str:
    """One TOML value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Account:
    """An address and its password, with what logins need."""

    def __init__(self, address: str, password: str):
        self.address = address
        self.password = password

    @property
    def auth_plain(self) -> str:
        return base64.b64encode(f"\0{self.address}\0{self.password}".encode()).decode()


class Server:
    """One server on free loopback ports with its own folder. Use as a context manager.

    settings overrides the configuration: {"limits.message-size": "10 KiB", ...}. ports is door -> port.
    accounts are added before the start: address -> password. Everything is removed at the end unless
    the test failed and RESTANTE_KEEP is set.
    """

    def __init__(self, accounts=None, settings=None, domains=("example.org",), folder=None,
                 prefix=()):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="restante-"))
        self.folder.mkdir(exist_ok=True)
        self._own_folder = folder is None
        self.data_dir = self.folder / "data"
        self.config = self.folder / "restante.toml"
        self.local = self.folder / "run"
        self.domains = list(domains)
        self.settings = dict(settings or {})
        self.prefix = list(prefix)  # command put before the server's, such as setpriv
        self.accounts = {}
        self.ports = {}
        self.process = None
        self.log = []  # lines of stderr
        self._log_lock = threading.Condition()
        self._reader = None
        self._wanted = dict(accounts if accounts is not None else {
            "alice@example.org": "curiouser and curiouser", "bob@example.org": "the builder 7"})
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"

    # --- setting up ---
    def prepare(self) -> "Server":
        """Certificate, configuration and accounts, without starting."""
        if not self.cert.exists():
            make_certificate(self.folder)
        self.data_dir.mkdir(exist_ok=True)
        self.local.mkdir(exist_ok=True, mode=0o755)
        self.choose_ports()
        for address, password in self._wanted.items():
            if address not in self.accounts:
                self.add_account(address, password)
        return self

    def choose_ports(self) -> None:
        """New free ports for every door, written to the configuration."""
        self.ports = {door: free_port() for door in DOORS}
        self.write_config()

    def write_config(self, **overrides) -> None:
        """Writes the configuration file from settings; a value of None leaves a key out."""
        keys = {
            "hostname": "localhost", "domains": self.domains, "data-dir": str(self.data_dir),
            "tls.cert": str(self.cert), "tls.key": str(self.key),
            **{f"listen.{door}": [f"127.0.0.1:{port}"] for door, port in self.ports.items()},
            "listen.local": f"unix:{self.local}",
            "auth.plaintext": "tls",
            "limits.connections-per-address": 500,
        }
        keys.update(self.settings)
        keys.update(overrides)
        sections = {}
        for name, value in keys.items():
            if value is None:
                continue
            section, _, key = name.rpartition(".")
            sections.setdefault(section, []).append(f"{key} = {toml(value)}")
        lines = sections.pop("", [])
        for section, entries in sections.items():
            lines += [f"[{section}]", *entries]
        self.config.write_text("\n".join(lines) + "\n")

    def add_account(self, address: str, password: str) -> Account:
        """Adds an account with the command line, while the server runs or not."""
        done = self.cli("account", "add", address, "--password-stdin", "--config",
                        str(self.config), stdin=password + "\n", prefixed=True)
        if done.returncode != 0:
            raise HarnessError(f"account add {address}: exit {done.returncode}: {done.stderr}")
        self.accounts[address] = Account(address, password)
        return self.accounts[address]

    # --- running ---
    def start(self) -> "Server":
        """Starts and waits for the ready line; tries other ports if one was taken meanwhile."""
        self.prepare()
        for attempt in range(3):
            self._spawn()
            if self._wait_ready():
                return self
            text = self.log_text()
            if attempt < 2 and re.search(r"in use", text):
                self.choose_ports()
                continue
            raise HarnessError(f"the server did not become ready:\n{text}")
        return self

    def _spawn(self) -> None:
        with self._log_lock:
            self.log = []
        self.process = subprocess.Popen(
            [*self.prefix, binary(), "serve", "--config", str(self.config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=server_environment(), start_new_session=True)
        self._reader = threading.Thread(target=self._read_log, args=(self.process,), daemon=True)
        self._reader.start()

    def _read_log(self, process) -> None:
        with process.stdout:
            for raw in process.stdout:
                with self._log_lock:
                    self.log.append(raw.decode("utf-8", "replace").rstrip("\n"))
                    self._log_lock.notify_all()
        with self._log_lock:
            self.log.append(None)  # end of output
            self._log_lock.notify_all()

    def _wait_ready(self) -> bool:
        return self.wait_log(r"\bready\b", START_TIMEOUT) is not None

    def wait_log(self, pattern: str, timeout: float = 30.0):
        """Waits for a line of the log that matches; None when the server ended or time ran out."""
        regex, seen, end = re.compile(pattern), 0, time.monotonic() + timeout
        with self._log_lock:
            while True:
                for line in self.log[seen:]:
                    if line is None:
                        return None
                    found = regex.search(line)
                    if found:
                        return found
                seen = len(self.log)
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._log_lock.wait(left)

    def log_text(self) -> str:
        with self._log_lock:
            return "\n".join(line for line in self.log if line is not None)

    def stop(self) -> None:
        """SIGTERM; the server must say goodbye, exit 0 and have no sanitizer report."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise HarnessError(f"no exit within {STOP_TIMEOUT:.0f} s of SIGTERM:\n"
                               + self.log_text()) from None
        self._reader.join(10)
        self._check_report()
        if code != 0:
            raise HarnessError(f"exit status {code} after SIGTERM:\n{self.log_text()}")

    def kill(self) -> None:
        """kill -9, as a power loss of the process."""
        process, self.process = self.process, None
        process.kill()
        process.wait()
        self._reader.join(10)
        self._check_report()

    def _check_report(self) -> None:
        text = self.log_text()
        if SANITIZER.search(text):
            raise HarnessError(f"sanitizer report:\n{text}")

    def restart(self) -> "Server":
        if self.process is not None:
            self.stop()
        return self.start()

    def close(self, keep=False) -> None:
        try:
            self.stop()
        finally:
            if self._own_folder and not keep:
                shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            if self.process is not None:
                self.process.kill()
                self.process.wait()
                self.process = None
            self.close(keep=bool(os.environ.get("RESTANTE_KEEP")))
            raise

    def __exit__(self, kind, value, trace) -> None:
        failed = kind is not None
        keep = failed and bool(os.environ.get("RESTANTE_KEEP"))
        if failed:
            print(f"--- server log (folder {self.folder}) ---\n{self.log_text()[-6000:]}\n---",
                  file=sys.stderr)
        try:
            self.close(keep=keep)
        except HarnessError:
            if not failed:
                raise

    # --- using ---
    def cli(self, *args, stdin="", env=None, timeout=120.0, prefixed=False):
        """Runs the command line; returns a CompletedProcess with text output."""
        return subprocess.run(
            [*(self.prefix if prefixed else ()), binary(), *args], input=stdin, text=True,
            encoding="utf-8", errors="surrogateescape", capture_output=True, timeout=timeout,
            env={**server_environment(), **(env or {})}, check=False)

    def tls_context(self) -> ssl.SSLContext:
        """A client's context that trusts exactly this server's certificate, name checked."""
        return ssl.create_default_context(cafile=str(self.cert))

    def connect(self, door: str, timeout: float = 30.0) -> socket.socket:
        """A connected socket: a TCP door, or local-submit / local-imap. TLS is not started."""
        if door.startswith("local-"):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.settimeout(timeout)
            sock.connect(str(self.local / (door[len("local-"):] + ".sock")))
            return sock
        return socket.create_connection(("127.0.0.1", self.ports[door]), timeout=timeout)

    def pid(self) -> int:
        return self.process.pid


def server_environment() -> dict:
    """The environment of every program under test: no personal settings, strict sanitizers."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "RESTANTE_CONFIG"))}
    env.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1:strict_string_checks=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    env["LC_ALL"] = "C.UTF-8"
    return env


def login_user() -> str:
    """The name of the user that runs the tests, as the local sockets know it."""
    return getpass.getuser()
