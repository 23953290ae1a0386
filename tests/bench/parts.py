"""The parts of `scripts/bench --all`, each of which can be chosen alone. A part adds its figures to
the JSON under keys of its own; one that fails is reported and does not take the others along."""

import argparse
import dataclasses
import os
import subprocess

import budget
import comparison
import edge_crowd
import fairness
import footprint
import latency
import scaling
import scenarios
import system_calls
import wan_figures
import whole_path
from load import LoadFailed
from process_test import CheckFailed, ProcessEnded
from subjects import Agent, Nghttpx, Surroundings

FAILURES = (CheckFailed, LoadFailed, ProcessEnded, OSError, budget.NotMeasured,
            subprocess.SubprocessError)
# Of what takes long, and of what differs much less from round to round than from condition to
# condition.
MORE_ROUNDS, SLOW_ROUNDS = 5, 3
MAIN = ("small", "small4", "download", "upload")


@dataclasses.dataclass
class Run:
    """What all parts share."""

    surroundings: Surroundings
    subjects: list
    figures: dict
    rounds: int
    requests: int
    bulk_bytes: int
    only: list = dataclasses.field(default_factory=list)  # names of parts and scenarios
    release_build: str = ""

    def compare(self, some, rounds):
        comparison.measure(some, self.subjects, self.surroundings, rounds, self.figures)

    def add(self, name, value):
        self.figures[name] = value
        print(f"{name}: {value}", flush=True)


def main_scenarios(run):
    some = scenarios.scenarios(run.requests, run.bulk_bytes)
    if "main" not in run.only:
        some = [each for each in some if each.name in run.only]
    if "log" in run.only:
        some.append(scenarios.logged(run.requests))
    if "log" in run.only and not any(each.name == "small" for each in some):
        some.insert(0, scenarios.scenarios(run.requests, run.bulk_bytes)[0])
    run.compare(some, run.rounds)
    for scenario in some:
        for peer, ratio in run.figures["scenarios"][scenario.name]["ratios"].items():
            if scenario.name in MAIN:
                run.figures.setdefault(f"ratio_to_{peer.replace(' ', '_')}", {})[
                    scenario.name] = round(ratio["median"], 3)


def instructions(run):
    some = scenarios.scenarios(run.requests, run.bulk_bytes)
    comparison.count_instructions([*some, scenarios.logged(run.requests),
                                   *scenarios.streams(run.requests)[:2]],
                                  run.surroundings, run.figures)


def counts(run):
    run.add("system_calls", {kind.name: system_calls.measure(kind, run.surroundings)
                             for kind in (Agent, Nghttpx)})
    program = os.path.join(run.surroundings.build, "tests", "bench", "relay_instructions")
    run.add("relay", {name: budget.measure(program, name) for name in budget.WORKLOADS})


def measure_latency(run):
    run.figures["latency"] = latency.measure(run.surroundings, MORE_ROUNDS)
    latency.show(run.figures["latency"])


def measure_fairness(run):
    run.figures["fairness"] = fairness.measure(run.surroundings, SLOW_ROUNDS)
    fairness.show(run.figures["fairness"])


def wan(run):
    run.figures["wan"] = wan_figures.measure(run.surroundings, SLOW_ROUNDS)
    if isinstance(run.figures["wan"], dict):
        print(f"wan: skipped: {run.figures['wan']['skipped']}", flush=True)


def memory(run):
    builds = {"development": run.surroundings.build}
    if run.release_build:
        builds["release"] = run.release_build
    run.add("idle_memory", footprint.idle(run.surroundings, builds))
    run.add("bytes_per_held_stream", footprint.held_streams(run.surroundings))
    run.add("bytes_per_idle_origin_connection",
            footprint.idle_origin_connections(run.surroundings))
    run.add("peak_rss_bytes_1000_streams_of_1_mib", footprint.large_bodies(run.surroundings))


def several_loops(run):
    """On all processors, which the load shares: where it needs them itself, only the CPU time says
    something."""
    everywhere = f"0-{os.cpu_count() - 1}"
    arguments = argparse.Namespace(counts=[1, 2, 4], rounds=MORE_ROUNDS, requests=run.requests)
    surroundings = Surroundings(run.surroundings.test, run.surroundings.build, everywhere, everywhere)
    summary = scaling.summarize(scaling.run_rounds(surroundings, arguments), arguments.counts)
    run.add("scaling", scaling.rows(summary))


def edge(run):
    run.add("edge_idle_agent_connections", edge_crowd.agents(run.surroundings))
    run.add("edge_idle_client_connections", edge_crowd.clients(run.surroundings))
    run.add("agent_setup_cpu_us", footprint.agent_setup_cpu_us(run.surroundings))


PARTS = {
    "main": main_scenarios,
    "log": None,  # measured with main, in the same rounds
    "sizes": lambda run: run.compare(scenarios.sizes(run.requests), MORE_ROUNDS),
    "streams": lambda run: run.compare(scenarios.streams(run.requests), MORE_ROUNDS),
    "origins": lambda run: run.compare(scenarios.other_origins(run.requests), MORE_ROUNDS),
    "latency": measure_latency,
    "fairness": measure_fairness,
    "wan": wan,
    "whole-path": lambda run: run.add("whole_path", whole_path.measure(run.surroundings)),
    "instructions": instructions,
    "counts": counts,
    "memory": memory,
    "scaling": several_loops,
    "edge": edge,
}


def measure(run):
    """Measures what run.only names; returns the parts that failed."""
    failed = []
    for name, part in PARTS.items():
        chosen = name in run.only
        if name == "main":
            chosen = any(each in run.only for each in ("main", "log", *MAIN))
        if not chosen or part is None:
            continue
        try:
            part(run)
        except FAILURES as error:
            failed.append(name)
            run.figures.setdefault("failed", {})[name] = str(error)[:500]
            print(f"{name} FAILED: {error}", flush=True)
    return failed


def waited_share(figures):
    """Of the measured processes: the median of the scenarios."""
    shares = sorted(scenario["outhaul"]["waited_share"] for scenario in figures["scenarios"].values())
    return shares[len(shares) // 2] if shares else 0.0


def describe_noise(watch, figures):
    figures["noise"] = watch.figures(waited_share(figures))
    for warning in figures["noise"]["warnings"]:
        print(f"NOT QUIET: {warning}; compare within a row only", flush=True)
    return figures["noise"]

