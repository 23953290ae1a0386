"""From one log line to the cause: failures that operators meet, each provoked with the real
programs. ONE line of the agent's log must name the cause and what to change. The lines make
docs/causes.md; with --write they are written there, else the file has to have them.

    /usr/bin/python3 tests/process/causes_test.py --write
"""
# timeout: 120

import json
import os
import re
import sys
import threading
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Identity, Tunnel  # noqa: E402

PAGE = "docs/causes.md"
LIMITS = ["--first-byte-timeout", "1s", "--connect-timeout", "1s", "--dns-timeout", "1s"]
# What of a request's line tells the cause.
REQUEST_KEYS = ("status", "error", "detail", "address", "service")
CONNECTION_KEYS = ("edge", "reason")
HEAD = """# From one log line to the cause

Each row was provoked with the real programs; the line is what the agent logged (times, ids and
ports are made equal, and keys that say nothing about the cause are left out). The last column is
what to change, and the line names it. [logs.md](logs.md) explains every event and key,
[diagnosis.md](diagnosis.md) the commands that go on from here.

This page is written by `tests/process/causes_test.py --write`, which also checks it.

| what happened | the line | what to change |
|---|---|---|
"""


@dataclass
class Cause:
    name: str
    line: dict
    change: str


class Causes:
    def __init__(self, test, tunnel):
        self.test, self.tunnel = test, tunnel
        self.found = []
        self.ports = {}

    def port_name(self, port, name):
        """A port that differs from run to run, and how the page calls it."""
        self.ports[str(port)] = name

    def add(self, name, line, keys, cause, names, change):
        """One case: the line says the cause (a pattern) and names what to change (a pattern)."""
        with self.test.case(name):
            text = " ".join(str(line.get(key, "")) for key in ("reason", "message", *REQUEST_KEYS))
            for pattern in (cause, names):
                check(re.search(pattern, text), f"/{pattern}/ in {text}")
            kept = {"event": line["event"], **{key: line[key] for key in keys if key in line}}
            self.found.append(Cause(name, kept, change))

    def connection(self, name, cause, names, change, *options, identity=None):
        """An agent whose first attempt fails."""
        agent = self.test.start("failing", self.tunnel.agent_command(
            *options, connections=1, identity=identity))
        line = agent.wait_for_event("connection_failed")
        self.add(name, line, CONNECTION_KEYS, cause, names, change)
        agent.terminate()

    def request(self, name, agent, service, cause, names, change, **request):
        path = "/" + re.sub(r"\W+", "-", name)
        mark = self.tunnel.edge.mark()
        self.tunnel.request(service, path, **request)
        _, line = self.tunnel.logged(agent, path, mark)
        self.add(name, line, REQUEST_KEYS, cause, names, change)

    def page(self):
        rows = []
        for cause in self.found:
            line = self.normal(json.dumps(cause.line)).replace("|", "\\|")
            rows.append(f"| {cause.name} | `{line}` | {cause.change} |\n")
        return HEAD + "".join(rows)

    def normal(self, text):
        for port, name in self.ports.items():
            text = re.sub(rf"(?<=[:\]]){port}\b", name, text)
        text = re.sub(r"sha256/[A-Za-z0-9+/=]+", "sha256/...", text)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
        text = text.replace(self.test.directory, "DIR")
        return re.sub(r":\d{4,5}\b", ":PORT", text)


def changed(tunnel, name, **values):
    """The tunnel's identity with another value in its token."""
    contents = {**tunnel.identity.contents, **values}
    path = tunnel.write_token(name, json.dumps(contents))
    return Identity(tunnel.identity.id, tunnel.identity.token, path)


def connection_causes(test, tunnel, causes):
    closed = test.free_port()
    causes.port_name(closed, "7844")
    causes.port_name(tunnel.agent_port, "7844")
    causes.connection("the edge is not there", "refused", rf"127\.0\.0\.1:{closed}",
                      "`--edge`, or start the edge there", "--edge", f"127.0.0.1:{closed}")
    dns = test.dns_server({"edge.internal": ["127.0.0.1"]})
    causes.port_name(dns.port, "53")
    causes.connection("the edge's name does not exist", "NXDOMAIN", "nowhere.internal",
                      "`--edge`, or the DNS", "--edge", "nowhere.internal:7844",
                      "--dns-suffix", f"internal=127.0.0.1:{dns.port}")
    causes.connection("the token has the pin of another edge", "no certificate matches a pin",
                      "put one of these among the pins", "the token (`pin`), by a new one",
                      identity=changed(tunnel, "pin.token", pin=["sha256/" + "A" * 43 + "="]))
    causes.connection("the token has another key: 404", "404", "token",
                      "the token, by the newest one", identity=changed(
                          tunnel, "key.token", s="A" * 43 + "="))
    other = tunnel.create_tunnel("other")
    tunnel.change("tunnel", "disable", "other")
    causes.connection("the tunnel is disabled: 403", "403", "enable it there",
                      "`outhaul-edge tunnel enable`", identity=other)
    causes.connection("the edge has another name: 421", "421", "--public-name",
                      "`--public-name` of the edge, or `--edge`", "--edge",
                      f"127.0.0.1:{tunnel.agent_port}")


def request_causes(test, tunnel, causes):
    authority = test.certificate_authority()
    held = []

    def stay(connection):
        held.append(connection.read_head())
        connection.read_until_end()

    origin = test.free_port()
    test.nginx([Site(origin, {"/": 'return 200 "hello";'})])
    refused, forbidden = test.free_port(), test.free_port()
    silent = ScriptedServer(test, stay)
    plain = ScriptedServer(test, lambda connection: connection.send("220 hello\r\n"))
    secure = test.free_port()
    test.nginx([Site(secure, {"/": 'return 200 "hello";'}, tls=authority.issue("service.test"))],
               name="nginx-tls")
    dns = test.dns_server({"api.internal": ["127.0.0.1"]})
    mute_dns = test.dns_server({})
    mute_dns.process.freeze()
    for port, name in ((refused, "8080"), (forbidden, "9090"), (silent.port, "8080"),
                       (plain.port, "8443"), (secure, "8443"), (dns.port, "53"),
                       (mute_dns.port, "53"), (origin, "8080")):
        causes.port_name(port, name)
    denied = tunnel.address_service("denied", origin)
    agent = tunnel.start_agent(
        *LIMITS, "--origin-ca", authority.certificate, "--deny", f"service:{denied.id}",
        permit=[origin, refused, silent.port, plain.port, secure, dns.port, mute_dns.port])

    def fails(name, service, cause, names, change, **request):
        causes.request(name, agent, service, cause, names, change, **request)

    https = {"X-Forwarded-Proto": "https"}
    fails("nothing listens at the service's port", tunnel.address_service("refused", refused),
          "connection_refused", rf"127\.0\.0\.1:{refused}",
          "start the service, or the port of the service at the edge")
    fails("the service takes too long", tunnel.address_service("silent", silent.port),
          "http_response_timeout", "--first-byte-timeout", "`--first-byte-timeout`")
    fails("the service's name does not exist",
          tunnel.named_service("no-name", origin, "nowhere.internal", f"127.0.0.1:{dns.port}"),
          "NXDOMAIN", "nowhere.internal", "the service's `hostname` or `resolver_ips` at the edge")
    fails("the DNS server is silent",
          tunnel.named_service("mute", origin, "api.internal", f"127.0.0.1:{mute_dns.port}"),
          "dns_timeout", rf"127\.0\.0\.1:{mute_dns.port}", "the DNS server, or `resolver_ips`")
    fails("the operator denied the service", denied, "http_request_denied", "--deny", "`--deny`")
    fails("an address that is denied by default",
          tunnel.address_service("loopback", forbidden, "127.0.0.2"),
          "destination_ip_prohibited", f"--permit 127.0.0.2:{forbidden}", "`--permit`")
    fails("a certificate for another name", tunnel.https_service("tls", secure),
          "tls_certificate_error", "another.test", "`server_name` of the service, or its "
          "certificate", headers={**https, "Host": "another.test"})
    fails("TLS to a service without it", tunnel.https_service("plain", plain.port),
          "tls_protocol_error", "does not speak TLS", "`http_port` in place of `https_port`",
          headers=https)
    agent.terminate()


def limit_cause(test, tunnel, causes):
    """A service with one connection, which is taken."""
    began = []

    def stay(connection):
        began.append(connection.read_head())
        connection.read_until_end()

    origin = ScriptedServer(test, stay)
    causes.port_name(origin.port, "8080")
    service = tunnel.address_service("narrow", origin.port)
    agent = tunnel.start_agent("--connections-per-service", "1",
                               permit=[origin.port], name="narrow")
    first = threading.Thread(target=lambda: tunnel.request(service, "/first"), daemon=True)
    first.start()
    wait_until(lambda: began, "the connection is taken", 10)
    causes.request("the service's connections are all taken", agent, service,
                   "connection_limit_reached", "--connections-per-service", "`--connections-per-service`")
    origin.stop()
    first.join()
    agent.terminate()


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "openssl")
    tunnel = Tunnel(test)
    causes = Causes(test, tunnel)
    connection_causes(test, tunnel, causes)
    request_causes(test, tunnel, causes)
    limit_cause(test, tunnel, causes)
    with test.case("at least twelve causes"):
        check(len(causes.found) >= 12, f"{len(causes.found)} causes")
    path = os.path.join(test.repository, PAGE)
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write(causes.page())
        print(f"wrote {path}", flush=True)
    with test.case(f"{PAGE} has exactly these lines"):
        with open(path, encoding="utf-8") as file:
            equal(file.read(), causes.page(), "the page; write it anew with --write")


if __name__ == "__main__":
    run_test(main)
