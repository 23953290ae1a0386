"""What is measured, and how: interleaved rounds, each with fresh processes, compared in pairs."""

import math
import os
import statistics
from dataclasses import dataclass

from load import run_h2load

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    unit: str
    connections: int
    streams: int
    requests: int
    path: str
    upload_bytes: int = 0
    # Units of work of one request: 1, or GiB.
    work: float = 1.0
    # Seconds into the unit that is shown.
    scale: float = 1e6
    origin: str = "h1"  # see origins.py
    access_log: bool = False


def scenarios(requests, bulk_bytes):
    gibibytes = bulk_bytes / GIBIBYTE
    return [
        Scenario("small", "1 KiB, 1 connection x 100 streams", "us/request", 1, 100, requests,
                 "/bytes/1024"),
        Scenario("small4", "1 KiB, 4 connections x 100 streams", "us/request", 4, 100, requests,
                 "/bytes/1024"),
        Scenario("download", f"{bulk_bytes // MEBIBYTE} MiB body down", "CPU-s/GiB", 1, 1, 1,
                 f"/bytes/{bulk_bytes}", work=gibibytes, scale=1.0),
        Scenario("upload", f"{bulk_bytes // MEBIBYTE} MiB body up", "CPU-s/GiB", 1, 1, 1,
                 "/upload", upload_bytes=bulk_bytes, work=gibibytes, scale=1.0),
    ]


def more_scenarios(requests):
    """What --all adds: the access log, sizes, numbers of streams, other origins."""
    def per_request(name, what, count, path, connections=1, streams=100, **more):
        return Scenario(name, what, "us/request", connections, streams, max(count, 20), path, **more)

    small = "/bytes/1024"
    return [
        per_request("small, log", "1 KiB x 100 streams, access log on", requests, small,
                    access_log=True),
        per_request("16 KiB", "16 KiB x 100 streams", requests // 2, "/bytes/16384"),
        per_request("64 KiB", "64 KiB x 100 streams", requests // 5, "/bytes/65536"),
        per_request("1 MiB", "1 MiB x 100 streams", requests // 80, f"/bytes/{MEBIBYTE}"),
        per_request("1 stream", "1 KiB x 1 stream", requests // 5, small, streams=1),
        per_request("10 streams", "1 KiB x 10 streams", requests, small, streams=10),
        per_request("1000 streams", "1 KiB, 10 connections x 100 streams", requests, small,
                    connections=10),
        per_request("TLS origin", "1 KiB x 100 streams, nginx with TLS", requests, small,
                    origin="tls"),
        per_request("h2 origin", "1 KiB x 100 streams, nginx with h2", requests, small,
                    origin="h2"),
    ]


@dataclass(frozen=True)
class Sample:
    cost: float  # CPU time a unit of work, in the scenario's unit
    rate: float  # requests a second; says more about the load than about the subject
    idle_rss_bytes: int
    peak_rss_bytes: int


def apply_load(scenario, subject, surroundings, requests=None):
    data = None
    if scenario.upload_bytes:
        data = surroundings.test.path("upload")
        with open(data, "wb") as file:
            file.truncate(scenario.upload_bytes)
    count = requests or scenario.requests
    rate = run_h2load(surroundings.load_core, subject.url + scenario.path, count,
                      scenario.connections, scenario.streams, subject.headers, data)
    if data:
        os.unlink(data)
    return rate


def measure(scenario, kind, surroundings):
    subject = kind(surroundings, scenario)
    before = subject.cpu_seconds()
    rate = apply_load(scenario, subject, surroundings)
    spent = subject.cpu_seconds() - before
    sample = Sample(scenario.scale * spent / (scenario.requests * scenario.work), rate,
                    subject.idle_rss_bytes, subject.peak_rss_bytes())
    subject.stop()
    return sample


def measure_rounds(scenario, kinds, surroundings, rounds):
    """Samples of each kind by its name, the kinds taking turns at going first."""
    samples = {kind.name: [] for kind in kinds}
    for number in range(rounds):
        for kind in kinds if number % 2 == 0 else reversed(kinds):
            samples[kind.name].append(measure(scenario, kind, surroundings))
    return samples


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summarize(samples):
    return {"cost": spread(sample.cost for sample in samples),
            "requests_per_second": spread(sample.rate for sample in samples),
            "idle_rss_bytes": max(sample.idle_rss_bytes for sample in samples),
            "peak_rss_bytes": max(sample.peak_rss_bytes for sample in samples)}


def paired_ratios(ours, theirs):
    """Of each round: the two of a round ran one right after the other."""
    return spread(mine.cost / other.cost for mine, other in zip(ours, theirs))


def user_instructions(scenario, kind, surroundings, few=1000, many=3000):
    """User-space instructions a request, under callgrind: the difference of two loads, so that
    start, handshakes and end do not count. The TLS and every library are in it, the kernel not."""
    totals = []
    for requests in (few, many):
        profile = surroundings.test.path(f"{kind.name}.{requests}.callgrind")
        subject = kind(surroundings, scenario, profile)
        apply_load(scenario, subject, surroundings, requests)
        subject.stop(gently=True)
        totals.append(_callgrind_total(profile))
    return math.floor((totals[1] - totals[0]) / (many - few))


def _callgrind_total(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("totals:"))
