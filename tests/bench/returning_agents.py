#!/usr/bin/python3
"""Reliability fault 5: an edge dies and 200 agents return to it. How long until all are back, and
how many finish their handshake in each 100 ms.

    /usr/bin/python3 tests/bench/returning_agents.py [--agents 200] [--outage 3] [--trials 1]
        [--picture docs/pictures/returning-agents.svg]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from histogram_picture import histogram_svg  # noqa: E402
from process_test import pause, run_test, wait_until  # noqa: E402
from trials import Figures, logged_at  # noqa: E402
from tunnel import Tunnel  # noqa: E402

BIN_S = 0.1
ALL_BACK_LIMIT_S = 60
PEAK_LIMIT = 3


def start_agents(test, tunnel, count):
    """A few at a time: what is measured comes later."""
    agents = []
    for number in range(count):
        agents.append(test.start(f"agent-{number}", tunnel.agent_command(
            "--status-listen", "none", connections=1)))
        if number % 20 == 19 or number == count - 1:
            wait_until(lambda: len(tunnel.edge.events("agent_up")) == len(agents),
                       "the agents are connected", deadline_s=60, poll_s=0.1)
    return agents


def restart(tunnel, count, outage_s):
    """Seconds after the edge's start at which each agent was back."""
    tunnel.edge.kill()
    pause(outage_s, "the outage itself")
    tunnel.start_edge()
    edge = tunnel.edge
    began = logged_at(edge.events("edge_start")[0])
    wait_until(lambda: len(edge.events("agent_up")) >= count, "all agents are back",
               deadline_s=180, poll_s=0.25)
    return [logged_at(up) - began for up in edge.events("agent_up")]


def judge(figures, times):
    """Adds the figures of one trial and returns its histogram and the mean."""
    first, last = min(times), max(times)
    counts = [0] * (int(last / BIN_S) + 1)
    for each in times:
        counts[int(each / BIN_S)] += 1
    mean = len(times) * BIN_S / max(last - first, BIN_S)
    figures.add("all back s", last, ALL_BACK_LIMIT_S)
    figures.add("half back s", sorted(times)[len(times) // 2])
    figures.add("peak per 100 ms", max(counts))
    figures.add("peak / mean", max(counts) / mean, PEAK_LIMIT)
    return counts, mean


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--outage", type=float, default=3, help="in seconds [3]")
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--picture", help="SVG of the last trial")
    chosen = parser.parse_args()

    def run(test):
        tunnel = Tunnel(test, edge_options=["--connections-per-tunnel", str(2 * chosen.agents)])
        agents = start_agents(test, tunnel, chosen.agents)
        figures = Figures(f"fault 5, {chosen.agents} agents, outage {chosen.outage:g} s")
        for trial in range(chosen.trials):
            if trial > 0:
                pause(11, "the connections have served for a while before the next outage")
            counts, mean = judge(figures, restart(tunnel, chosen.agents, chosen.outage))
            print(f"trial {trial + 1}: {counts}, mean {mean:.2f}", flush=True)
        figures.print()
        if chosen.picture:
            with open(chosen.picture, "w", encoding="utf-8") as file:
                file.write(histogram_svg(
                    f"{chosen.agents} agents return after an outage of {chosen.outage:g} s: "
                    f"handshakes per 100 ms", counts, BIN_S, mean))
        with test.case("all are back in time"):
            figures.check("all back s")
        with test.case("no herd"):
            figures.check("peak / mean")
        for agent in agents:
            agent.kill()

    run_test(run)


if __name__ == "__main__":
    main()
