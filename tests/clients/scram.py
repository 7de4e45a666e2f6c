"""A small SCRAM client (RFC 5802, 7677, channel binding tls-unique of RFC 5929) for smtplib and imaplib."""
import base64
import hashlib
import hmac
import os


class ScramClient:
    """answer(challenge) for each step; binding makes it SCRAM-SHA-256-PLUS."""

    def __init__(self, user: str, password: str, binding: bytes = None):
        self.password = password.encode()
        self.binding = binding
        self.header = b"p=tls-unique,," if binding is not None else b"n,,"
        name = user.replace("=", "=3D").replace(",", "=2C")
        self.nonce = base64.b64encode(os.urandom(18))
        self.bare = b"n=" + name.encode() + b",r=" + self.nonce
        self.step = 0
        self.server_signature = b""

    def answer(self, challenge: bytes) -> bytes:
        self.step += 1
        if self.step == 1:
            return self.header + self.bare
        if self.step == 2:
            return self._proof(challenge)
        if challenge != b"v=" + base64.b64encode(self.server_signature):
            raise AssertionError(f"the server does not know the password: {challenge!r}")
        return b""

    def _proof(self, challenge: bytes) -> bytes:
        fields = dict(part.split(b"=", 1) for part in challenge.split(b","))
        nonce, salt, rounds = fields[b"r"], base64.b64decode(fields[b"s"]), int(fields[b"i"])
        if not nonce.startswith(self.nonce) or len(nonce) == len(self.nonce) or rounds < 4096:
            raise AssertionError(f"bad challenge: {challenge!r}")
        salted = hashlib.pbkdf2_hmac("sha256", self.password, salt, rounds)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        final = (b"c=" + base64.b64encode(self.header + (self.binding or b"")) + b",r=" + nonce)
        signed = self.bare + b"," + challenge + b"," + final
        signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.server_signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed,
                                            "sha256")
        return final + b",p=" + base64.b64encode(proof)
