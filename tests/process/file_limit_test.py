"""Agent and edge at the limit of their file descriptors: what they cannot serve is refused or
waits, what they have goes on, nothing spins, and it is over when descriptors are free again."""
# timeout: 120
# alone: it measures processor time

import contextlib
import os
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


def limited(command):
    return ["/bin/sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "limited", *command]


def agent_at_limit(test, tunnel, service, origin):
    agent = test.start("agent", limited(tunnel.agent_command(
        "--permit", f"127.0.0.1:{origin.port}", connections=2)))
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
    return agent


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


class LimitedTunnel(Tunnel):
    def edge_command(self):
        return limited(super().edge_command())


def main(test):
    test.need_binaries()
    origin = Origin(test)
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", origin.port)
    agent_at_limit(test, tunnel, service, origin)
    tunnel.edge.terminate()
    small = LimitedTunnel.__new__(LimitedTunnel)
    small.__dict__.update(tunnel.__dict__)
    small.start_edge()
    small.wait_serving(service, "/before")
    edge_at_limit(test, small, service)


if __name__ == "__main__":
    run_test(main)
