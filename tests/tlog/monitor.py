#!/usr/bin/env python3
"""Follows a log over HTTP (https://c2sp.org/tlog-tiles) from the rules alone, with nothing but Python's standard library.

    monitor.py URL KEY [--state FILE]

URL is where /checkpoint and /tile/ are, KEY the log's verifier key, from somebody other than who runs the broker. Fetches
the checkpoint and what is new in the tree, computes the root anew, and holds both against what it saw before: a log that
became shorter or another is found out. With --state it remembers across runs, in FILE: the checkpoint and every leaf.
Exits 1 at the first thing that is wrong, 4 if nobody answers, which says nothing about the log, and then leaves FILE as it was.
"""

import http.client
import os
import sys
import time
import urllib.error
import urllib.request

import verify
from verify import LEAF_BYTES, WIDTH, Key, check, leaf_hash, tile_path, tiles, tree_hash

MOST_BYTES = 1 << 20  # of anything that is fetched
UNREACHABLE = 4  # as the programs' own


class Unreachable(Exception):
    """Nobody answered, or not to the end."""


def fetcher(url):
    def once(path):
        with urllib.request.urlopen(f"{url.rstrip('/')}/{path}", timeout=30) as answer:
            return answer.read(MOST_BYTES + 1)

    def patiently(path):
        """Waits as it is told to when it fetches too much."""
        while True:
            try:
                return once(path)
            except urllib.error.HTTPError as error:
                if error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                time.sleep(1)

    def fetch(path):
        try:
            octets = patiently(path)
        except urllib.error.HTTPError as error:  # an answer, if it is not a proxy's about its server
            silent = error.code >= http.HTTPStatus.INTERNAL_SERVER_ERROR
            raise (Unreachable if silent else verify.Wrong)(f"{path}: {error}") from None
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{path}: {error}") from None
        check(len(octets) <= MOST_BYTES, f"{path}: far too long")
        return octets

    return fetch


class Monitor:
    """What was seen of a log so far. `fetch(path)` gives what is there."""

    def __init__(self, fetch, key, note=b"", leaves=()):
        self.fetch, self.key, self.note, self.leaves = fetch, key, note, list(leaves)
        self.root = tree_hash([leaf_hash(leaf) for leaf in self.leaves])
        if note:
            check(verify.open_checkpoint(note, key) == (len(self.leaves), self.root), "the leaves are not the checkpoint's")

    def follow(self):
        """One look. How many entries are new."""
        note = self.fetch("checkpoint")
        size, root = verify.open_checkpoint(note, self.key)
        before = len(self.leaves)
        check(size >= before, f"the log was {before} entries long and is {size}: it was set back")
        check(size > before or root == self.root, f"two logs of {size} entries: {root.hex()} and {self.root.hex()}")
        leaves = self.leaves[: before - before % WIDTH]  # the last bundle may have grown: it is looked at again
        for index, width in tiles(size)[len(leaves) // WIDTH :]:
            leaves += self.bundle(index, width)
        check(leaves[:before] == self.leaves, "an entry that was there is another now")
        hashes = [leaf_hash(leaf) for leaf in leaves]
        check(tree_hash(hashes) == root, f"the root of {size} entries is not the signed one: some entry is another now")
        self.hold_tiles(hashes, before)
        self.note, self.leaves, self.root = note, leaves, root
        return size - before

    def bundle(self, index, width):
        path = tile_path("entries", index, width)
        leaves = verify.leaves_in(self.fetch(path))
        check(len(leaves) == width, f"{path} has {len(leaves)} entries")
        for at, leaf in enumerate(leaves, index * WIDTH):
            check(len(leaf) == LEAF_BYTES and int.from_bytes(leaf[:8], "big") == at + 1, f"leaf {at} is no entry of its place")
        return leaves

    def hold_tiles(self, hashes, before):
        """The tiles of hashes that are new since `before` leaves, against the hashes."""
        level = 0
        while hashes:
            for index, width in tiles(len(hashes))[before // WIDTH :]:
                path = tile_path(level, index, width)
                check(self.fetch(path) == b"".join(hashes[index * WIDTH :][:width]), f"{path} is not of these entries")
            full = len(hashes) // WIDTH
            hashes = [tree_hash(hashes[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
            level, before = level + 1, before // WIDTH


def load(file, fetch, key):
    if not os.path.exists(file):
        return Monitor(fetch, key)
    note, _, leaves = verify.read(file).partition(b"\0")
    check(len(leaves) % LEAF_BYTES == 0, f"{file} is cut off")
    return Monitor(fetch, key, note, (leaves[i : i + LEAF_BYTES] for i in range(0, len(leaves), LEAF_BYTES)))


def save(file, monitor):
    with open(file + ".new", "wb") as out:
        out.write(monitor.note + b"\0" + b"".join(monitor.leaves))
        out.flush()
        os.fsync(out.fileno())
    os.replace(file + ".new", file)


def main():
    if len(sys.argv) not in (3, 5) or (len(sys.argv) == 5 and sys.argv[3] != "--state"):
        sys.exit(__doc__)
    file = sys.argv[4] if len(sys.argv) == 5 else None
    try:
        fetch, key = fetcher(sys.argv[1]), Key(sys.argv[2])
        monitor = load(file, fetch, key) if file else Monitor(fetch, key)
        new = monitor.follow()
        if file:
            save(file, monitor)
    except Unreachable as silence:
        print(f"unreachable: {silence}", file=sys.stderr)
        sys.exit(UNREACHABLE)
    except (verify.Wrong, OSError, ValueError) as wrong:
        sys.exit(f"wrong: {wrong}")
    print(f"{len(monitor.leaves)} entries, {new} of them new: all good")


if __name__ == "__main__":
    main()
