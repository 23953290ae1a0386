"""Edges by SRV records (dnsmasq), from a chosen address, and by port 443 where 7844 is closed."""
# timeout: 180

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, Site, check, equal, pause, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

DNS = "10.60.0.53"
ORIGIN, ORIGIN_PORT = "10.60.0.80", 8080
ADDRESSES = {"edge1.example.net": "10.60.0.1", "edge2.example.net": "10.60.0.2",
             "edge.cloud.test": "10.60.0.2", "dead.example.net": "10.60.0.9",
             "only443.example.net": "10.60.0.3"}
LISTEN = ("10.60.0.1:7844", "10.60.0.2:7844", "10.60.0.3:443")
NAMES = ("edge1.example.net:7844", "edge2.example.net:7844", "edge.cloud.test:7844",
         "example.net:7844", "only443.example.net:443")


class Rig:
    def __init__(self, test):
        self.test = test
        self.network = PrivateNetwork(test)
        self.network.answer_for("10.60.0.0/24")
        self.network.write_resolv_conf(f"nameserver {DNS}\n")
        self._dns = None
        self.publish()
        test.nginx([Site(ORIGIN_PORT, {"/": 'return 200 "hello";'}, address=ORIGIN)])
        options = [part for address in LISTEN for part in ("--agent-listen", address)]
        options += [part for name in NAMES for part in ("--public-name", name)]
        self.tunnel = Tunnel(test, edge_options=options)
        self.service = self.tunnel.address_service("hello", ORIGIN_PORT, ORIGIN)

    def publish(self, *records, domain="example.net"):
        """Puts these SRV records, "priority weight port target", in the place of all before."""
        extra = []
        for record in records:
            priority, weight, port, target = record.split()
            extra.append(f"--srv-host=_outhaul._tcp.{domain},{target},{port},{priority},{weight}")
        if self._dns:
            self._dns.process.terminate()
        self._dns = DnsServer(self.test, {name: [address] for name, address in ADDRESSES.items()},
                              53, DNS, ttl_s=1, extra=extra)

    def agent(self, *options, connections=1, **more):
        return self.test.start("agent", self.tunnel.agent_command(
            *options, connections=connections, **more))

    def up(self, agent, since=0, **fields):
        return agent.wait_for_event("connection_up", deadline_s=30, since=since, **fields)

    def reason(self, agent):
        reason = agent.wait_for_event("connection_failed", deadline_s=30)["reason"]
        agent.terminate()
        return reason


def token_with(rig, *edges):
    contents = {**rig.tunnel.identity.contents, "e": list(edges)}
    return rig.tunnel.write_token("srv.token", json.dumps(contents))


def check_order(rig):
    with rig.test.case("a token names SRV records; the connections go to both targets"):
        rig.publish("10 60 7844 edge1.example.net", "10 40 7844 edge2.example.net")
        agent = rig.agent(token_file=token_with(rig, "srv:example.net"), connections=4)
        agent.wait_for_event("connection_up", deadline_s=30, count=4)
        equal({up["edge"] for up in agent.events("connection_up")},
              {"edge1.example.net:7844", "edge2.example.net:7844"}, "the edges")
        equal(rig.tunnel.wait_serving(rig.service).body, b"hello", "the answer")
        agent.terminate()
    with rig.test.case("a target that refuses is followed by the next priority, at once"):
        rig.publish("10 0 7844 edge1.example.net", "5 0 7844 dead.example.net")
        agent = rig.agent("--edge", "srv:example.net")
        equal(rig.up(agent)["edge"], "edge1.example.net:7844", "the edge")
        equal(agent.events("connection_failed"), [], "failures")
    with rig.test.case("the records are asked for again when a connection is lost"):
        rig.publish("10 0 7844 edge2.example.net")
        pause(1.1, "the TTL of the records before")
        mark = agent.mark()
        rig.tunnel.edge.kill()
        agent.wait_for_event("connection_lost", since=mark, deadline_s=30)
        rig.tunnel.start_edge()
        rig.up(agent, since=mark, edge="edge2.example.net:7844", address="10.60.0.2:7844")
        agent.terminate()
    with rig.test.case("all targets out of reach: each is named"):
        rig.publish("1 0 7844 dead.example.net", "2 0 7845 edge1.example.net")
        reason = rig.reason(rig.agent("--edge", "srv:example.net"))
        for part in ("dead.example.net:7844: ", "edge1.example.net:7845: ", "refused"):
            check(part in reason, reason)
    with rig.test.case("no record at all"):
        rig.publish()
        reason = rig.reason(rig.agent("--edge", "srv:example.net"))
        check("srv:example.net" in reason and "_outhaul._tcp.example.net" in reason, reason)


def check_names(rig):
    authority = os.path.join(rig.tunnel.data_dir, "ca.pem")
    outside = "10 0 7844 edge.cloud.test"
    with rig.test.case("pins: a target of any name is verified by its own"):
        rig.publish(outside)
        agent = rig.agent("--edge", "srv:example.net")
        equal(rig.up(agent)["edge"], "edge.cloud.test:7844", "the verified name")
        agent.terminate()
    with rig.test.case("authorities: a target elsewhere has to be the domain itself"):
        agent = rig.agent("--edge", "srv:example.net", "--edge-ca", authority)
        up = rig.up(agent)
        equal((up["edge"], up["target"]), ("example.net:7844", "edge.cloud.test:7844"), "the names")
        agent.terminate()
    with rig.test.case("authorities: a forged record does not choose the name"):
        rig.publish(outside, domain="bank.test")
        mark = rig.tunnel.edge.mark()
        reason = rig.reason(rig.agent("--edge", "srv:bank.test", "--edge-ca", authority))
        check("bank.test" in reason and "certificate" in reason, reason)
        equal(rig.tunnel.edge.events("agent_up", since=mark), [], "agents that were let in")


def check_source(rig):
    edge = ("--edge", "edge1.example.net:7844")
    for source in ("10.60.0.77", "lo"):
        with rig.test.case(f"connections come from {source}"):
            mark = rig.tunnel.edge.mark()
            agent = rig.agent(*edge, "--edge-bind-address", source)
            address = rig.tunnel.edge.wait_for_event("agent_up", since=mark)["address"]
            check(source == "lo" or address.startswith(source + ":"), address)
            agent.terminate()
    with rig.test.case("a source that this machine does not have"):
        reason = rig.reason(rig.agent(*edge, "--edge-bind-address", "192.0.2.7"))
        check("192.0.2.7 is not an address of this machine" in reason, reason)
        reason = rig.reason(rig.agent(*edge, "--edge-bind-address", "no-such0"))
        check("no network interface no-such0" in reason, reason)
    with rig.test.case("a family that the edge does not have"):
        reason = rig.reason(rig.agent(*edge, "--edge-family", "ipv6-only"))
        check("edge1.example.net" in reason, reason)
        reason = rig.reason(rig.agent("--edge", "10.60.0.1:7844", "--edge-family", "ipv6-only"))
        check("--edge-family" in reason, reason)


def check_port(rig):
    with rig.test.case("7844 is closed, 443 is not: found by itself"):
        agent = rig.agent("--edge", "only443.example.net")
        equal(rig.up(agent)["edge"], "only443.example.net:443", "the edge")
        equal(agent.wait_for_event("edge_port_changed")["port"], 443, "the port")
        agent.terminate()
    with rig.test.case("off: it is not tried"):
        reason = rig.reason(rig.agent("--edge", "only443.example.net", "--edge-port-fallback", "off"))
        check("443" not in reason, reason)
    with rig.test.case("a name that the edge does not know at 443: the line says how to add it"):
        reason = rig.reason(rig.agent("--edge", "10.60.0.3:7844", "--edge-port-fallback", "443"))
        check("10.60.0.3:7844: " in reason and "10.60.0.3:443: " in reason, reason)


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "ip")
    rig = Rig(test)
    check_order(rig)
    check_names(rig)
    check_source(rig)
    check_port(rig)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
