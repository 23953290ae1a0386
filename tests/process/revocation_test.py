"""Whoever loses the right to serve a tunnel is out within 5 s, and nobody else: one of two keys is
revoked, the tunnel is disabled, the tunnel is deleted. Requests go on with the agents that stay,
and each agent's log says why it is refused."""
# timeout: 120

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import Site, check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

TRIALS = int(os.environ.get("OUTHAUL_TRIALS", "10"))
LIMIT_S = 5  # docs/credentials.md
CONNECTIONS = 2


class Cuts:
    """How long it took until the last connection was cut, trial by trial."""

    def __init__(self, tunnel):
        self._tunnel = tunnel
        self.times = []

    def measure(self, change, count):
        """Changes the directory and waits for so many ends of connections at the edge."""
        mark, began = self._tunnel.edge.mark(), time.monotonic()
        self._tunnel.change(*change)
        self._tunnel.edge.wait_for_event("agent_down", since=mark, count=count)
        self.times.append(time.monotonic() - began)
        return [line["reason"] for line in self._tunnel.edge.events("agent_down", since=mark)]

    def report(self, what):
        worst = max(self.times)
        print(f"{what}: worst of {len(self.times)} trials {worst:.2f} s, command included",
              flush=True)
        check(worst <= LIMIT_S, f"{what}: out after {worst:.2f} s, {LIMIT_S} s are promised")


def revoked_key(test, tunnel, service, staying):
    """The token of `staying` is the newer one; agents with the older one come and are cut."""
    load = Load(service, [tunnel.binding_port])
    cuts = Cuts(tunnel)
    with test.case("a revoked key: its connections are cut, the others stay"):
        mark_staying = staying.mark()
        for trial in range(TRIALS):
            leaving_token = tunnel.write_token("leaving.token", tunnel.change("tunnel", "rotate",
                                                                              "office"))
            leaving = tunnel.start_agent(
                "--permit", f"127.0.0.1:{tunnel.origin_port}", connections=CONNECTIONS,
                name=f"leaving-{trial}",
                identity=type(tunnel.identity)(tunnel.identity.id, "", leaving_token))
            load.wait_for_more(50)
            key = tunnel.change("tunnel", "keys", "office").splitlines()[-1].split()[0]
            mark = leaving.mark()
            reasons = cuts.measure(("tunnel", "revoke", "office", key[:8]), CONNECTIONS)
            equal(set(reasons), {"the agent's key was revoked"}, "why the edge cut them")
            leaving.wait_for_event("connection_failed", since=mark,
                                   reason=lambda reason: "(404)" in reason)
            leaving.kill()
        equal(staying.events("connection_lost", since=mark_staying), [], "lost by the other agent")
        load.wait_for_more(50)
        load.stop()
        equal(load.bad, [], "failed requests")
        cuts.report("revoked key")


def disabled(test, tunnel, agent):
    cuts = Cuts(tunnel)
    with test.case("a disabled tunnel: its agents are cut and told, and come back when enabled"):
        for _ in range(TRIALS):
            mark, mark_edge = agent.mark(), tunnel.edge.mark()
            reasons = cuts.measure(("tunnel", "disable", "office"), CONNECTIONS)
            equal(set(reasons), {"the tunnel was disabled"})
            agent.wait_for_event("connection_failed", since=mark,
                                 reason=lambda reason: "(403)" in reason)
            tunnel.change("tunnel", "enable", "office")
            # Not waited for: an agent that was told so asks again once a minute at most.
            agent.kill()
            agent = tunnel.start_agent(connections=CONNECTIONS, name="again")
            tunnel.edge.wait_for_event("agent_up", since=mark_edge, count=CONNECTIONS)
        cuts.report("disabled tunnel")


def deleted(test, tunnel):
    cuts = Cuts(tunnel)
    with test.case("a deleted tunnel: its agents are cut and told"):
        for trial in range(TRIALS):
            identity = tunnel.create_tunnel(f"short-{trial}")
            agent = tunnel.start_agent(connections=CONNECTIONS, name=f"short-{trial}",
                                       identity=identity)
            mark = agent.mark()
            reasons = cuts.measure(("tunnel", "delete", f"short-{trial}"), CONNECTIONS)
            equal(set(reasons), {"the tunnel was deleted"})
            agent.wait_for_event("connection_failed", since=mark,
                                 reason=lambda reason: "(410)" in reason)
            agent.kill()
        cuts.report("deleted tunnel")


def main(test):
    tunnel = Tunnel(test)
    tunnel.origin_port = test.free_port()
    test.nginx([Site(tunnel.origin_port, {"/": 'return 200 "hello";'})])
    service = tunnel.address_service("api", tunnel.origin_port)
    agent = tunnel.start_agent(permit=[tunnel.origin_port], connections=CONNECTIONS, name="staying")
    revoked_key(test, tunnel, service, agent)
    disabled(test, tunnel, agent)
    deleted(test, tunnel)


if __name__ == "__main__":
    run_test(main)
