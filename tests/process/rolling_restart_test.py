"""Reliability fault 6, short: two edges are restarted in turn under GETs, uploads, events and
WebSockets. No request fails.

OUTHAUL_LONG_TESTS also restarts two agents in turn and upgrades a single one, which drain_test and
upgrade_test do in a smaller way; tests/bench/rolling_restart.py is the long version of all three.
"""
# timeout: 180

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from planned_restarts import PlannedRestarts  # noqa: E402
from process_test import run_test  # noqa: E402


def main(test):
    restarts = PlannedRestarts(test, requests_per_s=100, seconds=5, session_s=2)
    restarts.edges()
    if os.environ.get("OUTHAUL_LONG_TESTS"):
        restarts.agents()
        restarts.upgrade()


if __name__ == "__main__":
    run_test(main)
