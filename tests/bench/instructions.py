"""User-space instructions of a unit of work, counted by callgrind: a figure without noise beside
each CPU time. The kernel's part is not in it; TLS and all libraries are."""

import dataclasses

from scenarios import GIBIBYTE, MEBIBYTE, apply_load

# Requests of the two loads whose difference counts, so that start, handshakes and end do not.
SMALL_LOADS, LARGE_LOADS = (1000, 3000), (2, 6)
LARGE_BYTES = 8 * MEBIBYTE


def _countable(scenario):
    """The scenario with bodies that fit an emulated processor, and its two loads."""
    large = LARGE_BYTES / GIBIBYTE
    if scenario.upload_bytes:
        return dataclasses.replace(scenario, upload_bytes=LARGE_BYTES, work=large), LARGE_LOADS
    if scenario.work != 1.0:
        return dataclasses.replace(scenario, path=f"/bytes/{LARGE_BYTES}", work=large), LARGE_LOADS
    return scenario, SMALL_LOADS


def per_unit(scenario, kind, surroundings):
    """Instructions of a request, or of a GiB."""
    scenario, loads = _countable(scenario)
    totals = []
    for requests in loads:
        profile = surroundings.test.path(f"{kind.name}.{requests}.callgrind")
        subject = kind(surroundings, scenario, profile)
        apply_load(scenario, subject, surroundings, requests)
        subject.stop(gently=True)
        totals.append(_callgrind_total(profile))
    return (totals[1] - totals[0]) / ((loads[1] - loads[0]) * scenario.work)


def _callgrind_total(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("totals:"))
