"""The origin of one case: it records exactly what arrives, and answers exactly what the case says.
Beside that it answers the canary, with which the test sees that nothing else was disturbed."""

import base64
import collections
import contextlib
import hashlib
import socket
import struct
import threading
from dataclasses import dataclass, field

from assertions import CheckFailed, check
from scripted_server import ScriptedServer

ADDRESS = "127.0.0.2"  # the edge's address, 127.0.0.1, is denied to agents as a whole
CANARY_PATH = "/canary"
CANARY_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary"
CLOSE = "close"  # what a script returns to end the connection
DEADLINE_S = 30


@dataclass
class Arrived:
    """A request as the origin saw it."""

    line: str
    fields: list
    connection: int  # counted from 0
    framing: str = ""  # "length" or "chunked", when there is content
    body: bytes = b""
    trailers: list = field(default_factory=list)
    cut: str = ""  # the connection ended inside the content: how

    def value(self, name):
        return next((value for key, value in self.fields if key.lower() == name), None)


class Origin:
    """`script(turn)` serves one request; it returns CLOSE, or the connection is kept."""

    def __init__(self, test, script, speaks_http=True):
        self._script = script
        self._speaks_http = speaks_http
        self._lock = threading.Condition()
        self._busy = 0
        self._connections = 0
        self._open = set()
        self.begin()
        self._server = ScriptedServer(test, self._serve, port=0, address=ADDRESS)
        self.port = self._server.port

    def begin(self):
        """Forgets what has been so far."""
        self.arrived = []
        self.sent = b""
        self.canary_connection = None
        self._gates = collections.defaultdict(threading.Event)

    def open_gate(self, name):
        """Lets the other side of a case go on that waits for this name."""
        with self._lock:
            gate = self._gates[name]
        gate.set()

    def wait_for_gate(self, name):
        with self._lock:
            gate = self._gates[name]
        check(gate.wait(DEADLINE_S), f"'{name}' did not happen")

    def wait_for_arrival(self):
        """Returns when a request is being served."""
        with self._lock:
            check(self._lock.wait_for(lambda: self._busy > 0, DEADLINE_S), "no request arrived")

    def refuse(self):
        """Nobody listens any more."""
        self._server.stop()

    def restore(self):
        if not self._server.listens():
            self._server.start()

    def settle(self):
        """Waits until no request is being served."""
        with self._lock:
            check(self._lock.wait_for(lambda: self._busy == 0, DEADLINE_S),
                  f"the origin's script did not end; it has seen {self.arrived}")

    def end_idle(self, with_reset=False):
        """Ends the connections that wait for a request; returns when their FIN or RST has left."""
        with self._lock:
            idle = list(self._open)
        for connection in idle:
            if with_reset:
                _end_with_reset(connection)
            # Wakes the thread that reads; nothing is sent by that.
            connection.shutdown(socket.SHUT_RD)
        with self._lock:
            check(self._lock.wait_for(lambda: not self._open, DEADLINE_S), "connections end")

    def _serve(self, connection):
        with self._lock:
            number = self._connections
            self._connections += 1
            self._open.add(connection.socket)
        connection.socket.settimeout(DEADLINE_S)
        try:
            served = 0
            while self._serve_request(connection, number, served) != CLOSE:
                served += 1
        finally:
            connection.socket.close()
            with self._lock:
                self._open.remove(connection.socket)
                self._lock.notify_all()

    def _serve_request(self, connection, number, served):
        head = connection.read_head() if self._speaks_http else ["TCP"]
        turn = Turn(self, connection, head, number, served > 0)
        if head[0].split(" ")[1:2] == [CANARY_PATH]:
            self.canary_connection = number
            connection.send(CANARY_ANSWER)
            return None
        with self._lock:
            self._busy += 1
            self.arrived.append(turn.request)
            self._lock.notify_all()
        try:
            return self._script(turn)
        except TimeoutError:
            return CLOSE
        finally:
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()


class Turn:
    """One request at the origin, and the way to answer it."""

    def __init__(self, origin, connection, head, number, served_before):
        self.origin = origin
        self.served_before = served_before  # the connection has carried a request before
        self.connection = connection
        fields = [(name, value.strip(" \t")) for name, _, value in
                  (line.partition(":") for line in head[1:])]
        self.request = Arrived(head[0], fields, number)
        if self.request.value("transfer-encoding"):
            self.request.framing = "chunked"
        elif self.request.value("content-length"):
            self.request.framing = "length"

    def read_body(self):
        """Reads and records the content and the trailers."""
        while self.read_piece():
            pass

    def read_piece(self):
        """The next piece of the content; b"" behind the last."""
        request = self.request
        try:
            piece = self._next_piece()
        except EOFError:
            request.cut = "closed"
            raise
        except ConnectionError:
            request.cut = "reset"
            raise
        request.body += piece
        return piece

    def _next_piece(self):
        request, connection = self.request, self.connection
        if request.framing == "length":
            return connection.read_some(int(request.value("content-length")) - len(request.body))
        if request.framing != "chunked":
            return b""
        size = int(connection.read_line(), 16)
        if size:
            data = connection.read_exactly(size)
            check(connection.read_line() == b"", "a chunk ends with CRLF")
            return data
        while line := connection.read_line():
            name, _, value = line.decode("latin-1").partition(":")
            request.trailers.append((name, value.strip(" \t")))
        return b""

    def send(self, data, shown=None):
        """`shown` is what the page has in place of bytes that differ from run to run."""
        data = data if isinstance(data, bytes) else data.encode("latin-1")
        self.origin.sent += data if shown is None else shown.encode()
        self.connection.send(data)

    def reset(self):
        """The end of the connection will be a RST."""
        _end_with_reset(self.connection.socket)
        return CLOSE

    def wait_for_end(self):
        """Takes what comes until the agent ends the connection; returns the number of bytes."""
        total = 0
        with contextlib.suppress(ConnectionError):
            while data := self.connection.socket.recv(1 << 16):
                total += len(data)
        return total

    def read_raw(self):
        """Bytes of a tunnel as they come; b"" at the end of the other direction."""
        try:
            data = self.connection.read_some(1 << 16)
        except EOFError:
            return b""
        self.request.body += data
        return data

    def end_direction(self):
        self.connection.socket.shutdown(socket.SHUT_WR)

    def accept_websocket(self, *fields, upgrade="websocket"):
        """Answers the handshake; what follows on the connection are frames."""
        key = self.request.value("sec-websocket-key")
        if key is None:
            raise CheckFailed("the handshake has no key")
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        accept = base64.b64encode(digest).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", f"Upgrade: {upgrade}", "Connection: Upgrade",
                 f"Sec-WebSocket-Accept: {accept}", *fields]
        text = "\r\n".join(lines) + "\r\n\r\n"
        self.send(text, shown=text.replace(accept, "(right)"))


def _end_with_reset(stream):
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def ok(body="", *fields, status="200 OK"):
    """A response with Content-Length."""
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + data


def answers(*texts, end=None):
    """A script that reads all of the request, then sends these texts one by one."""

    def script(turn):
        turn.read_body()
        for text in texts:
            turn.send(text)
        return end

    return script


def answers_and_closes(*texts):
    return answers(*texts, end=CLOSE)
