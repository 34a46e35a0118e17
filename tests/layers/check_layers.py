#!/usr/bin/env python3
"""Checks who may include what.

    check_layers.py ROOT

Reads every #include in the C++ files under ROOT and holds it against the table below. A file that belongs to no layer,
and a header of a library that is not in the table, are violations too: whoever needs a new one adds it here, where it
is seen in review. Prints one line a violation and exits 1 if there are any. check_layers_twin.py breaks each rule once.
"""

import fnmatch
import os
import posixpath
import re
import sys
from typing import NamedTuple

# --- the rule -------------------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    name: str
    files: list  # "folder/" = everything in it and below; otherwise a pattern in which * stays within one folder
    layers: list  # layers it may include besides itself: only ones further up in this table
    libraries: list  # groups of LIBRARIES it may include


PLAIN = ["proto/types", "schemas"]  # plain data and pure rules
WIRE = ["proto/types", "proto/noroshi", "proto/wire"]
CLI = PLAIN + ["schemas/matrix_loader", "proto/noroshi", "proto/wire", "proto/cli"]  # what every program's command line uses
CLIENT = CLI + ["proto/channel", "proto/client"]
CLIENT_LIBRARIES = ["std", "std-io", "posix", "protobuf", "boost-json", "cli11", "spdlog", "toml++", "utf8proc"]
BROKER = ["broker/core", "broker/core/stats", "broker/store", "broker/transport", "broker/http"]
ANY = ["*"]

# From the lowest layer to the highest. A file belongs to the layer whose pattern fits it most closely (the longest).
LAYERS = [
    #     name                     files                         may include the layers         and the libraries
    Layer("proto/types",           ["proto/types/"],             [],                            ["std"]),
    Layer("schemas",               ["schemas/*"],                ["proto/types"],               ["std"]),
    Layer("schemas/matrix_loader", ["schemas/matrix_loader.*"],  PLAIN,                         ["std", "std-io", "toml++"]),
    Layer("proto/noroshi",         ["noroshi/v1/*.pb.h"],        [],                            ["protobuf"]),
    Layer("proto/wire",            ["proto/wire/"],              WIRE,
          ["std", "std-io", "posix", "protobuf", "sodium", "openssl", "zstd", "toml++"]),
    Layer("proto/tlog",            ["proto/tlog/"],              ["proto/types", "proto/noroshi", "proto/wire"], ["std"]),
    Layer("proto/web",             ["proto/web/"],               WIRE,
          ["std", "std-io", "posix", "boost-asio", "boost-beast", "openssl"]),
    Layer("proto/channel",         ["proto/channel/"],           WIRE,                          ["std", "std-io", "posix", "zmq"]),
    Layer("proto/cli",             ["proto/cli/"],               CLI,                           CLIENT_LIBRARIES),
    Layer("proto/client",          ["proto/client/"],            CLIENT + ["proto/tlog"],       CLIENT_LIBRARIES),
    Layer("broker/core/stats",     ["broker/core/stats.h", "broker/core/door.h"], PLAIN,        ["std"]),
    Layer("broker/core",           ["broker/core/"],             PLAIN + ["broker/core/stats"], ["std"]),
    Layer("broker/store",          ["broker/store/"],            ["proto/types", "proto/wire", "proto/tlog"], ["std", "std-io", "posix", "sqlite"]),
    Layer("broker/transport",      ["broker/transport/"],        WIRE + ["proto/tlog", "broker/core", "broker/core/stats"],
          ["std", "std-io", "posix", "zmq", "boost-asio", "spdlog"]),
    Layer("broker/http",           ["broker/http/"],             PLAIN + ["broker/core/stats"],
          ["std", "std-io", "posix", "boost-asio", "boost-beast", "boost-json", "prometheus", "spdlog"]),
    Layer("broker/runtime",        ["broker/runtime/"],          CLI + BROKER + ["proto/tlog", "proto/web"],
          CLIENT_LIBRARIES + ["boost-asio", "boost-beast"]),
    Layer("broker/commands",       ["broker/commands/"],         CLI + BROKER + ["proto/tlog", "broker/runtime"],
          CLIENT_LIBRARIES),
    Layer("broker/main",           ["broker/*"],                 CLI + BROKER + ["broker/runtime", "broker/commands"],
          CLIENT_LIBRARIES),
    Layer("publisher",             ["publisher/"],               CLIENT + ["proto/tlog"],       CLIENT_LIBRARIES),
    Layer("subscriber",            ["subscriber/"],              CLIENT + ["proto/tlog", "proto/web"], CLIENT_LIBRARIES + ["sqlite"]),
    Layer("auditor",               ["auditor/"],                 CLIENT + ["proto/tlog"],       CLIENT_LIBRARIES),
    Layer("tests",                 ["tests/"],                   ANY,                           ANY),
    Layer("bench",                 ["bench/"],                   ANY,                           ANY),
]  # fmt: skip

# Which headers are whose. "folder/" = everything in it and below; otherwise the header's whole name.
LIBRARIES = {
    # Pure: fit for code that does no I/O. What touches files, threads and chance is in std-io.
    "std": """algorithm any array barrier bit bitset cassert cctype cerrno cfloat charconv chrono cinttypes climits
        cmath codecvt compare complex concepts coroutine cstdarg cstddef cstdint cstdio cstdlib cstring cuchar cwchar
        cwctype deque exception execution expected forward_list format functional initializer_list iomanip ios iosfwd
        istream iterator limits list locale map memory memory_resource new numbers numeric optional ostream queue
        ranges ratio regex scoped_allocator set source_location span sstream stack stdexcept streambuf string
        string_view system_error tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray
        variant vector version""".split(),
    "std-io": """atomic cfenv clocale condition_variable csetjmp csignal ctime filesystem fstream future iostream latch
        mutex print random semaphore shared_mutex stop_token syncstream thread""".split(),
    "posix": """arpa/ dirent.h dlfcn.h errno.h fcntl.h fnmatch.h glob.h grp.h ifaddrs.h langinfo.h linux/ locale.h net/
        netdb.h netinet/ poll.h pthread.h pwd.h sched.h signal.h spawn.h sys/ sysexits.h syslog.h termios.h time.h
        unistd.h""".split(),
    "protobuf": ["google/protobuf/"],
    "sodium": ["sodium.h", "sodium/"],
    "openssl": ["openssl/"],
    "zstd": ["zstd.h", "zstd_errors.h"],
    "toml++": ["toml++/"],
    "zmq": ["zmq.h", "zmq.hpp", "zmq_addon.hpp"],
    "sqlite": ["sqlite3.h"],
    "boost-asio": ["boost/asio.hpp", "boost/asio/", "boost/system/"],
    "boost-beast": ["boost/beast.hpp", "boost/beast/"],
    "boost-json": ["boost/json.hpp", "boost/json/"],
    "prometheus": ["prometheus/"],
    "spdlog": ["spdlog/", "fmt/"],
    "cli11": ["CLI/"],
    "utf8proc": ["utf8proc.h"],
}

LONG_FILE = 300  # lines; more is a warning, not a violation

# --- the check ------------------------------------------------------------------------------------------------------

SOURCE_SUFFIXES = (".h", ".cpp", ".hpp", ".cc", ".hh", ".cxx")
# Code in a block comment counts as code: better an odd complaint than an include that nobody sees.
INCLUDE = re.compile(r"^\s*(?:/\*.*?\*/\s*)*#\s*include(?:_next)?\b\s*(?:/\*.*?\*/\s*)*(?:<([^>]*)>|\"([^\"]*)\"|(.*))")


def fits(pattern, path):
    if pattern.endswith("/"):
        return path.startswith(pattern)
    return pattern.count("/") == path.count("/") and fnmatch.fnmatchcase(path, pattern)


def layer_of(path):
    fitting = [(len(p), layer) for layer in LAYERS for p in layer.files if fits(p, path)]
    return max(fitting, key=lambda f: f[0])[1] if fitting else None


def library_of(header):
    def owns(entry):
        return header.startswith(entry) if entry.endswith("/") else header == entry

    return next((name for name, headers in LIBRARIES.items() if any(owns(h) for h in headers)), None)


def check_table():
    """The table itself: what a layer may include stands further up than the layer."""
    above = set()
    for layer in LAYERS:
        known = above | {layer.name, "*"}
        assert set(layer.layers) <= known, f"{layer.name} includes upwards: {set(layer.layers) - known}"
        assert set(layer.libraries) <= set(LIBRARIES) | {"*"}, f"{layer.name}: a library that is not in the table"
        above.add(layer.name)


def objection(path, layer, header, root_folders):
    """Why `path` may not include `header`, or None."""
    if layer.layers == ANY:
        return None
    if posixpath.normpath(header) != header or header.startswith(("/", "..")):
        return f"write {header} as a plain path from the project's root"
    target = layer_of(header)
    if target is not None:
        if target.name == layer.name or target.name in layer.layers:
            return None
        return f"{layer.name} may not include {target.name} ({header})"
    if header.split("/")[0] in root_folders:
        return f"{header} belongs to no layer"
    library = library_of(header)
    if library is None:
        beside = " (a header of the project is named from the root)" if "/" not in header else ""
        return f"{header} is of no library in the table{beside}"
    if library not in layer.libraries:
        return f"{layer.name} may not include {library} ({header})"
    return None


def sources(root):
    for folder, folders, names in os.walk(root):
        top = folder == root
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not (top and f.startswith("build")))
        for name in sorted(names):
            if name.endswith(SOURCE_SUFFIXES):
                yield posixpath.relpath(posixpath.join(folder, name), root)


def includes(text):
    """Pairs of line number and header; the header is None where a macro or the next line would tell it."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] or match[2]


def check(root):
    check_table()
    root_folders = {f for layer in LAYERS for f in (p.split("/")[0] for p in layer.files) if f != "noroshi"}
    violations, warnings, files = [], [], 0
    for path in sources(root):
        files += 1
        with open(posixpath.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.count("\n")
        if lines > LONG_FILE:
            warnings.append(f"{path}: {lines} lines; files stay under {LONG_FILE} as a rule")
        layer = layer_of(path)
        if layer is None:
            violations.append(f"{path}:1: the file belongs to no layer")
            continue
        for number, header in includes(text):
            if header is None:
                why = None if layer.layers == ANY else "an include names its header, on its own line"
            else:
                why = objection(path, layer, header, root_folders)
            if why:
                violations.append(f"{path}:{number}: {why}")
    return files, violations, warnings


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    files, violations, warnings = check(sys.argv[1].rstrip("/") or "/")
    for line in warnings:
        print(f"warning: {line}")
    for line in violations:
        print(line)
    if files == 0:
        sys.exit(f"no C++ files under {sys.argv[1]}: nothing was checked")
    print(f"{files} files, {len(violations)} violations")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
