"""How quiet the machine was while a benchmark ran, so that a reader knows how far to trust it."""

import os
import resource
import time

# From here on a run is not quiet. Of a processor; of all processors; of the time that a measured
# process wanted to run.
OTHERS_LIMIT, STEAL_LIMIT, WAITED_LIMIT = 0.15, 0.01, 0.05
TICK = os.sysconf("SC_CLK_TCK")


def waiting(pid):
    """(seconds for which its threads had to wait for a processor, involuntary switches)."""
    waited, switches = 0, 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            waited += int(file.read().split()[1])
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8", errors="replace") as file:
            switches += next(int(line.split()[1]) for line in file
                             if line.startswith("nonvoluntary_ctxt_switches"))
    return waited / 1e9, switches


def _machine():
    """(seconds of user and kernel work of all processors, seconds stolen by the hypervisor). What
    interrupts took belongs to no process and is left out."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, _, _, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system) / TICK, steal / TICK


def _descendants(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
            for child in map(int, file.read().split()):
                yield child
                yield from _descendants(child)


def _own():
    """Seconds of this process and of all that it started, as long as parents wait for their
    children."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    for pid in _descendants(os.getpid()):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                total += sum(map(int, file.read().rpartition(")")[2].split()[11:15])) / TICK
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


class Watch:
    """From here to `figures()`."""

    def __init__(self):
        self._load = os.getloadavg()
        self._began = time.monotonic()
        (self._busy, self._steal), self._spent = _machine(), _own()

    def figures(self, waited_share):
        """`waited_share`: of the measured processes, see waiting()."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        busy, steal = _machine()
        others = max(0.0, (busy - self._busy) - (_own() - self._spent)) / seconds
        figures = {"load_average": [list(self._load), list(os.getloadavg())],
                   "processors_used_by_others": round(others, 3),
                   "steal_share": round((steal - self._steal) / seconds / os.cpu_count(), 4),
                   "waited_share": round(waited_share, 4)}
        return {**figures, "warnings": warnings(figures)}


def warnings(figures):
    """What a reader should know, a sentence each; none for a quiet machine."""
    found = []
    others, steal, waited = (figures[key] for key in (
        "processors_used_by_others", "steal_share", "waited_share"))
    if others > OTHERS_LIMIT:
        found.append(f"other programs used {others:.2f} processors meanwhile")
    if steal > STEAL_LIMIT:
        found.append(f"the hypervisor took {100 * steal:.1f} % of the processors' time away")
    if waited > WAITED_LIMIT:
        found.append(f"measured programs waited for their processor {100 * waited:.0f} % of the "
                     "time in which they could have run")
    return found
