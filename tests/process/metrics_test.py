"""Metrics, health and status of both programs, asked by hand, by their commands, and by a real
Prometheus."""
# timeout: 120

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


def ask(connection, target, method="GET"):
    """Returns status and text of one page."""
    with contextlib.closing(connection):
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read().decode()


class Pages:
    """The status pages of one program: its TCP port and its unix socket."""

    def __init__(self, test, name):
        self.port = test.free_port()
        self.socket = test.path(f"{name}.sock")
        self.options = ["--status-listen", f"127.0.0.1:{self.port}",
                        "--status-listen", f"unix:{self.socket}"]

    def get(self, target, method="GET"):
        return ask(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10), target, method)

    def local(self, target, method="GET"):
        return ask(UnixConnection(self.socket), target, method)

    def metric(self, name, **labels):
        """The value of one sample, or None."""
        for line in self.get("/metrics")[1].splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if not found or found[1] != name:
                continue
            if dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")) == labels:
                return float(found[3])
        return None


def run(test, *command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False,
                          cwd=test.directory)


def pages_answer(test, agent, edge):
    with test.case("both programs have their pages, on TCP and on a unix socket of mode 0660"):
        for pages in (agent, edge):
            for ask_page in (pages.get, pages.local):
                equal(ask_page("/ready"), (200, "ready\n"), "/ready")
                equal(ask_page("/healthz"), (200, "ok\n"), "/healthz")
                check(json.loads(ask_page("/status")[1])["ready"], "/status says ready")
            equal(os.stat(pages.socket).st_mode & 0o777, 0o660, "mode of the socket")
    with test.case("other pages and methods are refused"):
        equal(agent.get("/nothing")[0], 404, "an unknown page")
        equal(agent.get("/metrics", "DELETE")[0], 405, "a wrong method")
        equal(agent.get("/log-level")[0], 405, "GET of the log level")
        equal(agent.get("/log-level?level=debug", "POST")[0], 403, "the log level over TCP")
        equal(agent.local("/log-level?level=loud", "POST")[0], 400, "an unknown level")


def bounds(test, pages):
    with test.case("a broken request gets 400"):
        check(raw_exchange(pages.port, b"GET\r\n\r\n").startswith(b"HTTP/1.1 400 "), "status line")
    with test.case("32 silent clients are the most; the next one is closed at once"):
        silent = [socket.create_connection(("127.0.0.1", pages.port), timeout=10)
                  for _ in range(32)]
        asked = raw_exchange(pages.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        equal(asked, b"", "what one more is told")
        for client in silent:
            client.close()
        wait_until(lambda: serves(pages), "the pages are back")


def serves(pages):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return pages.get("/healthz")[0] == 200
    return False


def requests_count(test, tunnel, service, agent, edge):
    with test.case("requests, statuses, bytes and times are counted at both ends"):
        for _ in range(3):
            equal(tunnel.request(service, "/").status, 200, "status")
        equal(tunnel.request(service, "/missing").status, 404, "status")
        wait_until(lambda: agent.metric("outhaul_requests_total", service=service.id,
                                        status="4xx") == 1, "the agent has counted")
        equal(agent.metric("outhaul_requests_total", service=service.id, status="2xx"), 3, "2xx")
        equal(agent.metric("outhaul_request_bytes_total", service=service.id,
                           direction="down") > 3 * len("hello"), True, "bytes down")
        equal(agent.metric("outhaul_requests_active", service=service.id), 0, "active")
        for pages, prefix, name in ((agent, "outhaul", service.id),
                                    (edge, "outhaul_edge", service.name)):
            for kind in ("first_byte", "duration"):
                wait_until(lambda n=f"{prefix}_request_{kind}_seconds_count", p=pages, s=name:
                           p.metric(n, service=s) == 4, f"{prefix} {kind}")
        equal(edge.metric("outhaul_edge_requests_total", service=service.name, status="2xx"), 3,
              "2xx at the edge")
    with test.case("errors are counted by their type, and without a service under none"):
        dead = tunnel.address_service("dead", test.free_port())
        equal(tunnel.request(dead).status, 502, "status of a service that policy refuses")
        # The edge asks once more, by another connection.
        wait_until(lambda: agent.metric("outhaul_request_errors_total", service=dead.id,
                                        error="destination_ip_prohibited") == 2,
                   "the error is counted at the agent")
        equal(agent.metric("outhaul_policy_refusals_total", kind="edge_address"), 2, "refusals")
        equal(edge.metric("outhaul_edge_request_retries_total", service="dead"), 1, "retries")
        wrong = type(service)(service.id, service.name, "wrong")
        status = tunnel.request(wrong).status
        wait_until(lambda: edge.metric("outhaul_edge_requests_total", service="none",
                                       status=f"{status // 100}xx") == 1, "an unknown caller")
    with test.case("connections, tunnels and the process are described"):
        equal(agent.metric("outhaul_connections_serving"), 2, "connections")
        equal(agent.metric("outhaul_connection_state", slot="1", state="serving"), 1, "state")
        check(agent.metric("outhaul_connection_rtt_seconds", slot="0") > 0, "round trip time")
        equal(edge.metric("outhaul_edge_agent_connections", tunnel="office"), 2, "agents")
        check(agent.metric("process_resident_memory_bytes") > 1 << 20, "memory")


def policy_protects(test, tunnel, agent):
    with test.case("a service cannot reach the agent's own pages"):
        inside = tunnel.address_service("pages", agent.port)
        equal(tunnel.request(inside, "/metrics").status, 502, "status")
        equal(agent.metric("outhaul_policy_refusals_total", kind="own_listener"), 2, "refusals")


def commands(test, tunnel, agent, edge, process):
    where = ["--status-listen", f"unix:{agent.socket}"]
    outhaul = test.agent_binary
    with test.case("outhaul status shows tables, and its page with --json"):
        shown = run(test, outhaul, "status", *where)
        equal(shown.returncode, 0, f"exit code ({shown.stderr})")
        check(re.search(r"^0 +serving +localhost:\d+ ", shown.stdout, re.MULTILINE), shown.stdout)
        page = json.loads(run(test, outhaul, "status", "--json", *where).stdout)
        equal(page["tunnel"], tunnel.identity.id, "tunnel")
    with test.case("outhaul status --watch refreshes until it is ended"):
        watching = test.start("watch", [outhaul, "status", "--watch", *where])
        wait_until(lambda: watching.log_tail().count("CONNECTION ") >= 2, "two pages")
        print(watching.log_tail(), flush=True)
        watching.signal(signal.SIGINT)
        watching.wait(10)
    with test.case("ready says yes by its exit code, for agent and edge"):
        equal(run(test, outhaul, "ready", *where).returncode, 0, "agent")
        equal(run(test, test.edge_binary, "ready", "--status-listen",
                  f"127.0.0.1:{edge.port}").returncode, 0, "edge")
        nobody = run(test, outhaul, "ready", "--status-listen", f"unix:{test.path('no.sock')}")
        equal(nobody.returncode, 5, "where nobody listens")
        check("--status-listen" in nobody.stderr, nobody.stderr)
    with test.case("logs set-level changes the level of the running agent, and says so"):
        equal(run(test, outhaul, "logs", "set-level", "debug", *where).stdout, "debug\n", "answer")
        process.wait_for_event("log_level", level="debug", previous="info")
        equal(json.loads(agent.get("/status")[1])["log_level"], "debug", "level")
        equal(run(test, outhaul, "logs", "set-level", "loud", *where).returncode, 2, "exit code")
        run(test, outhaul, "logs", "set-level", "info", *where)


def prometheus(test, tunnel, service, agent, edge):
    with test.case("promtool has nothing to say about the pages"):
        for pages in (agent, edge):
            checked = subprocess.run(["promtool", "check", "metrics"], input=pages.get("/metrics")[1],
                                     capture_output=True, text=True, timeout=30, check=False)
            equal((checked.returncode, checked.stdout + checked.stderr), (0, ""), "promtool")
    with test.case("promtool accepts the alert rules"):
        rules = os.path.join(test.repository, "packaging", "prometheus", "alerts.yaml")
        checked = run(test, "promtool", "check", "rules", rules)
        equal(checked.returncode, 0, f"promtool: {checked.stdout}{checked.stderr}")
    port = test.free_port()
    configuration = test.write("prometheus.yml", f"""
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - {{job_name: outhaul, static_configs: [{{targets: ["127.0.0.1:{agent.port}"]}}]}}
  - {{job_name: outhaul-edge, static_configs: [{{targets: ["127.0.0.1:{edge.port}"]}}]}}
""")
    test.start("prometheus", ["prometheus", f"--config.file={configuration}",
                              f"--storage.tsdb.path={test.path('tsdb', '')}",
                              f"--web.listen-address=127.0.0.1:{port}"])

    def query(expression):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode(
            {"query": expression})
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            return [float(each["value"][1]) for each in json.load(answer)["data"]["result"]]
        return []

    with test.case("a real Prometheus scrapes both: up is 1"):
        wait_until(lambda: query("up") == [1.0, 1.0], "both are up", deadline_s=60)
    with test.case("a request moves the counters that Prometheus has"):
        counters = [f'outhaul_requests_total{{service="{service.id}",status="2xx"}}',
                    f'outhaul_edge_requests_total{{service="{service.name}",status="2xx"}}']
        before = [query(counter)[0] for counter in counters]
        equal(tunnel.request(service, "/").status, 200, "status")
        for counter, value in zip(counters, before):
            wait_until(lambda c=counter, v=value: query(c) == [v + 1], counter, deadline_s=30)


def packaged_names(test, agent, edge):
    with test.case("dashboard and alerts use metrics that exist"):
        known = set(re.findall(r"^# TYPE (\S+)", agent.get("/metrics")[1] + edge.get("/metrics")[1],
                               re.MULTILINE))
        for path in ("prometheus/alerts.yaml", "grafana/outhaul.json"):
            with open(os.path.join(test.repository, "packaging", path), encoding="utf-8") as file:
                used = set(re.findall(r"\b(?:outhaul|process)_[a-z_]+\b", file.read()))
            families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
            equal(sorted(families - known), [], f"unknown metrics in {path}")


def readiness(test, tunnel, origin, agent, edge, process):
    service = tunnel.address_service("slow", origin.port)
    with test.case("/ready of the agent follows the edge"):
        tunnel.edge.kill()
        wait_until(lambda: agent.get("/ready")[0] == 503, "not ready without an edge")
        equal(agent.get("/ready")[1], "no connection to an edge serves, of 2\n", "reason")
        equal(agent.get("/healthz")[0], 200, "/healthz")
        equal(run(test, test.agent_binary, "ready", "--status-listen",
                  f"unix:{agent.socket}").returncode, 5, "exit code of outhaul ready")
        process.freeze()  # it cannot come back before it was asked
        tunnel.start_edge()
        equal(edge.get("/ready"), (503, "just started: no agent yet for tunnels: 1\n"), "the edge")
        process.thaw()
        wait_until(lambda: edge.get("/ready")[0] == 200, "the edge has its agent", deadline_s=14)
        wait_until(lambda: agent.get("/ready")[0] == 200, "ready again", deadline_s=60)
        ends = [agent.metric("outhaul_connection_ends_total", reason=reason)
                for reason in ("lost", "failed")]
        check(ends[0] >= 2, f"lost connections are counted: {ends}")
        check(agent.metric("outhaul_connections_established_total") >= 3, "established")
    with test.case("/ready says no while a drain finishes requests, at both"):
        tunnel.edge.wait_for_event("agent_up", count=2)
        origin.hold(tunnel, service)
        process.signal(signal.SIGTERM)
        process.wait_for_event("signal", action="drain")
        equal(agent.get("/ready"), (503, "draining: the agent was asked to end\n"), "agent")
        tunnel.edge.signal(signal.SIGTERM)
        tunnel.edge.wait_for_event("signal", action="drain")
        equal(edge.get("/ready"), (503, "draining: the edge was asked to end\n"), "edge")
        origin.let_go()
        equal(process.wait(20), 0, "exit code of the agent")
        equal(tunnel.edge.wait(20), 0, "exit code of the edge")
        check(not os.path.exists(agent.socket), "the socket is gone")


class SlowOrigin:
    """Accepts one request and answers it when told to."""

    def __init__(self, test):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        test.on_exit(self._listener.close)
        self._held = None
        self._client = None

    def hold(self, tunnel, service):
        self._client = tunnel.connect()
        self._client.request("GET", "/hold", headers={**service.headers, "Host": "slow.test"})
        self._held = self._listener.accept()[0]
        self._held.recv(1 << 16)

    def let_go(self):
        self._held.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        equal(self._client.getresponse().status, 200, "the held request")
        self._client.close()
        self._held.close()


def taken_address(test, agent, tunnel):
    with test.case("an address that was asked for and is taken ends the program, by name"):
        second = run(test, *tunnel.agent_command("--status-listen", f"127.0.0.1:{agent.port}"))
        equal(second.returncode, 3, "exit code")
        check("status-listen" in second.stderr and str(agent.port) in second.stderr, second.stderr)


def main(test):
    test.need_binaries()
    agent, edge = Pages(test, "agent"), Pages(test, "edge")
    nginx_port, slow = test.free_port(), SlowOrigin(test)
    test.nginx([Site(nginx_port, locations={"/": 'return 200 "hello";',
                                            "/missing": "return 404;"})])
    tunnel = Tunnel(test, edge_options=edge.options)
    service = tunnel.address_service("web", nginx_port)
    process = tunnel.start_agent(*agent.options, permit=[nginx_port, slow.port],
                                 connections=2)
    pages_answer(test, agent, edge)
    bounds(test, agent)
    requests_count(test, tunnel, service, agent, edge)
    policy_protects(test, tunnel, agent)
    commands(test, tunnel, agent, edge, process)
    packaged_names(test, agent, edge)
    taken_address(test, agent, tunnel)
    if shutil.which("prometheus") and shutil.which("promtool"):
        prometheus(test, tunnel, service, agent, edge)
    else:
        print("without the cases of a real Prometheus: it is not installed; run scripts/setup",
              flush=True)
    readiness(test, tunnel, slow, agent, edge, process)


if __name__ == "__main__":
    run_test(main)
