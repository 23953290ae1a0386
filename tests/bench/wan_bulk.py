#!/usr/bin/python3
"""Bulk rate of one download and one upload over a wide-area network, through client -> edge ->
network -> agent -> origin, as a ratio to one plain TLS stream on the same network in the same run,
and the times of small requests beside them. 0.8 or more is wanted (performance.md).

    ninja -C build && tests/bench/wan_bulk.py [--rtt-ms 100] [--rate-mbit 200] [--loss 0 0.01]
                                              [--megabytes 50] [--rounds 5] [--json FILE]
                                              [--plain kept] [--congestion cubic]

Needs root (network namespaces, tests/support/wan.py). Plain and tunnel take turns within a round;
the table has the median (smallest to largest) of the rounds. Each transfer is a request of its own,
so the growth of windows is within its time, as is slow start. The tunnel has one connection
(--connections), which the small requests share with the bulk. The plain stream is a new connection
each time, made before the clock starts; with `--plain kept` it is one connection for all transfers, as
the tunnel's is: what congestion control has learned of a path with losses may help or harm later ones.
--congestion is set for the routes of the two namespaces only.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from process_test import Test, pause  # noqa: E402
from wan import INTERFACE, Wan, need_wan  # noqa: E402
from wan_rig import Rig, Small, percentile_ms  # noqa: E402

# Of the network namespace of whoever opens it.
CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"


def measure(rig, options):
    size = options.megabytes * 1_000_000
    rates = {(path, direction): [] for path in ("plain", "tunnel")
             for direction in ("download", "upload")}
    small = Small(lambda: rig.client("tunnel"))
    pause(3, "small requests alone, for comparison")
    alone, beside = small.stop(), []
    for number in range(options.rounds):
        for direction in ("download", "upload"):
            for path in ("plain", "tunnel") if number % 2 else ("tunnel", "plain"):
                small = Small(lambda: rig.client("tunnel")) if path == "tunnel" else None
                rates[path, direction].append(rig.transfer(path, direction, size))
                if small:
                    beside += small.stop()
                print(f"  round {number + 1}: {direction} {path}: "
                      f"{rates[path, direction][-1]:.1f} Mbit/s", file=sys.stderr, flush=True)
    result = {"small_ms": {
        name: {"p50": percentile_ms(times, 0.5), "p99": percentile_ms(times, 0.99),
               "requests": len(times)} for name, times in (("alone", alone), ("beside", beside))}}
    for direction in ("download", "upload"):
        plain, tunnel = rates["plain", direction], rates["tunnel", direction]
        result[direction] = {"plain_mbit": plain, "tunnel_mbit": tunnel,
                             "ratio": [mine / other for mine, other in zip(tunnel, plain)]}
    return result


def spread(values, form="{:.1f}"):
    return (f"{form} ({form} to {form})").format(statistics.median(values), min(values),
                                                 max(values))


def show(loss, result):
    for direction in ("download", "upload"):
        each = result[direction]
        print(f"| {100 * loss:g} % | {direction} | {spread(each['plain_mbit'])} | "
              f"{spread(each['tunnel_mbit'])} | {spread(each['ratio'], '{:.2f}')} |", flush=True)
    for name, times in result["small_ms"].items():
        print(f"  small requests {name}: p50 {times['p50']:.0f} ms, p99 {times['p99']:.0f} ms "
              f"({times['requests']})")


def run(test, options):
    test.need_binaries()
    need_wan(test)
    results = {}
    print("| loss | direction | plain TLS Mbit/s | tunnel Mbit/s | ratio |\n|---|---|---|---|---|")
    with Wan(delay_ms=options.rtt_ms / 2, rate_mbit=options.rate_mbit) as wan:
        if options.congestion:
            for side in (wan.a, wan.b):
                side.run("ip", "route", "replace", "10.99.0.0/16", "dev", INTERFACE, "src",
                         side.address, "congctl", options.congestion)
        rig = Rig(test, wan, options.connections)
        if options.plain == "kept":
            rig.kept = rig.client("plain")
        for loss in options.loss:
            wan.set("both", loss=loss)
            results[str(loss)] = measure(rig, options)
            show(loss, results[str(loss)])
        rig.stop()
        with wan.a.inside(), open(CONTROL, encoding="ascii") as file:
            control = options.congestion or file.read().strip()
    print(f"congestion control of both: {control}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"options": vars(options), "congestion_control": control,
                       "results": results}, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rtt-ms", type=float, default=100)
    parser.add_argument("--rate-mbit", type=float, default=200)
    parser.add_argument("--loss", type=float, nargs="+", default=[0.0, 0.01])
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--plain", choices=("new", "kept"), default="new")
    parser.add_argument("--congestion", metavar="NAME")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outhaul-wan-bulk-") as directory:
        test = Test(directory)
        try:
            run(test, options)
        finally:
            test.close()


if __name__ == "__main__":
    main()
