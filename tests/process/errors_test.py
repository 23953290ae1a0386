"""The failures of protocol.md section 4, each produced for real: status, RFC 9209 error type, and
one request id in the lines of edge and agent. WebSocket and TCP services have tests of their own;
destination_ip_unroutable needs a route that is not there, and is a unit test."""
# timeout: 180

import json
import os
import re
import select
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

LIMITS = ["--first-byte-timeout", "1s", "--idle-timeout", "1s", "--upload-stall-timeout", "1s",
          "--connect-timeout", "1s", "--tls-timeout", "1s", "--dns-timeout", "1s"]
OK_HEAD = "HTTP/1.1 200 OK\r\n"
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # a TLS record: fatal, handshake_failure


def stay(connection):
    """Says nothing more, until the agent gives up."""
    connection.read_until_end()


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Origin:
    """Does what the path asks for."""

    ANSWERS = {
        "/garbage": "no HTTP at all\r\n\r\n",
        "/binary": b"\x00\x01\x02\x03\r\n\r\n",
        "/bad-status": "HTTP/1.1 99 Odd\r\n\r\n",
        "/bare-lf": "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "/length-and-chunked": OK_HEAD + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n0\r\n\r\n",
        "/two-lengths": OK_HEAD + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "/folded": OK_HEAD + "X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "/nul": OK_HEAD + "X-A: a\0b\r\nContent-Length: 0\r\n\r\n",
        "/unasked-switch": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "/endless-interim": "HTTP/1.1 100 Continue\r\n\r\n" * 20,
        "/head-too-large": OK_HEAD + "".join(f"X-{number}: {'a' * 1000}\r\n" for number in range(80))
                           + "\r\n",
        "/cut-head": OK_HEAD + "Content-Le",
    }
    # What breaks a body that had begun well, once the client has the response head.
    BROKEN_BODIES = {
        "/short": ("Content-Length: 100", "only this", ""),
        "/bad-chunk": ("Transfer-Encoding: chunked", "3\r\nabc\r\n", "zz\r\n"),
        "/chunks-end-early": ("Transfer-Encoding: chunked", "3\r\nabc\r\n", ""),
        "/stalls": ("Content-Length: 100", "only this", ""),
        "/reset-in-body": ("Content-Length: 100", "only this", ""),
    }

    def __init__(self, test, tls=None):
        self.head_arrived = threading.Event()
        self.port = ScriptedServer(test, self.serve, tls=tls).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            path = head[0].split()[1]
            if path in self.ANSWERS:
                connection.send(self.ANSWERS[path])
                return
            if path == "/reset":
                reset(connection)
                return
            if path == "/closes":
                return
            if path in ("/silent", "/takes-nothing"):
                if path == "/silent":
                    stay(connection)
                self.silence(connection)
                return
            if path.removeprefix("/at-once") in self.BROKEN_BODIES:
                self.break_body(connection, path)
                return
            connection.read_body(head)
            connection.answer("hello")

    def break_body(self, connection, path):
        field, begin, end = self.BROKEN_BODIES[path.removeprefix("/at-once")]
        text = f"{OK_HEAD}{field}\r\n\r\n{begin}"
        if path.startswith("/at-once"):
            connection.send(text + end)
            return
        connection.send(text)
        check(self.head_arrived.wait(30), "the client has the response head")
        connection.send(end)
        if path == "/stalls":
            stay(connection)
        if path == "/reset-in-body":
            reset(connection)

    @staticmethod
    def silence(connection):
        """Takes no byte, and notices only that the agent has gone."""
        while connection.socket.recv(1, socket.MSG_PEEK):
            if _hung_up(connection.socket):
                return


def _hung_up(stream):
    """Waits for the hang-up of a socket whose data nobody reads."""
    poll = select.poll()
    poll.register(stream, select.POLLRDHUP)
    return bool(poll.poll(30_000))


class Full:
    """A port that answers no SYN: its queue of one connection is full."""

    def __init__(self, test):
        self.port = test.free_port()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(0)
        self._held = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.port))
            self._held.append(client)


class Checks:
    def __init__(self, test, tunnel, agent):
        self.test, self.tunnel, self.agent = test, tunnel, agent

    def fails(self, name, service, status, error, path=None, detail="", by_agent=True, **request):
        """One case: this answer, with a body that says the same, and the log lines."""
        with self.test.case(name):
            path = path or "/" + re.sub(r"\W+", "-", name)
            mark = self.tunnel.edge.mark()
            response = self.tunnel.request(service, path, **request)
            equal((response.status, response.error), (status, error),
                  f"answer ({response.body[:300]})")
            problem = self.check_form(response, status, error)
            if not by_agent:
                check(re.search(detail, problem["detail"]), f"/{detail}/ in: {problem['detail']}")
                line = self.tunnel.edge.wait_for_event("request", since=mark, status=status)
                equal(line["error"], error, "the edge's line")
                return response
            at_edge, at_agent = self.tunnel.logged(self.agent, path, mark)
            equal((at_edge["status"], at_edge["error"]), (status, error), "the edge's line")
            equal((at_agent["status"], at_agent["error"]), (status, error), "the agent's line")
            # The cause is for the owners of edge and agent; the client gets the name to ask by.
            equal(problem["request_id"], at_edge["id"], "the request id in the body")
            check("127.0.0.1" not in problem["detail"], f"no address in: {problem['detail']}")
            for line in (at_edge, at_agent):
                check(re.search(detail, line["detail"]), f"/{detail}/ in: {line['detail']}")
            return response

    @staticmethod
    def check_form(response, status, error):
        equal(response.fields["content-type"], "application/problem+json", "content type")
        problem = json.loads(response.body)
        equal((problem["status"], problem["title"]), (status, error), "the body")
        status_field = response.fields["proxy-status"]
        check("details" not in status_field and "next-hop" not in status_field,
              f"nothing internal in: {status_field}")
        check(not any(name.startswith("tunnel-") for name in response.fields), "no Tunnel-* field")
        return problem

    def cut(self, name, service, origin, path):
        """One case: the response had begun, so it is cut, and never looks complete."""
        with self.test.case(name):
            mark = self.tunnel.edge.mark()
            origin.head_arrived.clear()
            response = self.tunnel.request(service, path, on_head=origin.head_arrived.set)
            equal(response.status, 200, "status")
            check(not response.complete, f"a cut body looks complete: {response.body}")
            at_edge, at_agent = self.tunnel.logged(self.agent, path, mark)
            check(at_edge["error"] and at_agent["error"], "both lines name an error")

    def broken_at_once(self, name, service, path):
        """One case: the fault comes with the head, which may or may not have gone on: an error or
        a cut, never a complete 200."""
        with self.test.case(name):
            mark = self.tunnel.edge.mark()
            response = self.tunnel.request(service, path)
            check(response.status == 502 or not response.complete,
                  f"a cut body looks complete: {response.status} {response.body}")
            at_edge, at_agent = self.tunnel.logged(self.agent, path, mark)
            print(f"{path}: edge {at_edge['status']} {at_edge['error']}, "
                  f"agent {at_agent['status']} {at_agent['error']}", flush=True)
            check(at_edge["error"] and at_agent["error"], "both lines name an error")


def origin_failures(checks, tunnel, ports, origin):
    service = ports["origin"]
    fails = checks.fails
    fails("origin refuses connections", ports["refused"], 502, "connection_refused",
          detail="refused")
    fails("origin answers no SYN", ports["full"], 504, "connection_timeout")
    for path in ("/closes", "/reset", "/cut-head"):
        fails(f"origin ends before the response head: {path}", service, 502,
              "connection_terminated", path)
    for path in ("/garbage", "/binary", "/bad-status", "/bare-lf", "/length-and-chunked",
                 "/two-lengths", "/folded", "/nul", "/unasked-switch", "/endless-interim"):
        fails(f"response that is no good HTTP: {path}", service, 502, "http_protocol_error", path)
    fails("response head too large", service, 502, "http_response_header_section_size",
          "/head-too-large")
    fails("origin stays silent", service, 504, "http_response_timeout", "/silent", detail="1 s")
    fails("origin takes no byte of an upload", service, 504, "connection_write_timeout",
          "/takes-nothing", method="POST", body=bytes(16 << 20))
    for path in Origin.BROKEN_BODIES:
        checks.cut(f"failure after the response head: {path}", service, origin, path)
    for path in ("/short", "/bad-chunk", "/chunks-end-early"):
        checks.broken_at_once(f"failure with the response head: {path}", service,
                              "/at-once" + path)
    with checks.test.case("a request that reached an origin is not sent twice"):
        at_edge, _ = tunnel.logged(checks.agent, "/garbage")
        equal(at_edge["attempts"], 1, "attempts")
        at_edge, at_agent = tunnel.logged(checks.agent, "/origin-refuses-connections")
        equal(at_edge["attempts"], 2, "attempts where nothing reached an origin")
        equal(len(checks.agent.events("request", id=at_agent["id"])), 2, "lines of the agent")


def tls_failures(checks, ports):
    https = {"X-Forwarded-Proto": "https"}
    fails = checks.fails
    with checks.test.case("a good HTTPS origin"):
        equal(checks.tunnel.request(ports["tls"], "/tls", headers=https).body, b"hello", "answer")
    fails("certificate for another name", ports["tls"], 502, "tls_certificate_error",
          headers={**https, "Host": "another.test"}, detail="another.test")
    fails("expired certificate", ports["expired"], 502, "tls_certificate_error", headers=https,
          detail="expired")
    fails("certificate of an unknown authority", ports["stranger"], 502, "tls_certificate_error",
          headers=https)
    fails("origin does not speak TLS", ports["no-tls"], 502, "tls_protocol_error", headers=https)
    fails("origin answers with a TLS alert", ports["alert"], 502, "tls_alert_received",
          headers=https)
    fails("origin ends inside the handshake", ports["ends"], 502, "connection_terminated",
          headers=https)
    fails("origin is silent in the handshake", ports["mute"], 504, "connection_timeout",
          headers=https)


def name_and_policy_failures(checks, ports):
    fails = checks.fails
    with checks.test.case("a service by name"):
        equal(checks.tunnel.request(ports["named"], "/named").body, b"hello", "answer")
    fails("NXDOMAIN", ports["no-name"], 502, "dns_error", detail="nowhere.internal")
    fails("DNS is silent", ports["silent-dns"], 504, "dns_timeout")
    fails("resolver that policy denies", ports["denied-dns"], 502, "destination_ip_prohibited",
          detail="--permit 127.0.0.1:")
    fails("service that policy denies", ports["denied"], 403, "http_request_denied",
          detail="--deny")
    fails("address that is denied by default", ports["loopback"], 502,
          "destination_ip_prohibited", detail="--permit 127.0.0.1:")
    fails("name that leads to a denied address", ports["named-loopback"], 502,
          "destination_ip_prohibited", detail="--permit 127.0.0.1:")
    fails("metadata address", ports["metadata"], 502, "destination_ip_prohibited",
          detail="169.254")


def request_failures(checks, ports):
    service, fails = ports["origin"], checks.fails
    fails("unknown expectation", service, 417, "http_request_error", by_agent=False,
          headers={"Expect": "200-maybe"})
    fails("path too long", service, 414, "http_request_error", "/" + "a" * 8300, by_agent=False)
    fails("one field too large", service, 431, "http_request_error", by_agent=False,
          headers={"X-A": "a" * 17_000})
    fails("loop through the agent", service, 502, "proxy_loop_detected",
          headers={"Via": "2 outhaul"})
    name = checks.tunnel.edge.events("edge_start")[-1]["name"]
    fails("loop through the edge", service, 502, "proxy_loop_detected", by_agent=False,
          headers={"Via": f"1.1 a, 1.1 {name}"})
    with checks.test.case("no agent is connected: 503 with Retry-After"):
        response = checks.tunnel.request(ports["nobody"], "/nobody")
        equal((response.status, response.error), (503, "destination_unavailable"), "answer")
        check(int(response.fields["retry-after"]) >= 1, "Retry-After")


def make_services(test, tunnel):
    """The services by what is wrong with them, and the ports that the agent may dial."""
    authority = test.certificate_authority()
    stranger = test.certificate_authority("stranger-ca")
    good = authority.issue("service.test")
    expired = authority.issue("service.test", valid_from_days=-30, valid_until_days=-1)
    origin, tls = Origin(test), Origin(test, good)
    dns = test.dns_server({"api.internal": ["127.0.0.1"]})
    silent_dns = test.dns_server({"api.internal": ["127.0.0.1"]})
    silent_dns.process.freeze()
    forbidden, refused, full = test.free_port(), test.free_port(), Full(test)
    resolver, silent = f"127.0.0.1:{dns.port}", f"127.0.0.1:{silent_dns.port}"
    by_tls = {
        "tls": tls.port,
        "expired": Origin(test, expired).port,
        "stranger": Origin(test, stranger.issue("service.test")).port,
        "no-tls": ScriptedServer(test, lambda connection: connection.send("220 hello\r\n")).port,
        "alert": ScriptedServer(test, lambda connection: connection.send(ALERT)).port,
        # Reading first: an end with unread bytes would be a reset.
        "ends": ScriptedServer(test, lambda connection: connection.socket.recv(1 << 16)).port,
        "mute": ScriptedServer(test, stay).port}
    services = {
        "origin": tunnel.address_service("origin", origin.port),
        "refused": tunnel.address_service("refused", refused),
        "full": tunnel.address_service("full", full.port),
        "named": tunnel.named_service("named", origin.port, "api.internal", resolver),
        "no-name": tunnel.named_service("no-name", origin.port, "nowhere.internal", resolver),
        "silent-dns": tunnel.named_service("silent-dns", origin.port, "api.internal", silent),
        "denied-dns": tunnel.named_service("denied-dns", origin.port, "api.internal",
                                           f"127.0.0.1:{forbidden}"),
        "denied": tunnel.address_service("denied", origin.port),
        "loopback": tunnel.address_service("loopback", forbidden),
        "named-loopback": tunnel.named_service("named-loopback", forbidden, "api.internal",
                                               resolver),
        "metadata": tunnel.address_service("metadata", 80, "169.254.169.254"),
        **{name: tunnel.https_service(name, port) for name, port in by_tls.items()}}
    nobody = tunnel.create_tunnel("nobody")
    services["nobody"] = tunnel.create_service({
        "name": "nobody", "type": "http", "http_port": 80,
        "host": {"ipv4": "10.0.0.1", "network": {"tunnel_id": nobody.id}}})
    permit = [origin.port, refused, full.port, dns.port, silent_dns.port, *by_tls.values()]
    return services, permit, authority, origin, full


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "openssl")
    tunnel = Tunnel(test, edge_options=["--hold-time", "1s"])
    services, permit, authority, origin, _full = make_services(test, tunnel)
    agent = tunnel.start_agent(*LIMITS, "--origin-ca", authority.certificate, "--deny",
                               f"service:{services['denied'].id}", permit=permit, connections=2)
    checks = Checks(test, tunnel, agent)
    origin_failures(checks, tunnel, services, origin)
    tls_failures(checks, services)
    name_and_policy_failures(checks, services)
    request_failures(checks, services)
    with test.case("after all of it: same connections, and a good request"):
        equal(tunnel.request(services["origin"], "/after").body, b"hello", "the answer")
        equal(len(agent.events("connection_up")), 2, "connections of the agent")


if __name__ == "__main__":
    run_test(main)
