"""A TCP or TLS server whose every connection a function of the test plays, in a thread of its own:
origins and edges that break the rules, and origins that stop where the test wants them to."""

import contextlib
import hashlib
import socket
import ssl
import threading

from ports import free_port

CHUNK_BYTES = 1 << 16


class ScriptedServer:
    """`script(connection)` gets a Connection; returning ends it. The script can be replaced at any
    time through `script`, for the connections that come then. Port 0 is any port that is free at
    this address."""

    def __init__(self, test, script, port=None, tls=None, alpn=None, maximum_tls=None,
                 address="127.0.0.1", client_ca=None):
        self.address = address
        self.port = free_port() if port is None else port
        self.script = script
        self.accepted = 0
        self._context = _tls_context(tls, alpn, maximum_tls, client_ca) if tls else None
        self._listener = None
        self._open = set()
        self._lock = threading.Lock()
        self.start()
        test.on_exit(self.stop)

    def start(self):
        """Listens again after stop()."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(4096)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self):
        """Refuses from now on, and ends every connection."""
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def listens(self):
        return self._listener is not None

    def cut(self):
        """Ends every open connection."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw):
        with self._lock:
            self._open.add(raw)
        spoken = raw
        # What a broken peer does to this side is none of the test's business.
        try:
            with contextlib.suppress(OSError, EOFError):
                if self._context:
                    # It takes the descriptor out of `raw`; cut() must reach the new one.
                    spoken = self._context.wrap_socket(raw, server_side=True,
                                                       do_handshake_on_connect=False)
                    with self._lock:
                        self._open.add(spoken)
                    spoken.do_handshake()
                self.script(Connection(spoken))
        finally:
            with self._lock:
                self._open -= {raw, spoken}
            spoken.close()


class Connection:
    """Blocking reads and writes, and as much HTTP/1.1 as a script needs."""

    def __init__(self, stream):
        self.socket = stream
        self._input = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def read_head(self):
        """The lines of the next head; EOFError at the end of the connection."""
        while b"\r\n\r\n" not in self._input:
            self._receive()
        head, _, self._input = self._input.partition(b"\r\n\r\n")
        return head.decode("latin-1").split("\r\n")

    def read_body(self, head, each=lambda data: None):
        """Takes the body that the head announces and calls each(data) on its pieces; returns the
        number of bytes."""
        names = {name.lower(): value.strip() for name, _, value in
                 (line.partition(":") for line in head[1:])}
        total = 0
        if names.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.read_line().split(b";")[0], 16):
                total += self._take(size, each)
                self._take(2, lambda data: None)
            while self.read_line():
                pass
        elif length := int(names.get("content-length", "0")):
            total = self._take(length, each)
        return total

    def read_until_end(self):
        """Whatever comes, until the peer ends the connection."""
        data, self._input = self._input, b""
        while piece := self.socket.recv(CHUNK_BYTES):
            data += piece
        return data

    def answer(self, body="", status="200 OK", fields=""):
        data = body if isinstance(body, bytes) else body.encode()
        self.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{fields}\r\n".encode() + data)

    def read_line(self):
        """Without its CRLF."""
        while b"\r\n" not in self._input:
            self._receive()
        line, _, self._input = self._input.partition(b"\r\n")
        return line

    def read_some(self, most):
        """At least one byte and at most so many; none if that is 0."""
        if most and not self._input:
            self._receive()
        data, self._input = self._input[:most], self._input[most:]
        return data

    def read_exactly(self, size):
        pieces = []
        self._take(size, pieces.append)
        return b"".join(pieces)

    def _take(self, size, each):
        left = size
        while left:
            if not self._input:
                self._receive()
            piece, self._input = self._input[:left], self._input[left:]
            each(piece)
            left -= len(piece)
        return size

    def _receive(self):
        data = self.socket.recv(CHUNK_BYTES)
        if not data:
            raise EOFError
        self._input += data


class Pattern:
    """A body of any size whose every part is different, made while it is sent: block i is the
    block before it turned by one byte."""

    def __init__(self, size, seed=0):
        self._left = size
        self._block = hashlib.shake_256(str(seed).encode()).digest(CHUNK_BYTES)
        self._turn = 0
        self.digest = hashlib.sha256()

    def __iter__(self):
        return self

    def __next__(self):
        if self._left == 0:
            raise StopIteration
        cut = self._turn % CHUNK_BYTES
        self._turn += 1
        block = (self._block[cut:] + self._block[:cut])[:self._left]
        self._left -= len(block)
        self.digest.update(block)
        return block


def _tls_context(certificate, alpn, maximum, client_ca):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    if alpn:
        context.set_alpn_protocols(alpn)
    if maximum:
        context.maximum_version = maximum
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context
