#!/usr/bin/env python3
"""What goes wrong around a server: each is one clear line that says what to do, and loses nothing."""
import os
import re
import shutil
import smtplib
import socket
import subprocess
import unittest

import common
import harness

NOBODY = 65534


class Errors(unittest.TestCase):
    def new_server(self, **options):
        server = harness.Server(**options)
        self.addCleanup(self.tidy, server)
        return server

    @staticmethod
    def tidy(server):
        if server.process is not None:
            server.process.kill()
            server.process.wait()
            server.process = None
        server.close()

    def failed_start(self, server, code, *words, errors=1):
        """Starts the server, which must give up by itself; returns its stderr."""
        done = subprocess.run([*server.prefix, harness.binary(), "serve", "--config", str(server.config)],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                              env=harness.server_environment())
        text = done.stderr.decode()
        self.assertEqual(done.stdout, b"")
        self.assertEqual(done.returncode, code, text)
        lines = [line for line in text.splitlines() if line.startswith("restante: ")]
        hints = [line for line in text.splitlines() if line.startswith("hint: ")]
        self.assertEqual(len(lines), errors, text)
        self.assertEqual(len(hints), 1, text)
        for word in words:
            self.assertIn(str(word), text)
        self.assertNotRegex(text, r"terminate called|what\(\)|exception|core dumped|Sanitizer")
        return text

    def send(self, server, subject="kept", size=100):
        account = next(iter(server.accounts.values()))
        message = common.sample("a@elsewhere.example", account.address, subject)
        # Random text, so that compression does not stretch the space there is.
        message += b"".join(os.urandom(38).hex().encode() + b"\r\n" for _ in range(size // 78))
        with smtplib.SMTP("localhost", server.ports["smtp"], timeout=60) as smtp:
            smtp.sendmail("a@elsewhere.example", [account.address], message)
        return message

    def inbox(self, server):
        account = next(iter(server.accounts.values()))
        with common.Client(server, account) as client:
            return [common.without_trace(m) for m in client.messages()]

    # --- configuration ---
    def config_error(self, extra, code, *words, errors=1):
        server = self.new_server(accounts={})
        server.prepare()
        text = server.config.read_text()
        server.config.write_text(extra(text) if callable(extra) else text + extra)
        return self.failed_start(server, code, *words, errors=errors)

    def test_unknown_key(self):
        text = self.config_error(
            lambda t: t.replace("connections-per-address =", "connection-per-address =", 1), 78,
            "connection-per-address", "connections-per-address")
        self.assertRegex(text, r"restante\.toml:\d+: ")

    def test_every_mistake_at_once(self):
        self.config_error('\n[log]\nlevel = "loud"\nlewel = "info"\n[limit]\nrecipients = 5\n', 78,
                          "warning", "lewel", "limit", errors=3)

    def test_syntax_error(self):
        self.config_error("\nthis is not TOML\n", 78, "restante.toml:")

    def test_no_such_file(self):
        server = self.new_server(accounts={})
        server.prepare()
        server.config.unlink()
        self.failed_start(server, 78, server.config)

    def test_missing_certificate(self):
        server = self.new_server(accounts={})
        server.prepare()
        server.cert.unlink()
        self.failed_start(server, 78, server.cert)

    def test_key_of_another_certificate(self):
        server = self.new_server(accounts={})
        server.prepare()
        other = server.folder / "other"
        other.mkdir()
        shutil.copy(harness.make_certificate(other)[1], server.key)
        self.failed_start(server, 78, server.key)

    def test_config_check_agrees(self):
        server = self.new_server(accounts={})
        server.prepare()
        done = server.cli("config", "check", str(server.config))
        if done.returncode == 64:
            done = server.cli("config", "check", "--config", str(server.config))
        self.assertEqual(done.returncode, 0, done.stderr)

    # --- the machine ---
    def test_busy_port(self):
        server = self.new_server()
        server.start()
        message = self.send(server)
        server.stop()
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = holder.getsockname()[1]
            server.ports["imaps"] = port
            server.write_config()
            self.failed_start(server, 75, port, "imaps")
        server.choose_ports()
        server.start()
        self.assertEqual(self.inbox(server), [message])

    def test_second_server_on_the_same_data(self):
        server = self.new_server()
        server.start()
        message = self.send(server)
        other = self.new_server(folder=server.folder / "other", accounts={})
        other.data_dir = server.data_dir
        other.prepare()
        self.failed_start(other, 75, server.data_dir)
        self.assertEqual(self.inbox(server), [message])
        second = self.send(server)
        self.assertEqual(self.inbox(server), [message, second])

    def test_unwritable_data_folder(self):
        server = self.new_server()
        server.start()
        message = self.send(server)
        server.stop()
        root = os.geteuid() == 0
        if root:
            # Everything readable by the other user, the data folder his neither to read nor write.
            server.folder.chmod(0o755)
            for path in (server.config, server.key, server.cert):
                path.chmod(0o644)
            os.chown(server.key, NOBODY, NOBODY)
            os.chown(server.local, NOBODY, NOBODY)
            server.key.chmod(0o600)
            server.prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            self.reachable_binary(server)
        else:
            server.data_dir.chmod(0o500)
        try:
            self.failed_start(server, 74, server.data_dir)
        finally:
            server.prefix = []
            server.data_dir.chmod(0o700)
            if root:
                os.chown(server.key, 0, 0)
        server.start()
        self.assertEqual(self.inbox(server), [message])

    def reachable_binary(self, server):
        """A copy of the program where an ordinary user may run it."""
        probe = subprocess.run([*server.prefix, "test", "-x", harness.binary()], check=False)
        if probe.returncode == 0:
            return
        copy = server.folder / "restante"
        shutil.copy(harness.binary(), copy)
        copy.chmod(0o755)
        before = os.environ.get("RESTANTE_BINARY")
        os.environ["RESTANTE_BINARY"] = str(copy)
        self.addCleanup(lambda: os.environ.pop("RESTANTE_BINARY") if before is None
                        else os.environ.__setitem__("RESTANTE_BINARY", before))

    def mount_small(self, folder, size="8m"):
        if os.geteuid() != 0:
            self.skipTest("a full disk needs root to mount a small one")
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "restante-test",
                               str(folder)], capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot mount a small file system: {done.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(folder)], check=False)

    def test_full_disk(self):
        server = self.new_server()
        server.folder.mkdir(exist_ok=True)
        self.mount_small(server.data_dir)
        ballast = server.data_dir / "ballast"
        ballast.write_bytes(b"\0" * 3_000_000)
        server.start()
        kept, refusal = [], None
        for number in range(200):
            try:
                kept.append(self.send(server, f"number {number}", 200_000))
            except smtplib.SMTPResponseException as error:
                refusal = error
                break
        self.assertIsNotNone(refusal, "eight megabytes never became full")
        self.assertEqual(refusal.smtp_code, 452, refusal)
        self.assertTrue(kept)
        self.assertEqual(self.inbox(server), kept, "reading goes on while the disk is full")
        self.assertRegex(server.log_text(), r"(?i)full|space|disk")
        ballast.unlink()
        kept.append(self.send(server, "after space is back", 200_000))
        self.assertEqual(self.inbox(server), kept)
        server.stop()
        server.start()
        self.assertEqual(self.inbox(server), kept)

    def test_full_disk_at_the_start(self):
        server = self.new_server()
        server.folder.mkdir(exist_ok=True)
        self.mount_small(server.data_dir, "4m")
        server.start()
        message = self.send(server)
        server.stop()
        ballast = server.data_dir / "ballast"
        try:
            with ballast.open("wb") as stream:
                while True:
                    stream.write(b"\0" * 4096)
                    stream.flush()
        except OSError:
            pass
        done = subprocess.Popen([harness.binary(), "serve", "--config", str(server.config)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, env=harness.server_environment())
        # Serving what is there is as good as one clear refusal; dying in between is neither.
        text = ""
        for raw in done.stderr:
            text += raw.decode()
            if re.search(r"\bready\b", text):
                break
        if done.poll() is None and "ready" in text:
            done.terminate()
        code = done.wait(60)
        text += done.stderr.read().decode()
        done.stderr.close()
        self.assertIn(code, (0, 74, 75), text)
        ballast.unlink()
        server.start()
        self.assertEqual(self.inbox(server), [message])

    # --- damage ---
    def damaged(self, damage):
        server = self.new_server()
        server.start()
        for number in range(5):
            self.send(server, f"number {number}", 30_000)
        server.stop()
        database = next(server.data_dir.glob("*.db"))
        whole = database.read_bytes()
        self.assertFalse([p for p in server.data_dir.glob("*.db-wal") if p.stat().st_size],
                         "a clean stop leaves everything in the one file")
        database.write_bytes(damage(whole))
        return server, database, whole

    def refused_and_untouched(self, damage):
        server, database, whole = self.damaged(damage)
        broken = database.read_bytes()
        text = self.failed_start(server, 74, database.name)
        self.assertRegex(text, r"(?i)backup|restore")
        self.assertEqual(database.read_bytes(), broken, "a damaged file is evidence: left alone")
        database.write_bytes(whole)
        server.start()
        self.assertEqual(len(self.inbox(server)), 5)

    def test_not_a_database(self):
        self.refused_and_untouched(lambda whole: b"\xa5" * 4096 + whole[4096:])

    def test_cut_off_database(self):
        self.refused_and_untouched(lambda whole: whole[:len(whole) // 2])

    def test_damage_in_the_middle_harms_only_what_it_hits(self):
        """The server may refuse to start; if it starts it must answer, not die."""
        def scribble(whole):
            at = len(whole) // 2 // 4096 * 4096
            return whole[:at] + b"\xa5" * 8192 + whole[at + 8192:]
        server, _, _ = self.damaged(scribble)
        try:
            server.start()
        except harness.HarnessError:
            server.process = None
            self.assertRegex(server.log_text(), r"(?m)^restante: ")
            return
        account = next(iter(server.accounts.values()))
        try:
            with common.Client(server, account) as client:
                for uid in client.uids():
                    client.imap.uid("FETCH", str(uid), "(BODY.PEEK[])")
        except (AssertionError, common.imaplib.IMAP4.error):
            pass
        self.assertIsNone(server.process.poll(), server.log_text()[-3000:])
        server.stop()




if __name__ == "__main__":
    unittest.main()
