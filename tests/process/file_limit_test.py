"""Agent and edge at the limit of their file descriptors: what they cannot serve is refused or
waits, what they have goes on, nothing spins, and it is over when descriptors are free again."""
# timeout: 120
# alone: it measures processor time

import contextlib
import os
import re
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import (check, cpu_seconds, equal, open_files, pause, run_test,  # noqa: E402
                          wait_until)
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402

LIMIT = 48
REQUESTS = 64


class Origin:
    """Answers /held/N when `go` is set, everything else at once."""

    def __init__(self, test):
        self.go = threading.Event()
        self.held = 0
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            path = connection.read_head()[0].split()[1]
            if path.startswith("/held"):
                self.held += 1
                self.go.wait(60)
            connection.answer("hello", fields="Connection: close\r\n")


# What runs a command under the limit; hard and soft, or the soft one only.
LIMITED = ["/bin/sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "limited"]
SOFTLY_LIMITED = ["/bin/sh", "-c", f'ulimit -S -n {LIMIT} && exec "$@"', "limited"]


def file_limits(pid):
    """The soft and the hard limit of a process."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return re.search(r"Max open files +(\d+) +(\d+)", file.read()).groups()


def soft_limit(test, tunnel):
    agent = test.start("agent-soft", [*SOFTLY_LIMITED, *tunnel.agent_command(connections=1)])
    with test.case("agent: it takes what the hard limit allows, not the soft one"):
        agent.wait_for_event("connection_up")
        soft, hard = file_limits(agent.pid)
        equal(soft, hard, "the soft limit")
        equal(agent.terminate(), 0, "exit code")
    agent.kill()


def agent_at_limit(test, tunnel, service, origin):
    agent = test.start("agent", [*LIMITED, *tunnel.agent_command(
        "--permit", f"127.0.0.1:{origin.port}", connections=2)])
    agent.wait_for_event("connection_up", count=2)
    responses = []
    threads = [threading.Thread(daemon=True, target=lambda number=number: responses.append(
        tunnel.request(service, f"/held/{number}"))) for number in range(REQUESTS)]
    for thread in threads:
        thread.start()
    with test.case("agent: requests beyond the limit get 503 with Retry-After"):
        wait_until(lambda: len(responses) + origin.held >= REQUESTS, "all stand or are refused")
        check(0 < len(responses) < REQUESTS, f"{len(responses)} of {REQUESTS} were refused")
        for response in responses:
            equal((response.status, response.error), (503, "connection_limit_reached"), "answer")
            check("retry-after" in response.fields, "Retry-After")
    with test.case("agent: those within the limit are served"):
        refused = len(responses)
        origin.go.set()
        for thread in threads:
            thread.join(30)
        print(f"{REQUESTS - refused} served with {LIMIT} descriptors, {refused} refused", flush=True)
        equal([response.status for response in responses[refused:]], [200] * (REQUESTS - refused),
              "the others")
    with test.case("agent: afterwards all is well"):
        equal(tunnel.request(service, "/after").body, b"hello", "the answer")
        equal(len(agent.events("connection_up")), 2, "connections")


def edge_at_limit(test, tunnel, service):
    with contextlib.ExitStack() as stack:
        for _ in range(LIMIT):
            stack.enter_context(socket.create_connection(("127.0.0.1", tunnel.binding_port)))
        with test.case("edge: connections beyond the limit wait, and nothing spins"):
            wait_until(lambda: open_files(tunnel.edge.pid) >= LIMIT - 2, "all are in use")
            before = cpu_seconds(tunnel.edge.pid)
            pause(2, "the time over which a busy loop would show")
            used = cpu_seconds(tunnel.edge.pid) - before
            check(used < 0.4, f"{used:.2f} s of processor time in 2 s")
            tunnel.edge.check_running()
    with test.case("edge: afterwards all is well"):
        answer = raw_exchange(tunnel.binding_port, b"GET / HTTP/1.1\r\nHost: a\r\n"
                              b"Connection: close\r\n\r\n")
        check(answer.startswith(b"HTTP/1.1 400 "), f"an answer: {answer[:60]}")
        equal(tunnel.wait_serving(service, "/after").body, b"hello", "a request through the tunnel")


def main(test):
    test.need_binaries()
    origin = Origin(test)
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", origin.port)
    soft_limit(test, tunnel)
    agent_at_limit(test, tunnel, service, origin)
    tunnel.edge.terminate()
    tunnel.edge_wrapper = LIMITED
    tunnel.start_edge()
    tunnel.wait_serving(service, "/before")
    edge_at_limit(test, tunnel, service)


if __name__ == "__main__":
    run_test(main)
