"""What names cost: queries for many requests, time for a cold and for a warm lookup, and for an
IPv6 address that swallows everything. Prints what it measured. OUTHAUL_REQUESTS=10000 asks for that many
in 30 s to a name with a TTL of 5 s; without it, a tenth of the time and less."""
# timeout: 180
# alone: figures of time

import http.client
import math
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from address_recorder import AddressRecorder  # noqa: E402
from descriptor_client import descriptor, exchange  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, check, equal, run_test  # noqa: E402
from scripted_edge import ScriptedEdge  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PORT = 8080
FULL = "OUTHAUL_REQUESTS" in os.environ
REQUESTS = int(os.environ.get("OUTHAUL_REQUESTS", "600"))
LOAD_S, TTL_S = (30, 5) if FULL else (3, 1)
LOOKUPS = 500
CLIENTS = 4
ADDRESS = "10.60.0.9"


def ask_steadily(tunnel, service, count, statuses):
    """Requests on one connection, spread evenly over the time of the load."""
    client = http.client.HTTPConnection("127.0.0.1", tunnel.binding_port, timeout=60)
    pace, began = threading.Event(), time.monotonic()
    for number in range(count):
        pace.wait(max(0, began + number * LOAD_S / count - time.monotonic()))
        client.request("GET", "/", headers={**service.headers, "Host": "service.test"})
        response = client.getresponse()
        response.read()
        statuses.append(response.status)
    client.close()


def check_queries(tunnel, dns):
    service = tunnel.create_service({
        "name": "busy", "type": "http", "http_port": PORT,
        "host": {"hostname": "busy.internal",
                 "resolver_network": {"tunnel_id": tunnel.identity.id}}})
    statuses = []
    clients = [threading.Thread(target=ask_steadily,
                                args=(tunnel, service, REQUESTS // CLIENTS, statuses))
               for _ in range(CLIENTS)]
    began = time.monotonic()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    elapsed = time.monotonic() - began
    equal(statuses.count(200), REQUESTS // CLIENTS * CLIENTS, "answered requests")
    asked = {kind: dns.queries("busy.internal", kind) for kind in ("A", "AAAA")}
    # A name in use is asked again in the last tenth of its lifetime; "no address" lives 5 s here.
    most = math.ceil(elapsed / (0.9 * TTL_S)) + 1
    check(asked["A"] <= most and asked["AAAA"] <= most, f"{asked} in {elapsed:.1f} s")
    print(f"measured: {len(statuses)} requests in {elapsed:.1f} s, TTL {TTL_S} s: {asked['A']} "
          f"queries for A, {asked['AAAA']} for AAAA", flush=True)


def percentiles(agent, prefix, key):
    values = sorted(event[key] for event in agent.events("request")
                    if event["path"].startswith(prefix) and key in event)
    equal(len(values), LOOKUPS, f"lines for {prefix} with {key}")
    return f"p50 {statistics.median(values):.3f} ms, p99 {values[len(values) * 99 // 100]:.3f} ms"


def check_lookups(agent, client, field_for):
    for number in range(LOOKUPS):
        field = field_for(f"cold{number}.many.internal")
        equal(exchange(client, field, f"/cold/{number}").status, 200)
    for number in range(LOOKUPS):
        equal(exchange(client, field, f"/warm/{number}").status, 200)
    agent.wait_for_event("request", path=f"/warm/{LOOKUPS - 1}")
    for kind in ("cold", "warm"):
        print(f"measured: {LOOKUPS} {kind} lookups: {percentiles(agent, f'/{kind}/', 'dns_ms')}",
              flush=True)


def check_black_hole(agent, client, field_for, lost_packets):
    """Each request is another service's, so each makes a connection of its own."""
    before, lost = [], []
    for number in range(10):
        before.append(lost_packets())
        equal(exchange(client, field_for("hole.internal"), f"/hole/{number}").body, ADDRESS)
        lost.append(lost_packets() - before[-1])
    check(lost[0] >= 1, "IPv6 was not tried first")
    equal(lost[1:], [0] * 9, "packets into the hole for later requests")
    agent.wait_for_event("request", path="/hole/9")
    times = [agent.wait_for_event("request", path=f"/hole/{number}")["connect_ms"]
             for number in range(10)]
    print(f"measured: silent IPv6 address: connected after {times[0]:.1f} ms, then "
          f"{statistics.median(times[1:]):.1f} ms (median of 9)", flush=True)


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "ip")
    network = PrivateNetwork(test)
    network.answer_for("10.60.0.0/16")
    network.swallow("fd77::/16")
    network.run("ip", "addr", "add", "fd70::1/128", "dev", "lo")
    AddressRecorder(test, PORT)
    dns = DnsServer(test, {"busy.internal": [ADDRESS], "hole.internal": ["fd77::1", ADDRESS]}, 53,
                    ttl_s=TTL_S, extra=[f"--address=/many.internal/{ADDRESS}"])
    network.write_resolv_conf("nameserver 127.0.0.1\n")
    tunnel = Tunnel(test)
    tunnel.start_agent(connections=1)
    edge = ScriptedEdge(test)
    agent = test.start("agent-scripted", tunnel.agent_command(
        "--edge", f"localhost:{edge.port}", "--edge-ca", edge.authority, connections=1))
    agent.wait_for_event("connection_up", deadline_s=30)

    def field_for(name):
        return descriptor(tunnel.identity.id, PORT, {"hostname": name})

    with test.case("queries follow the TTL, not the requests"):
        check_queries(tunnel, dns)
    with edge.connection() as client:
        with test.case("a name is looked up cold, and then warm"):
            check_lookups(agent, client, field_for)
        with test.case("a silent IPv6 address is tried once"):
            check_black_hole(agent, client, field_for, network.swallowed)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
