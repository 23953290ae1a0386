"""Latency at low load: one request at a time, agent and nghttpx both behind the splice, and the
origin asked directly, all in the same round."""

import os
import statistics

from load import request_times_us
from scenarios import Scenario
from spreads import percentile, spread
from subjects import Agent, NghttpxBehindSplice

REQUESTS = 3000
SHARES = {"p50": 0.50, "p99": 0.99}
LONE = Scenario("latency", "1 KiB, one request at a time", "us", 1, 1, REQUESTS, "/bytes/1024")


def percentiles(times):
    return {name: percentile(times, share) for name, share in SHARES.items()}


def measure(surroundings, rounds):
    """For each subject the percentiles of every round and what they add to the origin's own, both
    in microseconds."""
    log = surroundings.test.path("latency.log")
    core = surroundings.load_core
    origin_url = f"http://127.0.0.1:{surroundings.origins.get('h1').port}{LONE.path}"
    kinds = {"outhaul": Agent, "nghttpx": NghttpxBehindSplice}
    results = {"origin": [], **{name: [] for name in kinds}}
    for number in range(rounds):
        results["origin"].append(percentiles(request_times_us(core, origin_url, REQUESTS, log,
                                                              ["--h1"])))
        for name in sorted(kinds, reverse=number % 2 == 1):
            subject = kinds[name](surroundings, LONE)
            times = request_times_us(core, subject.url + LONE.path, REQUESTS, log, (),
                                     subject.headers)
            results[name].append(percentiles(times))
            subject.stop()
    os.unlink(log)
    return {name: {share: _summarize(rounds_of, results["origin"], share) for share in SHARES}
            for name, rounds_of in results.items()}


def _summarize(subject_rounds, origin_rounds, share):
    values = [each[share] for each in subject_rounds]
    added = [each[share] - base[share] for each, base in zip(subject_rounds, origin_rounds)]
    return {**spread(values), "added": statistics.median(added)}


def show(figures):
    print("\nlatency at one request at a time, us: median (min-max) of the rounds; added to the "
          "origin's")
    for name, shares in figures.items():
        print(f"{name:<13}" + "   ".join(
            f"{share} {each['median']:.0f} ({each['min']:.0f}-{each['max']:.0f}), "
            f"+{each['added']:.0f}" for share, each in shares.items()), flush=True)
