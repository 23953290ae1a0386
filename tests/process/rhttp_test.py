"""Profile rhttp, with HAProxy as the edge (played by the test): requests by the ingress table,
fields of clients, idle connections that end with a bare EOF, drain and upgrade."""
# timeout: 120

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from http.client import HTTPConnection  # noqa: E402

from h2_client import GOAWAY  # noqa: E402
from haproxy_edge import HaproxyEdge  # noqa: E402
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402

HOST = "app.example.net"
REDIALS = 6


class Origin:
    """Says what it was asked, in JSON. /stream sends its second half, /slow its answer, when `go`
    is set; `asked` is set when /slow was asked for. /trailers has some, /ws echoes."""

    def __init__(self, test, name):
        self.name = name
        self.go = threading.Event()
        self.asked = threading.Event()
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            body = []
            connection.read_body(head, body.append)
            path = head[0].split()[1]
            if path == "/stream":
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                self.go.wait(30)
                connection.send("6\r\nsecond\r\n0\r\n\r\n")
            elif path == "/trailers":
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n")
            elif path == "/ws":
                return self.echo(connection, head)
            else:
                if path == "/slow":
                    self.asked.set()
                    self.go.wait(30)
                connection.answer(json.dumps({"origin": self.name, "head": head,
                                              "body": b"".join(body).decode()}))

    @staticmethod
    def echo(connection, head):
        key = next(line.split(": ")[1] for line in head if line.lower().startswith("sec-websocket-k"))
        accept = base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                        f"Upgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
        while data := connection.read_some(1 << 16):
            connection.send(data)


def service(origin):
    return f'[service.{origin.name}]\naddress = "127.0.0.1:{origin.port}"\n'


def write_configuration(test, origins, entries):
    permits = ", ".join(f'"127.0.0.1:{origin.port}"' for origin in origins)
    return test.write("outhaul.toml", f"permit = [{permits}]\n" + entries +
                      "".join(service(origin) for origin in origins))


def ingress(*entries):
    return "".join("[[ingress]]\n" + "".join(f'{key} = "{value}"\n' for key, value in entry.items())
                   for entry in entries)


def seen(answer):
    equal(answer.status, 200, f"status ({answer.body[:200]})")
    return json.loads(answer.body)


def error_of(answer):
    found = re.search(r"error=([a-z_]+)", answer.fields.get("proxy-status", ""))
    return answer.status, found and found.group(1)


# --- requests --------------------------------------------------------------------------------------

def requests(test, edge, web, api):
    with test.case("GET: the host field is the authority, and no other is needed"):
        told = seen(edge.request("/page?q=1", HOST))
        equal((told["origin"], told["head"][0]), ("web", "GET /page?q=1 HTTP/1.1"))
        check(f"host: {HOST}" in [line.lower() for line in told["head"]], told["head"])
    with test.case("POST with content"):
        body = b"x" * 300000
        equal(seen(edge.request("/form", HOST, method="POST", body=body))["body"], body.decode())
    with test.case("an answer streams"), edge.connection() as connection:
        stream = connection.open("/stream", HOST)
        equal([connection.h2.next_event(stream) for _ in range(2)][1], ("data", b"first"))
        web.go.set()
        equal(connection.answer(stream).body, b"second")
    with test.case("trailers"):
        answer = edge.request("/trailers", HOST)
        equal((answer.body, answer.trailers), (b"body", [("x-sum", "7")]))
    with test.case("WebSocket"), edge.connection() as connection:
        stream = connection.open_websocket("/ws", HOST)
        kind, status, _ = connection.h2.next_event(stream)
        equal((kind, status), ("head", 200))
        connection.h2.data(stream, b"over and out")
        equal(connection.h2.next_event(stream), ("data", b"over and out"))
        connection.h2.data(stream, b"", end=True)
        equal(connection.answer(stream).reset, None, "how it ended")
    with test.case("the ingress table: host, path, suffix, and 500 where nothing matches"):
        for host, path, expected in (
                (HOST, "/api", "api"), (HOST.upper() + ":443", "/api/x?y", "api"),
                (HOST, "/apix", "web"), ("a.b.example.org", "/", "api")):
            equal(seen(edge.request(path, host))["origin"], expected, f"origin of {host}{path}")
        with edge.connection() as connection:  # of an HTTP/2 client of HAProxy
            stream = connection.h2.open([(":method", "GET"), (":scheme", "https"),
                                         (":authority", HOST), (":path", "/api")], end=True)
            equal(seen(connection.answer(stream))["origin"], "api", "origin by :authority")
        for host in ("example.org", "xexample.org", "other.example.net"):
            equal(error_of(edge.request("/", host)), (500, "destination_not_found"), host)
    with test.case("services of the table obey the policy"):
        equal(error_of(edge.request("/", "denied.example.net")), (502, "destination_ip_prohibited"))


def tunnel_fields(test, edge, agent):
    with test.case("a client's own Tunnel-* field is refused with 400"):
        for name in ("tunnel-service", "tunnel-control", "tunnel-request-id"):
            answer = edge.request("/api", HOST, fields=[(name, "?1")])
            equal(error_of(answer), (400, "http_request_error"), name)
            check(name in answer.body.decode(), answer.body)
    with test.case("control requests are off"):
        answer = edge.request("/.well-known/tunnel-agent/drain", HOST, method="POST", body=b"5",
                              fields=[("tunnel-control", "?1")])
        equal(answer.status, 400, "status")
        equal(agent.events("control_request"), [], "control requests")


def trusted(test, edge, web, api, path):
    agent = test.start("agent-trusting", edge.agent_command(
        "--config", path, "--trust-descriptor", "--control-requests", connections=1))
    agent.wait_for_event("connection_up")
    descriptor = ('id="e6a0817c-79c5-40ca-9776-a1c019defe70", type=http, scheme=http, '
                  f'ipv4="127.0.0.1", port={api.port}, net="{edge.tunnel_id}"')
    with test.case("trust_descriptor: the field decides, and without it the table"):
        equal(seen(edge.request("/", HOST, fields=[("tunnel-service", descriptor)]))["origin"],
              "api", "origin by descriptor")
        equal(seen(edge.request("/", HOST))["origin"], "web", "origin by the table")
    with test.case("control_requests: the edge can ask for health"):
        answer = edge.request("/.well-known/tunnel-agent/health", HOST,
                              fields=[("tunnel-control", "?1")])
        equal(answer.status, 200, "status")
    equal(agent.terminate(), 0, "exit code")


def reloads(test, edge, agent, web, api, entries):
    with test.case("a changed table takes effect without a new connection"):
        mark, came = agent.mark(), len(edge.came)
        write_configuration(test, [api], ingress({"service": "api"}))
        line = agent.wait_for_event("config_reloaded", since=mark)
        check("ingress" in line["changed"].split(","), line)
        equal(seen(edge.request("/", "any.test"))["origin"], "api", "origin")
        equal(len(edge.came), came, "connections")
    with test.case("a broken table leaves the old one in force"):
        mark = agent.mark()
        write_configuration(test, [api], ingress({"service": "api", "path": "api"}))
        line = agent.wait_for_event("config_problem", since=mark)
        check("outhaul.toml:4:8: path:" in line["message"], line["message"])
        equal(seen(edge.request("/", "any.test"))["origin"], "api", "origin")
    write_configuration(test, [web, api], entries)
    agent.wait_for_event("config_reloaded", since=mark)


# --- life of connections ---------------------------------------------------------------------------

def idle_ends(test, path):
    with test.case("after a bare EOF the agent is back at once, however often"):
        edge = HaproxyEdge(test, idle_s=1.1)
        port = test.free_port()
        agent = test.start("agent-idle", edge.agent_command(
            "--config", path, "--status-listen", f"127.0.0.1:{port}", connections=1))
        agent.wait_for_event("connection_up", count=REDIALS + 1, deadline_s=30)
        gaps = [came - ended for ended, came in zip(edge.ended_idle, edge.came[1:])]
        print("back after, ms:", " ".join(f"{gap * 1000:.0f}" for gap in gaps), flush=True)
        lost = agent.events("connection_lost")[:REDIALS]
        equal({line["level"] for line in lost}, {"info"}, "levels")
        check(all(line["retry_s"] <= 0.1 for line in lost), lost)
        equal(agent.events("connection_failed"), [], "failures")
        page = HTTPConnection("127.0.0.1", port, timeout=10)
        page.request("GET", "/metrics")
        counted = re.findall(r'^outhaul_connection_ends_total\{reason="(\w+)"\} ([1-9])',
                             page.getresponse().read().decode(), re.MULTILINE)
        equal([reason for reason, _ in counted], ["closed"], "why connections ended")
        equal(agent.terminate(), 0, "exit code")
    with test.case("an EOF within the first second is a failure like any other"):
        edge = HaproxyEdge(test, idle_s=0.05)
        agent = test.start("agent-unwanted", edge.agent_command("--config", path, connections=1))
        lines = agent.wait_for_event("connection_lost", count=2) and agent.events("connection_lost")
        equal({line["level"] for line in lines}, {"warn"}, "levels")
        agent.kill()


def settings(test, edge):
    with test.case("the second SETTINGS repeats the first, and is heeded"), \
            edge.connection() as connection:
        connection.request("/", HOST)
        equal(connection.h2.settings_frames, 2, "SETTINGS frames")
        equal(connection.streams_allowed(), 100, "streams that the edge opens at most")
        equal(connection.names, [f"urn:uuid:{edge.tunnel_id}"], "who the edge takes it for")
    with test.case("as many streams as HAProxy opens"), edge.connection() as connection:
        streams = [connection.open(f"/{number}", HOST)
                   for number in range(connection.streams_allowed())]
        equal({connection.answer(stream).status for stream in streams}, {200}, "status")


def go_away(test, path):
    with test.case("the edge's GOAWAY: another connection serves before the old one ends"):
        edge = HaproxyEdge(test)
        agent = test.start("agent-sent-away", edge.agent_command("--config", path, connections=1))
        with edge.connection() as connection:
            connection.h2.frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0))
            line = agent.wait_for_event("connection_replaced")
            equal(line["reason"], "the edge asked for it")
            equal(seen(edge.request("/", HOST))["origin"], "web", "origin, by the new connection")
            equal(agent.events("connection_lost"), [], "lost connections")
            connection.h2.goaway = "sent"
        equal(agent.terminate(), 0, "exit code")


def drain(test, edge, agent, web):
    web.go.clear()
    with test.case("SIGTERM: GOAWAY, and the request under way finishes"), \
            edge.connection() as connection:
        stream = connection.open("/slow", HOST)
        web.asked.wait(30)
        agent.signal(signal.SIGTERM)
        wait_until(lambda: not connection.h2.is_usable(), "GOAWAY")
        equal(connection.h2.goaway, "NO_ERROR")
        web.go.set()
        equal(seen(connection.answer(stream))["origin"], "web")
    with test.case("then the agent ends"):
        equal(agent.wait(), 0, "exit code")


def upgrade(test, edge, path, web):
    installed = test.path("bin", "outhaul")
    shutil.copy2(test.agent_binary, installed)
    command = edge.agent_command("--config", path, "--upgrade-grace", "20s")
    command[0] = installed
    agent = test.start("agent-old", command)
    agent.wait_for_event("connection_up", count=2)
    came = len(edge.came)
    web.go.clear()
    web.asked.clear()
    successor = 0
    try:
        with test.case("SIGUSR2: the new process serves, and the old one finishes what it has"), \
                edge.connection() as connection:
            stream = connection.open("/slow", HOST)
            web.asked.wait(30)
            agent.signal(signal.SIGUSR2)
            successor = agent.wait_for_event("upgrade_done", deadline_s=30)["process"]
            equal(len(edge.came) - came, 2, "new connections")
            equal(seen(edge.request("/", HOST))["origin"], "web", "origin, by the new process")
            web.go.set()
            equal(seen(connection.answer(stream))["origin"], "web", "origin, by the old process")
            equal(agent.wait(20), 0, "exit code of the old process")
    finally:
        if successor:
            with contextlib.suppress(ProcessLookupError):
                os.kill(successor, signal.SIGKILL)


def main(test):
    test.need_binaries()
    edge = HaproxyEdge(test)
    web, api = Origin(test, "web"), Origin(test, "api")
    denied = '[service.denied]\naddress = "127.0.0.1:9"\n'
    entries = ingress({"host": HOST, "path": "/api", "service": "api"},
                      {"host": HOST, "service": "web"},
                      {"host": "*.example.org", "service": "api"},
                      {"host": "denied.example.net", "service": "denied"}) + denied
    path = write_configuration(test, [web, api], entries)
    agent = test.start("agent", edge.agent_command("--config", path))
    with test.case("the agent connects, and says what HAProxy wants of it"):
        agent.wait_for_event("connection_up", count=2)
        check("--connections" in agent.wait_for_event("profile")["hint"], "the hint")
    requests(test, edge, web, api)
    tunnel_fields(test, edge, agent)
    settings(test, edge)
    reloads(test, edge, agent, web, api, entries)
    drain(test, edge, agent, web)
    trusted(test, edge, web, api, path)
    idle_ends(test, path)
    go_away(test, path)
    upgrade(test, edge, path, web)


if __name__ == "__main__":
    run_test(main)
