#!/usr/bin/python3
"""What it costs when nobody reads the logs of agent and edge (fault 22): throughput and processor
time beside the same programs with a reader, as the median of pairs in turn.

    /usr/bin/python3 tests/bench/unread_log.py [--pairs 5]
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, cpu_seconds, equal, run_test  # noqa: E402
from watched_log import THROUGH_CAT, WrappedTunnel, only_child  # noqa: E402

# More than the queue of 2048 lines and a pipe of 64 KiB hold.
FILLING = 2700
REQUESTS = 20_000


def fetch(tunnel, service, count):
    """Requests on many connections; how many a second."""
    fields = [f"--header={name}: {value}" for name, value in service.headers.items()]
    done = subprocess.run(
        ["h2load", "--h1", "-c", "16", "-n", str(count), *fields,
         f"http://127.0.0.1:{tunnel.binding_port}/"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    check(f"{count} succeeded" in done, done[-400:])
    return float(re.search(r"([\d.]+) req/s", done)[1])


def measure(test, pairs):
    test.need_binaries()
    test.need_tools("bash", "nginx", "h2load")
    port = test.free_port()
    test.nginx([Site(port, locations={"/": 'return 200 "hello";'})])
    tunnel = WrappedTunnel(test)
    tunnel.agent_wrapper = THROUGH_CAT
    service = tunnel.address_service("origin", port)
    agent = tunnel.start_agent(permit=[port], connections=1)
    programs = (agent, tunnel.edge)
    readers = [only_child(program) for program in programs]
    fetch(tunnel, service, FILLING)
    throughput, processor = [], []
    with test.case("read or not, every request is served"):
        for pair in range(1, pairs + 1):
            measured = []
            for number in (signal.SIGCONT, signal.SIGSTOP):
                for reader in readers:
                    os.kill(reader, number)
                # What the readers missed, and what the pipe and the queue still take.
                fetch(tunnel, service, FILLING)
                used = sum(cpu_seconds(program.pid) for program in programs)
                measured.append((fetch(tunnel, service, REQUESTS),
                                 sum(cpu_seconds(program.pid) for program in programs) - used))
            throughput.append(measured[1][0] / measured[0][0])
            processor.append(measured[1][1] / measured[0][1])
            print(f"pair {pair}: throughput {throughput[-1]:.3f}, processor time {processor[-1]:.3f}",
                  flush=True)
    for name, ratios in (("throughput", throughput), ("processor time", processor)):
        print(f"{name} without a reader, of that with one: {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f}-{max(ratios):.2f})")
    for reader in readers:
        os.kill(reader, signal.SIGCONT)
    equal(agent.terminate(), 0, "exit code")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    run_test(lambda test: measure(test, pairs))


if __name__ == "__main__":
    main()
