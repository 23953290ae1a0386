#!/usr/bin/python3
"""Tests of the test runner: what it counts, and that its time limit leaves nothing running."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_counts import Counts, count_output, failures_in  # noqa: E402
from test_process import is_running, run_limited  # noqa: E402

DOCTEST = ("[doctest] test cases:  {0} |  {1} passed | {2} failed | 0 skipped\n"
           "[doctest] assertions: 9 | 9 passed | 0 failed |\n")

COUNTING = [
    ("doctest, all passed", 0, DOCTEST.format(5, 5, 0), Counts(5, 0, 0)),
    ("doctest, one failed", 1, DOCTEST.format(5, 4, 1), Counts(4, 1, 0)),
    ("doctest, then a leak report", 1, DOCTEST.format(5, 5, 0), Counts(5, 1, 0)),
    ("doctest, crash without a summary", -11, "[doctest] run with ...\n", Counts(0, 1, 0)),
    ("script lines", 1, "ok a\nnot ok b: why\nok c\n", Counts(2, 1, 0)),
    ("script failed, exit 0", 0, "ok a\nnot ok b: why\n", Counts(1, 1, 0)),
    ("script crashed after ok", 1, "ok a\nTraceback\n", Counts(1, 1, 0)),
    ("skipped", 77, "skipped: no nft\n", Counts(0, 0, 1)),
    ("skipped after a failure", 77, "not ok a: why\n", Counts(0, 1, 0)),
    ("exit status only", 0, "hello\n", Counts(1, 0, 0)),
    ("exit status only, failed", 3, "hello\n", Counts(0, 1, 0)),
    ("killed at the limit", None, "ok a\n", Counts(1, 1, 0)),
]

# What the end of scripts/test says of them.
NAMING = [
    ("script", "ok a\nnot ok b: why\nnot ok c\n", ["b: why", "c"]),
    ("doctest", "TEST CASE:  a fault\n  x.cc:1: ERROR\nTEST CASE:  a fault\nTEST CASE:  b\n",
     ["a fault", "b"]),
    ("nothing", "ok a\n", []),
]


def time_limit_kills_the_whole_family():
    script = "trap '' TERM; setsid sh -c 'echo $$; exec sleep 60' & wait; wait; sleep 60"
    status, output = run_limited(["/bin/sh", "-c", script], dict(os.environ), "/", 0.5, 0.5)
    return status is None and output.strip() and not is_running(int(output))


def main():
    failures = 0
    for name, status, output, expected in COUNTING:
        counts, why = count_output(status, output)
        good = counts == expected and bool(why) == bool(counts.failed or counts.skipped)
        print(f"ok {name}" if good else f"not ok {name}: {counts}, '{why}'")
        failures += not good
    for name, output, expected in NAMING:
        named = failures_in(output)
        print(f"ok names of {name}" if named == expected else f"not ok names of {name}: {named}")
        failures += named != expected
    if time_limit_kills_the_whole_family():
        print("ok time limit")
    else:
        print("not ok time limit: a descendant survived")
        failures += 1
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
