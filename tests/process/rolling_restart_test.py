"""Reliability faults 6 and 7 in one, short: two edges in turn, two agents in turn, and a single
agent's upgrade in place, under GETs, uploads, events and WebSockets. No request fails.

tests/bench/rolling_restart.py is the long version.
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
    restarts.agents()
    restarts.upgrade()


if __name__ == "__main__":
    run_test(main)
