#!/usr/bin/env python3
"""A summary of `noroshi-auditor replay --kind all --output json --bytes`: first and last lines, all leaf hashes recomputed.

    log.py REPLAY ja|en

Exits with 1 if a leaf hash is not that of the bytes, or a sequence is missing. docs/log-format.md explains the hash.
"""

import base64
import datetime
import hashlib
import json
import sys

from columns import pad

KINDS = {"report": (1, "報告"), "receipt": (2, "受領"), "member": (3, "会員"), "posture": (4, "態勢"), "digest": (5, "定期便"),
         "access": (6, "監査"), "overdue": (7, "期限超過")}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
SHOWN = 3


def leaf_hash(entry):
    salt, body = base64.b64decode(entry["salt"]), base64.b64decode(entry["body"])
    recorded = (datetime.datetime.fromisoformat(entry["recordedAt"]) - EPOCH) // datetime.timedelta(microseconds=1)
    kind = KINDS[entry.get("kind", "report")][0]
    leaf = entry["seq"].to_bytes(8, "big") + recorded.to_bytes(8, "big") + bytes([kind]) + hashlib.sha256(salt + body).digest()
    return hashlib.sha256(b"\x00" + leaf).hexdigest()


def what(entry, ja):
    kind = entry.get("kind", "report")
    detail = {
        "receipt": lambda: entry["stage"],
        "access": lambda: entry["organization"],
        "overdue": lambda: entry["stage"],
        "report": lambda: entry["topic"],
        "member": lambda: entry["member"]["organization"],
        "posture": lambda: entry["posture"],
        "digest": lambda: f"≤ #{entry['upto']}, {entry['count']}" + ("件" if ja else ""),
    }[kind]()
    return pad(KINDS[kind][1] if ja else kind, 8) + detail


def main():
    path, language = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    for number, entry in enumerate(entries, 1):
        if entry["seq"] != number:
            sys.exit(f"quickstart: entry #{number} is missing from the replay")
        if entry["leafHash"] != leaf_hash(entry):
            sys.exit(f"quickstart: leaf hash of #{number} is not that of its bytes")
    for entry in entries[:SHOWN] + [None] + entries[-SHOWN:]:
        if entry:
            print(f"  #{entry['seq']:<3} {entry['recordedAt'][11:23]}Z  {pad(what(entry, language == 'ja'), 36)}  {entry['leafHash'][:32]}…")
        else:
            print("  …")
    count = len(entries)
    reports = sum("report" in entry for entry in entries)
    if language == "ja":
        print(f"  {count} 件 (うち報告 {reports} 件)。欠番なし。leafHash は全件、本文のバイト列から計算し直した値と一致")
    else:
        print(f"  {count} entries ({reports} of them reports), none missing; every leafHash recomputed from the bytes: all agree")


if __name__ == "__main__":
    main()
