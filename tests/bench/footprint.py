"""What idle things cost in memory, and what it costs to set up a connection."""

import contextlib
import http.client
import re
import socket
import statistics
import subprocess

from assertions import pause, wait_until
from h2_client import H2Client
from holding_origin import HoldingOrigin
from load import cpu_seconds, run_h2load
from process_stats import peak_rss_bytes, rss_bytes
from scenarios import MEBIBYTE, Scenario
from subjects import Agent
from tunnel import Tunnel
from whole_path import WholePath

HELD = 1000
WARM_UP = 100
IDLE_ORIGINS = 500
STREAMS_OF_A_CLIENT = 100
AGENTS, CONNECTIONS_OF_AN_AGENT = 125, 16
CLIENTS = 10000


def memory(pid):
    """Resident and anonymous bytes, as the kernel sums them up."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        sizes = dict(re.findall(r"^(\w+): +(\d+) kB", file.read(), re.MULTILINE))
    return {"rss_bytes": int(sizes["Rss"]) * 1024, "anonymous_bytes": int(sizes["Anonymous"]) * 1024}


def hold_requests(path, service, stack, count):
    """Sends that many requests to the edge, which nobody answers yet."""
    for _ in range(0, count, STREAMS_OF_A_CLIENT):
        client = H2Client(stack.enter_context(contextlib.closing(
            socket.create_connection(("127.0.0.1", path.tunnel.binding_port), timeout=60))))
        for number in range(STREAMS_OF_A_CLIENT):
            client.open([(":method", "GET"), (":scheme", "http"), (":path", f"/held/{number}"),
                         (":authority", "service.test"),
                         *((name.lower(), value) for name, value in service.headers.items())],
                        end=True)


def idle_and_held(surroundings):
    """The agent with 4 connections: at rest, and with HELD requests that wait for their origin."""
    origin = HoldingOrigin()
    path = WholePath(surroundings, permit=[origin.port])
    try:
        pause(2, "at rest is after the start's work")
        at_rest = memory(path.agent.pid)
        warm = path.tunnel.address_service("warm", path.origin.port)
        for _ in range(WARM_UP):  # the code's pages and the pools' first blocks are no stream's
            path.tunnel.request(warm, "/bytes/1024")
        service = path.tunnel.address_service("held", origin.port)
        processes = {"agent": path.agent.pid, "edge": path.edge.pid}
        before = {name: rss_bytes(pid) for name, pid in processes.items()}
        with contextlib.ExitStack() as stack:
            hold_requests(path, service, stack, HELD)
            origin.wait_for(HELD)
            held = {name: (rss_bytes(pid) - before[name]) / HELD
                    for name, pid in processes.items()}
        return {"idle_4_connections": at_rest, "bytes_per_held_stream": held}
    finally:
        path.stop()


def heap_bytes(pid, path):
    """Live heap of a process under massif."""
    subprocess.run(["vgdb", f"--pid={pid}", "snapshot", path], check=True, capture_output=True,
                   timeout=60)
    with open(path, encoding="ascii") as file:
        return int(re.findall(r"^mem_heap_B=(\d+)", file.read(), re.MULTILINE)[-1])


def idle_origin_connections(surroundings):
    """Live heap of an agent for each of IDLE_ORIGINS idle origin connections, counted by massif. What
    streams leave to the pools must not count, so it is compared at the same number of requests that
    wait: the first have been answered, and as many of another service, whose connections are never
    the first one's, have taken the pools' blocks."""
    origin = HoldingOrigin()
    path = WholePath(surroundings, permit=[origin.port])
    test = surroundings.test
    try:
        path.agent.kill()
        mark = path.edge.mark()
        agent = test.start("agent-massif", [
            "valgrind", "--quiet", "--tool=massif", f"--massif-out-file={test.path('massif')}",
            *path.tunnel.agent_command("--permit", f"127.0.0.1:{origin.port}", "--access-log",
                                       "off", "--status-listen", "none", connections=8)])
        path.agent = agent
        path.edge.wait_for_event("agent_up", since=mark, count=8, deadline_s=60)
        first, second = (path.tunnel.address_service(name, origin.port)
                         for name in ("idle", "waiting"))
        with contextlib.ExitStack() as stack:
            hold_requests(path, first, stack, IDLE_ORIGINS)
            origin.wait_for(IDLE_ORIGINS)
            without = heap_bytes(agent.pid, test.path("without"))
            origin.answer_all()
            pause(3, "the answers pass through an agent under valgrind")
            hold_requests(path, second, stack, IDLE_ORIGINS)
            origin.wait_for(IDLE_ORIGINS)
            return (heap_bytes(agent.pid, test.path("with")) - without) / IDLE_ORIGINS
    finally:
        path.stop()


def large_bodies(surroundings):
    """Peak resident bytes of the agent with 1000 bodies of 1 MiB on their way."""
    scenario = Scenario("large", "1 000 x 1 MiB", "bytes", 10, 100, HELD, f"/bytes/{MEBIBYTE}")
    agent = Agent(surroundings, scenario)
    try:
        run_h2load(surroundings.load_core, agent.url + scenario.path, HELD, 10, 100, agent.headers)
        return peak_rss_bytes(agent.pid)
    finally:
        agent.stop()


def edge_with_agents(surroundings):
    """Resident bytes a connection of an edge with many idle agents, and its CPU time for each
    connection set up (TLS 1.3 and the agent's proof)."""
    test = surroundings.test
    tunnel = Tunnel(test, name="many-agents", edge_options=(
        "--connections-per-tunnel", "100000", "--agent-setups", "10000"))
    count = AGENTS * CONNECTIONS_OF_AN_AGENT
    agents = []
    try:
        before, spent = rss_bytes(tunnel.edge.pid), cpu_seconds(tunnel.edge.pid)
        for number in range(AGENTS):
            agents.append(test.start(f"idle-agent-{number}", tunnel.agent_command(
                "--status-listen", "none", connections=CONNECTIONS_OF_AN_AGENT)))
            if number % 10 == 9:
                up = (number + 1) * CONNECTIONS_OF_AN_AGENT
                wait_until(lambda: len(tunnel.edge.events("agent_up")) >= min(up, count) - 160,
                           "most agents are up", deadline_s=120, poll_s=0.2)
        wait_until(lambda: len(tunnel.edge.events("agent_up")) >= count, "all are up",
                   deadline_s=120, poll_s=0.2)
        return {"connections": count, "bytes_each": (rss_bytes(tunnel.edge.pid) - before) / count,
                "setup_cpu_us": 1e6 * (cpu_seconds(tunnel.edge.pid) - spent) / count}
    finally:
        for agent in agents:
            agent.kill()
        tunnel.edge.kill()


def edge_with_clients(surroundings):
    """Resident bytes a connection of an edge with idle keep-alive clients, each of which has had
    one answer."""
    path = WholePath(surroundings, edge_options=("--client-connections", "100000"))
    try:
        service = path.tunnel.address_service("clients", path.origin.port)
        before = rss_bytes(path.edge.pid)
        with contextlib.ExitStack() as stack:
            for _ in range(CLIENTS):
                client = stack.enter_context(contextlib.closing(http.client.HTTPConnection(
                    "127.0.0.1", path.tunnel.binding_port, timeout=60)))
                client.request("GET", "/bytes/1", headers=service.headers)
                client.getresponse().read()
            each = (rss_bytes(path.edge.pid) - before) / CLIENTS
        return {"connections": CLIENTS, "bytes_each": each}
    finally:
        path.stop()


def agent_setup_cpu_us(surroundings, rounds=5):
    """CPU time of an agent for each connection: a start with 16 less a start with 1."""
    costs = []
    for _ in range(rounds):
        spent = []
        for connections in (1, CONNECTIONS_OF_AN_AGENT):
            agent = Agent(surroundings, Scenario("setup", "", "us", connections, 1, 1, "/"))
            spent.append(cpu_seconds(agent.pid))
            agent.stop()
        costs.append(1e6 * (spent[1] - spent[0]) / (CONNECTIONS_OF_AN_AGENT - 1))
    return statistics.median(costs)
