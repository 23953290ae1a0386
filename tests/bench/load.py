"""The load of a benchmark (h2load), and what a process spent while it was under it."""

import os
import re
import subprocess
import time

LOAD_TIMEOUT_S = 120


class LoadFailed(Exception):
    """h2load did not get the answers that it should have got."""


def cpu_seconds(pid):
    """User and system time of all threads of a process, dead ones included, in nanosecond steps:
    the CPU clock of the process (clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)


def on_core(core, command):
    return ["taskset", "--cpu-list", str(core)] + [str(part) for part in command]


def run_h2load(core, url, requests, connections, streams, headers=(), data=None):
    """Runs h2load to its end; returns requests a second. Every answer has to be a 2xx."""
    command = ["h2load", "-t1", f"-n{requests}", f"-c{connections}", f"-m{streams}",
               "--tls13-ciphers=TLS_AES_128_GCM_SHA256"]
    for header in headers:
        command += ["-H", header]
    if data:
        command += ["-d", data]
    done = subprocess.run(on_core(core, command + [url]), capture_output=True, text=True,
                          timeout=LOAD_TIMEOUT_S, check=False)
    good = re.search(r"status codes: (\d+) 2xx", done.stdout)
    succeeded = re.search(r"(\d+) succeeded", done.stdout)
    if not good or int(good[1]) != requests or not succeeded or int(succeeded[1]) != requests:
        raise LoadFailed(f"h2load {url}: {done.stdout[-600:]}{done.stderr[-300:]}")
    rate = re.search(r"finished in [^,]*, ([\d.]+) req/s", done.stdout)
    return float(rate[1]) if rate else 0.0


def request_times_us(core, url, requests, log, options=(), headers=()):
    """The time of each of that many requests, one after the other on one connection. `log` is a
    file for h2load's record of them."""
    if os.path.exists(log):
        os.unlink(log)  # h2load appends
    command = ["h2load", "-t1", "-c1", "-m1", f"-n{requests}", f"--log-file={log}", *options]
    for header in headers:
        command += ["-H", header]
    done = subprocess.run(on_core(core, command + [url]), capture_output=True, text=True,
                          timeout=LOAD_TIMEOUT_S, check=False)
    with open(log, encoding="ascii") as file:
        rows = [line.split() for line in file]
    if len(rows) != requests or any(row[1] != "200" for row in rows):
        raise LoadFailed(f"h2load {url}: {done.stdout[-600:]}{done.stderr[-300:]}")
    return [int(row[2]) for row in rows]
