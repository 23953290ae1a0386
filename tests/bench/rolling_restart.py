#!/usr/bin/python3
"""Failed requests of planned restarts under load: a rolling restart of two edges, one of two agents,
and an upgrade in place of a single agent, each under mixed GETs, 1 MB POSTs, server-sent events and
WebSockets. Wanted: none failed, no POST twice.

    /usr/bin/python3 tests/bench/rolling_restart.py [--seconds 120] [--rate 500] [--session 20]
        [--only edges|agents|upgrade]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from planned_restarts import PlannedRestarts  # noqa: E402
from process_test import run_test  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120, help="of load, at least [120]")
    parser.add_argument("--rate", type=float, default=500, help="requests a second [500]")
    parser.add_argument("--session", type=int, default=20,
                        help="longest stream of events or WebSocket, in seconds [20]")
    parser.add_argument("--only", choices=("edges", "agents", "upgrade"))
    chosen = parser.parse_args()

    def run(test):
        restarts = PlannedRestarts(test, chosen.rate, chosen.seconds, chosen.session)
        for name in ("edges", "agents", "upgrade"):
            if chosen.only in (None, name):
                getattr(restarts, name)()

    run_test(run)


if __name__ == "__main__":
    main()
