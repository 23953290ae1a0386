"""Runs one test program with a time limit, and leaves nothing of it behind."""

import os
import signal
import subprocess
import tempfile
import time

GRACE_S = 10  # for a test script to stop what it started


def run_limited(command, environment, directory, timeout_s, grace_s=GRACE_S):
    """Returns (status, output), with status None when the limit was reached."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(command, env=environment, cwd=directory, stdout=output,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       start_new_session=True)
        except OSError as error:
            return 127, f"cannot run {command[0]}: {error}\n"
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            stop(process, grace_s)
            status = None
        output.seek(0)
        return status, output.read().decode(errors="replace")


def stop(process, grace_s):
    """Asks first, so that the program can clean up; then kills it and all that descends from it."""
    family = descendants(process.pid)
    process.terminate()
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        family |= descendants(process.pid)
        process.kill()
        process.wait()
    for pid, started in family:
        if is_running(pid, started):  # the number may already be another process's
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    deadline = time.monotonic() + 2
    while any(is_running(*member) for member in family) and time.monotonic() < deadline:
        time.sleep(0.01)


def descendants(root):
    """The (pid, start time) of every process below root."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat_fields(int(name))
            if fields:
                children.setdefault(int(fields[1]), []).append((int(name), fields[19]))
    found = set()
    pending = [root]
    while pending:
        for pid, started in children.get(pending.pop(), []):
            if (pid, started) not in found:
                found.add((pid, started))
                pending.append(pid)
    return found


def stat_fields(pid):
    """The fields of /proc/PID/stat after the command's name: state, ppid, ... start time at 19."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_running(pid, started=None):
    """False for a zombie: it waits only for its new parent. A start time tells a pid's reuse."""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] != "Z" and started in (None, fields[19])
