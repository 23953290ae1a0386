"""Repetitions of a fault and the figures of their outcome. OUTHAUL_TRIALS=10 is what
docs/reliability.md reports; by default a script tries once or twice, to be quick."""

import datetime
import os
import statistics

from assertions import check

__all__ = ["Figures", "logged_at", "trials"]


def trials(default=1):
    """How often to try."""
    return int(os.environ.get("OUTHAUL_TRIALS", default))


def logged_at(event):
    """When a program logged this line, in seconds as time.time() has them."""
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


class Figures:
    """Measured values by name. One line tells the worst of each, and its limit is checked."""

    def __init__(self, fault):
        self._fault = fault
        self._values = {}
        self._limits = {}

    def add(self, name, value, limit=None):
        self._values.setdefault(name, []).append(value)
        if limit is not None:
            self._limits[name] = limit

    def worst(self, name):
        return max(self._values[name])

    def median(self, name):
        return statistics.median(self._values[name])

    def print(self):
        """fault 1: lost_s median 3.0 worst 3.1 of 10 (limit 4) | ..."""
        parts = []
        for name, values in self._values.items():
            limit = f" (limit {self._limits[name]:g})" if name in self._limits else ""
            parts.append(f"{name} median {statistics.median(values):.3g} worst {max(values):.3g} "
                         f"of {len(values)}{limit}")
        print(f"{self._fault}: " + " | ".join(parts), flush=True)

    def check(self, name):
        """Fails when the worst value of this name is over its limit."""
        limit = self._limits[name]
        check(self.worst(name) <= limit,
              f"{name}: {self.worst(name):.3g} is over {limit:g}, all: {self._values[name]}")
