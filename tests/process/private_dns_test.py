"""Names that only a private DNS knows, in a network without any other: through unbound and dnsmasq,
and through a server that lies, dawdles and floods."""
# timeout: 120

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from address_recorder import AddressRecorder  # noqa: E402
from descriptor_client import descriptor, exchange  # noqa: E402
from lying_dns_server import A, CNAME, RESPONSE, TRUNCATED, LyingDnsServer  # noqa: E402
from lying_dns_server import Stream  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, check, equal, run_test, wait_for_port  # noqa: E402
from scripted_edge import ScriptedEdge  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PORT = 8080
ADDRESS = "10.60.0.9"
OTHER = "10.60.0.66"  # where the liar would like requests to go
AUTHORITY, RECURSIVE, LIAR = "127.0.0.11", "127.0.0.12", "127.0.0.13"
MANY = [f"10.60.1.{number}" for number in range(120)]

UNBOUND = """
server:
  interface: {recursive}
  port: 53
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: "{directory}/unbound.pid"
  use-syslog: no
  log-servfail: yes
  logfile: ""
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  minimal-responses: yes
  private-domain: "corp.internal"
  local-zone: "." refuse
  local-zone: "corp.internal." transparent
  local-zone: "lab.internal." static
  local-data: "lab.internal. 60 IN SOA ns.lab.internal. root.lab.internal. 1 60 60 60 7"
  local-data: "one.lab.internal. 120 IN A {address}"
  local-data: "one.lab.internal. 120 IN AAAA fd60::9"
forward-zone:
  name: "corp.internal"
  forward-addr: {authority}
remote-control:
  control-enable: no
"""


def start_unbound(test):
    config = test.write("unbound.conf", UNBOUND.format(
        recursive=RECURSIVE, authority=AUTHORITY, address=ADDRESS, directory=test.directory))
    unbound = test.start("unbound", ["/usr/sbin/unbound", "-d", "-c", config])
    wait_for_port(53, RECURSIVE, unbound)
    return unbound


class Resolving:
    """`outhaul resolve`, with the system's configuration naming this server."""

    def __init__(self, test, network):
        self._test = test
        self._network = network

    def __call__(self, name, server):
        self._network.write_resolv_conf(f"nameserver {server}\n")
        run = subprocess.run(
            [self._test.agent_binary, "resolve", f"{name}:{PORT}", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False, timeout=30)
        return json.loads(run.stdout)

    def addresses(self, name, server):
        found = self(name, server)
        check("failure" not in found, found)
        return sorted(address["address"] for address in found["addresses"])


def check_real_servers(test, resolve, dns, unbound):
    for server, name in ((AUTHORITY, "dnsmasq"), (RECURSIVE, "unbound")):
        with test.case(f"{name}: addresses of both families"):
            equal(resolve.addresses("api.corp.internal", server), [ADDRESS, "fd60::9"])
        with test.case(f"{name}: an alias leads on, and is told"):
            found = resolve("www.corp.internal", server)
            equal([family["chain"] for family in found["families"]], [["api.corp.internal"]] * 2)
        with test.case(f"{name}: no such name, no address, and nothing of the world outside"):
            equal([{family["rcode"] for family in resolve(host, server)["families"]}
                   for host in ("none.corp.internal", "example.com")],
                  [{"NXDOMAIN"}, {"NXDOMAIN"} if server == AUTHORITY else {"REFUSED"}])
        with test.case(f"{name}: an answer too large for a datagram comes over TCP"):
            found = resolve.addresses("many.corp.internal", server)
            check(len(found) == 64 and set(found) <= set(MANY), found)
    with test.case("unbound: its own zone, with its TTL"):
        found = resolve("one.lab.internal", RECURSIVE)
        equal({address["ttl_s"] for address in found["addresses"]}, {120})
    with test.case("unbound goes on from its cache when its own server is dead"):
        dns.process.kill()
        equal(resolve.addresses("api.corp.internal", RECURSIVE), [ADDRESS, "fd60::9"])
    with test.case("a server that is dead as well is named in the error"):
        unbound.kill()
        failure = resolve("api.corp.internal", RECURSIVE)["failure"]
        equal((failure["error"], f"{RECURSIVE}:53" in failure["detail"]), ("dns_timeout", True))


# --- the liar ---------------------------------------------------------------------------------


def truth(query):
    return query.reply((query.name, A, 60, ADDRESS)) if query.kind == A else query.reply()


def too_large(query):
    """A truncated answer, so that the next question comes over TCP."""
    return query.reply(flags=RESPONSE | TRUNCATED)


def wrong_id(query):
    lie = query.reply((query.name, query.kind, 60, OTHER if query.kind == A else "fd60::66"))
    return [bytes([lie[0] ^ 1]) + lie[1:], truth(query)]


def flood(query):
    lie = wrong_id(query)[0]
    return [*[lie[:1] + bytes([number]) + lie[2:] for number in range(200)], truth(query)]


def out_of_bailiwick(query):
    if query.kind != A:
        return query.reply()
    return query.reply((query.name, A, 60, ADDRESS), ("good.liar.internal", A, 60, OTHER),
                       ("corp.internal", CNAME, 60, "evil.liar.internal"))


def loop(query):
    other = "b.liar.internal"
    return query.reply((query.name, CNAME, 60, other), (other, CNAME, 60, query.name))


def endless_chain(query):
    """Each alias leads to another one, and none to an address."""
    names = [query.name, *(f"n{number}.liar.internal" for number in range(60))]
    return query.reply(*((name, CNAME, 60, target) for name, target in zip(names, names[1:])))


def pointer_loop(query):
    """A record whose name points at itself (RFC 1035 section 4.1.4)."""
    return (query.reply(flags=RESPONSE)[:6] + b"\0\1" + b"\0\0\0\0" + query.question +
            bytes([0xC0, 12 + len(query.question)]) + b"\0\1\0\1\0\0\0\x3c\0\4\x0a\x3c\0\x42")


def big(query):
    """As much as fits a TCP message."""
    if not query.tcp:
        return too_large(query)
    if query.kind != A:
        return query.reply()
    size = len(query.name) + 2 + 14
    return query.reply(*[(query.name, A, 60, ADDRESS)] * ((65535 - 300) // size))


def fifty(query):
    if query.kind != A:
        return query.reply()
    return query.reply(*((query.name, A, 60, f"10.60.2.{number}") for number in range(50)))


def drip(query):
    """Over TCP a long answer of which a byte comes now and then, and never all."""
    if not query.tcp:
        return too_large(query)
    return Stream.dripping(query.reply((query.name, A, 60, OTHER)))


def cut(query):
    """Over TCP half an answer, and the end of the connection."""
    if not query.tcp:
        return too_large(query)
    return Stream.cut(query.reply((query.name, A, 60, OTHER)))


LIES = [
    (wrong_id, ADDRESS), (flood, ADDRESS), (out_of_bailiwick, ADDRESS), (big, ADDRESS),
    (fifty, "10.60.2."), (loop, (502, "dns_error")), (endless_chain, (502, "dns_error")),
    (pointer_loop, (502, "dns_error")), (drip, (504, "dns_timeout")), (cut, (504, "dns_timeout")),
]


def lie(query):
    kind = query.name.split(".", maxsplit=1)[0]
    script = {script.__name__.replace("_", "-"): script for script, _ in LIES}.get(kind, truth)
    return script(query)


def check_lies(test, edge, tunnel_id, recorder):
    def ask(client, name):
        field = descriptor(tunnel_id, PORT, {"hostname": name})
        return exchange(client, field)

    for script, expected in LIES:
        name = script.__name__.replace("_", "-") + ".liar.internal"
        with test.case(f"a server that lies: {name}"):
            with ThreadPoolExecutor() as pool, edge.connection() as client:
                asked = pool.submit(ask, client, name)
                with edge.connection() as other:
                    honest = ask(other, f"beside-{name}")
                outcome = asked.result()
                if isinstance(expected, str):
                    check(outcome.status == 200 and outcome.body.startswith(expected), outcome)
                else:
                    equal(outcome[:2], expected)
                equal(honest.body, ADDRESS, "the honest answer beside it")
    with test.case("no lie was believed"):
        check(OTHER not in recorder.dialled(), recorder.dialled())


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "unbound", "ip")
    network = PrivateNetwork(test)
    network.answer_for("10.60.0.0/16", "fd60::/16")
    recorder = AddressRecorder(test, PORT)
    dns = DnsServer(test, {"api.corp.internal": [ADDRESS, "fd60::9"], "many.corp.internal": MANY},
                    53, AUTHORITY, extra=["--cname=www.corp.internal,api.corp.internal"])
    check_real_servers(test, Resolving(test, network), dns, start_unbound(test))

    LyingDnsServer(test, 53, lie, LIAR)
    network.write_resolv_conf(f"nameserver {LIAR}\n")
    tunnel = Tunnel(test)
    edge = ScriptedEdge(test)
    agent = test.start("agent", tunnel.agent_command(
        "--edge", f"localhost:{edge.port}", "--edge-ca", edge.authority, "--dns-timeout", "2s",
        connections=2))
    agent.wait_for_event("connection_up", deadline_s=30, count=2)
    check_lies(test, edge, tunnel.identity.id, recorder)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
