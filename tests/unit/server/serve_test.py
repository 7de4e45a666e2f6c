#!/usr/bin/env python3
"""How the server starts, refuses to start, and stops: each failure is one clear line with the right
exit code, and loses nothing. Runs the program named by RESTANTE_BINARY."""
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "clients"))
import harness  # noqa: E402

CONFIG, IO, BUSY, EXISTS, USAGE, UNKNOWN = 78, 74, 75, 73, 64, 67
TRIAL_PORTS = (1025, 1587, 1465, 1143, 1993, 1110, 1995)
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def serve(*args, prefix=(), env=None):
    """Runs `restante serve`, which is expected to fail at once."""
    return subprocess.run([*prefix, harness.binary(), "serve", *args], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60,
                          env={**harness.server_environment(), **(env or {})}, check=False)


def can_be_nobody() -> bool:
    """Whether another, unprivileged user can run the program under test."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    return subprocess.run([*NOBODY, harness.binary(), "version"], capture_output=True,
                          check=False).returncode == 0


class Starting(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(accounts={"alice@example.org": "secret of alice"})
        self.addCleanup(self.server.close)
        self.server.prepare()

    def assert_refused(self, done, code, *parts):
        """One line `restante: ...` with the parts in it, perhaps one hint, the exit code."""
        text = done.stderr
        self.assertEqual(done.returncode, code, text)
        self.assertNotRegex(text, harness.SANITIZER)
        told = [line for line in text.splitlines() if line.startswith("restante: ")]
        hints = [line for line in text.splitlines() if line.startswith("hint: ")]
        self.assertEqual(len(told), 1, text)
        self.assertLessEqual(len(hints), 1, text)
        for part in parts:
            self.assertIn(part, text)
        self.assertEqual(done.stdout, "")

    def config_file(self):
        return str(self.server.config)

    def test_all_mistakes_of_the_configuration_are_told(self):
        self.server.write_config(**{"limits.recipient": 5, "auth.plaintext": "maybe"})
        done = serve("--config", self.config_file())
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("unknown key 'limits.recipient'; did you mean 'limits.recipients'?", done.stderr)
        self.assertIn('this must be "tls" or "loopback"', done.stderr)
        self.assertRegex(done.stderr, r"restante\.toml:\d+: ")

    def test_missing_configuration(self):
        done = serve("--config", "/nonexistent.toml")
        self.assert_refused(done, CONFIG, "/nonexistent.toml", "No such file")

    def test_busy_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.server.write_config(**{"listen.imaps": [f"127.0.0.1:{port}"]})
            done = serve("--config", self.config_file())
        self.assert_refused(done, BUSY, f"cannot listen on 127.0.0.1:{port}: address in use",
                            "listen.imaps")

    def test_missing_certificate(self):
        self.server.write_config(**{"tls.cert": "/nonexistent/cert.pem"})
        done = serve("--config", self.config_file())
        self.assert_refused(done, CONFIG, "/nonexistent/cert.pem", "No such file", "tls.cert")

    def test_key_of_another_certificate(self):
        other = self.server.folder / "other"
        other.mkdir()
        harness.make_certificate(other)
        self.server.write_config(**{"tls.key": str(other / "key.pem")})
        self.assert_refused(serve("--config", self.config_file()), CONFIG, "key.pem")

    def test_data_folder_that_cannot_be(self):
        self.server.write_config(**{"data-dir": "/proc/restante"})
        self.assert_refused(serve("--config", self.config_file()), IO, "/proc/restante")
        (self.server.folder / "file").write_text("x")
        self.server.write_config(**{"data-dir": str(self.server.folder / "file")})
        done = serve("--config", self.config_file())
        self.assert_refused(done, IO, str(self.server.folder / "file"))
        self.assertEqual((self.server.folder / "file").read_text(), "x")

    def test_data_folder_of_somebody_else(self):
        if not can_be_nobody():
            self.skipTest("needs root, setpriv and a program that everybody may run")
        self.server.folder.chmod(0o755)
        for path in (self.server.config, self.server.cert, self.server.key):
            path.chmod(0o644)
        done = serve("--config", self.config_file(), prefix=NOBODY)
        self.assert_refused(done, IO, str(self.server.data_dir))

    def test_second_server_on_the_same_data(self):
        self.server.start()
        second = harness.Server(folder=self.server.folder / "second", accounts={})
        second.prepare()
        second.write_config(**{"data-dir": str(self.server.data_dir)})
        self.assert_refused(serve("--config", str(second.config)), BUSY, str(self.server.data_dir))
        self.assertEqual(self.login("alice@example.org", "secret of alice"), 235)

    def test_damaged_database(self):
        database = self.server.data_dir / "restante.db"
        good = database.read_bytes()
        database.write_bytes(b"\0" * 4096 + good[4096:])
        done = serve("--config", self.config_file())
        self.assert_refused(done, IO, str(database))
        self.assertEqual(database.read_bytes(), b"\0" * 4096 + good[4096:])
        database.write_bytes(good)
        self.server.start()
        self.assertEqual(self.login("alice@example.org", "secret of alice"), 235)

    def test_full_disk(self):
        folder = self.server.folder / "small"
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small file system")
        self.addCleanup(subprocess.run, ["umount", str(folder)], check=False)
        with open(folder / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        self.server.write_config(**{"data-dir": str(folder / "data")})
        self.assert_refused(serve("--config", self.config_file()), IO, str(folder / "data"))

    def login(self, address, password):
        """The reply code of AUTH PLAIN on the submissions door."""
        with smtplib.SMTP_SSL("localhost", self.server.ports["submissions"], timeout=30,
                              context=self.server.tls_context()) as client:
            client.user, client.password = address, password
            client.ehlo()
            return client.docmd("AUTH PLAIN " + harness.Account(address, password).auth_plain)[0]

    def test_accounts_beside_a_running_server(self):
        self.server.start()
        config = ("--config", self.config_file())
        self.server.add_account("new@example.org", "first password")
        self.assertEqual(self.login("new@example.org", "first password"), 235)
        again = self.server.cli("account", "add", "New@example.org", "--generate", *config)
        self.assertEqual(again.returncode, EXISTS, again.stderr)
        done = self.server.cli("account", "passwd", "new@example.org", "--password-stdin", *config,
                               stdin="second password\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.login("new@example.org", "first password"), 535)
        self.assertEqual(self.login("new@example.org", "second password"), 235)
        listed = self.server.cli("account", "list", *config).stdout
        self.assertEqual([line.split("\t")[0] for line in listed.splitlines()],
                         ["alice@example.org", "new@example.org"])
        asked = self.server.cli("account", "remove", "new@example.org", *config)
        self.assertEqual(asked.returncode, USAGE, asked.stderr)
        gone = self.server.cli("account", "remove", "new@example.org", "--yes", *config)
        self.assertEqual(gone.returncode, 0, gone.stderr)
        self.assertEqual(self.login("new@example.org", "second password"), 535)
        for address, code in (("new@example.org", UNKNOWN), ("a@elsewhere.org", UNKNOWN),
                              ("no address", USAGE)):
            done = self.server.cli("account", "passwd", address, "--generate", *config)
            self.assertEqual(done.returncode, code, done.stderr)

    def test_hangup_rereads_the_certificate(self):
        self.server.start()
        address = ("localhost", self.server.ports["imaps"])
        before = ssl.get_server_certificate(address)
        harness.make_certificate(self.server.folder)
        os.kill(self.server.pid(), signal.SIGHUP)
        self.assertIsNotNone(self.server.wait_log("certificate reread"))
        after = ssl.get_server_certificate(address)
        self.assertNotEqual(before, after)
        self.server.cert.write_text("rubbish")
        os.kill(self.server.pid(), signal.SIGHUP)
        self.assertIsNotNone(self.server.wait_log("the old one stays"))
        self.assertEqual(ssl.get_server_certificate(address), after)

    def test_goodbye(self):
        self.server.start()
        smtp = self.server.connect("submission")
        imap = self.server.connect("imap")
        self.assertRegex(smtp.recv(1000), rb"^220 ")
        self.assertRegex(imap.recv(1000), rb"^\* OK ")
        began = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - began, 10)
        self.assertRegex(smtp.recv(1000), rb"^421 ")
        self.assertRegex(imap.recv(1000), rb"^\* BYE ")
        smtp.close()
        imap.close()
        self.assertEqual(sorted(p.name for p in self.server.local.iterdir()), [])

    def test_too_many_connections(self):
        self.server.settings["limits.connections-per-address"] = 3
        self.server.start()
        held = [self.server.connect("submission") for _ in range(3)]
        for sock in held:
            self.assertRegex(sock.recv(1000), rb"^220 ")
        with self.server.connect("submission") as sock:
            self.assertRegex(sock.recv(1000), rb"^421 ")
        with self.server.connect("imap") as sock:
            self.assertRegex(sock.recv(1000), rb"^\* BYE ")
        for sock in held:
            sock.close()

    def test_local_user(self):
        self.server.start()
        with self.server.connect("local-submit") as sock:
            self.assertRegex(sock.recv(1000), rb"^554 5\.7\.1 ")
        with self.server.connect("local-imap") as sock:
            self.assertRegex(sock.recv(1000), rb"^\* BYE ")
        self.server.add_account(harness.login_user() + "@example.org", "not asked for")
        with self.server.connect("local-submit") as sock:
            self.assertRegex(sock.recv(1000), rb"^220 ")
        with self.server.connect("local-imap") as sock:
            self.assertRegex(sock.recv(1000), rb"^\* PREAUTH ")

    def test_readiness_is_told_to_the_service_manager(self):
        path = str(self.server.folder / "notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(30)
            self.server.prefix = ["env", f"NOTIFY_SOCKET={path}"]
            self.server.start()
            self.assertEqual(manager.recv(100), b"READY=1")
            self.server.stop()
            self.assertEqual(manager.recv(100), b"STOPPING=1")


class Trial(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "run").mkdir()
        self.env = {**harness.server_environment(), "XDG_DATA_HOME": str(self.folder / "share"),
                    "XDG_RUNTIME_DIR": str(self.folder / "run")}

    def test_starts_without_a_file(self):
        for port in TRIAL_PORTS:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    self.skipTest(f"port {port} of the trial is in use on this computer")
        for _ in range(2):  # the second start finds what the first one made
            self.run_trial()

    def run_trial(self):
        process = subprocess.Popen([harness.binary(), "serve"], stderr=subprocess.PIPE, text=True,
                                   env=self.env)
        try:
            told = ""
            while "ready in" not in told:
                line = process.stderr.readline()
                self.assertTrue(line, told)
                told += line
            self.assertIn("TRIAL on this computer only", told)
            data = self.folder / "share" / "restante"
            self.assertEqual(stat.S_IMODE(data.stat().st_mode), 0o700)
            for name in ("restante.db", "trial-password", "trial-key.pem"):
                self.assertEqual(stat.S_IMODE((data / name).stat().st_mode), 0o600, name)
            password = (data / "trial-password").read_text().strip()
            self.assertNotIn(password, told)
            account = harness.Account(harness.login_user() + "@localhost", password)
            with smtplib.SMTP("127.0.0.1", 1587, timeout=30) as client:
                client.ehlo()
                self.assertEqual(client.docmd("AUTH PLAIN " + account.auth_plain)[0], 235)
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(30)
                sock.connect(str(self.folder / "run" / "restante" / "submit.sock"))
                self.assertRegex(sock.recv(1000), rb"^220 ")
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.stderr.read()
            process.stderr.close()
            self.assertEqual(process.wait(30), 0)
            self.assertNotRegex(rest, harness.SANITIZER)

    def test_a_path_too_long_for_sockets_is_told(self):
        env = {**self.env, "XDG_RUNTIME_DIR": "/tmp/" + "x" * 100}
        done = subprocess.run([harness.binary(), "serve"], env=env, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("path of the local sockets is too long", done.stderr)

    def test_no_accounts_without_a_trial(self):
        if pathlib.Path("/etc/restante/restante.toml").exists():
            self.skipTest("this computer has a configured server")
        done = subprocess.run([harness.binary(), "account", "list"], env=self.env,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("--config", done.stderr)
        self.assertFalse((self.folder / "share").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
