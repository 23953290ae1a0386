"""What idle things cost an agent in memory, and what it costs it to set up a connection."""

import contextlib
import re
import socket
import statistics
import subprocess

from assertions import pause
from h2_client import H2Client
from holding_origin import HoldingOrigin
from load import cpu_seconds, run_h2load
from process_stats import peak_rss_bytes
from scenarios import MEBIBYTE, Scenario
from subjects import Agent, Nghttpx
from whole_path import WholePath

HELD = 1000
WARM_UP = 100
# Three times as many stay below the agent's 1024 connections to origins.
IDLE_ORIGINS = 300
STREAMS_OF_A_CLIENT = 100
CONNECTIONS_OF_AN_AGENT = 16
IDLE = Scenario("idle", "4 connections at rest", "bytes", 4, 1, 1, "/bytes/1024")


SIZES = {"Rss": "rss_bytes", "Pss": "pss_bytes", "Anonymous": "anonymous_bytes",
         "Private_Dirty": "private_dirty_bytes"}


def memory(pid):
    """Resident bytes of a process as the kernel sums them up: all; with shared pages divided by
    those who share them; anonymous; private and written to."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        sizes = dict(re.findall(r"^(\w+): +(\d+) kB", file.read(), re.MULTILINE))
    return {name: int(sizes[key]) * 1024 for key, name in SIZES.items()}


def idle(surroundings, builds):
    """Memory at rest of the agent of each build with 4 connections, and of nghttpx, to which nobody
    is connected. `builds`: {name: directory}."""
    starts = {f"outhaul, {name} build": lambda build=build: Agent(surroundings, IDLE, build=build)
              for name, build in builds.items()}
    starts["nghttpx"] = lambda: Nghttpx(surroundings, IDLE)
    figures = {}
    for name, start in starts.items():
        subject = start()
        pause(2, "at rest is after the start's work")
        figures[name] = memory(subject.pid)
        subject.stop()
    return figures


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


def held_streams(surroundings):
    """Anonymous bytes of agent and edge for each of HELD requests that wait for their origin. Code
    that comes back into memory meanwhile is no stream's."""
    origin = HoldingOrigin()
    path = WholePath(surroundings, permit=[origin.port])
    try:
        warm = path.tunnel.address_service("warm", path.origin.port)
        for _ in range(WARM_UP):  # the code's pages and the pools' first blocks are no stream's
            path.tunnel.request(warm, "/bytes/1024")
        service = path.tunnel.address_service("held", origin.port)
        processes = {"agent": path.agent.pid, "edge": path.edge.pid}
        before = {name: memory(pid)["anonymous_bytes"] for name, pid in processes.items()}
        with contextlib.ExitStack() as stack:
            hold_requests(path, service, stack, HELD)
            origin.wait_for(HELD)
            return {name: (memory(pid)["anonymous_bytes"] - before[name]) / HELD
                    for name, pid in processes.items()}
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
    wait, each time of a service of its own, whose connections are never another's: once as many
    have been answered before, and once twice as many."""
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
        heap = []
        with contextlib.ExitStack() as stack:
            for number in range(3):
                service = path.tunnel.address_service(f"service-{number}", origin.port)
                hold_requests(path, service, stack, IDLE_ORIGINS)
                origin.wait_for(IDLE_ORIGINS)
                heap.append(heap_bytes(agent.pid, test.path(f"heap-{number}")))
                origin.answer_all()
                pause(3, "the answers pass through an agent under valgrind")
        return (heap[2] - heap[1]) / IDLE_ORIGINS
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
