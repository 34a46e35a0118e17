#!/usr/bin/env python3
"""The planted twin of check_layers.py: trees in which each rule is broken once. Each must be reported, at its line, and
nothing else may be."""

import os
import subprocess
import sys
import tempfile

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_layers.py")

# file, the include that is wrong in it, what the report must say
BROKEN = [
    # the pure layers
    ("proto/types/up.h", '"schemas/matrix.h"', "proto/types may not include schemas "),
    ("proto/types/generated.h", '"noroshi/v1/report.pb.h"', "proto/types may not include proto/noroshi"),
    ("proto/types/file.h", "<fstream>", "proto/types may not include std-io"),
    ("proto/types/library.h", "<sodium.h>", "proto/types may not include sodium"),
    ("schemas/matrix.h", "<toml++/toml.h>", "schemas may not include toml++"),
    ("schemas/report_check.h", '"proto/wire/signing.h"', "schemas may not include proto/wire"),
    ("schemas/report_check.cpp", '"schemas/matrix_loader.h"', "schemas may not include schemas/matrix_loader"),
    ("schemas/matrix_loader.cpp", '"proto/wire/decode.h"', "schemas/matrix_loader may not include proto/wire"),
    # the wire
    ("proto/wire/zmq.cpp", "<zmq.h>", "proto/wire may not include zmq"),
    ("proto/wire/up.cpp", '"proto/channel/client_channel.h"', "proto/wire may not include proto/channel"),
    ("proto/wire/tlog/deep.cpp", "<sqlite3.h>", "proto/wire may not include sqlite"),
    ("proto/wire/rules.cpp", '"schemas/matrix.h"', "proto/wire may not include schemas"),
    # the transparency log
    ("proto/tlog/file.cpp", "<fstream>", "proto/tlog may not include std-io"),
    ("proto/tlog/sodium.cpp", "<sodium.h>", "proto/tlog may not include sodium"),
    ("proto/tlog/broker.h", '"broker/store/log.h"', "proto/tlog may not include broker/store"),
    ("proto/web/json.cpp", "<boost/json.hpp>", "proto/web may not include boost-json"),
    ("proto/web/cli.cpp", '"proto/cli/cli.h"', "proto/web may not include proto/cli"),
    ("proto/channel/up.cpp", '"proto/client/text.h"', "proto/channel may not include proto/client"),
    ("proto/channel/broker.cpp", '"broker/core/broker.h"', "proto/channel may not include broker/core"),
    ("proto/client/zmq.cpp", "<zmq.hpp>", "proto/client may not include zmq"),
    ("proto/client/broker.cpp", '"broker/store/log.h"', "proto/client may not include broker/store"),
    # the broker
    ("broker/core/generated.cpp", '"noroshi/v1/report.pb.h"', "broker/core may not include proto/noroshi"),
    ("broker/core/wire.cpp", '"proto/wire/signing.h"', "broker/core may not include proto/wire"),
    ("broker/core/loader.cpp", '"schemas/matrix_loader.h"', "broker/core may not include schemas/matrix_loader"),
    ("broker/core/store.cpp", '"broker/store/log.h"', "broker/core may not include broker/store"),
    ("broker/core/log.cpp", "<spdlog/spdlog.h>", "broker/core may not include spdlog"),
    ("broker/core/thread.cpp", "<thread>", "broker/core may not include std-io"),
    ("broker/core/socket.cpp", "<sys/socket.h>", "broker/core may not include posix"),
    ("broker/core/stats.h", '"broker/core/broker.h"', "broker/core/stats may not include broker/core"),
    ("broker/store/core.cpp", '"broker/core/broker.h"', "broker/store may not include broker/core"),
    ("broker/store/transport.cpp", '"broker/transport/lane_socket.h"', "broker/store may not include broker/transport"),
    ("broker/store/zmq.cpp", "<zmq.h>", "broker/store may not include zmq"),
    ("broker/transport/store.cpp", '"broker/store/log.h"', "broker/transport may not include broker/store"),
    ("broker/transport/sqlite.cpp", "<sqlite3.h>", "broker/transport may not include sqlite"),
    ("broker/transport/beast.cpp", "<boost/beast/http.hpp>", "broker/transport may not include boost-beast"),
    ("broker/http/core.cpp", '"broker/core/broker.h"', "broker/http may not include broker/core"),
    ("broker/http/store.cpp", '"broker/store/log.h"', "broker/http may not include broker/store"),
    ("broker/http/transport.cpp", '"broker/transport/zap.h"', "broker/http may not include broker/transport"),
    ("broker/http/runtime.cpp", '"broker/runtime/driver.h"', "broker/http may not include broker/runtime"),
    ("broker/runtime/zmq.cpp", "<zmq.h>", "broker/runtime may not include zmq"),
    ("broker/runtime/sqlite.cpp", "<sqlite3.h>", "broker/runtime may not include sqlite"),
    ("broker/runtime/client.cpp", '"publisher/outbox.h"', "broker/runtime may not include publisher"),
    ("broker/main.cpp", '"subscriber/inbox.h"', "broker/main may not include subscriber"),
    # the clients
    ("publisher/broker.cpp", '"broker/core/broker.h"', "publisher may not include broker/core"),
    ("publisher/other.cpp", '"subscriber/inbox.h"', "publisher may not include subscriber"),
    ("publisher/zmq.cpp", "<zmq.h>", "publisher may not include zmq"),
    ("subscriber/broker.cpp", '"broker/store/log.h"', "subscriber may not include broker/store"),
    ("subscriber/other.cpp", '"auditor/verify.h"', "subscriber may not include auditor"),
    ("subscriber/beast.cpp", "<boost/beast/http.hpp>", "subscriber may not include boost-beast"),
    ("auditor/sqlite.cpp", "<sqlite3.h>", "auditor may not include sqlite"),
    ("auditor/broker.cpp", '"broker/http/console.h"', "auditor may not include broker/http"),
    ("auditor/other.cpp", '"publisher/outbox.h"', "auditor may not include publisher"),
    # the programs and their tests
    ("auditor/tests.cpp", '"tests/support/catch.h"', "auditor may not include tests"),
    ("broker/http/bench.cpp", '"bench/load.h"', "broker/http may not include bench"),
    # names
    ("publisher/unknown.cpp", "<somebody/else.h>", "somebody/else.h is of no library in the table"),
    ("publisher/angle.cpp", "<broker/core/broker.h>", "publisher may not include broker/core"),
    ("publisher/beside.cpp", '"outbox.h"', "outbox.h is of no library in the table"),
    ("publisher/relative.cpp", '"../broker/core/broker.h"', "as a plain path"),
    ("publisher/roundabout.cpp", '"publisher/../broker/core/broker.h"', "as a plain path"),
    ("publisher/nowhere.cpp", '"broker/elsewhere/x.h"', "broker/elsewhere/x.h belongs to no layer"),
    ("publisher/macro.cpp", "HEADER", "an include names its header"),
    ("publisher/split.cpp", "\\", "an include names its header"),
]

# The same, spelled to be overlooked: the line in place of the include.
DISGUISED = [
    ("publisher/spaced.cpp", '  #  include   "broker/core/broker.h"', "publisher may not include broker/core"),
    ("publisher/commented.cpp", '/* why */ #include/**/"broker/core/broker.h" // no', "publisher may not include broker/core"),
    ("publisher/conditional.cpp", "#include<zmq.h>", "publisher may not include zmq"),
]

# What must be let through.
FINE = {
    "proto/types/ids.h": ["<string>", "<cstdint>", '"proto/types/names.h"'],
    "schemas/matrix.h": ["<map>", '"proto/types/names.h"'],
    "schemas/matrix_loader.cpp": ["<fstream>", "<toml++/toml.h>", '"schemas/matrix.h"', '"schemas/matrix_loader.h"'],
    "proto/wire/tlog/tree.cpp": ["<openssl/evp.h>", "<sodium.h>", "<zstd.h>", '"noroshi/v1/report.pb.h"', "<fcntl.h>"],
    "proto/channel/client_channel.cpp": ["<zmq.h>", '"proto/wire/credential.h"'],
    "proto/client/text.cpp": ["<CLI/CLI.hpp>", "<utf8proc.h>", '"proto/channel/client_channel.h"'],
    "broker/core/broker.h": ['"proto/types/ids.h"', '"schemas/matrix.h"', '"schemas/report_check.h"',
                             '"broker/core/stats.h"', "<variant>"],
    "broker/store/sqlite_log.cpp": ["<sqlite3.h>", '"proto/wire/signing.h"', '"broker/store/log.h"', "<mutex>"],
    "broker/transport/lane_socket.cpp": ["<zmq.h>", "<boost/asio/io_context.hpp>", '"proto/wire/sealing.h"'],
    "broker/http/metrics.cpp": ["<boost/beast/http.hpp>", "<prometheus/registry.h>", '"broker/core/stats.h"'],
    "broker/runtime/driver.cpp": ['"broker/core/broker.h"', '"broker/store/log.h"', '"broker/http/metrics.h"',
                                  '"broker/transport/lane_socket.h"', "<boost/beast/core.hpp>"],
    "broker/main.cpp": ['"broker/runtime/driver.h"', '"proto/cli/text.h"', "<CLI/CLI.hpp>"],
    "publisher/main.cpp": ['"proto/client/text.h"', '"publisher/outbox.h"', '"schemas/matrix_loader.h"'],
    "subscriber/database.h": ["<sqlite3.h>", '"proto/cli/cli.h"'],
    "tests/unit/any.cpp": ["<sqlite3.h>", '"broker/core/broker.h"', "<rapidcheck.h>", '"beside.h"', "HEADER"],
    "bench/any.cpp": ["<zmq.h>", '"subscriber/inbox.h"', "<benchmark/benchmark.h>"],
    "build/generated/x.cpp": ["<somebody/else.h>"],
    ".hidden/x.cpp": ["<somebody/else.h>"],
}  # fmt: skip


def run(tree):
    """Writes the tree {path: text}, runs the check on it; returns its exit code and its lines."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()


def planted(line):
    return f'// a comment, and #include "broker/core/broker.h" in it\n#include <string>\n{line}\n\nint x;\n'


def failures():
    cases = [(path, f"#include {header}", says) for path, header, says in BROKEN] + DISGUISED
    assert len({path for path, _, _ in cases}) == len(cases), "each case needs a file of its own"
    code, lines = run({path: planted(line) for path, line, _ in cases})
    if code != 1:
        yield f"planted tree: exit code {code}"
    reported = {line.split(":")[0]: line for line in lines if ":" in line}
    for path, line, says in cases:
        found = reported.pop(path, f"{path}: nothing")
        if not found.startswith(f"{path}:3: ") or says not in found:
            yield f"{path} with {line}: expected '{says}', reported: {found}"
    yield from (f"reported for no reason: {line}" for line in reported.values())
    if lines[-1:] != [f"{len(cases)} files, {len(cases)} violations"]:
        yield f"planted tree: last line {lines[-1:]}"

    fine = {path: "".join(f"#include {header}\n" for header in headers) for path, headers in FINE.items()}
    code, lines = run(fine)
    if code != 0 or lines != [f"{len(FINE) - 2} files, 0 violations"]:
        yield f"fine tree: exit code {code}, {lines}"

    code, lines = run({"somewhere/x.cpp": "#include <string>\n", "proto/y.cpp": "", "broker/new/z.h": ""})
    if code != 1 or sum("belongs to no layer" in line for line in lines) != 3:
        yield f"files of no layer: exit code {code}, {lines}"

    code, lines = run({"publisher/long.cpp": "int x;\n" * 301, "publisher/short.cpp": "int x;\n" * 300})
    if code != 0 or [line for line in lines if "warning" in line] != [
        "warning: publisher/long.cpp: 301 lines; files stay under 300 as a rule"
    ]:
        yield f"long file: exit code {code}, {lines}"

    code, lines = run({"README.md": "no code\n"} | {"build/x.cpp": ""})
    if code == 0:
        yield f"a tree without sources passed: {lines}"


def main():
    found = list(failures())
    print("\n".join(found) or f"{len(BROKEN) + len(DISGUISED)} planted violations, each reported")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
