"""Reliability fault 1: a NAT forgets connections, in either direction or both, without a word. Both
ends find out by PING, requests go elsewhere, and the connections are back at once.

OUTHAUL_TRIALS=10 tries each direction ten times, also with the default limits (20 s and 10 s).
"""
# timeout: 300

import itertools
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedLoad, MixedOrigin, Target  # noqa: E402
from packet_filter import PacketFilter, local_ports  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import check, equal, pause, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

DIRECTIONS = ("to the edge", "to the agent", "both ways")
# One back-off step: the first retry comes within 0.1 s, the next would within a second.
BACKOFF_STEP_S = 1
NAMES = itertools.count()


def lose(packets, port, client, direction):
    if direction != "to the agent":
        packets.drop_to_server(port, client)
    if direction != "to the edge":
        packets.drop_to_client(port, client)


class Run:
    """One agent with a connection for each trial, and one that is left alone."""

    def __init__(self, test, origin, packets, interval, answer, tries):
        self.packets, self.interval, self.answer, self.tries = packets, interval, answer, tries
        liveness = ["--ping-interval", f"{interval}s", "--ping-answer", f"{answer}s"]
        self.tunnel = Tunnel(test, edge_options=liveness, name=f"edge-{next(NAMES)}")
        self.service = self.tunnel.address_service("api", origin.port)
        self.count = len(DIRECTIONS) * tries + 1
        self.agent = self.tunnel.start_agent(*liveness, permit=[origin.port],
                                             connections=self.count)
        self.figures = Figures(f"fault 1, I={interval} T={answer}")
        self.lost = []  # (direction, when)

    def break_them(self):
        """Not all at one time: the silence before the PING begins anew with every byte."""
        load = MixedLoad(self.service, [Target(self.tunnel.binding_port)], {"get": 20})
        load.wait_for_more(20)
        for number, client in enumerate(local_ports(self.tunnel.agent_port)[:self.count - 1]):
            direction = DIRECTIONS[number % len(DIRECTIONS)]
            lose(self.packets, self.tunnel.agent_port, client, direction)
            self.lost.append((direction, client, time.time()))
            pause(self.interval / self.count, "the next one is lost later")
        return load

    def wait(self, load):
        limit = self.interval + self.answer + 1
        within = limit + 5
        self.tunnel.edge.wait_for_event("agent_down", count=self.count - 1, deadline_s=within)
        self.agent.wait_for_event("connection_lost", count=self.count - 1, deadline_s=within)
        self.agent.wait_for_event("connection_up", count=2 * self.count - 1, deadline_s=within)
        load.wait_for_more(20)
        load.stop()
        names = {up["address"].rpartition(":")[2]: up["connection"]
                 for up in self.tunnel.edge.events("agent_up")}
        downs = {down["connection"]: down for down in self.tunnel.edge.events("agent_down")}
        slots = {up["connection"]: up["slot"] for up in self.agent.events("connection_up")}
        for direction, client, when in self.lost:
            name = names[str(client)]
            down = logged_at(downs[name])
            slot = slots[name]
            ended = logged_at(self.agent.events("connection_lost", slot=slot)[0])
            up = logged_at(self.agent.events("connection_up", slot=slot)[1])
            self.figures.add(f"edge_s {direction}", down - when, limit)
            self.figures.add(f"agent_s {direction}", ended - when, limit)
            self.figures.add("back_s", up - ended, BACKOFF_STEP_S + 1)
        self.figures.print()
        return max(logged_at(down) for down in downs.values())

    def judge(self, test, load, last_down):
        name = f"I={self.interval} T={self.answer}"
        with test.case(f"{name}: both ends know within I+T+1 s"):
            for direction in DIRECTIONS:
                self.figures.check(f"edge_s {direction}")
                self.figures.check(f"agent_s {direction}")
        with test.case(f"{name}: each connection is back within one back-off step"):
            self.figures.check("back_s")
            equal(len(self.agent.events("connection_failed")), 0, "failed attempts")
        with test.case(f"{name}: requests under way were sent elsewhere, and none to the dead"):
            print(load.summary(), flush=True)
            equal(load.failed, [], "failed requests")
            late = [each for each in load.outcomes if each.began > last_down and each.took > 1]
            equal(late, [], "slow requests after the ends knew")


def main(test):
    test.need_tools("nft", "ss", "ip")
    PrivateNetwork(test)
    origin = MixedOrigin(test)
    packets = PacketFilter()
    limits = [(2, 1)] if trials() < 10 else [(2, 1), (20, 10)]
    # An agent has 16 connections at most.
    rounds = [min(trials(), 5)] * ((trials() + 4) // 5)
    for interval, answer, tries in [(*each, tries) for each in limits for tries in rounds]:
        run = Run(test, origin, packets, interval, answer, tries)
        load = run.break_them()
        run.judge(test, load, run.wait(load))
        packets.restore()
        check(run.agent.terminate() == 0, "the agent ends well")
        run.tunnel.edge.terminate()


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
