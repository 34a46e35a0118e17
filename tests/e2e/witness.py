"""A witness of a log after https://c2sp.org/tlog-witness and tlog-cosignature, from the rules alone: it shares no line with the
broker. Told to, it misbehaves."""

import base64
import os
import sys
import threading
import time

from harness import SOURCE
from receivers import Web

sys.path.insert(0, str(SOURCE / "tests" / "tlog"))
import ed25519  # noqa: E402
import verify  # noqa: E402

COSIGNATURE = b"\x04"
MOST_HASHES = 63


def base64_of(octets):
    return base64.b64encode(octets).decode()


class Signer:
    """Cosigns in the name of `name`; `key` is its verifier key as text."""

    def __init__(self, name, seed=None):
        self.name, self.seed = name, seed or os.urandom(32)
        raw = COSIGNATURE + ed25519.public_key(self.seed)
        self.id = verify.sha256(name.encode() + b"\n" + raw)[:4]
        self.key = f"{name}+{self.id.hex()}+{base64_of(raw)}"

    def line(self, text, at=None):
        at = int(time.time()) if at is None else at
        signature = ed25519.sign(self.seed, b"cosignature/v1\ntime %d\n" % at + text)
        return f"— {self.name} {base64_of(self.id + at.to_bytes(8, 'big') + signature)}\n".encode()


class Refused(Exception):
    def __init__(self, status, body=b"", kind="text/plain"):
        self.status, self.body, self.kind = status, body, kind


class Witness:
    """`behave` None: as it should. Otherwise it is called with (witness, text of the checkpoint) in place of the cosigning, and
    gives the body of a 200, or raises Refused. `asked` are the sizes of `old`, in order; `size` is what it has cosigned."""

    def __init__(self, log, name="witness.example/w1"):
        self.log, self.signer = verify.Key(log), Signer(name)
        self.key = verify.Key(self.signer.key)
        self.size, self.root = 0, verify.sha256(b"")
        self.behave = None
        self.asked, self.refused = [], []
        self._one_at_a_time = threading.Lock()
        self.web = Web(self._answer)
        self.url = f"http://127.0.0.1:{self.web.port}/of/{name}"

    def close(self):
        self.web.close()

    def _answer(self, n, handler):
        body = self.web.requests[n][1]
        try:
            if handler.path != f"/of/{self.signer.name}/add-checkpoint":
                raise Refused(404)
            out = Refused(200, self._add_checkpoint(body))
        except Refused as refused:
            self.refused.append(refused.status)
            out = refused
        handler.send_response(out.status)
        handler.send_header("Content-Type", out.kind)
        handler.send_header("Content-Length", str(len(out.body)))
        handler.end_headers()
        handler.wfile.write(out.body)

    def _add_checkpoint(self, body):
        head, blank, note = body.partition(b"\n\n")
        lines = head.decode("ascii").split("\n")
        if not blank or not lines[0].startswith("old ") or len(lines) > 1 + MOST_HASHES:
            raise Refused(400)
        try:
            old, proof = verify.number(lines[0][len("old ") :]), [verify.unbase64(line, 32) for line in lines[1:]]
        except verify.Wrong:
            raise Refused(400) from None
        self.asked.append(old)
        if note.split(b"\n")[0].decode() != self.log.name:
            raise Refused(404)
        try:
            size, root = verify.open_checkpoint(note, self.log)
        except verify.Wrong:
            raise Refused(403) from None
        text = note[: note.rindex(b"\n\n") + 1]
        if self.behave:
            return self.behave(self, text)
        with self._one_at_a_time:
            return self._cosign(old, proof, size, root, text)

    def _cosign(self, old, proof, size, root, text):
        if old > size:
            raise Refused(400)
        if old != self.size or (size == self.size and root != self.root):
            raise Refused(409, b"%d\n" % self.size, "text/x.tlog.size")
        try:
            verify.check_consistency(self.size, self.root, size, root, proof)
        except verify.Wrong:
            raise Refused(422) from None
        self.size, self.root = size, root
        return self.signer.line(text)


# --- misbehaving ---


def with_another_key(witness, text):
    """In its name, with its key id."""
    thief = Signer(witness.signer.name)
    thief.id = witness.signer.id
    return thief.line(text)


def of_another_root(witness, text):
    lines = text.split(b"\n")
    lines[2] = base64_of(bytes(32)).encode()
    return witness.signer.line(b"\n".join(lines))


def of_a_longer_text(witness, text):
    """What it signs it sends along, as if it were the rest of the checkpoint."""
    return b"more\n\n" + witness.signer.line(text + b"\nmore\n")


def of_a_stranger(witness, text):
    return Signer("stranger.example").line(text)


def rubbish(witness, text):
    return bytes(range(256))


def too_much(witness, text):
    return witness.signer.line(text) * 1000


def status(code, body=b"", kind="text/plain"):
    def refuse(witness, text):
        raise Refused(code, body, kind)

    return refuse


def hang(witness, text):
    witness.web.released.wait()
    raise Refused(500)
