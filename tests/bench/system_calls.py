"""System calls of a small request at 100 streams, counted twice: by `perf trace -s`, which names
them, and by the kernel's counter of their entries."""

import re
import signal
import subprocess

from assertions import wait_until
from scenarios import apply_load, scenarios

REQUESTS = 20000


def _during_load(command, subject, surroundings, scenario, ready):
    counting = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: ready(counting), f"{command[0]} {command[1]} is attached", 20)
    apply_load(scenario, subject, surroundings)
    counting.send_signal(signal.SIGINT)
    counting.wait(60)


def _has_event(process):
    """Whether it has opened the perf events of its target."""
    found = subprocess.run(["ls", "-l", f"/proc/{process.pid}/fd"], capture_output=True, text=True,
                           check=False)
    return "perf_event" in found.stdout


def measure(kind, surroundings):
    scenario = scenarios(REQUESTS, 1 << 20)[0]
    subject = kind(surroundings, scenario)
    try:
        apply_load(scenario, subject, surroundings, 2000)
        trace, count = (surroundings.test.path(name) for name in ("perf.trace", "perf.stat"))
        _during_load(["perf", "trace", "-s", "-p", str(subject.pid), "-o", trace], subject,
                     surroundings, scenario, _has_event)
        _during_load(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p",
                      str(subject.pid), "-o", count], subject, surroundings, scenario, _has_event)
    finally:
        subject.stop()
    with open(trace, encoding="utf-8") as file:
        calls = {name: int(number) for name, number in
                 re.findall(r"^ +([a-z]\w+) +(\d+) ", file.read(), re.MULTILINE)}
    with open(count, encoding="utf-8") as file:
        counted = int(re.search(r"^(\d+),", file.read(), re.MULTILINE)[1])
    per_request = {name: round(number / REQUESTS, 3) for name, number in calls.items()
                   if number / REQUESTS >= 0.005}
    return {"by_trace": round(sum(calls.values()) / REQUESTS, 3),
            "by_counter": round(counted / REQUESTS, 3), "calls": per_request}
