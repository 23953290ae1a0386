"""The whole path: client -> edge -> agent -> origin. What each process spends on a request, on a GiB
through a TCP stream, and on a GiB that a WebSocket echoes."""

import base64
import contextlib
import hashlib
import os
import re
import socket
import threading

from load import cpu_seconds, run_h2load
from origins import Origins
from scenarios import GIBIBYTE, MEBIBYTE, spread
from tunnel import Tunnel

REQUESTS = 20000
STREAM_MIB = 256
PIECE = bytes(1 << 18)
UPGRADE = ("GET /echo HTTP/1.1\r\nHost: service.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class WholePath:
    """An edge on the load's core, an agent with a core of its own, and the minimal origin."""

    def __init__(self, surroundings, connections=4, edge_options=(), permit=()):
        self.core = surroundings.load_core
        self.tunnel = Tunnel(surroundings.test, name="bench-edge-data",
                             edge_options=("--access-log", "off", *edge_options))
        self.edge = self.tunnel.edge
        os.sched_setaffinity(self.edge.pid, {self.core})
        self.origins = Origins(surroundings.test, surroundings.build, self.core,
                               surroundings.certificate)
        self.origin = self.origins.get("h1")
        self.agent = self.tunnel.start_agent("--access-log", "off", "--status-listen", "none",
                                             permit=[self.origin.port, *permit],
                                             connections=connections)
        os.sched_setaffinity(self.agent.pid, {surroundings.subject_core})

    @contextlib.contextmanager
    def spent(self, result, units):
        """Adds the CPU time a unit of both processes to `result` (seconds)."""
        processes = {"edge": self.edge.pid, "agent": self.agent.pid}
        before = {name: cpu_seconds(pid) for name, pid in processes.items()}
        yield
        for name, pid in processes.items():
            result.setdefault(name, []).append((cpu_seconds(pid) - before[name]) / units)

    def stop(self):
        self.agent.kill()
        self.edge.kill()


def requests(path, rounds):
    service = path.tunnel.address_service("bench", path.origin.port)
    headers = [f"{name}: {value}" for name, value in service.headers.items()]
    url = f"http://127.0.0.1:{path.tunnel.binding_port}/bytes/1024"
    run_h2load(path.core, url, 2000, 4, 25, headers)
    result = {}
    for _ in range(rounds):
        with path.spent(result, REQUESTS / 1e6):
            run_h2load(path.core, url, REQUESTS, 4, 25, headers)
    return {name: spread(values) for name, values in result.items()}


def switching_protocols(head):
    key = re.search(rb"sec-websocket-key: *([^\r]+)\r", head, re.IGNORECASE)[1]
    accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID).digest())
    return (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


def serve(listener, websocket):
    """One connection after the other. A WebSocket's bytes are sent back, others are thrown away."""
    while True:
        connection, _ = listener.accept()
        with connection:
            if websocket:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                connection.sendall(switching_protocols(head))
            while piece := connection.recv(1 << 18):
                if websocket:
                    connection.sendall(piece)


def listen(websocket):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, websocket), daemon=True).start()
    return listener.getsockname()[1]


def open_stream(path, start, service, status):
    client = socket.create_connection(("127.0.0.1", path.tunnel.binding_port), timeout=60)
    fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
    client.sendall(f"{start}{fields}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    if not head.startswith(b"HTTP/1.1 " + status):
        raise OSError(f"the edge answered {head[:80]!r}")
    return client


def _send(client):
    for _ in range(STREAM_MIB * MEBIBYTE // len(PIECE)):
        client.sendall(PIECE)
    client.shutdown(socket.SHUT_WR)


def through_stream(client, echoed):
    """Sends STREAM_MIB and waits until it has come back, or until the other end is through."""
    sending = threading.Thread(target=_send, args=(client,))
    sending.start()
    received = 0
    while piece := client.recv(1 << 18):
        received += len(piece)
    sending.join()
    client.close()
    if received != (STREAM_MIB * MEBIBYTE if echoed else 0):
        raise OSError(f"{received} bytes came back")


def streams(path, tcp_port, websocket_port, rounds):
    """CPU-s/GiB of what the client sent; the WebSocket carries it both ways."""
    tcp = path.tunnel.create_service({
        "name": "bench-tcp", "type": "tcp", "tcp_port": tcp_port,
        "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": path.tunnel.identity.id}}})
    websocket = path.tunnel.address_service("bench-websocket", websocket_port)
    connect = "CONNECT bench-tcp:1 HTTP/1.1\r\nHost: bench-tcp:1\r\n"
    results = {}
    for name, start, service, status in (("tcp_up", connect, tcp, b"200"),
                                         ("websocket_echo", UPGRADE, websocket, b"101")):
        result = {}
        for _ in range(rounds):
            client = open_stream(path, start, service, status)
            with path.spent(result, STREAM_MIB * MEBIBYTE / GIBIBYTE):
                through_stream(client, echoed=name == "websocket_echo")
        results[name] = {key: spread(values) for key, values in result.items()}
    return results


def measure(surroundings, rounds=5):
    tcp_port = listen(websocket=False)
    websocket_port = listen(websocket=True)
    path = WholePath(surroundings, permit=[tcp_port, websocket_port])
    try:
        return {"small_request_us": requests(path, rounds),
                **{f"{name}_cpu_s_per_gib": figures for name, figures in
                   streams(path, tcp_port, websocket_port, rounds).items()}}
    finally:
        path.stop()
