"""Postfix and Dovecot as private instances for the comparison: SMTP, LMTP, Maildir or sdbox.

Everything lives in a folder of ours: configuration, queue, mail, sockets, logs. Durability is
each program's default. Needs root (both programs change users); touches nothing of the system's.
"""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/postfix-data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:{sockets}/lmtp
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

DOVECOT = """\
base_dir = {folder}/dovecot-run
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
info_log_path = {folder}/dovecot-info.log
protocols = lmtp imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = {location}
passdb {{
  driver = static
  args = password=benchmark
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service lmtp {{
  unix_listener {sockets}/lmtp {{
    mode = 0666
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""

LOCATIONS = {"maildir": "maildir:~/Maildir", "sdbox": "sdbox:~/sdbox"}


def read_pid(path, seconds=20.0) -> int:
    """The process number that a daemon writes into a file."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return int(pathlib.Path(path).read_text().split()[0])
        except (OSError, ValueError, IndexError):
            time.sleep(0.05)
    raise RuntimeError(f"no process wrote {path}")


def wait_port(port, seconds=20.0):
    """Waits until somebody listens on a loopback port."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def run_daemon(folder, *command):
    """Runs a command that leaves a daemon behind; raises RuntimeError with what it said."""
    # Into a file: a daemon would keep a pipe open for ever.
    output = pathlib.Path(folder, "start.log")
    with output.open("a") as stream:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                              check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {output.read_text().strip()}")


def end(pids, seconds=15.0):
    """Ends processes by number and waits for them, within bounds."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
    limit = time.monotonic() + seconds
    for pid in pids:
        while time.monotonic() < limit and pathlib.Path(f"/proc/{pid}").exists():
            time.sleep(0.05)


class Peer:
    """Postfix handing over to Dovecot by LMTP, mail kept as Maildir or sdbox."""

    password = "benchmark"
    imap_tls = False

    def __init__(self, kind, folder, ports):
        self.name = f"Postfix + Dovecot {kind}"
        self.kind, self.folder = kind, pathlib.Path(folder)
        self.smtp_port, self.imap_port = ports
        self.pids = []

    def start(self):
        folder = self.folder
        sockets = folder / "sockets"
        for name in ("postfix", "queue", "postfix-data", "mail", "sockets", "dovecot-run",
                     "dovecot-state"):
            (folder / name).mkdir(parents=True)
        os.chmod(sockets, 0o755)
        postfix, mail = pwd.getpwnam("postfix"), pwd.getpwnam("mail")
        os.chown(folder / "postfix-data", postfix.pw_uid, postfix.pw_gid)
        os.chown(folder / "mail", mail.pw_uid, mail.pw_gid)
        values = {"folder": folder, "sockets": sockets, "location": LOCATIONS[self.kind]}
        (folder / "postfix/main.cf").write_text(MAIN.format(**values))
        (folder / "postfix/master.cf").write_text(MASTER.format(port=self.smtp_port))
        (folder / "dovecot.conf").write_text(DOVECOT.format(port=self.imap_port, **values))
        run_daemon(self.folder, "dovecot", "-c", str(folder / "dovecot.conf"))
        self.pids.append(read_pid(folder / "dovecot-run/master.pid"))
        run_daemon(self.folder, "postfix", "-c", str(folder / "postfix"), "start")
        self.pids.append(read_pid(folder / "queue/pid/master.pid"))
        wait_port(self.smtp_port)
        wait_port(self.imap_port)

    def add_mailboxes(self, addresses):
        """Nothing to do: every user exists."""

    def stop(self):
        end(self.pids)
        self.pids = []

    def undelivered(self) -> int:
        """Messages that are still in Postfix's queue."""
        return sum(len(files) for name in ("incoming", "active", "deferred", "maildrop")
                   for _, _, files in os.walk(self.folder / "queue" / name))


def available() -> str:
    """Why the peers cannot run here; empty when they can."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot need root to change users"
    for program in ("postfix", "dovecot", "smtp-source"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            return f"{program} is not installed"
    return ""
