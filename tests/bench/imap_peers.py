"""Dovecot and Cyrus as private IMAP servers for the comparison, each in a folder of its own.

Touches nothing of the system's: Cyrus, whose package cannot be installed beside Dovecot's, is only
unpacked. Both need root (they change users). Clear text on loopback, as restante beside them.
"""
import os
import pathlib
import pwd
import shutil
import subprocess

import harness
import peers

USER, PASSWORD = "bench", "benchmark"

# What Dovecot's documentation recommends for performance: login processes that serve many
# connections, processes kept ready and used again, an authentication cache, large mdbox files.
DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
info_log_path = {folder}/info.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = {kind}:~/mail
mdbox_rotate_size = 64M
auth_cache_size = 10M
mail_max_userip_connections = 1000
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  service_count = 256
  process_min_avail = 8
  vsz_limit = 2G
}}
{plugins}
"""

XAPIAN = """\
mail_plugins = $mail_plugins fts fts_xapian
plugin {
  fts = xapian
  fts_xapian = partial=3 full=20 verbose=0
  fts_autoindex = no
  fts_enforced = yes
}
service indexer-worker {
  vsz_limit = 2G
}
"""

IMAPD = """\
configdirectory: {folder}/config
partition-default: {folder}/spool
defaultpartition: default
proc_path: {folder}/proc
mboxname_lockpath: {folder}/lock
idlesocket: {folder}/socket/idle
lmtpsocket: {folder}/socket/lmtp
notifysocket: {folder}/socket/notify
cyrus_user: mail
cyrus_group: mail
altnamespace: yes
unixhierarchysep: yes
allowplaintext: yes
autocreate_quota: 0
umask: 077
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
sasl_mech_list: PLAIN
virtdomains: no
"""

CYRUS = """\
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -U 256 -C {folder}/imapd.conf" listen="127.0.0.1:{port}" proto=tcp4 prefork=8
}}
EVENTS {{
  checkpoint cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -c" period=30
}}
"""
# Cyrus' packages and those of its libraries that Debian's base does not bring.
CYRUS_PACKAGES = ("cyrus-imapd", "cyrus-common", "libical3", "sasl2-bin")


class _Process:
    """What both have in common: a folder, a port, a process that is ended by its number."""

    user, password = USER, PASSWORD

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder)
        self.port = harness.free_port()
        self.pids = []

    def stop(self):
        peers.end(self.pids)
        self.pids = []

    def restart(self):
        self.stop()
        self.run()


class Dovecot(_Process):
    """kind: sdbox or mdbox. index: with fts-xapian."""

    def __init__(self, kind, folder, index=False):
        super().__init__(f"Dovecot {kind}" + (" + fts-xapian" if index else ""), folder)
        self.kind, self.index = kind, index
        self.config = self.folder / "dovecot.conf"

    def start(self):
        for name in ("mail", "run", "state"):
            (self.folder / name).mkdir(parents=True)
        mail = pwd.getpwnam("mail")
        os.chown(self.folder / "mail", mail.pw_uid, mail.pw_gid)
        self.config.write_text(DOVECOT.format(
            folder=self.folder, kind=self.kind, port=self.port, password=self.password,
            plugins=XAPIAN if self.index else ""))
        self.run()

    def run(self):
        peers.run_daemon(self.folder, "dovecot", "-c", str(self.config))
        self.pids = [peers.read_pid(self.folder / "run/master.pid")]
        peers.wait_port(self.port)

    def build_index(self, mailbox, limit):
        """Fills the search index; False where that takes longer than limit seconds."""
        command = ["doveadm", "-c", str(self.config), "index", "-u", self.user, mailbox]
        with (self.folder / "index.log").open("a") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                return process.wait(timeout=limit) == 0
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return False


class Cyrus(_Process):
    """Cyrus from its unpacked packages."""

    def __init__(self, folder, packages):
        super().__init__("Cyrus", folder)
        self.packages = packages
        self.bin = self.packages / "usr/lib/cyrus/bin"
        self.libraries = self.packages / "usr/lib/x86_64-linux-gnu"

    def start(self):
        mail = pwd.getpwnam("mail")
        for name in ("", "config", "config/db", "config/socket", "config/proc", "spool", "proc",
                     "lock", "socket"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            os.chown(self.folder / name, mail.pw_uid, mail.pw_gid)
        values = {"folder": self.folder, "bin": self.bin, "port": self.port}
        (self.folder / "imapd.conf").write_text(IMAPD.format(**values))
        (self.folder / "cyrus.conf").write_text(CYRUS.format(**values))
        database = self.folder / "sasldb2"
        subprocess.run([str(self.packages / "usr/sbin/saslpasswd2"), "-p", "-c", "-f",
                        str(database), self.user], input=self.password.encode(), check=True,
                       env=self._environment(), stdout=subprocess.DEVNULL)
        os.chown(database, mail.pw_uid, mail.pw_gid)
        self.run()

    def _environment(self):
        return {**os.environ, "LD_LIBRARY_PATH": str(self.libraries)}

    def run(self):
        pid_file = self.folder / "master.pid"
        pid_file.unlink(missing_ok=True)
        with (self.folder / "start.log").open("a") as log:
            subprocess.run([str(self.bin / "master"), "-d", "-C", str(self.folder / "imapd.conf"),
                            "-M", str(self.folder / "cyrus.conf"), "-p", str(pid_file)],
                           stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True,
                           timeout=60, env=self._environment())
        self.pids = [peers.read_pid(pid_file)]
        peers.wait_port(self.port)


def unpack_cyrus(folder):
    """Fetches and unpacks Cyrus' packages into folder; raises RuntimeError with the reason."""
    folder.mkdir(parents=True)
    fetched = subprocess.run(["apt-get", "download", "-q", *CYRUS_PACKAGES], cwd=folder,
                             capture_output=True, text=True, check=False, timeout=120)
    if fetched.returncode != 0:
        raise RuntimeError("its packages cannot be fetched: " + fetched.stderr.strip()[-200:])
    root = folder / "root"
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True, timeout=60)
    needs = subprocess.run(
        ["ldd", str(root / "usr/lib/cyrus/bin/imapd")], capture_output=True, text=True,
        check=False, env={**os.environ, "LD_LIBRARY_PATH": str(root / "usr/lib/x86_64-linux-gnu")})
    missing = [line.split()[0] for line in needs.stdout.splitlines() if "not found" in line]
    if missing:
        raise RuntimeError("libraries are missing: " + " ".join(missing))
    return root


def available() -> str:
    """Why Dovecot cannot run here; empty when it can."""
    if os.geteuid() != 0:
        return "the peers need root to change users"
    return "" if shutil.which("dovecot") else "dovecot is not installed"
