#!/usr/bin/env python3
"""Checks a transparency log from the rules alone (RFC 6962 and c2sp.org), with nothing but Python's standard library.

    verify.py FOLDER
    verify.py PROOF LEAF KEY

FOLDER is what tlog_emit writes (its first lines say what is in it). PROOF is a .tlog-proof file, LEAF the 49 bytes of the
entry's leaf data in hex, KEY the log's verifier key. Written apart from proto/tlog, by other algorithms: the
proofs are followed from the root down, by the recursive definitions of RFC 6962. Exits 1 at the first thing that is wrong.
"""

import base64
import binascii
import hashlib
import os
import re
import sys

import ed25519

WIDTH = 256  # of a tile
LEAF_BYTES = 49


class Wrong(Exception):
    pass


def check(kept, what):
    if not kept:
        raise Wrong(what)


def unbase64(text, size=None):
    try:
        out = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"no base64: {text!r}") from None
    check(base64.b64encode(out).decode() == text, f"base64 with another spelling: {text!r}")
    check(size is None or len(out) == size, f"not {size} bytes: {text!r}")
    return out


def number(text):
    check(re.fullmatch("0|[1-9][0-9]*", text, re.ASCII) and int(text) < 2**63, f"no number: {text!r}")
    return int(text)


# --- the tree: RFC 6962, section 2.1 --------------------------------------------------------------------------------


def sha256(octets):
    return hashlib.sha256(octets).digest()


def leaf_hash(data):
    return sha256(b"\0" + data)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def split(size):
    """The largest power of two smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def tree_hash(hashes):
    """Over leaf hashes, or over the hashes of complete subtrees of one size."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node_hash(tree_hash(hashes[:k]), tree_hash(hashes[k:]))


def root_by_inclusion(index, size, leaf, proof):
    """Section 2.1.1, read backwards."""
    check(index < size, "the tree has no such leaf")
    if size == 1:
        check(not proof, "the proof is too long")
        return leaf
    check(proof, "the proof is too short")
    k = split(size)
    if index < k:
        return node_hash(root_by_inclusion(index, k, leaf, proof[:-1]), proof[-1])
    return node_hash(proof[-1], root_by_inclusion(index - k, size - k, leaf, proof[:-1]))


def roots_by_consistency(old, new, old_root, proof):
    """Section 2.1.2, read backwards: the roots of the older and the newer tree. `old_root`: None where the older tree is not
    a subtree of its own."""
    if old == new:
        if old_root is not None:
            check(not proof, "the proof is too long")
            return old_root, old_root
        check(len(proof) == 1, "the proof has the wrong length")
        return proof[0], proof[0]
    check(proof, "the proof is too short")
    k, last = split(new), proof[-1]
    if old <= k:
        a, b = roots_by_consistency(old, k, old_root, proof[:-1])
        return a, node_hash(b, last)
    a, b = roots_by_consistency(old - k, new - k, None, proof[:-1])
    return node_hash(last, a), node_hash(last, b)


def check_consistency(old, old_root, new, new_root, proof):
    check(old <= new, "the older tree is the larger one")
    if old == 0:
        check(not proof and old_root == sha256(b""), "the empty tree has no proof")
    else:
        check(roots_by_consistency(old, new, old_root, proof) == (old_root, new_root), "the proof leads to other roots")


# --- keys, notes, checkpoints, proof files: c2sp.org/signed-note, tlog-cosignature, tlog-checkpoint, tlog-proof ---------


class Key:
    """A verifier key: name+id+base64(type || key)."""

    def __init__(self, text):
        self.name, id_text, material = text.split("+", 2)
        raw = unbase64(material, 33)
        self.type, self.key = raw[0], raw[1:]
        check(self.type in (1, 4), "a key of another type")
        self.id = sha256(self.name.encode() + b"\n" + raw)[:4]
        check(self.id.hex() == id_text, "the id is not of this key")

    def has_signed(self, text, signature):
        if self.type == 1:
            return ed25519.verify(self.key, text, signature)
        time = int.from_bytes(signature[:8], "big")
        return time < 2**63 and ed25519.verify(self.key, b"cosignature/v1\ntime %d\n" % time + text, signature[8:])


def open_note(octets, keys):
    """The text, and the names of those who have signed it."""
    check(not re.search(rb"[\x00-\x09\x0b-\x1f]", octets), "a control character")
    try:
        whole = octets.decode()
    except UnicodeDecodeError:
        raise Wrong("not UTF-8") from None
    text, blank, signatures = whole.rpartition("\n\n")
    check(blank and signatures.endswith("\n"), "no signatures")
    text, signers = (text + "\n").encode(), []
    for line in signatures[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        check(match, f"no signature line: {line!r}")
        raw = unbase64(match[2])
        check(len(raw) > 4, "no signature after the key id")
        for key in keys:
            if (key.name, key.id) == (match[1], raw[:4]):
                check(key.has_signed(text, raw[4:]), f"the signature of {key.name} does not fit")
                signers.append(key.name)
    check(signers, "signed by nobody we know")
    return text.decode(), signers


def open_checkpoint(octets, log, witness=None):
    """Size and root, of this log, signed by it and, if one is given, by the witness."""
    keys = [log, witness] if witness else [log]
    text, signers = open_note(octets, keys)
    check(set(signers) == {key.name for key in keys}, f"signed only by {signers}")
    lines = text[:-1].split("\n")
    check(len(lines) == 3 and lines[0] == log.name, "no checkpoint of this log")
    return number(lines[1]), unbase64(lines[2], 32)


def open_proof_file(octets, leaf, log, witness=None):
    """The index of the leaf, and size and root of the tree that it is proven to be in."""
    head, blank, note = octets.partition(b"\n\n")
    check(blank, "no checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Wrong("not ASCII") from None
    if lines[1:] and lines[1].startswith("extra "):  # signed by nobody
        check(unbase64(lines.pop(1)[len("extra ") :]), "an empty extra line")
    check(len(lines) >= 2 and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), "no proof file")
    index = number(lines[1][len("index ") :])
    size, root = open_checkpoint(note, log, witness)
    check(root_by_inclusion(index, size, leaf, [unbase64(line, 32) for line in lines[2:]]) == root, "another root")
    return index, size, root


# --- tiles: c2sp.org/tlog-tiles -----------------------------------------------------------------------------------------


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/" + "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


def tiles(count):
    """Index and width of the tiles that so many hashes fill."""
    return [(i // WIDTH, min(WIDTH, count - i)) for i in range(0, count, WIDTH)]


def leaves_in(bundle):
    out, at = [], 0
    while at < len(bundle):
        size = int.from_bytes(bundle[at : at + 2], "big")
        out.append(bundle[at + 2 : at + 2 + size])
        at += 2 + size
    check(at == len(bundle), "an entry that does not end in its bundle")
    return out


# --- a folder -----------------------------------------------------------------------------------------------------------


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def files_below(folder):
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def hash_lines(text):
    check(text == "" or text.endswith("\n"), "the last line does not end")
    return [unbase64(line, 32) for line in text.split("\n")[:-1]]


def check_tiles(folder, size):
    """The leaves of the tree, after its tiles have been held against them."""
    leaves, expected = [], set()
    for index, width in tiles(size):
        path = tile_path("entries", index, width)
        leaves += leaves_in(read(folder, path))
        expected.add(path)
    check(len(leaves) == size, "more or fewer leaves than the checkpoint says")
    for at, leaf in enumerate(leaves):
        check(len(leaf) == LEAF_BYTES and int.from_bytes(leaf[:8], "big") == at + 1, f"leaf {at} is no entry of its place")
    hashes, level = [leaf_hash(leaf) for leaf in leaves], 0
    while hashes:
        for index, width in tiles(len(hashes)):
            path = tile_path(level, index, width)
            check(read(folder, path) == b"".join(hashes[index * WIDTH :][:width]), f"{path} is not of these leaves")
            expected.add(path)
        full = len(hashes) // WIDTH
        hashes, level = [tree_hash(hashes[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)], level + 1
    found = {path for path in files_below(folder) if path.startswith("tile/")}
    check(found == expected, f"tiles too many or too few: {sorted(found ^ expected)}")
    return leaves


def check_folder(folder):
    """How many proofs were checked, of how many trees."""
    log, witness = (Key(read(folder, name + ".vkey").decode().rstrip("\n")) for name in ("log", "witness"))
    roots, proofs = {}, 0
    for size in sorted(int(name) for name in os.listdir(folder) if name.isdigit()):
        tree = os.path.join(folder, str(size))
        signed_size, roots[size] = open_checkpoint(read(tree, "checkpoint"), log, witness)
        check(signed_size == size, f"the checkpoint of {size} says {signed_size}")
        leaves = check_tiles(tree, size)
        check(tree_hash([leaf_hash(leaf) for leaf in leaves]) == roots[size], f"{size}: the root is not of these leaves")
        for name in os.listdir(os.path.join(tree, "proof")) if size else []:
            index = int(name.split(".")[0])
            opened = open_proof_file(read(tree, "proof", name), leaf_hash(leaves[index]), log, witness)
            check(opened == (index, size, roots[size]), f"{size}/proof/{name} is of something else")
            proofs += 1
        for old in map(int, os.listdir(os.path.join(tree, "consistency"))):
            check(old in roots, f"{size}/consistency/{old} is of a tree that is not here")
            proof = hash_lines(read(tree, "consistency", str(old)).decode())
            check_consistency(old, roots[old], size, roots[size], proof)
            proofs += 1
    check(len(roots) > 1 and proofs > 0, "nothing to check")
    return proofs, len(roots)


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    try:
        if len(sys.argv) == 4:
            file, leaf, key = sys.argv[1:]
            index, size, _ = open_proof_file(read(file), leaf_hash(bytes.fromhex(leaf)), Key(key))
            print(f"leaf {index} is in the log of {size} entries")
        else:
            proofs, trees = check_folder(sys.argv[1])
            print(f"{proofs} proofs of {trees} trees, all good")
    except (Wrong, OSError, ValueError) as wrong:
        sys.exit(f"wrong: {wrong}")


if __name__ == "__main__":
    main()
