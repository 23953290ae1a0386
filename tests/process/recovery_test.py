"""How soon a connection is back: one that is dropped, the same again and again, and all of them when
the edge is killed and started again. Also how often a refusing edge is dialled.

OUTHAUL_TRIALS=10 drops ten connections and restarts the edge ten times.
"""
# timeout: 600

import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedLoad, MixedOrigin, Target  # noqa: E402
from packet_filter import local_ports  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import check, cpu_seconds, equal, pause, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
OUTAGE_S = 5
# Of one dropped connection; an edge's restart takes the period of the refused dials on top.
MEDIAN_S, MAXIMUM_S, RESTART_S = 0.3, 1, 5


def drop(port, client):
    """The kernel ends the connection, with a reset to both ends."""
    done = subprocess.run(["ss", "-K", "dport", "=", f":{port}", "sport", "=", f":{client}"],
                          check=False, capture_output=True, text=True)
    check(re.search(rf":{client}\b", done.stdout), f"ss -K: {done.stdout} {done.stderr}")


def dropped(test, tunnel, agent, service):
    """Each trial drops another connection."""
    figures = Figures("one dropped connection")
    load = MixedLoad(service, [Target(tunnel.binding_port)], {"get": 100})
    load.wait_for_more(20)
    for client in local_ports(tunnel.agent_port)[:max(trials(), 3)]:
        mark = agent.mark()
        began = time.time()
        drop(tunnel.agent_port, client)
        figures.add("back_s", logged_at(agent.wait_for_event("connection_up", since=mark)) - began,
                    MAXIMUM_S)
    load.wait_for_more(20)
    load.stop()
    figures.print()
    with test.case("one dropped connection: back within 0.3 s by the median, 1 s at most"):
        figures.check("back_s")
        check(figures.median("back_s") <= MEDIAN_S, f"median {figures.median('back_s'):.2f} s")
    with test.case("one dropped connection: no request fails"):
        print(load.summary(), flush=True)
        equal(load.failed, [], "failed requests")


def restarted(test, tunnel, agent, count):
    """kill -9 of the edge, and a start after OUTAGE_S."""
    figures = Figures(f"edge gone for {OUTAGE_S} s")
    for trial in range(trials()):
        if trial > 0:
            pause(11, "connections that served for a while are dialled at once when they end")
        mark = agent.mark()
        used, began = cpu_seconds(agent.pid), time.monotonic()
        tunnel.edge.kill()
        pause(OUTAGE_S, "the outage itself")
        lasted = time.monotonic() - began
        attempts = len(agent.events("connection_failed", since=mark))
        figures.add("dials per second and connection", attempts / lasted / count, 2)
        figures.add("cpu share", (cpu_seconds(agent.pid) - used) / lasted, 0.02)
        mark = agent.mark()
        tunnel.start_edge()
        listens = logged_at(tunnel.edge.events("edge_start")[0])
        first = agent.wait_for_event("connection_up", since=mark, deadline_s=30)
        last = agent.wait_for_event("connection_up", since=mark, deadline_s=30, count=count)
        figures.add("first back_s", logged_at(first) - listens, RESTART_S)
        figures.add("all back_s", logged_at(last) - listens, RESTART_S)
    figures.print()
    with test.case("a restarted edge has its agent back within a few seconds"):
        figures.check("first back_s")
        figures.check("all back_s")
    with test.case("a refusing edge is dialled seldom"):
        figures.check("dials per second and connection")
        figures.check("cpu share")


def main(test):
    test.need_tools("ss", "ip")
    PrivateNetwork(test)
    origin = MixedOrigin(test)
    tunnel = Tunnel(test)
    service = tunnel.address_service("api", origin.port)
    count = max(CONNECTIONS, trials())
    agent = tunnel.start_agent(permit=[origin.port], connections=count)
    dropped(test, tunnel, agent, service)
    pause(11, "connections that served for a while are dialled at once when they end")
    restarted(test, tunnel, agent, count)
    equal(agent.terminate(), 0, "exit code")


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
