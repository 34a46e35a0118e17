#!/usr/bin/env python3
"""Breaks what keeps reports from those they are not for, one place at a time, and expects the entitlement tests to notice.

    run_mutants.py BUILD [--jobs 2] [--sample N] [--only WORD]

BUILD is a built tree (`build/release`). Each mutant of mutants.txt is compiled with the command of
compile_commands.json, linked in front of the library it replaces a part of, and the test is run: it must fail. Mutants
are written below BUILD only. --sample N takes every Nth, --only those whose name or file has WORD in it. Exits 1 if less
than 95 % are noticed, 2 if the list does not fit the sources.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = pathlib.Path(__file__).with_name("mutants.txt")
TEST = "bin/entitlement"
ENOUGH = 0.95
RUN_SECONDS = 120  # a mutant that never ends is noticed too

# A header changes what includes it: the files in which the mutated functions are called.
USERS = {
    "proto/types/member.h": ["broker/core/entitlement.cpp", "broker/core/broker.cpp", "broker/core/roster.cpp"],
    "proto/types/report.h": ["broker/core/entitlement.cpp"],
    "proto/types/topic.h": ["broker/core/admission.cpp"],
}
# Of these the tests of the function itself cannot see anything.
FUNCTION = ["broker/core/entitlement.cpp", "schemas/reach.cpp", "proto/types/member.h", "proto/types/report.h"]


class Mutant(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    equivalent: str  # why nothing can notice it; empty: something must


def bad_list(what):
    print(f"{LIST.name}: {what}", file=sys.stderr)
    sys.exit(2)


def read_list():
    mutants = []
    for block in re.split(r"^== ", LIST.read_text(encoding="utf-8"), flags=re.M)[1:]:
        head, *lines = block.splitlines()
        name, file = head.split()
        part = {sign: [line[2:] for line in lines if line[:1] == sign] for sign in "-+="}
        mutants.append(Mutant(name, file, "\n".join(part["-"]), "\n".join(part["+"]), " ".join(part["="])))
    names = [mutant.name for mutant in mutants]
    for name in {name for name in names if names.count(name) > 1}:
        bad_list(f"{name} is there twice")
    return mutants


def mutated(mutant):
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    if not mutant.old or source.count(mutant.old) != 1:
        bad_list(f"{mutant.name}: {mutant.file} has this text {source.count(mutant.old)} times, not once:\n{mutant.old}")
    return source.replace(mutant.old, mutant.new)


class Tree:
    def __init__(self, build):
        self.build = build
        self.work = build / "entitlement_mutants"
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        self.compile = {
            os.path.relpath(each["file"], ROOT): shlex.split(each["command"])
            for each in commands
            if re.search(r"noroshi_(core|schemas)\.dir", each["command"])
        }
        told = subprocess.run(["ninja", "-C", build, "-t", "commands", TEST], capture_output=True, text=True, check=True)
        self.link = told.stdout.splitlines()[-1]
        if f"-o {TEST} " not in self.link:
            sys.exit(f"no command that links {TEST}: {self.link}")

    def object_of(self, folder, unit, source, includes):
        """Quick to compile rather than to run, and free to be code that nobody would write."""
        out = folder / (unit.replace("/", "_") + ".o")
        command = [word for word in self.compile[unit] if not re.match(r"-(O\d|g\d?|Werror|[DU]_FORTIFY_SOURCE.*)$", word)]
        command[command.index("-o") + 1] = str(out)
        command[command.index("-c") + 1] = str(source)
        command[1:1] = [f"-I{folder}"] if includes else []
        subprocess.run(command + ["-O0", "-w"], cwd=self.build, capture_output=True, text=True, check=True)
        return str(out)

    def program_of(self, name, file, text):
        folder = self.work / name
        mutant = folder / file
        mutant.parent.mkdir(parents=True, exist_ok=True)
        mutant.write_text(text, encoding="utf-8")
        header = file in USERS
        objects = [
            self.object_of(folder, unit, ROOT / unit if header else mutant, header) for unit in USERS.get(file, [file])
        ]
        program = folder / "entitlement"
        link = self.link.replace(f"-o {TEST} ", f"-o {shlex.quote(str(program))} {shlex.join(objects)} ")
        subprocess.run(link, cwd=self.build, shell=True, capture_output=True, text=True, check=True)
        return program

    def passes(self, program, file):
        which = [] if file in FUNCTION else ["~[function]"]
        environment = dict(os.environ, NOROSHI_SEED="1", NOROSHI_CASES="100000")
        try:
            done = subprocess.run(
                [program, "--abort", *which], cwd=program.parent, env=environment, capture_output=True, timeout=RUN_SECONDS
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def survives(self, mutant, text):
        """None: it does not compile, which the list must not contain."""
        folder = self.work / mutant.name
        try:
            program = self.program_of(mutant.name, mutant.file, text)
            return self.passes(program, mutant.file)
        except subprocess.CalledProcessError as error:
            print(f"{mutant.name} does not compile:\n{error.stderr[:2000]}", file=sys.stderr)
            return None
        finally:
            subprocess.run(["rm", "-rf", folder], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()

    every = read_list()
    texts = {mutant.name: mutated(mutant) for mutant in every}
    for mutant in every:
        if mutant.equivalent:
            print(f"equivalent {mutant.name}: {mutant.equivalent}")
    chosen = [m for m in every if not m.equivalent and options.only in f"{m.name} {m.file}"][:: options.sample]

    tree = Tree(options.build.resolve())
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        # Unchanged, each file must pass: or nothing would be proven.
        files = sorted({mutant.file for mutant in chosen})
        as_it_is = lambda file: Mutant("unchanged-" + file.replace("/", "-"), file, "", "", "")
        sound = list(pool.map(lambda file: tree.survives(as_it_is(file), (ROOT / file).read_text("utf-8")), files))
    for file in (file for file, passed in zip(files, sound) if not passed):
        sys.exit(f"{TEST} fails with {file} unchanged")

    started = time.monotonic()
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutant, survived in zip(chosen, pool.map(lambda mutant: tree.survives(mutant, texts[mutant.name]), chosen)):
            word = {True: "SURVIVED", False: "killed", None: "BROKEN"}[survived]
            print(f"{word:10} {mutant.file} {mutant.name}", flush=True)
            results.append(survived)
    if None in results:
        sys.exit(2)
    killed = results.count(False)
    print(f"{killed} of {len(results)} mutants killed in {time.monotonic() - started:.0f} s")
    if not results or killed < ENOUGH * len(results):
        sys.exit(1)


if __name__ == "__main__":
    main()
