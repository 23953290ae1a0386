"""Reliability fault 8: kill -9 of one of two replicas under load. Only requests that it had may
fail, and of those only the ones with a body or a begun answer; GETs are sent again elsewhere, and
no POST is delivered twice.

OUTHAUL_TRIALS=10 kills ten agents.
"""
# timeout: 300

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedLoad, MixedOrigin, Target  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
RATES = {"get": 150, "post": 20, "events": 5, "socket": 5}


def main(test):
    origin = MixedOrigin(test)
    tunnel = Tunnel(test, edge_options=["--access-log", "failures"])
    service = tunnel.address_service("api", origin.port)
    names = iter(f"agent-{number}" for number in range(100))

    def start():
        return tunnel.start_agent("--access-log", "failures", permit=[origin.port],
                                  connections=CONNECTIONS, name=next(names))

    agents = [start(), start()]
    load = MixedLoad(service, [Target(tunnel.binding_port)], RATES, session_s=4)
    figures = Figures("fault 8")
    kills = []
    for trial in range(trials(2)):
        load.wait_for_more(200)
        mark = tunnel.edge.mark()
        kills.append(time.time())
        agents[trial % 2].kill()
        down = tunnel.edge.wait_for_event("agent_down", since=mark, count=CONNECTIONS)
        figures.add("known_s", logged_at(down) - kills[-1], 1)
        load.wait_for_more(100)
        agents[trial % 2] = start()
    load.wait_for_more(200)
    load.stop()
    counts = origin.counts()
    print(load.summary() + f"; {counts['duplicates']} uploads came twice", flush=True)
    for outcome in load.failed[:10]:
        print(f"  failed {outcome.began - kills[0]:+.3f} s: {outcome}", flush=True)
    failed = {kind: [each for each in load.failed if each.kind == kind] for kind in RATES}
    figures.add("failed GETs", len(failed["get"]), 0)
    figures.add("failed uploads per kill", len(failed["post"]) / len(kills))
    figures.add("failed sessions per kill",
                len(failed["events"] + failed["socket"]) / len(kills))
    figures.print()
    with test.case("the edge knows at once"):
        figures.check("known_s")
    with test.case("no GET failed: those of the dead agent were sent to the other"):
        figures.check("failed GETs")
    with test.case("no upload came twice"):
        equal(counts["duplicates"], 0, "uploads that came twice")
    with test.case("nothing failed that was not under way at a kill"):
        for outcome in load.failed:
            check(any(outcome.began <= kill + 0.1 <= outcome.began + outcome.took + 1
                      for kill in kills), f"{outcome}, kills at {kills}")
    for agent in agents:
        equal(agent.terminate(), 0, "exit code")


if __name__ == "__main__":
    run_test(main)
