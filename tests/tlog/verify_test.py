#!/usr/bin/env python3
"""What proto/tlog writes, checked by verify.py; and what was damaged, refused by it.

    verify_test.py TLOG_EMIT TLOG_EMIT_PLANTED
"""

import os
import shutil
import subprocess
import sys
import tempfile

import ed25519
import verify

# RFC 8032, section 7.1, TEST 1 and TEST 3: secret, key, message, signature.
ANSWERS = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


def refused(call):
    try:
        call()
    except (verify.Wrong, OSError, ValueError):
        return True
    return False


def flipped(octets, at, bit):
    return octets[:at] + bytes([octets[at] ^ 1 << bit]) + octets[at + 1 :]


def test_signatures():
    for answer in ANSWERS:
        secret, key, message, signature = map(bytes.fromhex, answer)
        assert ed25519.public_key(secret) == key
        assert ed25519.sign(secret, message) == signature
        assert ed25519.verify(key, message, signature)
        assert not ed25519.verify(key, message + b"x", signature)
        for at in range(0, 64, 9):
            assert not ed25519.verify(key, message, flipped(signature, at, at % 8)), at
        assert not ed25519.verify(key, message, signature[:32] + b"\xff" * 32)


def test_damaged_proof(folder):
    """No bit of a proof file may differ, nothing be cut off or added."""
    log, witness = (verify.Key(verify.read(folder, name + ".vkey").decode().strip()) for name in ("log", "witness"))
    tree = os.path.join(folder, "21")
    leaves = verify.check_tiles(tree, 21)
    leaf, octets = verify.leaf_hash(leaves[5]), verify.read(tree, "proof", "5.tlog-proof")
    assert verify.open_proof_file(octets, leaf, log, witness)[0] == 5
    first, rest = octets.split(b"\n", 1)  # what else may stand there is signed by nobody
    assert verify.open_proof_file(first + b"\nextra aGVsbG8=\n" + rest, leaf, log, witness)[0] == 5
    for extra in (b"extra ", b"extra ?", b"extra aGVsbG8=\nextra aGVsbG8="):
        assert refused(lambda: verify.open_proof_file(first + b"\n" + extra + b"\n" + rest, leaf, log, witness)), extra
    for at in range(len(octets)):
        changed = flipped(octets, at, at % 8)
        assert refused(lambda: verify.open_proof_file(changed, leaf, log, witness)), (at, changed)
    for size in range(0, len(octets), 3):
        assert refused(lambda: verify.open_proof_file(octets[:size], leaf, log, witness)), size
    assert refused(lambda: verify.open_proof_file(octets + b"x", leaf, log, witness))
    assert refused(lambda: verify.open_proof_file(octets, verify.leaf_hash(leaves[6]), log, witness))


def thin_out(folder):
    """Leaves a few trees and proofs: every look at the folder is a look at all of them."""
    trees = {"0", "8", "21", "257"}
    for tree in (name for name in os.listdir(folder) if name.isdigit()):
        if tree not in trees:
            shutil.rmtree(os.path.join(folder, tree))
            continue
        for kind, kept in (("proof", {"5.tlog-proof"}), ("consistency", trees - {tree, "0"})):
            for name in verify.files_below(os.path.join(folder, tree, kind)) - kept:
                os.remove(os.path.join(folder, tree, kind, name))


def test_damaged_files(folder):
    """No file of a tree may be changed, cut, or missing, none added to its tiles."""
    for size in ("21", "257"):
        for path in sorted(verify.files_below(os.path.join(folder, size))):
            file = os.path.join(folder, size, path)
            octets = verify.read(file)
            for damaged in (flipped(octets, len(octets) // 2, 3), octets[:-1], octets + b"x", b""):
                with open(file, "wb") as out:
                    out.write(damaged)
                assert refused(lambda: verify.check_folder(folder)), (size, path, damaged)
            with open(file, "wb") as out:
                out.write(octets)
    extra = os.path.join(folder, "21", "tile/1/000.p/1")
    os.makedirs(os.path.dirname(extra))
    shutil.copy(os.path.join(folder, "log.vkey"), extra)
    assert refused(lambda: verify.check_folder(folder))
    shutil.rmtree(os.path.join(folder, "21", "tile/1"))
    assert verify.check_folder(folder)


def test_planted(emit_planted, folder):
    """The twins: a library with a bug writes what is refused here."""
    subprocess.run([emit_planted, os.path.join(folder, "sound")], check=True)
    assert verify.check_folder(os.path.join(folder, "sound"))
    for bug in ("leaf_prefix_dropped", "proof_off_by_one", "tile_of_neighbour", "tile_too_narrow"):
        subprocess.run([emit_planted, os.path.join(folder, bug), bug], check=True)
        assert refused(lambda: verify.check_folder(os.path.join(folder, bug))), bug


def main():
    emit, emit_planted = sys.argv[1:]
    test_signatures()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run([emit, log], check=True)
        print("%d proofs of %d trees, all good" % verify.check_folder(log))
        test_damaged_proof(log)
        thin_out(log)
        test_damaged_files(log)
        test_planted(emit_planted, folder)
    print("every damage refused, every planted bug caught")


if __name__ == "__main__":
    main()
