"""Reliability fault 25 at the agent: an edge that asks it to go elsewhere again and again, and that
resets its requests. Descriptors, requests and memory are what they were.

OUTHAUL_LONG_TESTS: 1 000 reconnects and 10 000 reset requests; else 200 and 2 000.
cancelled_streams_test does the same to the edge.
"""
# timeout: 300

import json
import os
import struct
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from counting_origin import CountingOrigin  # noqa: E402
from h2_peer import frame, headers, reset  # noqa: E402
from hostile_edge import HostileEdge  # noqa: E402
from process_test import (check, equal, open_files, rss_bytes, run_test,  # noqa: E402
                          wait_until)
from tunnel import is_sanitized  # noqa: E402

RECONNECTS = 1000 if os.environ.get("OUTHAUL_LONG_TESTS") else 200
RESETS_PER_CONNECTION = 10
GOAWAY = 7
TOLERANCE = 0.05
MEBIBYTE = 1 << 20


class Agent:
    def __init__(self, test):
        self.origin = CountingOrigin(test)
        self.edge = HostileEdge(test)
        self.status_port = test.free_port()
        self.process = self.edge.start_agent("--status-listen", f"127.0.0.1:{self.status_port}",
                                             "--access-log", "off", "--log-level", "debug",
                                             permit=[self.origin.port], connections=1)
        self.current = self._next()

    def _next(self):
        peer = self.edge.connection(0)
        peer.greet()
        peer.flush()  # nothing more may be sent on it
        return peer

    def active(self):
        url = f"http://127.0.0.1:{self.status_port}/status"
        with urllib.request.urlopen(url, timeout=10) as answer:
            page = json.loads(answer.read())
        return sum(connection["active"] for connection in page["connections"])

    def reset_requests(self):
        """They stand at the origin when they are reset."""
        peer = self.current
        before = self.origin.requests
        streams = [peer.next_stream() for _ in range(RESETS_PER_CONNECTION)]
        peer.send(b"".join(headers(stream, self.edge.request_fields(self.origin.port, "/held"),
                                   end_stream=True) for stream in streams))
        peer.flush()
        wait_until(lambda: self.origin.requests >= before + len(streams), "the origin has them")
        peer.send(b"".join(reset(stream) for stream in streams))
        peer.flush()

    def move(self):
        """The agent has another connection before this one ends."""
        old = self.current
        old.send(frame(GOAWAY, 0, 0, struct.pack("!II", 0, 0)))
        old.flush()
        self.current = self._next()
        old.close()
        old.released.set()

    def churn(self, count):
        for _ in range(count):
            self.reset_requests()
            self.move()
        wait_until(lambda: self.origin.open == 0, "no request is left at the origin")


def main(test):
    agent = Agent(test)
    agent.process.wait_for_event("start_memory_released")
    agent.churn(RECONNECTS // 2)  # fills pools and free lists once
    wait_until(lambda: agent.active() == 0, "no request is active")
    files, memory = open_files(agent.process.pid), rss_bytes(agent.process.pid)
    agent.churn(RECONNECTS)
    with test.case("no request is left, and descriptors are back to base"):
        wait_until(lambda: agent.active() == 0, "no request is active")
        wait_until(lambda: open_files(agent.process.pid) <= files, f"descriptors are back to {files}")
    after = rss_bytes(agent.process.pid)
    print(f"fault 25, agent: {RECONNECTS} reconnects and {RECONNECTS * RESETS_PER_CONNECTION} reset "
          f"requests: descriptors {files} -> {open_files(agent.process.pid)}, memory MiB "
          f"{memory / MEBIBYTE:.2f} -> {after / MEBIBYTE:.2f} ({after / memory - 1:+.1%})", flush=True)
    with test.case("memory is within 5 %"):
        if not is_sanitized(test.agent_binary):
            check(after <= (1 + TOLERANCE) * memory, f"{memory} -> {after} bytes")
    with test.case("no connection was lost meanwhile, each was replaced"):
        equal(agent.process.events("connection_failed"), [], "failed attempts")
        expected = RECONNECTS + RECONNECTS // 2 + 1
        # The edge knows of the last connection before the agent has written its line.
        agent.process.wait_for_event("connection_up", count=expected)
        equal(len(agent.process.events("connection_up")), expected, "ups")


if __name__ == "__main__":
    run_test(main)
