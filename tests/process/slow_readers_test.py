"""Many slow readers of a large file: memory of agent and edge stays within a window for each, and the
origin is throttled to what they read (reliability.md, fault 9).

OUTHAUL_TEST_SLOW_READERS=200 OUTHAUL_TEST_SLOW_SECONDS=60 is the full size."""
# timeout: 300

import contextlib
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from h2_peer import connect, headers, request_fields, window_update  # noqa: E402
from process_test import (Site, check, equal, pause, peak_rss_bytes, rss_bytes,  # noqa: E402
                          run_test, wait_until)
from tunnel import Tunnel, is_sanitized  # noqa: E402

READERS = int(os.environ.get("OUTHAUL_TEST_SLOW_READERS", "60"))
SECONDS = int(os.environ.get("OUTHAUL_TEST_SLOW_SECONDS", "5"))
BYTES_A_SECOND = 1000
FILE_BYTES = 1 << 30
MEBIBYTE = 1 << 20
WINDOW_BYTES = 64 << 10
ALLOWED_BYTES = READERS * WINDOW_BYTES + 32 * MEBIBYTE
# What may be on its way to one reader: 4 MiB in nginx's own socket, and the rest behind it. An edge
# that let the kernel buffer for its clients would make it 8 MiB, and the memory would be the edge's.
SENT_BYTES = 6 * MEBIBYTE


class Readers:
    """Half of them HTTP/1.1 connections, half of them streams of one HTTP/2 connection."""

    def __init__(self, tunnel, service, stack):
        self.sockets = []
        fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
        for _ in range(READERS // 2):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", tunnel.binding_port))
            client.settimeout(30)
            client.sendall(f"GET /big HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n".encode())
            self.sockets.append(client)
        self.peer = connect(tunnel.binding_port)
        stack.callback(self.peer.close)
        self.peer.crediting = False
        self.peer.greet([(4, BYTES_A_SECOND)])
        pairs = [(name.lower(), value) for name, value in service.headers.items()]
        self.streams = [self.peer.next_stream() for _ in range(READERS - READERS // 2)]
        for stream in self.streams:
            self.peer.send(headers(stream, request_fields("/big", pairs), end_stream=True))
        self.read = 0

    def read_for_one_second(self):
        for client in self.sockets:
            got = client.recv(BYTES_A_SECOND)
            check(got, "an HTTP/1.1 reader was cut")
            self.read += len(got)
        before = sum(self.peer.answer(stream).bytes for stream in self.streams)
        for stream in self.streams:
            self.peer.send(window_update(stream, BYTES_A_SECOND))
        self.peer.flush()
        self.peer.wait(lambda: sum(self.peer.answer(stream).bytes for stream in self.streams)
                       > before, "the HTTP/2 readers get something")
        self.read += sum(self.peer.answer(stream).bytes for stream in self.streams) - before
        pause(1, "it is the rate of the readers")


def main(test):
    test.need_binaries()
    port = test.free_port()
    nginx = test.nginx([Site(port, directives="sendfile_max_chunk 64k;")])
    with open(os.path.join(nginx.www, "big"), "wb") as file:
        file.truncate(FILE_BYTES)
    tunnel = Tunnel(test)
    agent = tunnel.start_agent(permit=[port])
    service = tunnel.address_service("files", port)
    equal(tunnel.request(service, "/nothing").status, 404, "a first request")
    programs = {"agent": agent, "edge": tunnel.edge}
    before = {name: rss_bytes(process.pid) for name, process in programs.items()}
    with contextlib.ExitStack() as stack:
        readers = Readers(tunnel, service, stack)
        for _ in range(SECONDS):
            readers.read_for_one_second()
        peak = {name: peak_rss_bytes(process.pid) for name, process in programs.items()}
        with test.case("others are served beside them"):
            equal(tunnel.request(service, "/nothing").status, 404, "status")
        equal(tunnel.edge.events("request", path="/big"), [], "readers that have ended")
    tunnel.edge.wait_for_event("request", path="/big", count=READERS, deadline_s=60)
    after = {name: rss_bytes(process.pid) for name, process in programs.items()}
    for name, process in programs.items():
        growth = peak[name] - before[name]
        print(f"memory MiB {name}, {READERS} readers for {SECONDS} s: "
              f"{before[name] / MEBIBYTE:.1f} -> {peak[name] / MEBIBYTE:.1f} -> "
              f"{after[name] / MEBIBYTE:.1f} (before, peak, after), allowed growth "
              f"{ALLOWED_BYTES / MEBIBYTE:.1f}", flush=True)
        with test.case(f"{name}: memory stays within a window a reader and 32 MiB"):
            process.check_running()
            if not is_sanitized(test.agent_binary):
                check(growth <= ALLOWED_BYTES, f"it grew by {growth} bytes")
    with test.case("the origin is throttled"):
        def sent():
            lines = [line.split() for line in nginx.requests() if "/big" in line]
            return [int(line[4]) for line in lines] if len(lines) == READERS else None
        sizes = wait_until(sent, "the origin's lines")
        print(f"the origin sent {sum(sizes) / MEBIBYTE:.1f} MiB in all, at most "
              f"{max(sizes) / MEBIBYTE:.2f} MiB for one; the readers took "
              f"{readers.read / MEBIBYTE:.2f} MiB", flush=True)
        check(max(sizes) <= SENT_BYTES, f"it sent {max(sizes)} bytes for one reader")


if __name__ == "__main__":
    run_test(main)
