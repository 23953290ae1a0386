"""The tables of docs/benchmarks/README.md, each from the JSON of scripts/bench."""

from markdown import cost, kib, mib, number, ratio, spread, table
from targets import targets

SUBJECTS = ("outhaul", "nghttpx", "nginx", "other agent")


def _subjects(figures):
    return [name for name in SUBJECTS
            if any(name in scenario for scenario in figures["scenarios"].values())]


def machine(figures):
    about, noise, options = figures["machine"], figures["noise"], figures.get("build", {})
    before, after = (f"{load[0]:.1f}" for load in noise["load_average"])
    lines = [
        f"{about['processors']} processors ({about['model']}), Linux {about['kernel']}, congestion "
        f"control {about['congestion_control']}; "
        + ", ".join(figures["versions"].values()) + f"; {figures['date']}.",
        "Build: " + ", ".join(f"{name} {value}" for name, value in sorted(options.items())) + ".",
        f"Load average {before} at the start and {after} at the end; other programs used "
        f"{noise['processors_used_by_others']:.2f} processors, the hypervisor took "
        f"{100 * noise['steal_share']:.1f} % away, the agent waited for its processor "
        f"{100 * noise['waited_share']:.1f} % of the time. The run took {figures['seconds']:.0f} s."]
    if noise["warnings"]:
        lines.append("**The machine was not quiet**: " + "; ".join(noise["warnings"])
                     + ". Compare within a row only.")
    else:
        lines.append("The machine was quiet by the measure of `tests/bench/noise.py`.")
    return "\n\n".join(lines)


def scenarios(figures):
    if not figures["scenarios"]:
        return None
    names = _subjects(figures)
    rows = []
    for scenario in figures["scenarios"].values():
        rows.append([scenario["what"], scenario["unit"],
                     *(cost(scenario[name]["cost"]) if name in scenario else "-" for name in names),
                     *(ratio(scenario["ratios"][name]) if name in scenario["ratios"] else "-"
                       for name in names[1:]), scenario["rounds"]])
    return table(["scenario", "unit", *names, *(f"to {name}" for name in names[1:]), "rounds"], rows)


def pairs(figures):
    if "pairs" not in figures:
        return None
    names = _subjects(figures)
    return table(["ratio of two scenarios in the same round", *names,
                  *(f"outhaul's to {name}'s" for name in names[1:])],
                 [[what, *(ratio(pair[name]) for name in names),
                   *(ratio(pair["outhaul to"][name]) for name in names[1:])]
                  for what, pair in figures["pairs"].items()])


def instructions(figures):
    if "user_instructions" not in figures:
        return None
    rows = []
    for name, each in figures["user_instructions"].items():
        scenario = figures["scenarios"].get(name, {"what": name, "unit": "a/unit"})
        unit = scenario["unit"].rpartition("/")[2]
        rows.append([scenario["what"], "GiB" if unit == "GiB" else "request",
                     f"{each['outhaul']:,.0f}", f"{each['nghttpx']:,.0f}",
                     f"{each['outhaul'] / each['nghttpx']:.2f}"])
    return table(["user-space instructions", "a", "outhaul", "nghttpx", "ratio"], rows)


def counts(figures):
    if "system_calls" not in figures:
        return None
    calls = {name: each["calls"] for name, each in figures["system_calls"].items()}
    some = sorted({call for each in calls.values() for call in each},
                  key=lambda call: -max(each.get(call, 0) for each in calls.values()))
    return table(["system calls of a small request", *calls],
                 [[f"`{call}`", *(f"{each.get(call, 0):.3f}" for each in calls.values())]
                  for call in some])


def relay(figures):
    if "relay" not in figures:
        return None
    return table(["the relay alone, in memory", "instructions a request",
                  "allocations a request"],
                 [[name, f"{each['instructions_per_request']:,.0f}",
                   f"{each['allocations_per_request']:g}"]
                  for name, each in figures["relay"].items()])


def latency(figures):
    if "latency" not in figures:
        return None
    return table(["", "p50, us", "added", "p99, us", "added"],
                 [[name, *(cell for share in ("p50", "p99") for cell in (
                     spread(shares[share], 0), f"{shares[share]['added']:.0f}"))]
                  for name, shares in figures["latency"].items()])


def fairness(figures):
    if "fairness" not in figures:
        return None
    rows = []
    for case, of_kinds in figures["fairness"].items():
        for name, each in of_kinds.items():
            rows.append([case, name, cost(each["p50_ms"]), cost(each["p99_ms"]),
                         cost(each["requests_per_second"]),
                         number(each["bulk_mib_per_second"]["median"], 0),
                         f"{100 * each['share']['median']:.1f} %"])
    return table(["requests", "", "p50, ms", "p99, ms", "a second", "the others, MiB/s",
                  "share of the bytes"], rows)


def wan(figures):
    rows = figures.get("wan")
    if rows is None:
        return None
    if isinstance(rows, dict):
        return f"Not measured: {rows['skipped']}."
    cells = []
    for row in rows:
        for direction in ("download", "upload"):
            each = row[direction]
            cells.append([f"{row['rtt_ms']} ms", f"{100 * row['loss']:g} %",
                          f"{direction}, {row['bytes'] / 1e6:.0f} MB", spread(each["plain_mbit"], 0),
                          spread(each["tunnel_mbit"], 0), ratio(each["ratio"])])
    small = [[f"{row['rtt_ms']} ms", f"{100 * row['loss']:g} %",
              *(f"{times['p50']:.1f} / {times['p99']:.1f}" for times in row["small_ms"].values())]
             for row in rows]
    return (table(["round trip", "loss each way", "body", "plain TLS, Mbit/s", "tunnel, Mbit/s",
                   "ratio"], cells) + "\n\n"
            + table(["round trip", "loss each way",
                     *(f"small requests, {name}: p50 / p99, ms" for name in rows[0]["small_ms"])],
                    small))


def whole_path(figures):
    measured = figures.get("whole_path")
    if measured is None:
        return None
    rows = [("a 1 KiB request", "us", measured["small_request_us"]),
            ("TCP relay (CONNECT), client to origin", "CPU-s/GiB",
             measured["tcp_up_cpu_s_per_gib"]),
            ("WebSocket echo, a GiB there and back", "CPU-s/GiB",
             measured["websocket_echo_cpu_s_per_gib"])]
    return table(["", "unit", "edge", "agent"],
                 [[what, unit, cost(each["edge"]), cost(each["agent"])] for what, unit, each in rows])


def idle_memory(figures):
    if "idle_memory" not in figures:
        return None
    return table(["at rest", "resident", "proportional (Pss)", "anonymous", "private and written to"],
                 [[name, *(mib(each[key]) for key in ("rss_bytes", "pss_bytes", "anonymous_bytes",
                                                      "private_dirty_bytes"))]
                  for name, each in figures["idle_memory"].items()])


def edge(figures):
    crowd, clients = (figures.get(f"edge_idle_{kind}_connections") for kind in ("agent", "client"))
    if crowd is None or clients is None:
        return None
    each = crowd["bytes_each"]
    rows = [
        (f"an idle agent connection (TLS), {crowd['connections']:,} of them: resident",
         kib(each["rss_bytes"])),
        ("of which anonymous; private and written to",
         f"{kib(each['anonymous_bytes'])}; {kib(each['private_dirty_bytes'])}"),
        ("the same, live heap by massif", kib(crowd["heap_bytes_each"])),
        ("its CPU time a minute", f"{crowd['idle_cpu_us_per_connection_minute']:.0f} us"),
        ("setting up an agent's connection (TLS 1.3 and the agent's proof), CPU time",
         f"{crowd['setup_cpu_us'] / 1000:.2f} ms at the edge, "
         f"{crowd['setup_cpu_us_at_agent'] / 1000:.2f} ms at the other end; a start of our agent "
         f"{figures['agent_setup_cpu_us'] / 1000:.2f} ms a connection"),
        ("set-ups a second, edge and agents on one core each",
         f"{crowd['setups_per_second']:.0f} (by the edge's CPU time alone "
         f"{1e6 / crowd['setup_cpu_us']:.0f})"),
        (f"an idle client connection (keep-alive, plaintext), {clients['connections']:,} of them",
         kib(clients["bytes_each"])),
    ]
    if "bytes_per_held_stream" in figures:
        rows.append(("a waiting request, 1 000 of them",
                     kib(figures["bytes_per_held_stream"]["edge"])))
    return table(["edge", "figure"], rows)


def scaling(figures):
    """A list of rows with the same keys, which become the columns."""
    rows = figures.get("scaling")
    if not rows:
        return None
    return table(list(rows[0]), [[number(value) if isinstance(value, float) else value
                                  for value in row.values()] for row in rows])


BLOCKS = {"machine": machine, "targets": targets, "scenarios": scenarios, "pairs": pairs,
          "instructions": instructions, "system-calls": counts, "relay": relay, "latency": latency,
          "fairness": fairness, "wan": wan, "whole-path": whole_path, "idle-memory": idle_memory,
          "edge": edge, "scaling": scaling}
