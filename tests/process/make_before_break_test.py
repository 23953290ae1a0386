"""Edges that leave and come back, one after the other, while requests go on: the agent has another
connection before it loses one, and nothing fails. Also the replacement of old connections."""
# timeout: 180

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from second_edge import SecondEdge  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4


def serve(connection):
    while True:
        connection.read_head()
        connection.answer("hello")


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
