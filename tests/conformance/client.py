"""The clients' side of one request: HTTP/1.1 and HTTP/2 with the same interface, so that a case is
written once.

Events: ("head", status, fields) of an interim or final response, ("data", bytes), ("end", trailers)
when the response is complete, ("cut", how) when it is not and never will be.
"""

import socket

from h2_client import ConnectionEnded

DEADLINE_S = 30
# Whether a GOAWAY arrives before a RST takes its place is a race.
CONNECTION_ENDED = "connection ended"


def connect(address):
    """A socket to a path, or to an address and port."""
    stream = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    stream.settimeout(DEADLINE_S)
    stream.connect(address)
    return stream


class H1Connection:
    """One client connection to the edge. An exchange uses it until its response has ended."""

    def __init__(self, address):
        self.socket = connect(address)
        self.input = b""
        self.ended = False  # the peer's direction
        self.keeps = True  # as the last response said

    def close(self):
        self.socket.close()

    def receive(self):
        """More input; false at the end of the connection."""
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
            self.ended = "reset"
        if not piece:
            self.ended = self.ended or "closed"
            return False
        self.input += piece
        return True

    def send(self, data):
        """False when the peer takes no more; its answer may be there all the same."""
        try:
            self.socket.sendall(data)
            return True
        except ConnectionError:
            return False

    def rest(self):
        """What still comes until the peer ends the connection."""
        while self.receive():
            pass
        return self.input

    def exchange(self, request):
        return H1Exchange(self, request)


class H1Exchange:
    def __init__(self, connection, request):
        self._connection = connection
        self._method = request.method
        self._request = request
        self._chunked = getattr(request, "body", None) is not None and not request.length
        self._tunnel = False
        self._body = None  # how the content is framed; None while a head is awaited
        self._left = 0

    # --- sending --------------------------------------------------------------------------------

    def open(self):
        if hasattr(self._request, "data"):
            self._connection.send(self._request.data)
        else:
            self._connection.send(self._request.h1_head())

    def send(self, data):
        if self._chunked and not self._tunnel:
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        return self._connection.send(data)

    def send_last(self, data):
        self.send(data)
        self.finish()

    def finish(self, trailers=()):
        if self._tunnel:
            self._connection.socket.shutdown(socket.SHUT_WR)
        elif self._chunked:
            lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
            self._connection.send(f"0\r\n{lines}\r\n".encode("latin-1"))

    def half_close(self):
        self._connection.socket.shutdown(socket.SHUT_WR)

    def leave(self):
        """What a client does that wants no answer any more."""
        self._connection.ended = "closed"
        self._connection.close()

    # --- receiving ------------------------------------------------------------------------------

    def next_event(self):
        if self._body is None:
            return self._next_head()
        if self._body == "none":
            return self._ended([])
        if self._body == "until close":
            return self._next_until_close()
        if self._body == "chunked" and self._left == 0:
            line = self._line()
            if line is None:
                return self._cut()
            self._left = int(line.split(b";")[0], 16)
            if self._left == 0:
                return self._next_trailers()
        data = self._take_piece()
        if data is None:
            return self._cut()
        self._left -= len(data)
        if self._left == 0 and self._body == "length":
            self._body = "none"
        if self._left == 0 and self._body == "chunked" and self._line() != b"":
            return self._cut()
        return ("data", data)

    def _next_head(self):
        lines = self._lines()
        if lines is None:
            return self._cut()
        version, status = lines[0].split(" ", 2)[:2]
        status = int(status)
        fields = [(name, value.strip(" \t")) for name, _, value in
                  (line.partition(":") for line in lines[1:])]
        if status < 200 and status != 101:
            return ("head", status, fields)
        self._settle_body(version, status, {name.lower(): value for name, value in fields})
        return ("head", status, fields)

    def _settle_body(self, version, status, fields):
        connection = fields.get("connection", "").lower()
        self._connection.keeps = version == "HTTP/1.1" and "close" not in connection
        if status == 101 or (self._method == "CONNECT" and status < 300):
            self._tunnel, self._body = True, "until close"
            self._connection.keeps = False
        elif self._method == "HEAD" or status in (204, 304):
            self._body = "none"
        elif fields.get("transfer-encoding", "").lower() == "chunked":
            self._body = "chunked"
        elif "content-length" in fields:
            self._left = int(fields["content-length"])
            self._body = "length" if self._left else "none"
        else:
            self._body = "until close"
            self._connection.keeps = False

    def _next_trailers(self):
        trailers = []
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            trailers.append((name, value.strip(" \t")))
        return self._cut() if line is None else self._ended(trailers)

    def _next_until_close(self):
        connection = self._connection
        if not connection.input and not connection.receive():
            return self._cut() if connection.ended == "reset" else self._ended([])
        data, connection.input = connection.input, b""
        return ("data", data)

    def _ended(self, trailers):
        self._body = "ended"
        return ("end", trailers)

    def _cut(self):
        return ("cut", f"connection {self._connection.ended}")

    def _line(self):
        """Without its CRLF; None at the end of the connection."""
        connection = self._connection
        while b"\r\n" not in connection.input:
            if not connection.receive():
                return None
        line, _, connection.input = connection.input.partition(b"\r\n")
        return line

    def _lines(self):
        connection = self._connection
        while b"\r\n\r\n" not in connection.input:
            if not connection.receive():
                return None
        head, _, connection.input = connection.input.partition(b"\r\n\r\n")
        return head.decode("latin-1").split("\r\n")

    def _take_piece(self):
        connection = self._connection
        if not connection.input and not connection.receive():
            return None
        piece = connection.input[:self._left]
        connection.input = connection.input[self._left:]
        return piece


class H2Exchange:
    """On an H2Client. `extra` are fields behind those of the request: what an edge adds."""

    def __init__(self, client, request, extra=()):
        self._client = client
        self._request = request
        self._extra = list(extra)
        self._stream = None

    def open(self):
        request = self._request
        if hasattr(request, "h2_head"):
            fields = request.h2_head()
            goes_on = request.body is not None or request.method == "CONNECT"
        else:
            fields = list(request.fields)
            goes_on = request.body is not None or request.trailers
        self._ended = False
        try:
            self._stream = self._client.open(fields + self._extra, end=not goes_on)
        except ConnectionEnded:
            self._ended = True

    def send_in_one_piece(self):
        """All of a header list's request, so that its parts are read and judged together."""
        request = self._request
        with self._client.in_one_piece():
            self.open()
            if request.body is not None and request.trailers:
                self.send(request.body)
                self.finish(request.trailers)
            elif request.body is not None:
                self.send_last(request.body)
            elif request.trailers:
                self.finish(request.trailers)

    def send(self, data):
        return self._client.data(self._stream, data)

    def send_last(self, data):
        """The end comes with the content, so that nobody has to wait for it."""
        self._client.data(self._stream, data, end=True)

    def finish(self, trailers=()):
        if trailers:
            self._client.headers(self._stream, trailers, end=True)
        else:
            self._client.data(self._stream, b"", end=True)

    def leave(self, error="CANCEL"):
        self._client.reset(self._stream, error)

    def next_event(self):
        try:
            if self._ended:
                return ("cut", CONNECTION_ENDED)
            event = self._client.next_event(self._stream)
        except ConnectionEnded:
            return ("cut", CONNECTION_ENDED)
        return ("cut", f"RST_STREAM {event[1]}") if event[0] == "reset" else event
