"""One connection for requests of different weight: small requests beside bulk downloads, and a
download that is urgent (RFC 9218) beside many that are not. The agent and nghttpx, both behind the
splice, so that the load speaks plaintext HTTP/2 to either."""

import json
import os
import subprocess

from load import LoadFailed, on_core
from scenarios import MEBIBYTE, Scenario
from spreads import percentile, spread
from subjects import Agent, NghttpxBehindSplice

ONE_CONNECTION = Scenario("fairness", "one connection", "us", 1, 1, 1, "/bytes/1024")
SMALL_REQUESTS = 1000
BULK_BYTES = 64 * MEBIBYTE
MANY, MANY_BYTES = 20, 32 * MEBIBYTE
URGENT_BYTES, URGENT_REQUESTS = 8 * MEBIBYTE, 3
# Of RFC 9218, as browsers send it: the urgency, from 0, most urgent, to 7, and that a part of the
# content is of use before the rest. The small requests and their company have no priority at all.
URGENT, LESS_URGENT = "u=0, i", "u=5, i"

CASES = {
    "small alone": ("--path", "/bytes/1024", "--requests", SMALL_REQUESTS),
    "small beside a download": (
        "--path", "/bytes/1024", "--requests", SMALL_REQUESTS,
        "--bulk", 1, "--bulk-path", f"/bytes/{BULK_BYTES}"),
    "small beside 20 downloads": (
        "--path", "/bytes/1024", "--requests", SMALL_REQUESTS // 2,
        "--bulk", MANY, "--bulk-path", f"/bytes/{MANY_BYTES}"),
    "urgent beside 20 downloads": (
        "--path", f"/bytes/{URGENT_BYTES}", "--requests", URGENT_REQUESTS, "--priority", URGENT,
        "--bulk", MANY, "--bulk-path", f"/bytes/{MANY_BYTES}", "--bulk-priority", LESS_URGENT),
    "equal beside 20 downloads": (
        "--path", f"/bytes/{URGENT_BYTES}", "--requests", URGENT_REQUESTS, "--priority",
        LESS_URGENT, "--bulk", MANY, "--bulk-path", f"/bytes/{MANY_BYTES}", "--bulk-priority",
        LESS_URGENT),
}


def _run(surroundings, subject, options):
    program = os.path.join(surroundings.build, "tests", "bench", "mixed_load")
    command = [program, "--connect", subject.url.removeprefix("http://"), *options]
    for header in subject.headers:
        name, _, value = header.partition(": ")
        assert name == "tunnel-service", name
        command += ["--descriptor", value]
    done = subprocess.run(on_core(surroundings.load_core, command), capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise LoadFailed(f"{' '.join(map(str, command))}: {done.stderr[-300:]}")
    return json.loads(done.stdout)


def judge(result):
    """What one run of mixed_load says: times in milliseconds, rates in MiB/s, and the part of the
    connection's bytes that the requests got while they were under way."""
    times = [each / 1000 for each in result["times_us"]]
    bulk = result["bulk_bytes"]
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99),
            "requests_per_second": len(times) / result["seconds"],
            "bulk_mib_per_second": bulk / result["seconds"] / MEBIBYTE,
            "share": result["bytes"] / (result["bytes"] + bulk)}


def measure(surroundings, rounds):
    """{case: {subject: {figure: spread}}}"""
    kinds = {"outhaul": Agent, "nghttpx": NghttpxBehindSplice}
    rows = {case: {name: [] for name in kinds} for case in CASES}
    for number in range(rounds):
        for case, options in CASES.items():
            for name in sorted(kinds, reverse=number % 2 == 0):
                subject = kinds[name](surroundings, ONE_CONNECTION)
                rows[case][name].append(judge(_run(surroundings, subject, options)))
                subject.stop()
    return {case: {name: {key: spread(each[key] for each in of) for key in of[0]}
                   for name, of in of_kinds.items()} for case, of_kinds in rows.items()}


def show(figures):
    print("\none connection of HTTP/2, both behind the splice; medians of the rounds")
    for case, of_kinds in figures.items():
        for name, each in of_kinds.items():
            median = {key: value["median"] for key, value in each.items()}
            print(f"{case:<28}{name:<9} p50 {median['p50_ms']:.2f} ms, p99 {median['p99_ms']:.2f} ms, "
                  f"{median['requests_per_second']:.0f} requests/s, the others "
                  f"{median['bulk_mib_per_second']:.0f} MiB/s, share of the bytes "
                  f"{100 * median['share']:.1f} %", flush=True)


def urgent_gain(figures, name):
    """How much sooner an urgent download is there than an equal one, of the medians."""
    urgent, equal = (figures[case][name]["p50_ms"]["median"]
                     for case in ("urgent beside 20 downloads", "equal beside 20 downloads"))
    return equal / urgent
