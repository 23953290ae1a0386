"""What the logs of agent and edge hold: every stage of a request, the failures of a sample, and
never a secret, a query or a header's value."""

import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402

SECRET = "s3cr3t-"
STAGES = ["queue_ms", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms"]


class Origin:
    """Answers; of /endless more than anybody reads."""

    def __init__(self, test, tls=None):
        self.released = threading.Event()
        self.port = ScriptedServer(test, self.serve, tls=tls).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            connection.read_body(head)
            if head[0].split()[1].startswith("/endless"):
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nhello")
                connection.read_until_end()
                return
            connection.answer("hello")


def every_stage(test, tunnel, agent, services):
    with test.case("the line has every stage that happened"):
        tunnel.request(services["tls"], "/stages", headers={"X-Forwarded-Proto": "https"})
        at_edge, at_agent = tunnel.logged(agent, "/stages")
        for stage in STAGES:
            check(at_agent[stage] >= 0, f"{stage} at the agent")
        parts = sum(at_agent[stage] for stage in STAGES[:-1])
        check(parts <= at_agent["total_ms"] + 1, f"the stages are within the total: {at_agent}")
        for key in ("queue_ms", "first_byte_ms", "total_ms"):
            check(at_edge[key] >= 0, f"{key} at the edge")
        for key in ("id", "service", "method", "status", "bytes_up", "bytes_down", "address", "edge"):
            check(key in at_agent, f"{key} at the agent")
    with test.case("and none that did not"):
        tunnel.request(services["origin"], "/plain")
        _, at_agent = tunnel.logged(agent, "/plain")
        equal([stage for stage in STAGES if stage in at_agent],
              ["queue_ms", "connect_ms", "first_byte_ms", "total_ms"], "stages")
    with test.case("a failed TLS handshake has its stage and the address"):
        tunnel.request(services["no-tls"], "/no-tls", headers={"X-Forwarded-Proto": "https"})
        _, at_agent = tunnel.logged(agent, "/no-tls")
        check("tls_ms" in at_agent and "connect_ms" in at_agent, f"stages of {at_agent}")
        check(at_agent["address"].startswith("127.0.0.1:"), "the address")


def no_secrets(test, tunnel, agent, services):
    """Requests that carry secrets wherever a client may put one, and go well or wrong."""
    fields = {"Authorization": f"Bearer {SECRET}authorization", "Cookie": f"a={SECRET}cookie",
              "Proxy-Authorization": f"Basic {SECRET}proxy", "X-Api-Key": f"{SECRET}key",
              "Referer": f"https://a.test/?{SECRET}referer", "Forwarded": f"for={SECRET}forwarded"}
    with test.case("no log line holds a query, a header's value or a body, at any level"):
        for name, scheme in (("origin", "http"), ("refused", "http"), ("no-tls", "https")):
            tunnel.request(services[name], f"/{name}-secrets?token={SECRET}query", method="POST",
                           headers={**fields, "X-Forwarded-Proto": scheme}, body=f"{SECRET}body")
            tunnel.logged(agent, f"/{name}-secrets")
        broken = [f"GET /x?{SECRET}query HTTP/1.1\r\nHost: a\r\nX-A: {SECRET}\x01value\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: a\r\n{SECRET}name : x\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: {SECRET}/host\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: {SECRET}length\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {SECRET}coding\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: a\r\nExpect: {SECRET}expect\r\n\r\n",
                  f"GET /x?{SECRET}version HTTP/{SECRET}\r\nHost: a\r\n\r\n",
                  f"GET /x HTTP/1.1\r\nHost: a\r\nX-VPC-Binding-Token: {SECRET}token\r\n"
                  f"X-VPC-Service-Id: {SECRET}service\r\n\r\n"]
        for text in broken:
            mark = tunnel.edge.mark()
            raw_exchange(tunnel.binding_port, text.encode("latin-1"), half_close=True)
            tunnel.edge.wait_for_event("request", since=mark)
        for process in (tunnel.edge, agent):
            leaked = [line for line in process.log().splitlines() if SECRET in line]
            check(not leaked, f"{process.name} logged a secret: {leaked[:2]}")
            for token in [*tunnel.identity.secrets(), *(one.token for one in services.values())]:
                check(token not in process.log(), f"{process.name} logged a token")


def cancelled(test, tunnel, agent, services):
    with test.case("a request whose client left: both lines say so, with the bytes so far"):
        stream = socket.create_connection(("127.0.0.1", tunnel.binding_port), timeout=30)
        fields = "".join(f"{name}: {value}\r\n" for name, value in services["origin"].headers.items())
        stream.sendall(f"GET /endless HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        received = b""
        while not received.endswith(b"hello"):
            received += stream.recv(1 << 16)
        # A reset: an end alone could be a client that still reads.
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
        at_edge, at_agent = tunnel.logged(agent, "/endless")
        equal((at_edge["status"], at_edge["error"], at_edge["bytes_down"]),
              (200, "client_gone", 5), "the edge's line")
        equal((at_agent["status"], at_agent["error"], at_agent["bytes_down"]),
              (200, "cancelled", 5), "the agent's line")


def sampled(test, tunnel, services, permit):
    """Agents with other access logs, one after the other."""

    def lines_of(agent, *options):
        agent = tunnel.start_agent(*options, permit=permit, connections=1, name=agent)
        for number in range(20):
            equal(tunnel.request(services["origin"], f"/good-{number}?q={number}").status, 200,
                  "a good request")
        equal(tunnel.request(services["refused"], "/bad").status, 502, "a failing request")
        at_edge = tunnel.edge.wait_for_event("request", path="/bad", since=mark)
        equal(agent.terminate(), 0, "exit code")
        return agent.events("request"), at_edge

    with test.case("a sample leaves good requests out and no failure"):
        mark = tunnel.edge.mark()
        lines, at_edge = lines_of("sampling", "--access-log-sample", "1000000")
        paths = {line["path"] for line in lines}
        check("/bad" in paths and len(paths) < 5, f"paths {paths}")
        check(at_edge["id"] in {line["id"] for line in lines}, "the same id at both")
    with test.case("failures only"):
        mark = tunnel.edge.mark()
        lines, _ = lines_of("failing", "--access-log", "failures")
        equal({line["path"] for line in lines}, {"/bad"}, "paths")
    with test.case("the access log is off, and nothing else"):
        mark = tunnel.edge.mark()
        lines, _ = lines_of("silent", "--access-log", "off", "--grace-period", "1s")
        equal(lines, [], "access lines")
    with test.case("the query on demand, on both ends"):
        mark = tunnel.edge.mark()
        lines, at_edge = lines_of("asking", "--access-log-query")
        check("/good-3?q=3" in {line["path"] for line in lines}, "the path with its query")
        check("?" not in at_edge["path"], "the edge was not asked to")


def repeats(test, tunnel):
    with test.case("a flood of the same warning is counted"):
        mark = tunnel.edge.mark()
        for _ in range(60):
            raw_exchange(tunnel.agent_port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        tunnel.edge.wait_for_event("agent_refused", since=mark, deadline_s=30,
                                   repeated=lambda count: count > 40)
        lines = tunnel.edge.events("agent_refused", since=mark)
        equal(sum(line.get("repeated", 1) for line in lines), 60, f"refusals in {len(lines)} lines")
        check(len(lines) < 20, f"{len(lines)} lines for 60 refusals")


def main(test):
    test.need_binaries()
    test.need_tools("openssl", "dnsmasq")
    authority = test.certificate_authority()
    origin = Origin(test)
    tls = Origin(test, authority.issue("api.internal"))
    no_tls = ScriptedServer(test, lambda connection: connection.send("220 hello\r\n"))
    dns, refused = test.dns_server({"api.internal": ["127.0.0.1"]}), test.free_port()
    tunnel = Tunnel(test, edge_options=["--log-level", "trace"])
    services = {
        "origin": tunnel.address_service("origin", origin.port),
        "refused": tunnel.address_service("refused", refused),
        "tls": tunnel.https_service("tls", tls.port, "api.internal", f"127.0.0.1:{dns.port}",
                                    "verify_ca"),
        "no-tls": tunnel.https_service("no-tls", no_tls.port)}
    permit = [origin.port, refused, tls.port, no_tls.port, dns.port]
    agent = tunnel.start_agent("--log-level", "trace", "--origin-ca", authority.certificate,
                               permit=permit, connections=2)
    every_stage(test, tunnel, agent, services)
    no_secrets(test, tunnel, agent, services)
    cancelled(test, tunnel, agent, services)
    equal(agent.terminate(), 0, "exit code")
    sampled(test, tunnel, services, permit)
    repeats(test, tunnel)


if __name__ == "__main__":
    run_test(main)
