"""Rebinding and disguised addresses: each target of tests/support/rebinding_cases.py is refused or
dialled exactly as stated there, and servers at the denied addresses stay without a connection."""
# timeout: 120

import contextlib
import json
import os
import socket
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import rebinding_cases as table  # noqa: E402
from address_recorder import AddressRecorder, DatagramRecorder  # noqa: E402
from descriptor_client import Outcome, descriptor, exchange  # noqa: E402
from lying_dns_server import A, CNAME, LyingDnsServer  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, check, equal, run_test, wait_until  # noqa: E402
from rebinding_cases import ALLOWED, CASES, OF_THE_EDGE, PROHIBITED  # noqa: E402
from scripted_edge import ScriptedEdge  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PORT = 8080
FLIPS = 4


class Scene:
    """The network with its names, and agents at an honest edge and at one that says anything."""

    def __init__(self, test):
        self.network = PrivateNetwork(test)
        self.network.answer_for(*table.LOCAL_PREFIXES, table.EDGE)
        self.network.make_unreachable(table.DEAD)
        self.network.write_resolv_conf("nameserver 127.0.0.1\nsearch evil.internal corp.internal\n")
        self.recorder = AddressRecorder(test, PORT)
        self.resolvers = DatagramRecorder(test, table.RESOLVER_PORT)
        self.flips = 0
        self._start_dns(test)

        port = test.free_port()
        self.tunnel = Tunnel(test, edge_options=["--agent-listen", f"{table.EDGE}:{port}"],
                             public_port=port)
        options = [*table.OPERATOR_RULES,
                   "--dns-suffix", f"lies.internal=127.0.0.1:{self.liar.port}"]
        at_edge = test.write("hosts-edge", f"{table.EDGE} localhost\n")
        self.agent = self.tunnel.start_agent(*options, "--hosts-file", at_edge, connections=1)
        hosts = test.write("hosts", "127.0.0.1 localhost\n")
        self.scripted = {}
        for name in ("plain", "search"):
            edge = self.scripted[name] = ScriptedEdge(test)
            more = ["--dns-search"] if name == "search" else []
            agent = test.start(f"agent-{name}", self.tunnel.agent_command(
                *options, *more, "--hosts-file", hosts, "--edge", f"localhost:{edge.port}",
                "--edge-ca", edge.authority, connections=1))
            agent.wait_for_event("connection_up", deadline_s=30)

    def _start_dns(self, test):
        records, aliases = dict(table.SEARCH_RECORDS), []
        for case in [*CASES, *OF_THE_EDGE]:
            name = case.target.get("hostname")
            if case.answers:
                records[name] = case.answers
            if case.alias:
                aliases.append(f"--cname={name},{case.alias}")
        self.dns = DnsServer(test, records, 53, extra=aliases)
        self.liar = LyingDnsServer(test, test.free_port(), self._lie)

    def _lie(self, query):
        if query.kind != A:
            return query.reply()
        if query.name == "shout.lies.internal":
            return query.reply((query.name, CNAME, 60, "VAULT.Corp.Internal"),
                               ("VAULT.Corp.Internal", A, 60, ALLOWED))
        if query.name == "forged.lies.internal":
            return query.reply(("good.internal", A, 60, ALLOWED))
        # Another answer each time, for no time at all.
        self.flips += 1
        return query.reply((query.name, A, 0, "127.0.0.1" if self.flips % 2 == 0 else ALLOWED))

    # --- asking -----------------------------------------------------------------------------------

    def ask_scripted(self, target, agent="plain", service=None):
        """The agent's answer to a descriptor for this target."""
        field = descriptor(self.tunnel.identity.id, PORT, target, service)
        with self.scripted[agent].connection() as client:
            return exchange(client, field)

    def specification(self, target):
        network = {"tunnel_id": self.tunnel.identity.id}
        where = {key: target[key] for key in ("ipv4", "ipv6", "hostname") if key in target}
        if "resolvers" in target:
            network["resolver_ips"] = target["resolvers"]
        where["resolver_network" if "hostname" in where else "network"] = network
        return {"name": f"s-{uuid.uuid4().hex[:12]}", "type": "http", "http_port": PORT,
                "host": where}

    def ask_edge(self, target):
        service = self.tunnel.create_service(self.specification(target))
        response = self.tunnel.request(service)
        return Outcome(response.status, response.error, response.body.decode())

    def check_outcome(self, expected, ask):
        """What the client gets, and who was dialled meanwhile."""
        before, datagrams = len(self.recorder.dialled()), self.resolvers.count
        outcome = ask()
        dialled = self.recorder.dialled()[before:]
        if isinstance(expected, str):
            equal((outcome, dialled), (Outcome(200, None, expected), [expected]))
        else:
            equal((outcome.status, outcome.error, dialled), (*expected, []))
        equal(self.resolvers.count, datagrams, "datagrams to resolvers that are denied")


def check_listeners(scene):
    """The silent servers would hear a connection: wherever the kernel lets one dial, the recorder
    answers. Returns the addresses."""
    targets = {address for case in [*CASES, *OF_THE_EDGE]
               for address in (case.target.get("ipv4"), case.target.get("ipv6"), *case.answers)
               if address and case.expected != table.MALFORMED}
    heard = set()
    for address in targets:
        with contextlib.suppress(OSError):
            with socket.create_connection((address, PORT), timeout=5):
                heard.add(address)
    wait_until(lambda: len(scene.recorder.dialled()) >= len(heard), "all are recorded")
    for address in ("127.0.0.1", "127.1.2.3", "169.254.169.254", "100.100.100.200", "10.66.0.1",
                    "0.0.0.0", "240.0.0.1", "::1", "::", "fd00:ec2::254", "::ffff:127.0.0.1",
                    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1", "2001:0:7f00:1::",
                    "::127.0.0.1", table.EDGE, ALLOWED, table.ALLOWED_V6):
        check(address in heard, f"nothing would listen at {address}")
    scene.recorder.forget()
    before = scene.resolvers.count
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"?", ("169.254.169.254", table.RESOLVER_PORT))
    wait_until(lambda: scene.resolvers.count > before, "the datagram is recorded")


def check_flips(scene):
    """A name with TTL 0 whose address changes with every query: each request is judged by the
    address that it would dial."""
    service = uuid.uuid4()
    outcomes = set()

    def ask():
        outcome = scene.ask_scripted({"hostname": "flip.lies.internal"}, service=service)
        dialled = outcome == Outcome(200, None, ALLOWED)
        check(dialled or outcome[:2] == PROHIBITED, outcome)
        outcomes.add(dialled)
        return scene.flips > FLIPS

    wait_until(ask, f"{FLIPS} lookups", deadline_s=30, poll_s=0.05)
    equal(len(outcomes), 2, "outcomes")


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "ip")
    scene = Scene(test)
    with test.case("there is a listener at denied addresses, and it hears"):
        check_listeners(scene)
    check(len(CASES) >= 60, len(CASES))
    for case in CASES:
        with test.case(f"{case.title} ({case.agent})"):
            scene.check_outcome(case.expected, lambda: scene.ask_scripted(case.target, case.agent))
    for case in [*CASES, *OF_THE_EDGE]:
        if case.at_edge:
            with test.case(f"{case.title}, through the edge"):
                scene.check_outcome(case.expected, lambda: scene.ask_edge(case.target))
        elif case.at_edge is False and case.expected == table.MALFORMED:
            with test.case(f"{case.title}, refused by the edge's directory"):
                made = scene.tunnel.directory("service", "create", "--file", "-", text=json.dumps(
                    scene.specification(case.target)))
                check(made.returncode != 0, f"the edge takes {case.target}")
    with test.case("an address that changes with every lookup"):
        check_flips(scene)
    with test.case("at the end, only stated addresses were dialled, by whatever agent"):
        stated = {case.expected for case in [*CASES, *OF_THE_EDGE]}
        equal(set(scene.recorder.dialled()) - stated, set())
        equal(scene.resolvers.count, 1, "datagrams to denied resolvers, with the one of the test")


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
