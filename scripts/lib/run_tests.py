#!/usr/bin/python3
"""Runs one group of test programs and counts what they report.

unit     every program that meson registered as a test in --build
process  tests/process/*.py and tests/conformance/*_test.py against the programs in --build, and the self-test of tests/support
command  the one program given after "--"

A program's count is its doctest summary, else its "ok NAME" and "not ok NAME: why" lines, else
one for its exit status; 77 means skipped. All output goes to --log; the counts are appended to
--counts as "passed failed skipped", and a line for each failure to --failures.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_counts import Counts, count_output, failures_in  # noqa: E402
from test_process import run_limited  # noqa: E402

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = "/usr/bin/python3"  # Debian's, which has python3-h2
TAIL_LINES = 40
UNIT_TIMEOUT_S = 300
PROCESS_TIMEOUT_S = 120


@dataclass
class Program:
    name: str
    command: list
    environment: dict = field(default_factory=dict)
    directory: str = REPOSITORY
    timeout_s: float = UNIT_TIMEOUT_S
    alone: bool = False


@dataclass
class Outcome:
    counts: Counts
    why: str  # empty if it passed
    output: str
    seconds: float


def unit_programs(build, pattern):
    """PATTERN picks programs by a part of their name; PROGRAM:CASE picks test cases in them."""
    listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                             stdout=subprocess.PIPE, text=True)
    wanted, _, case = pattern.partition(":")
    for test in json.loads(listing.stdout):
        if wanted in test["name"]:
            command = list(test["cmd"]) + ([f"--test-case=*{case}*"] if case else [])
            limit = test["timeout"] if test["timeout"] > 30 else UNIT_TIMEOUT_S  # 30: meson's default
            yield Program(test["name"], command, dict(test["env"]),
                          test["workdir"] or REPOSITORY, limit)


def process_programs(build, pattern):
    scripts = sorted(glob.glob(os.path.join(REPOSITORY, "tests/process/*.py")))
    # First: it takes longest.
    scripts[:0] = sorted(glob.glob(os.path.join(REPOSITORY, "tests/conformance/*_test.py")))
    scripts.insert(0, os.path.join(REPOSITORY, "tests/support/selftest.py"))
    support = os.path.join(REPOSITORY, "tests/support")
    for script in scripts:
        name = os.path.splitext(os.path.relpath(script, os.path.join(REPOSITORY, "tests")))[0]
        if pattern not in name:
            continue
        marks = header_marks(script)
        environment = {"OUTHAUL_BUILD": os.path.abspath(build), "PYTHONPATH": support,
                       "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        yield Program(name, [PYTHON, script], environment,
                      timeout_s=float(marks.get("timeout", PROCESS_TIMEOUT_S)),
                      alone="alone" in marks)


def header_marks(script):
    """Reads "# timeout: 300" and "# alone: why" from a script's first lines."""
    marks = {}
    with open(script, encoding="utf-8") as file:
        for line, _ in zip(file, range(40)):
            key, colon, value = line.lstrip("# ").partition(":")
            if line.startswith("#") and colon and key in ("timeout", "alone"):
                marks[key] = value.strip()
    return marks


def run(program):
    started = time.monotonic()
    status, output = run_limited(program.command, {**os.environ, **program.environment},
                                 program.directory, program.timeout_s)
    counts, why = count_output(status, output)
    if status is None:
        why = f"still running after {program.timeout_s:.0f} s"
    return Outcome(counts, why, output, time.monotonic() - started)


def report(program, outcome, log, failures):
    counts = outcome.counts
    log.write(f"==== {program.name}: {' '.join(program.command)}\n{outcome.output}\n")
    log.flush()
    state = "FAILED" if counts.failed else "skip" if counts.skipped and not counts.passed else "ok"
    line = f"  {state:<6} {program.name:<34} {counts.passed:>5} passed"
    line += f", {counts.failed} failed" if counts.failed else ""
    line += f", {counts.skipped} skipped" if counts.skipped else ""
    print(f"{line}  ({outcome.seconds:.1f} s)", flush=True)
    if counts.failed:
        for text in outcome.output.splitlines()[-TAIL_LINES:]:
            print(f"    | {text}")
        names = failures_in(outcome.output) or [outcome.why]
        failures.writelines(f"{program.name}: {name}\n" for name in names)
        failures.flush()
    if outcome.why:
        print(f"    {outcome.why}", flush=True)


def run_all(programs, jobs, log, failures):
    """Runs the programs, those marked alone last and one by one."""
    total = Counts()
    together = [program for program in programs if not program.alone]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run, program): program for program in together}
        for done in concurrent.futures.as_completed(running):
            report(running[done], done.result(), log, failures)
            total += done.result().counts
    for program in programs:
        if program.alone:
            outcome = run(program)
            report(program, outcome, log, failures)
            total += outcome.counts
    return total


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("unit", "process", "command"))
    parser.add_argument("--build", default=os.path.join(REPOSITORY, "build"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--filter", default="")
    parser.add_argument("--log", required=True)
    parser.add_argument("--counts", required=True)
    parser.add_argument("--failures", required=True)
    parser.add_argument("--name", default="", help="the name shown for a command")
    own = sys.argv[1:]
    command = []
    if "--" in own:
        command = own[own.index("--") + 1:]
        own = own[:own.index("--")]
    arguments = parser.parse_args(own)
    arguments.command = command
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.kind == "unit":
        programs = list(unit_programs(arguments.build, arguments.filter))
    elif arguments.kind == "process":
        programs = list(process_programs(arguments.build, arguments.filter))
    else:
        programs = [Program(arguments.name, arguments.command)]
    with open(arguments.log, "a", encoding="utf-8") as log, \
            open(arguments.failures, "a", encoding="utf-8") as failures:
        total = run_all(programs, arguments.jobs, log, failures)
    with open(arguments.counts, "a", encoding="utf-8") as file:
        file.write(f"{total.passed} {total.failed} {total.skipped}\n")
    if not programs:
        print(f"  no test matches '{arguments.filter}'" if arguments.filter else "  no tests yet")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
