"""What a flood test asserts about its victim: it stays up, its memory stays within a bound, what it
holds comes back, and others are served meanwhile."""

import threading
import time

from assertions import check, wait_until
from process_stats import open_files, peak_rss_bytes, rss_bytes
from tunnel import is_sanitized

MEBIBYTE = 1 << 20
# docs/limits.md: what no flood of one connection may exceed.
MEMORY_BOUND_BYTES = 24 * MEBIBYTE
# A sanitizer keeps freed memory (its quarantine), so there its figures say nothing.
QUARANTINE_BYTES = 512 * MEBIBYTE


class Victim:
    """A program under a flood. `probe()` makes one request beside it and fails if that fails.
    `pooled`: descriptors that may stay open afterwards, for idle connections to origins."""

    def __init__(self, process, program, probe, pooled=0):
        self.process = process
        self.probe = probe
        self.pooled = pooled
        self.bound = MEMORY_BOUND_BYTES + (QUARANTINE_BYTES if is_sanitized(program) else 0)

    def under(self, name, attack, recovers=lambda: True, deadline_s=60.0):
        """Runs attack() in a thread of its own while probe() runs again and again. Prints the
        memory before, at its peak and after; returns what attack() returned."""
        self.probe()
        pid = self.process.pid
        before, files = rss_bytes(pid), open_files(pid)
        result, failures = [], []
        thread = threading.Thread(target=_run, args=(attack, result, failures), daemon=True)
        thread.start()
        peak, probes = before, 0
        end = time.monotonic() + deadline_s
        while thread.is_alive() and time.monotonic() < end:
            self.probe()
            probes += 1
            peak = max(peak, rss_bytes(pid))
            thread.join(0.02)
        check(not thread.is_alive(), f"{name}: still under way after {deadline_s:g} s")
        if failures:
            raise failures[0]
        self.process.check_running()
        wait_until(lambda: open_files(pid) <= files + self.pooled and recovers(),
                   f"{name}: descriptors are back to {files} and {self.pooled}", 20)
        self.probe()
        peak = max(peak, rss_bytes(pid))
        self._report(name, before, peak, rss_bytes(pid), probes)
        return result[0]

    def _report(self, name, before, peak, after, probes):
        figures = " -> ".join(f"{value / MEBIBYTE:.1f}" for value in (before, peak, after))
        print(f"memory MiB {name}: {figures} (before, peak, after), "
              f"high water {peak_rss_bytes(self.process.pid) / MEBIBYTE:.1f}, "
              f"{probes} requests beside it", flush=True)
        check(peak - before <= self.bound,
              f"{name}: memory grew from {before} to {peak} bytes, over {self.bound}")
        check(peak_rss_bytes(self.process.pid) - before <= self.bound,
              f"{name}: memory grew to {peak_rss_bytes(self.process.pid)} bytes for a moment")


def _run(attack, result, failures):
    try:
        result.append(attack())
    except Exception as failure:  # pylint: disable=broad-except; the caller raises it again
        failures.append(failure)
