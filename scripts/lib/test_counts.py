"""Turns the output and the exit status of a test program into counts."""

import re
from dataclasses import dataclass

SKIPPED_STATUS = 77

_DOCTEST = re.compile(r"\[doctest\] test cases:\s+\d+ \|\s+(\d+) passed \|\s+(\d+) failed")
_DOCTEST_FAILED = re.compile(r"^TEST CASE: +(.*)", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OK = re.compile(r"^ok \S", re.MULTILINE)
_NOT_OK = re.compile(r"^not ok \S.*", re.MULTILINE)
_SKIP = re.compile(r"^skip(?:ped)?\b:? *(.*)", re.MULTILINE)


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed,
                      self.skipped + other.skipped)


def count_output(status, output):
    """Returns (Counts, why): why names the failure or the reason for the skip, else it is empty.
    A status of None means killed at the time limit, a negative one a signal."""
    output = _COLOUR.sub("", output)
    passed, failed = _reported(output)
    if status == SKIPPED_STATUS and not failed:
        reason = _SKIP.search(output)
        return Counts(passed, 0, 1), f"skipped: {reason.group(1) if reason else 'no reason given'}"
    if status == 0:
        if passed + failed == 0 and "[doctest]" not in output:
            passed = 1  # a program that only has an exit status
        return Counts(passed, failed), "" if not failed else "reported failures but exited with 0"
    # It failed: a crash after (or before) the last report is a failure of its own.
    names = _NOT_OK.findall(output)
    why = names[0] if names else f"ended with {_describe(status)}"
    return Counts(passed, max(failed, 1)), why


def failures_in(output):
    """The names of what failed, each with its reason: a line each."""
    output = _COLOUR.sub("", output)
    lines = [line.removeprefix("not ok ") for line in _NOT_OK.findall(output)]
    return lines or [name.strip() for name in dict.fromkeys(_DOCTEST_FAILED.findall(output))]


def _reported(output):
    summaries = _DOCTEST.findall(output)
    if summaries:
        return (sum(int(passed) for passed, _ in summaries),
                sum(int(failed) for _, failed in summaries))
    return len(_OK.findall(output)), len(_NOT_OK.findall(output))


def _describe(status):
    if status is None:
        return "the time limit"
    return f"signal {-status}" if status < 0 else f"exit status {status}"
