"""What is measured, and how: interleaved rounds, each with fresh processes, compared in pairs."""

import os
import statistics
from dataclasses import dataclass

import noise
from load import run_h2load
from spreads import paired, spread

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
    agent_options: tuple = ()


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


def _per_request(name, what, count, path, connections=1, streams=100, **more):
    return Scenario(name, what, "us/request", connections, streams, max(count, 20), path, **more)


SMALL = "/bytes/1024"


def logged(requests):
    """The first of scenarios() with an access log in every program."""
    return _per_request("small, log", "1 KiB x 100 streams, access log on", requests, SMALL,
                        access_log=True)


def sizes(requests):
    return [
        _per_request("16 KiB", "16 KiB x 100 streams", requests // 2, "/bytes/16384"),
        _per_request("64 KiB", "64 KiB x 100 streams", requests // 5, "/bytes/65536"),
        _per_request("1 MiB", "1 MiB x 100 streams", requests // 80, f"/bytes/{MEBIBYTE}"),
    ]


def streams(requests):
    """Up to the 256 streams of a connection, and over them where the limit is raised."""
    raised = ("--streams-per-connection", "1000")
    return [
        _per_request("1 stream", "1 KiB x 1 stream", requests // 5, SMALL, streams=1),
        _per_request("10 streams", "1 KiB x 10 streams", requests, SMALL, streams=10),
        _per_request("250 streams", "1 KiB, 1 connection x 250 streams", requests, SMALL,
                     streams=250),
        _per_request("4 x 250 streams", "1 KiB, 4 connections x 250 streams", requests, SMALL,
                     connections=4, streams=250),
        _per_request("1000 streams", "1 KiB, 1 connection x 1 000 streams", requests, SMALL,
                     streams=1000, agent_options=raised),
        _per_request("10 x 100 streams", "1 KiB, 10 connections x 100 streams", requests, SMALL,
                     connections=10),
    ]


def other_origins(requests):
    return [
        _per_request("TLS origin", "1 KiB x 100 streams, nginx with TLS", requests, SMALL,
                     origin="tls"),
        _per_request("h2 origin", "1 KiB x 100 streams, nginx with h2", requests, SMALL,
                     origin="h2"),
    ]


@dataclass(frozen=True)
class Sample:
    cost: float  # CPU time a unit of work, in the scenario's unit
    rate: float  # requests a second; says more about the load than about the subject
    idle_rss_bytes: int
    peak_rss_bytes: int
    waited_share: float = 0.0  # of the time in which it could have run
    involuntary_switches: int = 0


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
    waited_before, switches_before = noise.waiting(subject.pid)
    before = subject.cpu_seconds()
    rate = apply_load(scenario, subject, surroundings)
    spent = subject.cpu_seconds() - before
    waited, switches = noise.waiting(subject.pid)
    waited -= waited_before
    sample = Sample(scenario.scale * spent / (scenario.requests * scenario.work), rate,
                    subject.idle_rss_bytes, subject.peak_rss_bytes(),
                    waited / (waited + spent), switches - switches_before)
    subject.stop()
    return sample


def measure_together(some, kinds_of, surroundings, rounds, progress=lambda number: None):
    """{scenario: {kind: [sample of each round]}} by their names. Every round has all scenarios, so
    that two of them can be compared as well; in each the kinds take turns at going first.
    `kinds_of(scenario)`: what is measured in it."""
    samples = {scenario.name: {kind.name: [] for kind in kinds_of(scenario)} for scenario in some}
    for number in range(rounds):
        for scenario in some:
            kinds = kinds_of(scenario)
            for kind in kinds if number % 2 == 0 else reversed(kinds):
                samples[scenario.name][kind.name].append(measure(scenario, kind, surroundings))
        progress(number + 1)
    return samples


def measure_rounds(scenario, kinds, surroundings, rounds):
    """Samples of each kind by its name."""
    return measure_together([scenario], lambda _: kinds, surroundings, rounds)[scenario.name]


def summarize(samples):
    return {"cost": spread(sample.cost for sample in samples),
            "requests_per_second": spread(sample.rate for sample in samples),
            "idle_rss_bytes": max(sample.idle_rss_bytes for sample in samples),
            "peak_rss_bytes": max(sample.peak_rss_bytes for sample in samples),
            "waited_share": statistics.median(sample.waited_share for sample in samples),
            "involuntary_switches": statistics.median(sample.involuntary_switches
                                                      for sample in samples)}


def costs(samples):
    return [sample.cost for sample in samples]


def paired_ratios(ours, theirs):
    """Of the samples of two kinds, round by round."""
    return spread(paired(costs(ours), costs(theirs)))
