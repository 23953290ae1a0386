"""Pictures of what scripts/bench measured, from its JSON:

    /usr/bin/python3 tests/bench/charts.py FIGURES.json docs/benchmarks
"""

import json
import os
import sys

from svg import bars

SUBJECTS = ("outhaul", "nghttpx", "nginx", "other agent")
MEBIBYTE = 1 << 20


def _costs(figures, names):
    """{what: {subject: spread}} of the scenarios that were measured."""
    return {f"{figures['scenarios'][name]['what']}":
            {subject: figures["scenarios"][name][subject]["cost"] for subject in SUBJECTS
             if subject in figures["scenarios"][name]}
            for name in names if name in figures["scenarios"]}


def _targets(figures, shares):
    """Lines at these shares of what nghttpx needed in the same run."""
    return {figures["scenarios"][name]["what"]:
            share * figures["scenarios"][name]["nghttpx"]["cost"]["median"]
            for name, share in shares.items() if name in figures["scenarios"]}


def small_requests(figures):
    groups = _costs(figures, ("small", "small4", "small, log"))
    return groups and bars("CPU time of a small request", groups, "us a request",
                           _targets(figures, {"small": 0.9}))


def streams(figures):
    groups = _costs(figures, ("1 stream", "10 streams", "small", "250 streams", "4 x 250 streams",
                              "1000 streams", "10 x 100 streams"))
    if len(groups) < 2:  # that of the main scenarios alone says nothing
        return None
    return bars("CPU time of a small request by the number of streams", groups, "us a request")


def bodies(figures):
    groups = _costs(figures, ("16 KiB", "64 KiB", "1 MiB"))
    return groups and bars("CPU time of a request by the size of its body", groups,
                           "us a request", digits=0)


def bulk(figures):
    groups = _costs(figures, ("download", "upload"))
    return groups and bars("CPU time of bulk", groups, "CPU seconds a GiB",
                           _targets(figures, {"download": 0.8, "upload": 0.7}), digits=2)


def origins(figures):
    groups = _costs(figures, ("TLS origin", "h2 origin"))
    return groups and bars("Origins with TLS and with HTTP/2", groups, "us a request")


def latency(figures):
    measured = figures.get("latency", {})
    groups = {share: {name: shares[share] for name, shares in measured.items()}
              for share in ("p50", "p99")} if measured else {}
    return groups and bars("Latency at one request at a time, agent and nghttpx behind the splice",
                           groups, "us", digits=0)


def whole_path(figures):
    measured = figures.get("whole_path", {})
    split = measured.get("small_request_us")
    return split and bars("CPU time of a small request through edge and agent",
                          {"4 connections x 25 streams": split}, "us a request")


def memory(figures):
    groups = {}
    for name in ("small", "1000 streams", "download", "upload"):
        scenario = figures["scenarios"].get(name)
        if scenario:
            groups[scenario["what"]] = {
                subject: {"median": scenario[subject]["peak_rss_bytes"] / MEBIBYTE}
                for subject in SUBJECTS if subject in scenario}
    return groups and bars("Peak resident memory under load", groups, "MiB",
                           bar="the most of the rounds")


def fairness(figures):
    measured = figures.get("fairness", {})
    groups = {case: {name: each["p99_ms"] for name, each in of_kinds.items()}
              for case, of_kinds in measured.items() if case.startswith("small")}
    return groups and bars("Small requests on one connection, 99th percentile", groups, "ms")


def urgency(figures):
    measured = figures.get("fairness", {})
    groups = {case: {name: _times(each["share"], 100) for name, each in of_kinds.items()}
              for case, of_kinds in measured.items() if "downloads" in case
              and not case.startswith("small")}
    return groups and bars("What one download gets of the connection", groups, "percent of the bytes")


def _times(spread, factor):
    return {key: factor * value for key, value in spread.items()}


def wan(figures):
    rows = figures.get("wan")
    if not isinstance(rows, list):
        return None
    groups = {f"{direction}, {row['rtt_ms']} ms, {100 * row['loss']:g} % lost":
              {"tunnel": row[direction]["tunnel_mbit"], "plain TLS": row[direction]["plain_mbit"]}
              for direction in ("download", "upload") for row in rows}
    return bars("One body over a wide-area network of 200 Mbit/s", groups, "Mbit/s", digits=0)


def idle_memory(figures):
    keys = {"resident": "rss_bytes", "proportional": "pss_bytes", "anonymous": "anonymous_bytes"}
    groups = {name: {what: {"median": each[key] / MEBIBYTE} for what, key in keys.items()}
              for name, each in figures.get("idle_memory", {}).items()}
    return groups and bars("Memory at rest", groups, "MiB", bar="4 connections, no request yet")


PICTURES = {"small-requests": small_requests, "streams": streams, "bodies": bodies, "bulk": bulk,
            "origins": origins, "latency": latency, "fairness": fairness, "urgency": urgency,
            "wan": wan, "whole-path": whole_path, "memory": memory, "idle-memory": idle_memory}


def write_all(figures, directory):
    """Writes those for which there are figures."""
    os.makedirs(directory, exist_ok=True)
    for name, draw in PICTURES.items():
        picture = draw(figures)
        if picture:
            with open(os.path.join(directory, f"{name}.svg"), "w", encoding="utf-8") as file:
                file.write(picture)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        write_all(json.load(source), sys.argv[2])
