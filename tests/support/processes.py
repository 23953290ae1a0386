"""A started program: its output, its end, its signals."""

import json
import os
import re
import signal
import subprocess

from assertions import CheckFailed, wait_until

LOG_TAIL_LINES = 25
EVENT_KEYS = ("event", "msg", "message")


class ProcessEnded(Exception):
    """The program ended while something was expected of it. Not a CheckFailed: wait_until must
    not take it for "not yet"."""


class Process:
    """Runs in a process group of its own, with standard output and error in one file."""

    def __init__(self, name, command, log_path, environment=None, directory=None):
        self.name = name
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=directory, process_group=0,
                env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def check_running(self):
        if self.exit_code is not None:
            raise ProcessEnded(f"{self.name} ended with {self.exit_code}:\n{self.log_tail()}")

    # --- ending and signals ----------------------------------------------------------------

    def signal(self, number):
        self.check_running()
        self._process.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait(self, deadline_s=10.0):
        """Waits for its own end and returns the exit code."""
        try:
            return self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise CheckFailed(f"{self.name} did not end within {deadline_s:g} s") from None

    def terminate(self, deadline_s=10.0):
        """SIGTERM, then wait; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(deadline_s)

    def kill(self):
        """SIGKILL for its whole group, also when it has ended and left children; no complaint
        if nothing is left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    # --- its output ------------------------------------------------------------------------

    def log(self, since=0):
        with open(self.log_path, "rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def mark(self):
        """The present end of the output, for `since` of the waits below."""
        return os.path.getsize(self.log_path)

    def log_tail(self):
        return "\n".join(self.log().splitlines()[-LOG_TAIL_LINES:])

    def wait_for_log(self, pattern, deadline_s=10.0, since=0):
        """Waits until the output matches a regular expression; returns the match."""
        return self._wait(lambda: re.search(pattern, self.log(since), re.MULTILINE),
                          f"{self.name} prints /{pattern}/", deadline_s)

    def events(self, event=None, since=0, **fields):
        """The complete JSON lines of the output with this event name and these fields."""
        found = []
        for line in self.log(since).splitlines(keepends=True):
            if line.endswith("\n") and line.startswith("{"):
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if _matches(entry, event, fields):
                    found.append(entry)
        return found

    def wait_for_event(self, event, deadline_s=10.0, since=0, count=1, **fields):
        """Waits for the count-th such line and returns it as a dictionary. A field's expected
        value may be a function: wait_for_event("access", status=lambda s: s >= 500)."""
        wanted = f"{self.name} logs {event!r} {fields or ''}" + (f" x{count}" if count > 1 else "")
        found = self._wait(lambda: self.events(event, since, **fields)[count - 1:], wanted,
                           deadline_s)
        return found[0]

    def _wait(self, look, what, deadline_s):
        def look_or_fail():
            ended = self.exit_code is not None  # before looking: it may end right after its line
            result = look()
            if not result and ended:
                self.check_running()
            return result

        try:
            return wait_until(look_or_fail, what, deadline_s)
        except CheckFailed as error:
            raise CheckFailed(f"{error}; its output ends:\n{self.log_tail()}") from None


def _matches(entry, event, fields):
    if event is not None and event not in (entry.get(key) for key in EVENT_KEYS):
        return False
    for key, expected in fields.items():
        if key not in entry:
            return False
        if not (expected(entry[key]) if callable(expected) else entry[key] == expected):
            return False
    return True
