"""The figures of `scripts/bench --all` that are no comparison: the whole path, memory, set-up, system
calls, instructions and allocations. One that fails is reported and does not take the others along."""

import os
import subprocess

import budget
import footprint
import system_calls
import whole_path
from load import LoadFailed
from process_test import CheckFailed, ProcessEnded
from subjects import Agent, Nghttpx


def relay(surroundings):
    program = os.path.join(surroundings.build, "tests", "bench", "relay_instructions")
    return {name: budget.measure(program, name) for name in budget.WORKLOADS}


FIGURES = {
    "system_calls": lambda surroundings: {kind.name: system_calls.measure(kind, surroundings)
                                          for kind in (Agent, Nghttpx)},
    "relay": relay,
    "whole_path": whole_path.measure,
    "memory": footprint.idle_and_held,
    "bytes_per_idle_origin_connection": footprint.idle_origin_connections,
    "peak_rss_bytes_1000_streams_of_1_mib": footprint.large_bodies,
    "edge_idle_agent_connections": footprint.edge_with_agents,
    "edge_idle_client_connections": footprint.edge_with_clients,
    "agent_setup_cpu_us": footprint.agent_setup_cpu_us,
}


def measure(surroundings, names=None):
    print()
    results = {}
    for name in names or FIGURES:
        try:
            results[name] = FIGURES[name](surroundings)
        except (CheckFailed, LoadFailed, ProcessEnded, OSError, budget.NotMeasured,
                subprocess.SubprocessError) as error:
            results[name] = {"failed": str(error)[:500]}
        print(f"{name}: {results[name]}", flush=True)
    return results
