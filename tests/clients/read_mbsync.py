#!/usr/bin/env python3
"""Synchronising with mbsync: full sync twice (the second changes nothing), changes both ways."""
import re
import smtplib
import unittest

import common


class Mbsync(common.ServerCase):
    programs = ("mbsync",)

    def setUp(self):
        self.maildir = self.folder / f"maildir-{self._testMethodName}"
        self.maildir.mkdir()
        self.rc = common.file_with(self.folder, f"""
IMAPAccount a
Host localhost
Port {self.server.ports["imaps"]}
User {self.account().address}
Pass "{self.account().password}"
SSLType IMAPS
SystemCertificates no
CertificateFile {self.server.cert}

IMAPStore far
Account a

MaildirStore near
SubFolders Verbatim
Path {self.maildir}/
Inbox {self.maildir}/INBOX

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState *
""".encode())

    def account(self):
        name = f"{self._testMethodName.replace('_', '-')}@example.org"
        if name not in self.server.accounts:
            self.server.add_account(name, "synchronised")
        return self.server.accounts[name]

    def sync(self):
        done = common.run(["mbsync", "-c", self.rc, "-V", "all"], env={"HOME": str(self.folder)})
        self.assert_ran(done)
        return done.stdout.decode() + done.stderr.decode()

    def deliver(self, count):
        messages = [common.sample("someone@elsewhere.example", self.account().address, f"number {n}")
                    for n in range(count)]
        with smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=60) as smtp:
            for message in messages:
                smtp.sendmail("someone@elsewhere.example", [self.account().address], message)
        return messages

    def near(self, mailbox="INBOX"):
        """{message octets: flag letters} of a local folder."""
        found = {}
        for name in ("cur", "new"):
            for path in (self.maildir / mailbox / name).iterdir():
                octets = path.read_bytes().replace(b"\n", b"\r\n")
                octets = re.sub(rb"X-TUID: [^\r]*\r\n", b"", octets)
                found[octets] = path.name.rpartition(":2,")[2] if ":2," in path.name else ""
        return found

    def far(self, mailbox="INBOX"):
        """[(uid, flags, octets)] on the server."""
        found = []
        with common.Client(self.server, self.account()) as client:
            for uid in client.uids(mailbox):
                _, data = client.imap.uid("FETCH", str(uid), "(FLAGS)")
                flags = re.search(rb"FLAGS \(([^)]*)\)", data[0])[1].split()
                octets = client.fetch(uid)
                octets = re.sub(rb"X-TUID: [^\r]*\r\n", b"", octets)
                found.append((uid, sorted(f for f in flags if f != b"\\Recent"), octets))
        return found

    def assert_in_step(self):
        self.assertEqual(sorted(self.near()), sorted(octets for _, _, octets in self.far()))

    def test_second_sync_changes_nothing(self):
        messages = self.deliver(25)
        self.sync()
        self.assertEqual(sorted(common.without_trace(m) for m in self.near()), sorted(messages))
        before_near = sorted(p.name for p in self.maildir.rglob("*") if p.parent.name in ("cur", "new"))
        before_far = self.far()
        self.sync()
        self.assertEqual(self.far(), before_far)
        self.assertEqual(before_near, sorted(p.name for p in self.maildir.rglob("*")
                                             if p.parent.name in ("cur", "new")))

    def test_special_folders_come_along(self):
        self.sync()
        for name in ("Sent", "Drafts", "Trash", "Junk", "Archive"):
            self.assertTrue((self.maildir / name / "cur").is_dir(), name)

    def test_changes_on_the_server_come_here(self):
        self.deliver(4)
        self.sync()
        with common.Client(self.server, self.account()) as client:
            client.imap.select("INBOX")
            client.imap.store("1", "+FLAGS", "(\\Flagged \\Seen)")
            client.imap.store("2", "+FLAGS", "(\\Deleted)")
            client.imap.expunge()
        self.deliver(1)
        self.sync()
        self.assertEqual(len(self.near()), 4)
        self.assertEqual(sorted(self.near().values()), ["", "", "", "FS"])
        self.assert_in_step()

    def test_changes_here_go_to_the_server(self):
        self.deliver(4)
        self.sync()
        # mbsync leaves unseen messages in new/; every file is renamed as a mail reader would.
        folder = self.maildir / "INBOX"
        files = sorted([*(folder / "new").iterdir(), *(folder / "cur").iterdir()])
        flagged, trashed = files[0], files[1]
        flagged.rename(folder / "cur" / (flagged.name.rpartition(":2,")[0] + ":2,FS"))
        trashed.rename(folder / "cur" / (trashed.name.rpartition(":2,")[0] + ":2,T"))
        fresh = common.sample(self.account().address, self.bob.address, "written here")
        (folder / "new" / "1234.fresh.localhost").write_bytes(fresh.replace(b"\r\n", b"\n"))
        self.sync()
        far = self.far()
        self.assertEqual(len(far), 4)
        self.assertIn([b"\\Flagged", b"\\Seen"], [flags for _, flags, _ in far])
        self.assertIn(fresh, [octets for _, _, octets in far])
        self.assert_in_step()
        before = self.far()
        self.sync()
        self.assertEqual(self.far(), before)

    def test_a_folder_made_here_is_made_there(self):
        for name in ("cur", "new", "tmp"):
            (self.maildir / "Projects" / name).mkdir(parents=True)
        fresh = common.sample(self.account().address, self.bob.address, "filed")
        (self.maildir / "Projects" / "new" / "1.x.localhost").write_bytes(fresh.replace(b"\r\n", b"\n"))
        self.sync()
        self.assertEqual([octets for _, _, octets in self.far("Projects")], [fresh])


if __name__ == "__main__":
    unittest.main()
