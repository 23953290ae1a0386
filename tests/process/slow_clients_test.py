"""Slow loris and slow read by clients of the edge: heads and bodies that dribble or stop, idle
connections, too many connections, answers that nobody takes. Each ends by a limit of its own, and
others are served meanwhile. The limits are short here; docs/limits.md has the defaults."""
# timeout: 120

import contextlib
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from counting_origin import CountingOrigin  # noqa: E402
from h2_peer import MAGIC, connect, frame, headers, literal, request_fields  # noqa: E402
from process_test import (Site, check, equal, open_files, run_test,  # noqa: E402
                          wait_until)
from tunnel import Tunnel  # noqa: E402
from victim import Victim  # noqa: E402

CONNECTIONS = 60
OPTIONS = ["--header-timeout", "2s", "--client-idle-timeout", "3s", "--client-stall-timeout", "2s",
           "--client-http2-idle-timeout", "3s", "--client-connections", str(CONNECTIONS)]
BIG = 64 << 20


class Edge:
    def __init__(self, test):
        self.test = test
        port = test.free_port()
        origin = test.nginx([Site(port)])
        with open(os.path.join(origin.www, "big"), "wb") as file:
            file.truncate(BIG)
        with open(os.path.join(origin.www, "small"), "wb") as file:
            file.write(b"hello")
        self.tunnel = Tunnel(test, OPTIONS)
        silent = CountingOrigin(test)
        self.tunnel.start_agent(permit=[port, silent.port])
        self.service = self.tunnel.address_service("files", port)
        self.silent = self.tunnel.address_service("silent", silent.port)
        self.victim = Victim(self.tunnel.edge, test.edge_binary, self.probe)
        self.pid = self.tunnel.edge.pid

    def probe(self):
        equal(self.tunnel.request(self.service, "/small").body, b"hello", "a request beside it")

    def head(self, line="GET /small HTTP/1.1", more="", service=None):
        headers_of = (service or self.service).headers
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers_of.items())
        return f"{line}\r\nHost: a.test\r\n{fields}{more}".encode()

    def fields(self, path, service=None):
        return request_fields(path, [(name.lower(), value) for name, value
                                     in (service or self.service).headers.items()])

    def open(self):
        return socket.create_connection(("127.0.0.1", self.tunnel.binding_port), timeout=30)


def read_all(client):
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1 << 16):
            received += piece
    return received


def h1_ends(edge):
    """One connection for each way to be slow; all at once, because each takes its time."""
    upload = edge.head("POST /held HTTP/1.1", "Content-Length: 1000\r\n\r\n",
                       edge.silent) + b"some"
    chunked = edge.head("POST /held HTTP/1.1", "Transfer-Encoding: chunked\r\n\r\n",
                        edge.silent) + b"5\r\nhe"
    rows = (("says nothing", b"", b""),
            ("sends half a preface of HTTP/2", MAGIC[:10], b""),
            ("stops inside its head", edge.head(), b"HTTP/1.1 408 "),
            ("stops inside its body", upload, b"HTTP/1.1 408 "),
            ("stops inside a chunk", chunked, b"HTTP/1.1 408 "),
            ("is idle after an answer", edge.head(more="\r\n"), b"HTTP/1.1 200 "))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(edge.open()) for _ in rows]
        for client, (_, text, _) in zip(clients, rows):
            client.sendall(text)
        for client, (name, _, expected) in zip(clients, rows):
            with edge.test.case(f"a client that {name} is ended by the edge"):
                received = read_all(client)
                check(received.startswith(expected) and bool(received) == bool(expected),
                      f"{expected}, not {received[:80]}")


def dribble(edge):
    with edge.test.case("a head that comes byte by byte ends at its limit all the same"):
        def attack():
            with edge.open() as client:
                client.sendall(edge.head())
                client.settimeout(0.1)
                for _ in range(200):
                    client.sendall(b"X-Slow: 1\r\n")
                    with contextlib.suppress(TimeoutError):
                        return client.recv(13)
            return b"nothing"

        equal(edge.victim.under("a dribbling head", attack), b"HTTP/1.1 408 ", "answer")


def h2_ends(edge):
    def no_settings():
        peer = connect(edge.tunnel.binding_port)
        peer.acknowledging = False
        peer.send(MAGIC)
        return peer.wait_end()

    def idle():
        peer = connect(edge.tunnel.binding_port)
        peer.greet()
        return peer.wait_end()

    def slow_block():
        peer = connect(edge.tunnel.binding_port)
        peer.greet()
        peer.send(frame(1, 1, 1, literal(":method", "GET")))
        return peer.wait_end()

    def stalled_body():
        peer = connect(edge.tunnel.binding_port)
        peer.greet()
        peer.send(headers(1, edge.fields("/held", edge.silent)))
        peer.wait(lambda: peer.answer(1).over, "an answer")
        status = peer.answer(1).status
        peer.close()
        return status

    for name, attack, expected in (("no SETTINGS", no_settings, -1), ("no request", idle, 0),
                                   ("a header block that stops", slow_block, 11),
                                   ("a body that stops", stalled_body, 408)):
        with edge.test.case(f"HTTP/2 client with {name} is ended by the edge"):
            equal(edge.victim.under(f"HTTP/2, {name}", attack), expected, "GOAWAY or status")


def slow_read(edge):
    """Answers that are never taken, over both versions of HTTP."""
    def h1():
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS // 2):
                stack.enter_context(edge.open()).sendall(edge.head("GET /big HTTP/1.1", "\r\n"))
            edge.tunnel.edge.wait_for_event("request", path="/big", count=CONNECTIONS // 2,
                                            deadline_s=30)

    def h2():
        peer = connect(edge.tunnel.binding_port)
        peer.crediting = False
        peer.greet(connection_window=65535)
        streams = [peer.next_stream() for _ in range(100)]
        for stream in streams:
            peer.send(headers(stream, edge.fields("/big"), end_stream=True))
        peer.wait(lambda: all(peer.answer(stream).over for stream in streams), "all are cut")
        taken = sum(peer.answer(stream).bytes for stream in streams)
        peer.close()
        return taken

    with edge.test.case("answers that HTTP/1.1 clients do not take are cut"):
        edge.victim.under("slow read over HTTP/1.1", h1)
    with edge.test.case("answers that an HTTP/2 client does not take are cut"):
        taken = edge.victim.under("slow read over HTTP/2", h2)
        check(taken <= 65535, f"{taken} bytes came in a window of 65535")


def too_many(edge):
    """The limit of connections: idle ones make room, and when none is idle, new ones are cut."""
    with edge.test.case("idle connections make room for new ones"):
        files = open_files(edge.pid)
        with contextlib.ExitStack() as stack:
            for _ in range(3 * CONNECTIONS):
                stack.enter_context(edge.open())
            edge.probe()
            check(open_files(edge.pid) <= files + CONNECTIONS + 4,
                  f"{open_files(edge.pid)} descriptors, {files} before")
        wait_until(lambda: open_files(edge.pid) <= files, "all are closed")
    with edge.test.case("new connections are cut while all are busy, and served afterwards"):
        mark = edge.tunnel.edge.mark()
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS):
                # Half a head: busy, until its limit.
                stack.enter_context(edge.open()).sendall(edge.head())
            answers = []
            for _ in range(20):
                with contextlib.suppress(ConnectionError):
                    answers.append(read_all(stack.enter_context(edge.open())))
            equal([answer for answer in answers if answer], [], "what those beyond the limit got")
            edge.tunnel.edge.wait_for_event("client_turned_away", since=mark)
        edge.tunnel.wait_serving(edge.service, "/small")


def main(test):
    test.need_binaries()
    edge = Edge(test)
    h1_ends(edge)
    dribble(edge)
    h2_ends(edge)
    slow_read(edge)
    too_many(edge)
    with test.case("afterwards all is well"):
        edge.probe()
        equal(edge.tunnel.edge.terminate(), 0, "the edge's exit code")


if __name__ == "__main__":
    run_test(main)
