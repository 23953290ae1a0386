"""HTTP/2 by hand: a peer that sends any frames a test wants, right or wrong, in either role.

    peer = H2Peer(socket.create_connection(...))
    peer.greet()
    peer.send(headers(1, request_fields("/"), end_stream=True))
    peer.wait(lambda: peer.answer(1).ended, "an answer")

One thread uses a peer at a time; nothing is sent or read but inside flush(), wait() and pump().
"""

import select
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field

import hpack
from assertions import CheckFailed
from OpenSSL import SSL

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS, PADDED = 4, 8
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = (
    1, 3, 5, 7, 8, 11)
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 2, 3, 4
LARGEST_WINDOW = (1 << 31) - 1
CHUNK_BYTES = 1 << 16
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, SSL.WantReadError,
               SSL.WantWriteError)
ENDED = (ConnectionError, ssl.SSLError, SSL.Error)


# --- frames --------------------------------------------------------------------------------------

def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value, index_bits=0):
    """One field line without Huffman coding; 0 does not enter it into the table, 0x40 does."""
    name, value = name.encode("latin-1"), value.encode("latin-1")
    return bytes([index_bits]) + _length(name) + name + _length(value) + value


def _length(text):
    size = len(text)
    if size < 127:
        return bytes([size])
    size -= 127
    encoded = b"\x7f"
    while size >= 128:
        encoded += bytes([size % 128 + 128])
        size //= 128
    return encoded + bytes([size])


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


def headers(stream, fields, end_stream=False):
    """A HEADERS frame with the whole block; `fields` are pairs, or the encoded block."""
    encoded = fields if isinstance(fields, bytes) else block(fields)
    return frame(HEADERS, END_HEADERS | (END_STREAM if end_stream else 0), stream, encoded)


def data(stream, payload=b"", end_stream=False):
    return frame(DATA, END_STREAM if end_stream else 0, stream, payload)


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def settings(values=()):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in values))


def ping(payload=b"12345678"):
    return frame(PING, 0, 0, payload)


def request_fields(path="/", more=(), method="GET", authority="service.test"):
    return [(":method", method), (":scheme", "http"), (":authority", authority), (":path", path),
            *more]


# --- the peer ------------------------------------------------------------------------------------

@dataclass
class Answer:
    """What came on one stream."""

    status: int = 0
    fields: list = field(default_factory=list)
    bytes: int = 0
    body: bytes = b""  # only with keep_bodies
    ended: bool = False
    reset: int = -1  # the code of the RST_STREAM

    @property
    def over(self):
        return self.ended or self.reset >= 0


class H2Peer:
    """On any connected socket, TLS (ssl or pyOpenSSL) included. `reading` can be switched off: a
    peer that never reads. `crediting` off: no window is ever opened again."""

    def __init__(self, stream, keep_bodies=False):
        self.stream = stream
        stream.setblocking(False)
        self.answers = {}
        self.requests = []  # (stream, fields), where the other end is the client
        self.go_away = -1
        self.settings_seen = {}
        self.counts = [0] * 256  # frames by type
        self.ended = False
        self.reading = True
        self.crediting = True
        self.acknowledging = True
        self.speaking = True  # false: nothing is sent before greet()
        self._keep_bodies = keep_bodies
        self._decoder = hpack.Decoder()
        self._decoder.max_allowed_table_size = 1 << 16
        self._block = None
        self._in = bytearray()
        self._out = bytearray()
        self._next_stream = 1
        self._magic_due = False

    def greet(self, values=((ENABLE_PUSH, 0),), client=True, connection_window=LARGEST_WINDOW):
        """The magic of a client, SETTINGS, and a connection window that is never in the way;
        returns when the other end's SETTINGS have come."""
        self._magic_due = not client
        # Before the acknowledgement of SETTINGS that may have come already.
        self._out[:0] = (MAGIC if client else b"") + settings(values)
        self.speaking = True
        if connection_window > 65535:
            self.send(window_update(0, connection_window - 65535))
        self.wait(lambda: self.counts[SETTINGS], "SETTINGS")

    def next_stream(self):
        self._next_stream += 2
        return self._next_stream - 2

    def answer(self, stream):
        return self.answers.setdefault(stream, Answer())

    def request(self, fields, deadline_s=30.0):
        """One request without a body; its finished Answer."""
        stream = self.next_stream()
        self.send(headers(stream, fields, end_stream=True))
        self.wait(lambda: self.answer(stream).over, f"the answer to {fields}", deadline_s)
        return self.answers.pop(stream)

    def send(self, frames):
        """Queues bytes; pumps while many wait."""
        self._out += frames
        if len(self._out) > 4 * CHUNK_BYTES:
            self.pump(0)

    @property
    def waiting(self):
        """Bytes that were queued and have not been sent."""
        return len(self._out)

    def flush(self, deadline_s=30.0):
        """Sends all that was queued, unless the other end ends the connection. True if it left."""
        self.wait(lambda: not self._out or self.ended, "the other end takes what is sent",
                  deadline_s)
        return not self._out

    def wait(self, condition, what, deadline_s=30.0):
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end:
                raise CheckFailed(f"not within {deadline_s:g} s: {what}; GOAWAY {self.go_away}, "
                                  f"ended {self.ended}")
            if self.ended:
                raise CheckFailed(f"the connection ended (GOAWAY {self.go_away}) before: {what}")
            self.pump(0.05)

    def wait_end(self, what="the other end closes the connection", deadline_s=30.0):
        """Returns the code of its GOAWAY, -1 without one."""
        self.wait_for_end_or(lambda: False, what, deadline_s)
        return self.go_away

    def wait_for_end_or(self, condition, what, deadline_s=30.0):
        self.wait(lambda: self.ended or condition(), what, deadline_s)

    def close(self):
        self.ended = True
        self.stream.close()

    # --- transport ---------------------------------------------------------------------------

    def pump(self, wait_s):
        """Sends and reads what goes at once; waits at most wait_s for either."""
        if self.ended:
            return
        moved = self._write() | (self._read() if self.reading else False)
        if not moved and wait_s and not self.ended:
            select.select([self.stream] if self.reading else [],
                          [self.stream] if self._out else [], [], wait_s)

    def _write(self):
        moved = False
        try:
            while self._out and self.speaking:
                sent = self.stream.send(bytes(self._out[:CHUNK_BYTES]))
                del self._out[:sent]
                moved = True
        except WOULD_BLOCK:
            pass
        except ENDED:
            self._out.clear()
            if not self.reading:
                self.ended = True  # otherwise reading finds the end, and what came before it
        return moved

    def _read(self):
        moved = False
        try:
            for _ in range(16):
                piece = self.stream.recv(CHUNK_BYTES)
                if not piece:
                    self.ended = True
                    break
                moved = True
                self._in += piece
                self._take_frames()
        except WOULD_BLOCK:
            pass
        except ENDED:
            self.ended = True
        return moved

    # --- frames that come ----------------------------------------------------------------------

    def _take_frames(self):
        if self._magic_due:
            if len(self._in) < len(MAGIC):
                return
            del self._in[:len(MAGIC)]
            self._magic_due = False
        at = 0
        while len(self._in) - at >= 9:
            size = int.from_bytes(self._in[at:at + 3], "big")
            if len(self._in) - at < 9 + size:
                break
            kind, flags = self._in[at + 3], self._in[at + 4]
            stream = int.from_bytes(self._in[at + 5:at + 9], "big") & LARGEST_WINDOW
            self._take(kind, flags, stream, bytes(self._in[at + 9:at + 9 + size]))
            at += 9 + size
        del self._in[:at]

    def _take(self, kind, flags, stream, payload):
        self.counts[kind] += 1
        if kind == DATA:
            self._take_data(flags, stream, payload)
        elif kind in (HEADERS, CONTINUATION):
            self._take_block(kind, flags, stream, payload)
        elif kind == RST_STREAM:
            self.answer(stream).reset = int.from_bytes(payload, "big")
        elif kind == SETTINGS and not flags & ACK:
            self.settings_seen.update(struct.iter_unpack(">HI", payload))
            if self.acknowledging:
                self._out += frame(SETTINGS, ACK, 0)
        elif kind == PING and not flags & ACK and self.acknowledging:
            self._out += frame(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            self.go_away = int.from_bytes(payload[4:8], "big")

    def _take_data(self, flags, stream, payload):
        answer = self.answer(stream)
        answer.bytes += len(payload)
        if self._keep_bodies:
            answer.body += payload
        if flags & END_STREAM:
            answer.ended = True
        if self.crediting and payload:
            self._out += window_update(0, len(payload))
            if not flags & END_STREAM:
                self._out += window_update(stream, len(payload))

    def _take_block(self, kind, flags, stream, payload):
        if kind == HEADERS:
            self._block = (flags & END_STREAM, payload)
        else:
            self._block = (self._block[0], self._block[1] + payload)
        if not flags & END_HEADERS:
            return
        end_stream, encoded = self._block
        fields = self._decoder.decode(encoded)
        names = dict(fields)
        if ":method" in names:
            self.requests.append((stream, fields))
            return
        answer = self.answer(stream)
        status = int(names.get(":status", 0))
        if status >= 200:
            answer.status, answer.fields = status, fields
        if end_stream:
            answer.ended = True


def connect(port, **options):
    """A peer on a new TCP connection to 127.0.0.1, as a client that has not said anything yet."""
    return H2Peer(socket.create_connection(("127.0.0.1", port), timeout=30), **options)
