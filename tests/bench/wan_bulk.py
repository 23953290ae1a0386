#!/usr/bin/python3
"""Bulk rate of one download and one upload over a wide-area network, through client -> edge ->
network -> agent -> origin, as a ratio to one plain TLS stream on the same network in the same run,
and the times of small requests beside them. 0.8 or more is wanted (performance.md).

    ninja -C build && tests/bench/wan_bulk.py [--rtt-ms 100] [--rate-mbit 200] [--loss 0 0.01]
                                              [--megabytes 50] [--rounds 5] [--json FILE]
                                              [--plain kept] [--congestion cubic]

Needs root (network namespaces, tests/support/wan.py). Plain and tunnel take turns within a round;
the table has the median (smallest to largest) of the rounds. Each transfer is a request of its own,
so the growth of windows is within its time, as is slow start. The tunnel has one connection
(--connections), which the small requests share with the bulk. The plain stream is a new connection
each time, made before the clock starts; with `--plain kept` it is one connection for all transfers, as
the tunnel's is: what congestion control has learned of a path with losses may help or harm later ones.
--congestion is set for the routes of the two namespaces only.
"""

import argparse
import contextlib
import json
import os
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from process_test import Test, check, pause  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402
from wan import INTERFACE, Wan, need_wan  # noqa: E402

BLOCK = bytes(1 << 18)
SMALL_INTERVAL_S = 0.05
# Of the network namespace of whoever opens it.
CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"


def serve(connection):
    """GET /N sends N bytes; a POST is taken in and counted."""
    while True:
        head = connection.read_head()
        method, path, _ = head[0].split()
        if method == "POST":
            connection.answer(str(connection.read_body(head)))
            continue
        left = int(path[1:])
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
        while left:
            part = BLOCK[:min(left, len(BLOCK))]
            connection.send(part)
            left -= len(part)


class Client:
    """One connection, plain to the origin's TLS or to the edge's listener."""

    def __init__(self, address, port, tls=None, fields=""):
        self.socket = socket.create_connection((address, port), timeout=300)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.fields = fields
        self.room = bytearray(1 << 18)

    def download(self, size):
        """Seconds from the request to the last byte."""
        begin = time.monotonic()
        self.socket.sendall(f"GET /{size} HTTP/1.1\r\nHost: a\r\n{self.fields}\r\n".encode())
        got = self._head()
        while got < size:
            count = self.socket.recv_into(self.room)
            check(count, "a download was cut")
            got += count
        return time.monotonic() - begin

    def upload(self, size):
        """Seconds from the request to the origin's answer, which it gives at the end."""
        begin = time.monotonic()
        self.socket.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n"
                            f"{self.fields}\r\n".encode())
        left = size
        while left:
            part = memoryview(BLOCK)[:min(left, len(BLOCK))]
            self.socket.sendall(part)
            left -= len(part)
        answered = self._head()
        if not answered:
            self.socket.recv_into(self.room)
        return time.monotonic() - begin

    def _head(self):
        """Reads the answer's head; how much of its content came with it."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(1 << 16)
            check(part, "no answer")
            head += part
        check(head.startswith(b"HTTP/1.1 200"), head[:200])
        return len(head) - head.index(b"\r\n\r\n") - 4

    def close(self):
        self.socket.close()


class Small:
    """Small requests, one at a time, until stop()."""

    def __init__(self, make):
        self.times = []
        self._stop = threading.Event()
        self._client = make()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(SMALL_INTERVAL_S):
            self.times.append(self._client.download(1000))

    def stop(self):
        self._stop.set()
        self._thread.join(60)
        self._client.close()
        return self.times


def percentile_ms(values, share):
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Rig:
    def __init__(self, test, wan, connections):
        self.wan = wan
        certificate = test.certificate_authority().issue(wan.b.address)
        with wan.b.inside():
            self.origin = ScriptedServer(test, serve)
            self.plain = ScriptedServer(test, serve, tls=certificate, address=wan.b.address)
        with wan.a.inside():
            self.tunnel = Tunnel(test, agent_address=wan.a.address)
        with wan.b.inside():
            self.agent = self.tunnel.start_agent(permit=[self.origin.port],
                                                  connections=connections)
        service = self.tunnel.address_service("origin", self.origin.port)
        self.fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE
        self.kept = None

    def client(self, path):
        with self.wan.a.inside():
            if path == "plain":
                return Client(self.wan.b.address, self.plain.port, self.tls)
            return Client("127.0.0.1", self.tunnel.binding_port, fields=self.fields)

    def transfer(self, path, direction, size):
        """Mbit/s of one body."""
        if path == "plain" and self.kept:
            return size * 8 / getattr(self.kept, direction)(size) / 1e6
        with contextlib.closing(self.client(path)) as client:
            return size * 8 / getattr(client, direction)(size) / 1e6


def measure(rig, options):
    size = options.megabytes * 1_000_000
    rates = {(path, direction): [] for path in ("plain", "tunnel")
             for direction in ("download", "upload")}
    small = Small(lambda: rig.client("tunnel"))
    pause(3, "small requests alone, for comparison")
    alone, beside = small.stop(), []
    for number in range(options.rounds):
        for direction in ("download", "upload"):
            for path in ("plain", "tunnel") if number % 2 else ("tunnel", "plain"):
                small = Small(lambda: rig.client("tunnel")) if path == "tunnel" else None
                rates[path, direction].append(rig.transfer(path, direction, size))
                if small:
                    beside += small.stop()
                print(f"  round {number + 1}: {direction} {path}: "
                      f"{rates[path, direction][-1]:.1f} Mbit/s", file=sys.stderr, flush=True)
    result = {"small_ms": {
        name: {"p50": percentile_ms(times, 0.5), "p99": percentile_ms(times, 0.99),
               "requests": len(times)} for name, times in (("alone", alone), ("beside", beside))}}
    for direction in ("download", "upload"):
        plain, tunnel = rates["plain", direction], rates["tunnel", direction]
        result[direction] = {"plain_mbit": plain, "tunnel_mbit": tunnel,
                             "ratio": [mine / other for mine, other in zip(tunnel, plain)]}
    return result


def spread(values, form="{:.1f}"):
    return (f"{form} ({form} to {form})").format(statistics.median(values), min(values),
                                                 max(values))


def show(loss, result):
    for direction in ("download", "upload"):
        each = result[direction]
        print(f"| {100 * loss:g} % | {direction} | {spread(each['plain_mbit'])} | "
              f"{spread(each['tunnel_mbit'])} | {spread(each['ratio'], '{:.2f}')} |", flush=True)
    for name, times in result["small_ms"].items():
        print(f"  small requests {name}: p50 {times['p50']:.0f} ms, p99 {times['p99']:.0f} ms "
              f"({times['requests']})")


def run(test, options):
    test.need_binaries()
    need_wan(test)
    results = {}
    print("| loss | direction | plain TLS Mbit/s | tunnel Mbit/s | ratio |\n|---|---|---|---|---|")
    with Wan(delay_ms=options.rtt_ms / 2, rate_mbit=options.rate_mbit) as wan:
        if options.congestion:
            for side in (wan.a, wan.b):
                side.run("ip", "route", "replace", "10.99.0.0/16", "dev", INTERFACE, "src",
                         side.address, "congctl", options.congestion)
        rig = Rig(test, wan, options.connections)
        if options.plain == "kept":
            rig.kept = rig.client("plain")
        for loss in options.loss:
            wan.set("both", loss=loss)
            results[str(loss)] = measure(rig, options)
            show(loss, results[str(loss)])
        rig.agent.kill()
        rig.tunnel.edge.kill()
        with wan.a.inside(), open(CONTROL, encoding="ascii") as file:
            control = options.congestion or file.read().strip()
    print(f"congestion control of both: {control}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"options": vars(options), "congestion_control": control,
                       "results": results}, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rtt-ms", type=float, default=100)
    parser.add_argument("--rate-mbit", type=float, default=200)
    parser.add_argument("--loss", type=float, nargs="+", default=[0.0, 0.01])
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--plain", choices=("new", "kept"), default="new")
    parser.add_argument("--congestion", metavar="NAME")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outhaul-wan-bulk-") as directory:
        test = Test(directory)
        try:
            run(test, options)
        finally:
            test.close()


if __name__ == "__main__":
    main()
