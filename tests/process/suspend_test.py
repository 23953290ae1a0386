"""Reliability fault 23: agent or edge are suspended for longer than the other end waits, or for
less, and the clock on the wall is set an hour back and forth.

OUTHAUL_TRIALS=10 suspends ten times; OUTHAUL_SUSPEND_S is for how long (8; the fault says 120).
"""
# timeout: 1500

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mixed_load import MixedLoad, MixedOrigin, Target  # noqa: E402
from process_test import check, equal, pause, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

INTERVAL_S, ANSWER_S = 2, 1
CONNECTIONS = 4
SUSPEND_S = float(os.environ.get("OUTHAUL_SUSPEND_S", "8"))
# More than the jump that is noticed, less than the edge waits with these limits.
SHORT_S = 8
PATIENT = ["--ping-interval", "20s", "--ping-answer", "10s"]
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class Pair:
    """An edge and an agent of its own."""

    def __init__(self, test, origin, name, liveness):
        self.tunnel = Tunnel(test, edge_options=liveness, name=name)
        self.service = self.tunnel.address_service(name, origin.port)
        self.agent = self.tunnel.start_agent(permit=[origin.port], connections=CONNECTIONS,
                                             name=f"agent-{name}")
        self.edge = self.tunnel.edge
        self.marks = {}

    def begin(self):
        self.marks = {each: each.mark() for each in (self.agent, self.edge)}

    def events(self, process, event):
        return process.events(event, since=self.marks[process])


def suspended(figures, given_up, asleep_agent, asleep_edge):
    """In the first pair the agent sleeps for longer than its edge waits; in the others an agent
    and an edge sleep for less."""
    pairs = (given_up, asleep_agent, asleep_edge)
    for pair in pairs:
        pair.begin()
    sleepers = (given_up.agent, asleep_agent.agent, asleep_edge.edge)
    for process in sleepers:
        process.freeze()
    pause(SHORT_S, "the suspension itself")
    for process in sleepers[1:]:
        process.thaw()
    pause(SUSPEND_S - SHORT_S, "the rest of the long one")
    given_up.edge.wait_for_event("agent_down", since=given_up.marks[given_up.edge],
                                 count=CONNECTIONS)
    given_up.agent.thaw()
    woke = time.time()
    mark = given_up.marks[given_up.agent]
    up = given_up.agent.wait_for_event("connection_up", since=mark, count=CONNECTIONS)
    figures.add("up_s", logged_at(up) - woke, ANSWER_S + 2)
    given_up.agent.wait_for_event("clock_jumped", since=mark)
    # Longer than the answer to the PING may take after a jump.
    pause(6, "a connection that were given up would be by now")
    figures.add("reconnects per connection",
                len(given_up.events(given_up.agent, "connection_up")) / CONNECTIONS, 1)
    figures.add("failed attempts", len(given_up.events(given_up.agent, "connection_failed")), 0)
    for pair, process in ((asleep_agent, asleep_agent.agent), (asleep_edge, asleep_edge.edge)):
        jumped = process.wait_for_event("clock_jumped", since=pair.marks[process])
        check(abs(jumped["lost_s"] - SHORT_S) <= 3, f"lost_s: {jumped['lost_s']}")
        equal(pair.events(pair.agent, "connection_lost"), [], "lost connections")
        equal(pair.events(pair.edge, "agent_down"), [], "agents that are gone")
    for pair in pairs:
        equal(pair.tunnel.request(pair.service).status, 200, "a request")


def suspensions(test, origin, figures):
    pairs = [Pair(test, origin, "given-up", ["--ping-interval", f"{INTERVAL_S}s",
                                             "--ping-answer", f"{ANSWER_S}s"]),
             Pair(test, origin, "asleep-agent", PATIENT),
             Pair(test, origin, "asleep-edge", PATIENT)]
    with test.case("a short suspension of either end: asked for life, not closed"):
        for _ in range(trials()):
            suspended(figures, *pairs)
    figures.print()
    with test.case("a long one of the agent: up within T+2 s, one reconnect for each connection"):
        for name in ("up_s", "reconnects per connection", "failed attempts"):
            figures.check(name)
    for pair in pairs:
        equal(pair.agent.terminate(), 0, "exit code")


def stepped_clock(test, origin):
    """Both programs see the wall's clock through libfaketime; the others are left alone."""
    clock = test.write("clock", "+0\n")
    faked = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
             "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    tunnel = Tunnel(test, edge_environment=faked, name="stepped-edge")
    service = tunnel.address_service("stepped", origin.port)
    mark = tunnel.edge.mark()
    agent = test.start("agent-stepped", tunnel.agent_command(
        "--permit", f"127.0.0.1:{origin.port}", connections=CONNECTIONS), faked)
    tunnel.edge.wait_for_event("agent_up", since=mark, count=CONNECTIONS)
    for step in ("+1h", "-1h", "+0"):
        with test.case(f"the clock is set to {step}: nothing is lost and no request fails"):
            load = MixedLoad(service, [Target(tunnel.binding_port)], {"get": 50})
            load.wait_for_more(25)
            marks = agent.mark(), tunnel.edge.mark()
            test.write("clock", step + "\n")
            load.wait_for_more(100)
            load.stop()
            equal(load.failed, [], "failed requests")
            equal(agent.events("connection_lost", since=marks[0]), [], "lost connections")
            equal(tunnel.edge.events("agent_down", since=marks[1]), [], "gone agents")
            line = agent.events("request", since=marks[0])[-1]
            offset = logged_at(line) - time.time()
            wanted = {"+1h": 3600, "-1h": -3600, "+0": 0}[step]
            check(abs(offset - wanted) < 60, f"the program saw the step: {offset:.0f} s off")
    equal(agent.terminate(), 0, "exit code")


def main(test):
    origin = MixedOrigin(test)
    suspensions(test, origin, Figures(f"fault 23, {SUSPEND_S:g} s"))
    if os.path.exists(LIBRARY):
        stepped_clock(test, origin)
    else:
        print("no libfaketime here: the clock is not set", flush=True)


if __name__ == "__main__":
    run_test(main)
