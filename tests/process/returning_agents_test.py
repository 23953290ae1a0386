"""Reliability fault 5, small: an edge dies and its agents return, evenly and soon. An edge that is
overloaded says for how long to stay away, and is obeyed.

tests/bench/returning_agents.py does it with 200 agents and draws the picture.
"""
# timeout: 120

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, pause, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

AGENTS = 16
OUTAGE_S = 4
# The period of dials toward an edge that refuses them, and time to connect on a busy machine.
LIMIT_S = 6
RETRY_AFTER_S = 4


def herd(test):
    tunnel = Tunnel(test)
    for number in range(AGENTS):
        test.start(f"agent-{number}", tunnel.agent_command(connections=1))
    tunnel.edge.wait_for_event("agent_up", count=AGENTS, deadline_s=60)
    figures = Figures(f"fault 5, {AGENTS} agents")
    for trial in range(trials()):
        if trial > 0:
            pause(11, "connections that served for a while are dialled at once when they end")
        tunnel.edge.kill()
        pause(OUTAGE_S, "the outage itself")
        tunnel.start_edge()
        last = tunnel.edge.wait_for_event("agent_up", count=AGENTS, deadline_s=90)
        began = logged_at(tunnel.edge.events("edge_start")[0])
        times = [logged_at(up) - began for up in tunnel.edge.events("agent_up")]
        figures.add("all back_s", logged_at(last) - began, LIMIT_S)
        figures.add("in the busiest half second", max(
            sum(each <= other < each + 0.5 for other in times) for each in times), AGENTS * 0.75)
    figures.print()
    with test.case("all agents are back within the period of their dials, and not at once"):
        figures.check("all back_s")
        figures.check("in the busiest half second")


def overloaded(test):
    """The edge's place is taken by a server that asks for patience."""
    authority = test.certificate_authority("busy-ca")

    def busy(connection):
        connection.read_head()
        connection.answer("", status="503 Service Unavailable",
                          fields=f"Retry-After: {RETRY_AFTER_S}\r\nConnection: close\r\n")

    server = ScriptedServer(test, busy, tls=authority.issue("localhost"), alpn=["http/1.1"])
    tunnel = Tunnel(test, name="unused-edge")
    agent = test.start("agent-of-busy", tunnel.agent_command(
        "--edge", f"localhost:{server.port}", "--edge-ca", authority.certificate, connections=1))
    with test.case("Retry-After is obeyed, with jitter on top"):
        first = agent.wait_for_event("connection_failed", count=1)
        check(RETRY_AFTER_S <= first["retry_s"] <= 1.2 * RETRY_AFTER_S, f"{first}")
        second = agent.wait_for_event("connection_failed", count=2, deadline_s=RETRY_AFTER_S + 10)
        waited = logged_at(second) - logged_at(first)
        check(waited >= RETRY_AFTER_S, f"it came after {waited:.2f} s")
        equal(server.accepted, 2, "dials")


def main(test):
    herd(test)
    overloaded(test)


if __name__ == "__main__":
    run_test(main)
