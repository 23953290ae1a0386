#!/usr/bin/python3
"""What more threads bring: one agent with 4 connections and --threads 1, 2 and 4, small requests.

Interleaved rounds with fresh processes, as in scripts/bench: h2load through the splice, which is
the agent's TLS peer, toward the benchmark's own origin. Of the agent: CPU time of all its threads
for each request, and resident memory at rest and at most. Requests a second say how much more one
agent carries only where the load has processors of its own and is not itself what is used up.
Splice, origin and h2load have one thread each; the last column shows how busy the busiest of them
was. Near 100 % it was the limit, and so were the processors if they are shared.

  tests/bench/scaling.py                          processors shared by all: the CPU time counts
  tests/bench/scaling.py --cores 0-3 --load-cores 4-7
                                                  a machine with processors to spare
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time

sys.dont_write_bytecode = True
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for part in ("support", "bench"):
    sys.path.insert(0, os.path.join(REPOSITORY, "tests", part))
from load import LoadFailed, cpu_seconds, run_h2load  # noqa: E402
from process_test import CheckFailed, ProcessEnded, Test, peak_rss_bytes  # noqa: E402
from scenarios import MEBIBYTE, Scenario, spread  # noqa: E402
from subjects import Agent, Surroundings  # noqa: E402

CONNECTIONS, STREAMS = 4, 100
WARM_UP = 2000
FIGURES = ("cpu_us", "requests_per_second", "idle_rss_bytes", "peak_rss_bytes", "load_busy")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    everywhere = f"0-{os.cpu_count() - 1}"
    parser.add_argument("--build", default=os.path.join(REPOSITORY, "build"))
    parser.add_argument("--threads", default="1,2,4", help="numbers to compare (1,2,4)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=40000, help="of a round")
    parser.add_argument("--cores", default=everywhere, help="processors of the agent (all)")
    parser.add_argument("--load-cores", default=everywhere,
                        help="processors of splice, origin and h2load (all)")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    arguments.counts = [int(word) for word in arguments.threads.split(",")]
    if arguments.rounds < 1 or arguments.requests < 1000:
        parser.error("--rounds starts at 1, --requests at 1000")
    return arguments


def spent_by_load(surroundings, scenario):
    """CPU seconds so far of splice, origin, and all h2loads that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [cpu_seconds(surroundings.splice.pid),
            cpu_seconds(surroundings.origins.get(scenario.origin).pid),
            ended.ru_utime + ended.ru_stime]


def measure(surroundings, scenario, threads):
    agent = Agent(surroundings, scenario, options=("--threads", str(threads)))
    url, headers = agent.url + scenario.path, agent.headers

    def load(requests):
        return run_h2load(surroundings.load_core, url, requests, CONNECTIONS, STREAMS, headers)

    load(WARM_UP)
    before = spent_by_load(surroundings, scenario)
    began, spent = time.monotonic(), agent.cpu_seconds()
    rate = load(scenario.requests)
    lasted, spent = time.monotonic() - began, agent.cpu_seconds() - spent
    busiest = max(after - then for after, then in
                  zip(spent_by_load(surroundings, scenario), before))
    sample = {"cpu_us": 1e6 * spent / scenario.requests, "requests_per_second": rate,
              "idle_rss_bytes": agent.idle_rss_bytes, "peak_rss_bytes": peak_rss_bytes(agent.pid),
              "load_busy": busiest / lasted}
    agent.stop()
    return sample


def run_rounds(surroundings, arguments):
    scenario = Scenario("scaling", "1 KiB, 4 connections x 100 streams", "us/request", CONNECTIONS,
                        STREAMS, arguments.requests, "/bytes/1024")
    samples = {count: [] for count in arguments.counts}
    for number in range(arguments.rounds):
        for count in arguments.counts if number % 2 == 0 else reversed(arguments.counts):
            samples[count].append(measure(surroundings, scenario, count))
    return samples


def summarize(samples, counts):
    """Of each number of threads: its figures, and the ratios to the first one, round by round."""
    first = samples[counts[0]]
    summary = {}
    for count, rounds in samples.items():
        summary[count] = {name: spread(each[name] for each in rounds) for name in FIGURES}
        for name in ("cpu_us", "requests_per_second"):
            summary[count][f"{name}_ratio"] = statistics.median(
                mine[name] / other[name] for mine, other in zip(rounds, first))
    return summary


def rows(summary):
    """What docs/benchmarks shows, column by column (tables.py)."""
    return [{"threads": count,
             "CPU us/request": round(figures["cpu_us"]["median"], 1),
             "to the first": round(figures["cpu_us_ratio"], 2),
             "requests/s": f"{figures['requests_per_second']['median']:,.0f}",
             "MiB at rest": round(figures["idle_rss_bytes"]["median"] / MEBIBYTE, 1),
             "MiB at most": round(figures["peak_rss_bytes"]["median"] / MEBIBYTE, 1),
             "load busy": f"{figures['load_busy']['median']:.0%}"}
            for count, figures in summary.items()]


def show(summary):
    print(f"{'threads':<9}{'CPU us/request':<22}{'ratio':<8}{'requests/s':<26}{'ratio':<8}"
          f"{'RSS idle':<11}{'RSS peak':<11}load busy")
    for count, figures in summary.items():
        cpu, rate = figures["cpu_us"], figures["requests_per_second"]
        print(f"{count:<9}"
              f"{cpu['median']:6.1f} ({cpu['min']:.1f}-{cpu['max']:.1f})".ljust(31)
              + f"{figures['cpu_us_ratio']:<8.2f}"
              + f"{rate['median']:,.0f} ({rate['min']:,.0f}-{rate['max']:,.0f})".ljust(26)
              + f"{figures['requests_per_second_ratio']:<8.2f}"
              + f"{figures['idle_rss_bytes']['median'] / MEBIBYTE:.1f} MiB".ljust(11)
              + f"{figures['peak_rss_bytes']['median'] / MEBIBYTE:.1f} MiB".ljust(11)
              + f"{figures['load_busy']['median']:.0%}")


def main():
    arguments = parse_arguments()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    test = Test(tempfile.mkdtemp(prefix="outhaul-scaling-"))
    try:
        surroundings = Surroundings(test, arguments.build, arguments.cores, arguments.load_cores)
        print(f"{os.cpu_count()} processors, Linux {platform.release()}; agent on {arguments.cores}, "
              f"load on {arguments.load_cores}; {arguments.rounds} interleaved rounds of "
              f"{arguments.requests} requests; median (min-max)")
        summary = summarize(run_rounds(surroundings, arguments), arguments.counts)
    except (CheckFailed, LoadFailed, ProcessEnded) as error:
        print(f"scaling: {error}", file=sys.stderr)
        return 1
    finally:
        test.close()
        shutil.rmtree(test.directory, ignore_errors=True)
    show(summary)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"scaling": rows(summary), "connections": CONNECTIONS, "processors": os.cpu_count(),
                       "cores": arguments.cores, "load_cores": arguments.load_cores,
                       "rounds": arguments.rounds, "requests": arguments.requests,
                       "threads": summary}, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
