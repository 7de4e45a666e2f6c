#!/usr/bin/env python3
"""Reading by mutt in a pseudo-terminal, driven by -e commands: show whole, save, delete, flag."""
import os
import pty
import select
import signal
import smtplib
import time
import unittest

import common

LIMIT = 60.0


def in_terminal(command, env):
    """Runs a program on a terminal of its own until it ends; returns (exit status, screen octets)."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, {**os.environ, **env})
    screen, end = b"", time.monotonic() + LIMIT
    try:
        while True:
            ready, _, _ = select.select([master], [], [], max(end - time.monotonic(), 0))
            if not ready:
                os.kill(pid, signal.SIGKILL)
                break
            try:
                octets = os.read(master, 65536)
            except OSError:  # the terminal is gone with the program
                break
            if not octets:
                break
            screen += octets
    finally:
        os.close(master)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), screen


class Mutt(common.ServerCase):
    programs = ("mutt",)

    def setUp(self):
        self.messages = [common.sample("someone@elsewhere.example", self.bob.address, f"number {n}")
                         for n in range(3)]
        with common.Client(self.server, self.bob) as client:
            if client.uids():
                client.imap.select("INBOX")
                client.imap.store("1:*", "+FLAGS", "\\Deleted")
                client.imap.expunge()
        with smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=60) as smtp:
            for message in self.messages:
                smtp.sendmail("someone@elsewhere.example", [self.bob.address], message)

    def mutt(self, keys, door="imaps"):
        scheme = "imaps" if door == "imaps" else "imap"
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        rc = common.file_with(self.folder, "\n".join([
            f'set folder="{scheme}://localhost:{self.server.ports[door]}/"',
            f'set imap_user="{self.bob.address}"', f'set imap_pass="{self.bob.password}"',
            f'set certificate_file="{self.server.cert}"', "set ssl_force_tls=yes",
            "set ssl_starttls=yes", "unset wait_key", "set quit=yes", "set delete=yes",
            "unset confirmappend", "unset mark_old", "set pipe_decode=no", "set sort=mailbox-order",
            "unset help", "set timeout=5", "set imap_check_subscribed=no", "set move=no",
            'set spoolfile=""', 'set record=""', "set header_cache=\"\"", ""]).encode())
        status, screen = in_terminal(
            ["mutt", "-n", "-F", str(rc), "-f",
             f"{scheme}://localhost:{self.server.ports[door]}/INBOX", "-e", f"push '{keys}'"],
            {"HOME": str(home), "TERM": "vt100", "LC_ALL": "C.UTF-8"})
        self.assertEqual(status, 0, screen[-3000:])
        return screen

    def pipe_out(self, door):
        out = self.folder / f"mutt-{door}.out"
        self.mutt(f"<first-entry><next-entry><pipe-message>cat > {out}<enter><quit>", door)
        stored = out.read_bytes().replace(b"\n", b"\r\n")
        self.assertEqual(common.without_trace(stored), self.messages[1])

    def test_whole_message_over_imaps(self):
        self.pipe_out("imaps")

    def test_whole_message_over_starttls(self):
        self.pipe_out("imap")

    def test_delete_flag_and_copy(self):
        self.mutt("<first-entry><delete-message><last-entry><flag-message>"
                  "<copy-message>=Archive<enter><quit>")
        stored = [common.without_trace(m) for m in self.stored(self.bob)]
        self.assertEqual(stored, self.messages[1:])
        with common.Client(self.server, self.bob) as client:
            client.uids()
            _, data = client.imap.fetch("2", "(FLAGS)")
            self.assertIn(b"\\Flagged", data[0])
        archived = [common.without_trace(m) for m in self.stored(self.bob, "Archive")]
        self.assertEqual(archived[-1:], self.messages[2:])


if __name__ == "__main__":
    unittest.main()
