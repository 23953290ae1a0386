"""Scenarios of the agent beside its peers: CPU times of interleaved rounds and their ratios."""

import sys

import instructions
import scenarios
from spreads import cell, paired, ratio_cell, spread
from subjects import Agent, Nghttpx, NginxForward, OtherAgent

# What two scenarios that ran in the same rounds say together: the first's cost to the second's.
PAIRS = {"4 connections to 1": ("small4", "small"),
         "access log on to off": ("small, log", "small")}
NAME, WHAT, UNIT, COST = 17, 38, 12, 25


def kinds(agent_command):
    if not agent_command:
        return [Agent, Nghttpx, NginxForward]
    OtherAgent.command = agent_command
    return [Agent, Nghttpx, NginxForward, OtherAgent]


def show_names(subjects):
    print(f"{'scenario':<{NAME}}{'what':<{WHAT}}{'unit':<{UNIT}}"
          + "".join(f"{kind.name:<{COST}}" for kind in subjects)
          + "  ".join(f"to {kind.name} [quartiles] (min-max)" for kind in subjects[1:]))


def measure(some, subjects, surroundings, rounds, figures):
    """Adds the figures of the scenarios to figures["scenarios"] and prints a row for each."""
    def kinds_of(scenario):
        # nginx cannot speak HTTP/2 to an origin.
        return [kind for kind in subjects if kind is not NginxForward or scenario.origin != "h2"]

    def progress(number):
        print(f"  round {number} of {rounds}: {', '.join(each.name for each in some)}",
              file=sys.stderr, flush=True)

    samples = scenarios.measure_together(some, kinds_of, surroundings, rounds, progress)
    for scenario in some:
        of_kinds = samples[scenario.name]
        summary = {name: scenarios.summarize(each) for name, each in of_kinds.items()}
        ratios = {name: scenarios.paired_ratios(of_kinds["outhaul"], each)
                  for name, each in of_kinds.items() if name != "outhaul"}
        figures["scenarios"][scenario.name] = {"what": scenario.what, "unit": scenario.unit,
                                               "rounds": rounds, "ratios": ratios, **summary}
        _show(scenario, summary, ratios, subjects)
    for pair, (first, second) in PAIRS.items():
        if first in samples and second in samples:
            figures.setdefault("pairs", {})[pair] = compare(samples[first], samples[second])
            _show_pair(pair, figures["pairs"][pair])


def compare(first, second):
    """Of two scenarios: each kind's ratio of every round, and ours to each of theirs."""
    ratios = {name: paired(scenarios.costs(first[name]), scenarios.costs(second[name]))
              for name in first}
    result = {name: spread(each) for name, each in ratios.items()}
    result["outhaul to"] = {name: spread(paired(ratios["outhaul"], each))
                            for name, each in ratios.items() if name != "outhaul"}
    return result


def _show(scenario, summary, ratios, subjects):
    print(f"{scenario.name:<{NAME}}{scenario.what:<{WHAT}}{scenario.unit:<{UNIT}}"
          + "".join(f"{cell(summary[kind.name]['cost']) if kind.name in summary else '-':<{COST}}"
                    for kind in subjects)
          + "  ".join(ratio_cell(ratio) for ratio in ratios.values()), flush=True)


def _show_pair(name, pair):
    print(f"{name}, of the same rounds: "
          + ", ".join(f"{kind} {ratio_cell(each)}" for kind, each in pair.items()
                      if kind != "outhaul to")
          + "; outhaul's to "
          + ", ".join(f"{kind}'s {ratio_cell(each)}" for kind, each in pair["outhaul to"].items()),
          flush=True)


def count_instructions(some, surroundings, figures):
    """The same scenarios without noise, for the agent and nghttpx."""
    counted = figures.setdefault("user_instructions", {})
    for scenario in some:
        each = {kind.name: instructions.per_unit(scenario, kind, surroundings)
                for kind in (Agent, Nghttpx)}
        counted[scenario.name] = each
        unit = scenario.unit.rpartition("/")[2]
        print(f"{scenario.name:<{NAME}}{'user-space instructions':<{WHAT}}{'a ' + unit:<{UNIT}}"
              f"{each['outhaul']:<{COST},.0f}{each['nghttpx']:<{COST},.0f}"
              f"{'':<{COST}}{each['outhaul'] / each['nghttpx']:.2f}", flush=True)


def show_memory(figures):
    print("\nresident memory in MiB, idle -> peak under load")
    for name, scenario in figures["scenarios"].items():
        cells = []
        for subject, summary in scenario.items():
            if isinstance(summary, dict) and "idle_rss_bytes" in summary:
                idle, peak = (summary[key] / scenarios.MEBIBYTE
                              for key in ("idle_rss_bytes", "peak_rss_bytes"))
                cells.append(f"{subject} {idle:.1f} -> {peak:.1f}")
        print(f"{name:<{NAME}}" + "".join(f"{text:<26}" for text in cells))
