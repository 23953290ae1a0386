"""HAProxy as the edge, played by the test (docs/protocol.md section 2.2): TLS with a client
certificate and ALPN h2, the agent's magic, and then the roles of HTTP/2 turned round. As HAProxy it

- heeds MAX_CONCURRENT_STREAMS of the agent's second SETTINGS only, and never opens more than 100;
- sends `host` and no `:authority` for HTTP/1.1 clients, but of an upgrade, and `:scheme` https;
- passes on every field of its client;
- ends a connection that was idle for `idle_s` with a bare EOF, without GOAWAY and close_notify;
- opens nothing more on a connection after the agent's GOAWAY."""

import collections
import contextlib
import queue
import socket
import threading
import time
import uuid

from h2_client import ConnectionEnded, H2Client
from scripted_server import ScriptedServer

DEADLINE_S = 30
STREAMS_MAXIMUM = 100
IDLE_POLL_S = 0.01
MAX_CONCURRENT_STREAMS, ENABLE_CONNECT = 3, 8

Answer = collections.namedtuple("Answer", "status fields body trailers reset")


class EdgeConnection:
    """One connection of an agent, for one thread at a time."""

    def __init__(self, stream):
        # A request must not wait for the acknowledgement of the last window update.
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = H2Client(stream, settings={MAX_CONCURRENT_STREAMS: STREAMS_MAXIMUM,
                                             ENABLE_CONNECT: 1}, magic=False)
        self.names = [value for kind, value in stream.getpeercert()["subjectAltName"]
                      if kind == "URI"]
        self.done = threading.Event()
        self.in_use = False
        self.used = time.monotonic()

    def streams_allowed(self):
        if self.h2.settings_frames < 2:
            return STREAMS_MAXIMUM
        return min(STREAMS_MAXIMUM, self.h2.settings.get(MAX_CONCURRENT_STREAMS, STREAMS_MAXIMUM))

    def open(self, path, host, method="GET", fields=(), end=True):
        return self.h2.open([(":method", method), (":scheme", "https"), (":path", path),
                             ("host", host), *fields], end=end)

    def open_websocket(self, path, host):
        """The upgrade of an HTTP/1.1 client. Only here the host becomes the authority."""
        return self.h2.open([(":method", "CONNECT"), (":scheme", "https"), (":authority", host),
                             (":path", path), (":protocol", "websocket"),
                             ("sec-websocket-version", "13")])

    def answer(self, stream):
        """The whole answer."""
        status, fields, body, trailers = 0, {}, b"", []
        while True:
            kind, *rest = self.h2.next_event(stream)
            if kind == "head" and rest[0] >= 200:
                status, fields = rest[0], dict(rest[1])
            elif kind == "data":
                body += rest[0]
            elif kind == "end":
                return Answer(status, fields, body, trailers + rest[0], None)
            elif kind == "reset":
                return Answer(status, fields, body, trailers, rest[0])

    def request(self, path, host, method="GET", fields=(), body=None):
        stream = self.open(path, host, method, fields, end=body is None)
        if body is not None:
            self.h2.data(stream, body, end=True)
        return self.answer(stream)


class HaproxyEdge:
    """Point an agent at `localhost:{port}` with the options of agent_options()."""

    def __init__(self, test, alpn=("h2",), idle_s=None):
        self.test = test
        self.idle_s = idle_s
        self.tunnel_id = str(uuid.uuid4())
        authority = test.certificate_authority(f"edge-of-{self.tunnel_id}")
        self.authority = authority.certificate
        self.agents = test.certificate_authority(f"agents-of-{self.tunnel_id}")
        self.came, self.ended_idle = [], []  # when, by time.monotonic()
        self._free = queue.LifoQueue()
        self._lock = threading.Lock()
        self._server = ScriptedServer(test, self._serve, tls=authority.issue("localhost"),
                                      alpn=list(alpn), client_ca=self.agents.certificate)
        self.port = self._server.port

    def issue(self, tunnel_id=None, **validity):
        return self.agents.issue(f"urn:uuid:{tunnel_id or self.tunnel_id}", client=True, **validity)

    def agent_command(self, *options, certificate=None, connections=2, port=None, authority=None):
        """For another edge with `port` and `authority`."""
        certificate = certificate or self.issue()
        return [self.test.agent_binary, "run", "--profile", "rhttp", "--tunnel-id", self.tunnel_id,
                "--edge", f"localhost:{port or self.port}",
                "--edge-ca", authority or self.authority,
                "--client-certificate", certificate.certificate, "--client-key", certificate.key,
                "--connections", str(connections), "--log-format", "json", *options]

    @contextlib.contextmanager
    def connection(self):
        """A connection that can take a request, for this caller alone; it waits for one."""
        while True:
            connection = self._free.get(timeout=DEADLINE_S)
            with self._lock:
                connection.in_use = not connection.done.is_set()
            if connection.in_use and connection.h2.is_usable():
                break
            connection.done.set()
        try:
            yield connection
        except BaseException:
            connection.done.set()  # in a state that nobody knows
            raise
        if connection.h2.goaway is None:
            connection.used = time.monotonic()
            connection.in_use = False
            self._free.put(connection)
        else:
            connection.done.set()

    def request(self, path, host="app.example.net", **more):
        with self.connection() as connection:
            return connection.request(path, host, **more)

    def _serve(self, plain):
        plain.socket.settimeout(DEADLINE_S)
        with contextlib.suppress(ConnectionEnded):
            connection = EdgeConnection(plain.socket)
            self.came.append(time.monotonic())
            self._free.put(connection)
            while not connection.done.wait(IDLE_POLL_S):
                with self._lock:
                    if not connection.in_use:
                        self._look_after(connection)

    def _look_after(self, connection):
        """Of one that is idle: it answers PINGs, notices GOAWAY, and ends when it is time."""
        if not connection.h2.is_usable():
            connection.done.set()
        elif self.idle_s is not None and time.monotonic() - connection.used > self.idle_s:
            connection.done.set()
            self.ended_idle.append(time.monotonic())
            # Of an SSLSocket this is the TCP socket's: no close_notify.
            connection.h2.socket.shutdown(socket.SHUT_RDWR)
