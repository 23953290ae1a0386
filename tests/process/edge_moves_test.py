"""Reliability fault 4: the edge gets another address and the old one is dead. The agent asks DNS
again for every attempt, and is back as soon as DNS says where the edge is. While DNS does not
answer, nothing spins.

OUTHAUL_TRIALS=10 moves it ten times. What else fault 4 asks for is in dns_outage_test.
"""
# timeout: 300

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedOrigin  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, cpu_seconds, equal, pause, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
NAME = "edge.moves.test"
OUTAGE_S = 5
# An attempt that asks the silent server.
ATTEMPT_S = 6
DNS = "127.0.0.53"


def address(number):
    return f"10.60.0.{number}"


class Name:
    """The DNS server that knows the edge's address, or is gone."""

    def __init__(self, test):
        self._test = test
        self._server = None

    def say(self, number):
        self.fall_silent()
        self._server = DnsServer(self._test, {NAME: [address(number)], "localhost": ["127.0.0.1"]},
                                 53, DNS, ttl_s=1)

    def fall_silent(self):
        if self._server:
            self._server.process.kill()


def move(network, tunnel, name, agent, number, figures):
    """From address `number` to the next one, with an outage of DNS in between."""
    mark = agent.mark()
    name.fall_silent()
    network.run("ip", "route", "del", "local", f"{address(number)}/32", "dev", "lo")
    network.make_unreachable(address(number))
    began, used = time.monotonic(), cpu_seconds(agent.pid)
    subprocess.run(["ss", "-K", "dst", address(number)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    agent.wait_for_event("connection_lost", since=mark, count=CONNECTIONS)
    pause(OUTAGE_S, "the outage itself")
    figures.add("cpu share", (cpu_seconds(agent.pid) - used) / (time.monotonic() - began), 0.02)
    back = time.time()
    name.say(number + 1)
    up = agent.wait_for_event("connection_up", since=mark, count=CONNECTIONS, deadline_s=90)
    figures.add("back_s after DNS", logged_at(up) - back)
    # What was drawn for the pause under way, up to a minute after many failures in a row.
    pauses = [line["retry_s"] for line in agent.events("connection_failed", since=mark)]
    figures.add("later than the pause under way, s", logged_at(up) - back - max(pauses),
                ATTEMPT_S)
    equal({line["address"] for line in agent.events("connection_up", since=mark)},
          {f"{address(number + 1)}:{tunnel.moving_port}"}, "where it is connected")


def main(test):
    test.need_tools("dnsmasq", "ip", "ss")
    network = PrivateNetwork(test)
    network.write_resolv_conf(f"nameserver {DNS}\n")
    count = trials()
    for number in range(1, count + 2):
        network.answer_for(f"{address(number)}/32")
    origin = MixedOrigin(test)
    name = Name(test)
    name.say(1)
    port = test.free_port()
    tunnel = Tunnel(test, edge_options=["--agent-listen", f"0.0.0.0:{port}",
                                        "--public-name", f"{NAME}:{port}"])
    tunnel.moving_port = port
    service = tunnel.address_service("api", origin.port)
    agent = tunnel.start_agent("--edge", f"{NAME}:{port}", permit=[origin.port],
                               connections=CONNECTIONS)
    figures = Figures("fault 4, the edge moves while DNS is silent")
    with test.case("the agent follows the edge to its new address"):
        for number in range(1, count + 1):
            move(network, tunnel, name, agent, number, figures)
            equal(tunnel.wait_serving(service).body, b"hello", "a request")
    figures.print()
    with test.case("within one back-off of DNS coming back, without spinning"):
        figures.check("later than the pause under way, s")
        figures.check("cpu share")
    equal(len(agent.events("agent_start")), 1, "starts of the agent")


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
