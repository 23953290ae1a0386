"""What the idle connections of many tunnels cost an edge: memory, processor time, and setting them
up. One program holds them all (tests/bench/idle), with the agent's own code."""

import contextlib
import http.client
import os
import resource
import time

from assertions import pause
from footprint import heap_bytes, memory
from load import cpu_seconds, on_core
from process_stats import rss_bytes
from tunnel import Tunnel
from whole_path import WholePath

CONNECTIONS, CLIENTS = 10000, 10000
# What a process has open besides.
OTHER_FILES = 200
UNDER_MASSIF = (100, 300)
IDLE_SECONDS = 60
EDGE_OPTIONS = ("--connections-per-tunnel", "1000000", "--agent-setups", "10000")


def affordable(wanted):
    """As many connections as the limit on open files allows a process."""
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHER_FILES)


def _crowd(surroundings, tunnel, count, parallel=32):
    """The program with so many connections, all up, and the seconds that took."""
    program = os.path.join(surroundings.build, "tests", "bench", "idle_agents")
    crowd = surroundings.test.start("idle-agents", on_core(surroundings.load_core, [
        program, "--token-file", tunnel.identity.token_file, "--edge",
        f"127.0.0.1:{tunnel.agent_port}", "--connections", count, "--parallel", parallel]))
    up = crowd.wait_for_event("all_up", deadline_s=300)
    return crowd, up["seconds"]


def agents(surroundings):
    """Memory of the edge a connection, its processor time a connection and minute when nothing
    happens, and the rate and cost of setting up."""
    tunnel = Tunnel(surroundings.test, name="idle-tunnels", edge_options=EDGE_OPTIONS)
    edge = tunnel.edge
    os.sched_setaffinity(edge.pid, {surroundings.subject_core})
    count = affordable(CONNECTIONS)
    before, spent = memory(edge.pid), cpu_seconds(edge.pid)
    crowd, seconds = _crowd(surroundings, tunnel, count)
    try:
        setup = cpu_seconds(edge.pid) - spent
        crowd_setup = cpu_seconds(crowd.pid)
        pause(2, "idle is after the setups' work")
        after, spent = memory(edge.pid), cpu_seconds(edge.pid)
        began = time.monotonic()
        pause(IDLE_SECONDS, "idle connections' PINGs come within it")
        minutes = (time.monotonic() - began) / 60
        idle = cpu_seconds(edge.pid) - spent
        lost = len(crowd.events("connection_ended"))
        return {"connections": count, "lost": lost,
                "bytes_each": {key: (after[key] - before[key]) / count for key in after},
                "idle_cpu_us_per_connection_minute": 1e6 * idle / count / minutes,
                "setups_per_second": count / seconds, "setup_cpu_us": 1e6 * setup / count,
                "setup_cpu_us_at_agent": 1e6 * crowd_setup / count,
                "heap_bytes_each": agents_heap(surroundings)}
    finally:
        crowd.kill()
        edge.kill()


def agents_heap(surroundings):
    """Live heap of an edge a connection, by massif: of some less that of few."""
    test = surroundings.test
    tunnel = Tunnel(test, name="idle-tunnels-massif", edge_options=EDGE_OPTIONS)
    tunnel.edge.kill()
    tunnel.edge_wrapper = ["valgrind", "--quiet", "--tool=massif",
                           f"--massif-out-file={test.path('edge.massif')}"]
    tunnel.start_edge()
    crowds, heaps = [], []
    try:
        for count in UNDER_MASSIF:
            crowds.append(_crowd(surroundings, tunnel, count, parallel=4)[0])
            heaps.append(heap_bytes(tunnel.edge.pid, test.path(f"heap-{count}")))
        return (heaps[1] - heaps[0]) / UNDER_MASSIF[1]
    finally:
        for crowd in crowds:
            crowd.kill()
        tunnel.edge.kill()


def clients(surroundings):
    """Resident bytes a connection of an edge with idle keep-alive clients, each of which has had
    one answer."""
    path = WholePath(surroundings, edge_options=("--client-connections", "1000000"))
    count = affordable(CLIENTS)
    try:
        service = path.tunnel.address_service("clients", path.origin.port)
        before = rss_bytes(path.edge.pid)
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                client = stack.enter_context(contextlib.closing(http.client.HTTPConnection(
                    "127.0.0.1", path.tunnel.binding_port, timeout=60)))
                client.request("GET", "/bytes/1", headers=service.headers)
                client.getresponse().read()
            each = (rss_bytes(path.edge.pid) - before) / count
        return {"connections": count, "bytes_each": each}
    finally:
        path.stop()
