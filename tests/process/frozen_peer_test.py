"""Reliability fault 2: a process that stands still while the kernel keeps its connections open. The
other end finds out by PING, requests go to other connections, and it is all over when it goes on.

OUTHAUL_TRIALS=10 freezes an agent ten times, and an edge ten times.
"""
# timeout: 300

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedLoad, MixedOrigin, Target  # noqa: E402
from process_test import equal, run_test  # noqa: E402
from second_edge import SecondEdge  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

INTERVAL_S, ANSWER_S = 2, 1
LIMIT_S = INTERVAL_S + ANSWER_S + 1
LIVENESS = ["--ping-interval", f"{INTERVAL_S}s", "--ping-answer", f"{ANSWER_S}s"]
CONNECTIONS = 2


def frozen_agent(test, tunnel, origin, service):
    """Two agents; one of them stops."""
    figures = Figures("fault 2, frozen agent")
    agents = [tunnel.start_agent(*LIVENESS, permit=[origin.port], connections=CONNECTIONS,
                                 name=f"agent-{name}") for name in ("a", "b")]
    load = MixedLoad(service, [Target(tunnel.binding_port)], {"get": 20})
    load.wait_for_more(20)
    for trial in range(trials()):
        agent = agents[trial % 2]
        mark = tunnel.edge.mark()
        agent.freeze()
        began = time.time()
        down = tunnel.edge.wait_for_event("agent_down", since=mark, count=CONNECTIONS)
        figures.add("detected_s", logged_at(down) - began, LIMIT_S)
        agent.thaw()
        went_on = time.time()
        up = tunnel.edge.wait_for_event("agent_up", since=mark, count=CONNECTIONS)
        figures.add("back_s", logged_at(up) - went_on, 2)
        load.wait_for_more(40)
    load.stop()
    figures.print()
    with test.case("a frozen agent is found out by PING, and back as soon as it goes on"):
        figures.check("detected_s")
        figures.check("back_s")
    with test.case("a frozen agent: its GETs go to the other one, none fails"):
        print(load.summary(), flush=True)
        equal(load.failed, [], "failed requests")
        slowest = max(outcome.took for outcome in load.outcomes)
        print(f"slowest request {slowest:.2f} s", flush=True)
        equal(slowest < LIMIT_S + 1, True, "the slowest was sent again when the edge knew")
    for agent in agents:
        equal(agent.terminate(), 0, "exit code")


def frozen_edge(test, tunnel, second, origin):
    """One agent at two edges; one of them stops."""
    figures = Figures("fault 2, frozen edge")
    agent = test.start("agent", tunnel.agent_command(
        "--permit", f"127.0.0.1:{origin.port}", *LIVENESS, *second.options_for_agent(),
        connections=CONNECTIONS))
    agent.wait_for_event("connection_up", count=CONNECTIONS)
    for _ in range(trials()):
        mark = agent.mark()
        tunnel.edge.freeze()
        began = time.time()
        lost = agent.wait_for_event("connection_lost", since=mark)
        figures.add("detected_s", logged_at(lost) - began, LIMIT_S)
        tunnel.edge.thaw()
        # At the home edge, however it comes: dialled there, or moved back from the other one.
        home = f"localhost:{tunnel.agent_port}"
        agent.wait_for_event("connection_up", since=mark, edge=home, deadline_s=60)
    figures.print()
    with test.case("a frozen edge is found out by PING, and used again when it goes on"):
        figures.check("detected_s")
        equal(len(agent.events("agent_start")), 1, "starts of the agent")
    equal(agent.terminate(), 0, "exit code")


def main(test):
    origin = MixedOrigin(test)
    tunnel = Tunnel(test, edge_options=LIVENESS)
    service = tunnel.address_service("api", origin.port)
    frozen_agent(test, tunnel, origin, service)
    frozen_edge(test, tunnel, SecondEdge(tunnel, LIVENESS), origin)


if __name__ == "__main__":
    run_test(main)
