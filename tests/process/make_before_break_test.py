"""Edges that leave and come back, one after the other, while requests go on: the agent has another
connection before it loses one, and nothing fails. Also the replacement of old connections."""
# timeout: 180

import contextlib
import http.client
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from second_edge import SecondEdge  # noqa: E402
from tunnel import Tunnel, read_response  # noqa: E402

CONNECTIONS = 4


def serve(connection):
    while True:
        connection.read_head()
        connection.answer("hello")


class Load:
    """Requests over the edges that are marked ready, as a load balancer sends them; each client
    keeps its connection as long as the edge does."""

    def __init__(self, service, ports):
        self._service = service
        self.ready = {port: True for port in ports}
        self.good, self.bad = 0, []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True)
                         for number in range(6)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        count = number
        while not self._stopping.is_set():
            ports = [port for port, ready in self.ready.items() if ready]
            count += 1
            try:
                self._request(ports[count % len(ports)])
                self.good += 1
            except (OSError, AssertionError, http.client.HTTPException) as error:
                self.bad.append(repr(error))

    def _request(self, port):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(client):
            client.request("GET", "/", headers={**self._service.headers, "Host": "a.test"})
            response = read_response(client.getresponse())
            assert (response.status, response.body) == (200, b"hello"), response

    def wait_for_more(self, count=200):
        until = self.good + len(self.bad) + count
        wait_until(lambda: self.good + len(self.bad) >= until, "more requests", deadline_s=60)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)


def rolling_restart(test, tunnel, second, agent, service):
    edges = ((tunnel.edge, tunnel.binding_port, tunnel.start_edge, "first"),
             (second.process, second.binding_port, second.start, "second"))
    load = Load(service, [port for _, port, _, _ in edges])
    load.wait_for_more()
    for edge, port, start, name in edges:
        with test.case(f"the {name} edge leaves: its connections are replaced before it ends"):
            mark = agent.mark()
            load.ready[port] = False
            edge.signal(signal.SIGTERM)
            moved = edge.wait_for_event("agent_asked_to_leave", count=CONNECTIONS // 2)
            equal({line["outcome"] for line in edge.events("agent_asked_to_leave")}, {"moved"},
                  "what the agent answered")
            check(moved, "the edge asked")
            equal(edge.wait(20), 0, "exit code")
            replaced = agent.events("connection_replaced", since=mark)
            equal(len(replaced), CONNECTIONS // 2, "replaced connections")
            equal({line["reason"] for line in replaced}, {"the edge asked for it"}, "why")
            load.wait_for_more()
        start()
        with test.case(f"the {name} edge is back, and so are the connections that it had"):
            agent.wait_for_event("connection_replaced", since=mark, deadline_s=60,
                                 reason="its home edge is back", count=CONNECTIONS // 2)
            load.ready[port] = True
            load.wait_for_more()
    load.stop()
    with test.case("no request failed"):
        print(f"{load.good} requests, {len(load.bad)} failed", flush=True)
        equal(load.bad, [], "failed requests")


def old_connections(test, tunnel, service, origin):
    with test.case("a connection that has lived its life is replaced, and its request finishes"):
        mark = tunnel.edge.mark()
        agent = tunnel.start_agent(permit=[origin.port], connections=1, name="agent-old")
        first = tunnel.edge.wait_for_event("agent_up", since=mark)["connection"]
        load = Load(service, [tunnel.binding_port])
        agent.wait_for_event("connection_replaced", reason="it has lived its life", deadline_s=90)
        tunnel.edge.wait_for_event("agent_down", since=mark, connection=first)
        load.wait_for_more()
        load.stop()
        equal(load.bad, [], "failed requests")
        equal(agent.terminate(), 0, "exit code")


def main(test):
    # What a load balancer needs to see that an edge leaves.
    delay = ["--drain-delay", "1s"]
    tunnel = Tunnel(test, edge_options=["--connection-life", "1m", *delay])
    origin = ScriptedServer(test, serve)
    service = tunnel.address_service("api", origin.port)
    second = SecondEdge(tunnel, delay)
    agent = test.start("agent", tunnel.agent_command(
        "--permit", f"127.0.0.1:{origin.port}", *second.options_for_agent(),
        connections=CONNECTIONS))
    for edge in (tunnel.edge, second.process):
        edge.wait_for_event("agent_up", count=CONNECTIONS // 2, deadline_s=30)
    rolling_restart(test, tunnel, second, agent, service)
    with test.case("the agent ends in order"):
        equal(agent.terminate(), 0, "exit code")
    if os.environ.get("OUTHAUL_LONG_TESTS"):  # no life is shorter than a minute
        old_connections(test, tunnel, service, origin)


run_test(main)
