"""Reliability fault 22: nobody reads the log, its disk is full, or its reader is gone. Requests go
on, what is lost is counted and reported once there is room again, and nobody ends or hangs."""

import contextlib
import os
import re
import signal
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from watched_log import THROUGH_CAT, WrappedTunnel, only_child  # noqa: E402

# More than the queue of 2048 lines and a pipe of 64 KiB hold.
REQUESTS = 2700


def fetch_many(tunnel, service, count):
    """Requests on one connection, all of them good."""
    with contextlib.closing(tunnel.connect()) as client:
        for number in range(count):
            client.request("GET", "/", headers={**service.headers, "Host": "service.test"})
            response = client.getresponse()
            equal((response.status, response.read()), (200, b"hello"), f"request {number}")


def check_counted(process, mark):
    """Every line since then was written or is in a count of those that were not."""

    def accounted():
        lines = process.events("request", since=mark)
        dropped = process.events("log_dropped", since=mark)
        return dropped and len(lines) + sum(line["lines"] for line in dropped)

    wait_until(lambda: accounted() == REQUESTS, f"{process.name} accounts for all lines", 30)
    dropped = process.events("log_dropped", since=mark)
    print(f"{process.name}: {sum(line['lines'] for line in dropped)} of {REQUESTS} lines dropped",
          flush=True)


def check_metric(status, name):
    """Some have been dropped by now."""
    with urllib.request.urlopen(f"http://{status}/metrics", timeout=10) as page:
        found = re.search(rf"^{name} (\d+)$", page.read().decode(), re.M)
    check(found and int(found.group(1)) > 0, f"{name} counts")


def blocked_reader(test, tunnel, service, permit):
    tunnel.agent_wrapper = THROUGH_CAT
    status = f"127.0.0.1:{test.free_port()}"
    agent = tunnel.start_agent("--status-listen", status, permit=permit, connections=1,
                               name="agent-blocked")
    readers = {process: only_child(process) for process in (agent, tunnel.edge)}
    marks = {process: process.mark() for process in readers}
    with test.case("nobody reads the logs of agent and edge: all requests are served"):
        for reader in readers.values():
            os.kill(reader, signal.SIGSTOP)
        fetch_many(tunnel, service, REQUESTS)
    for process, reader in readers.items():
        with test.case(f"{process.name}: read again, the log says how many lines are missing"):
            os.kill(reader, signal.SIGCONT)
            check_counted(process, marks[process])
    with test.case("the lines that were dropped are a metric of both programs"):
        check_metric(status, "outhaul_log_lines_dropped_total")
        check_metric(tunnel.status, "outhaul_edge_log_lines_dropped_total")
    with test.case("an agent whose log nobody reads ends on SIGTERM all the same"):
        os.kill(readers[agent], signal.SIGSTOP)
        fetch_many(tunnel, service, 500)
        equal(agent.terminate(), 0, "exit code")
        os.kill(readers[agent], signal.SIGCONT)


def reader_gone(test, tunnel, service, permit):
    with test.case("the log's reader has gone: requests are served, SIGTERM ends it well"):
        tunnel.agent_wrapper = THROUGH_CAT
        agent = tunnel.start_agent(permit=permit, connections=1, name="agent-alone")
        os.kill(only_child(agent), signal.SIGKILL)
        fetch_many(tunnel, service, 100)
        equal(agent.terminate(), 0, "exit code")


def full_device(test, tunnel, service, permit):
    with test.case("the disk of the log is full: requests are served, SIGTERM ends it well"):
        tunnel.agent_wrapper = ["bash", "-c", 'exec "$0" "$@" 2>/dev/full']
        agent = start_unseen(tunnel, permit)
        fetch_many(tunnel, service, 100)
        equal(agent.terminate(), 0, "exit code")


def full_disk(test, tunnel, service, permit):
    if os.geteuid() != 0:
        return
    with test.case("a full file system gets room again: the log goes on and counts what it lost"):
        folder = test.path("small", "")
        # The pages of the log and of what else fills this small file system.
        script = (f'mount -t tmpfs -o size=64k tmpfs {folder} && '
                  f'head -c 40960 /dev/zero >{folder}/filler && exec "$0" "$@" 2>{folder}/log')
        tunnel.agent_wrapper = ["unshare", "--mount", "bash", "-c", script]
        agent = start_unseen(tunnel, permit)
        inside = f"/proc/{agent.pid}/root{folder}"
        fetch_many(tunnel, service, 300)
        wait_until(lambda: os.statvfs(inside).f_bavail == 0, "the file system is full", 30)
        os.unlink(f"{inside}/filler")
        fetch_many(tunnel, service, 3)
        agent.log_path = f"{inside}/log"
        dropped = agent.wait_for_event("log_dropped")
        agent.wait_for_event("request", count=2, since=agent.log().index("log_dropped"))
        check(dropped["lines"] > 50, f"lines dropped: {dropped}")
        lines = len(agent.events("request")) + sum(
            line["lines"] for line in agent.events("log_dropped"))
        print(f"{lines} lines of 303 requests written or counted", flush=True)
        check(lines >= 303, "every line was written or counted")
        agent.log_path = test.write("nothing.log", "")
        equal(agent.terminate(), 0, "exit code")


def start_unseen(tunnel, permit):
    """An agent whose log cannot be watched."""
    permits = [part for port in permit for part in ("--permit", f"127.0.0.1:{port}")]
    mark = tunnel.edge.mark()
    agent = tunnel.test.start("agent-unseen", tunnel.agent_command(*permits, connections=1))
    tunnel.edge.wait_for_event("agent_up", deadline_s=30, since=mark)
    return agent


def main(test):
    test.need_binaries()
    test.need_tools("bash", "unshare", "nginx")
    port = test.free_port()
    test.nginx([Site(port, locations={"/": 'return 200 "hello";'})])
    status = f"127.0.0.1:{test.free_port()}"
    tunnel = WrappedTunnel(test, edge_options=["--status-listen", status])
    tunnel.status = status
    service = tunnel.address_service("origin", port)
    blocked_reader(test, tunnel, service, [port])
    reader_gone(test, tunnel, service, [port])
    full_device(test, tunnel, service, [port])
    full_disk(test, tunnel, service, [port])


if __name__ == "__main__":
    run_test(main)
