"""An HTTP/2 client that does as it is told, also what RFC 9113 forbids: the header lists and frames
of the test go out as they are. It checks nothing of what it receives but the framing itself."""

import collections
import contextlib
import itertools
import ssl
import struct

import hpack

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED, PRIORITIZED = 0x8, 0x20
ENABLE_PUSH, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, ENABLE_CONNECT = 2, 4, 5, 8
ERRORS = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
          "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
          "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"]
OWN_STREAM_WINDOW = 1 << 20
OWN_CONNECTION_WINDOW = 16 << 20
FRAME_BYTES = 16384

# What arrives on a stream: ("head", status, fields), ("data", bytes), ("end", trailers),
# ("reset", error name). After an "end" or a "reset" nothing more comes.
Stream = collections.namedtuple("Stream", "events window")


class ConnectionEnded(Exception):
    """The peer has ended the connection; the text has its GOAWAY error, if there was one."""


class H2Client:
    """Blocking, for one thread at a time. The socket's own timeout limits every wait. `magic` is
    whether this end sends it; else the peer has to, which is nevertheless the server."""

    def __init__(self, stream, settings=(), magic=True):
        self.socket = stream
        self.goaway = None
        self.settings = None  # the peer's, once they are there
        self.settings_frames = 0
        self._input = bytearray()
        self._output = b""
        self._corked = False
        self._encoder = hpack.Encoder()
        self._decoder = hpack.Decoder(max_header_list_size=1 << 22)
        self._streams = {}
        self._ids = itertools.count(1, 2)
        self._block = b""  # of a HEADERS frame that CONTINUATION goes on with
        self._window = 65535
        self._peer_stream_window = 65535
        own = {ENABLE_PUSH: 0, INITIAL_WINDOW_SIZE: OWN_STREAM_WINDOW, **dict(settings)}
        payload = b"".join(struct.pack(">HI", *setting) for setting in own.items())
        if magic:
            self.socket.sendall(MAGIC)
        elif self._read(len(MAGIC)) != MAGIC:
            raise ConnectionEnded("the peer did not begin with the magic")
        self.frame(SETTINGS, 0, 0, payload)
        self.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", OWN_CONNECTION_WINDOW - 65535))
        while self.settings is None:
            self._receive_frame()

    # --- sending --------------------------------------------------------------------------------

    def open(self, fields, end=False):
        """Sends a header list on a new stream; returns its number."""
        number = next(self._ids)
        self._streams[number] = Stream(collections.deque(), [self._peer_stream_window])
        self.headers(number, fields, end)
        return number

    def headers(self, number, fields, end):
        block = self._encoder.encode([hpack.NeverIndexedHeaderTuple(as_bytes(name), as_bytes(value))
                                      for name, value in fields])
        pieces = [block[at:at + FRAME_BYTES] for at in range(0, len(block), FRAME_BYTES)] or [b""]
        for index, piece in enumerate(pieces):
            flags = END_HEADERS if index == len(pieces) - 1 else 0
            if index == 0:
                self.frame(HEADERS, flags | (END_STREAM if end else 0), number, piece)
            else:
                self.frame(CONTINUATION, flags, number, piece)

    def data(self, number, data, end=False):
        """Sends content as the windows allow; false when the stream ended before all had left."""
        stream = self._streams[number]
        left = memoryview(data)
        while left:
            room = min(self._window, stream.window[0], FRAME_BYTES, len(left))
            if room <= 0:
                if self._has_ended(number):
                    return False
                self._receive_frame()
                continue
            self._window -= room
            stream.window[0] -= room
            left, piece = left[room:], left[:room]
            self.frame(DATA, END_STREAM if end and not left else 0, number, bytes(piece))
        if end and not data:
            self.frame(DATA, END_STREAM, number, b"")
        return True

    def reset(self, number, error="CANCEL"):
        self.frame(RST_STREAM, 0, number, struct.pack(">I", ERRORS.index(error)))

    def frame(self, kind, flags, number, payload):
        """Any frame at all."""
        self._output += (struct.pack(">I", len(payload))[1:] +
                         struct.pack(">BBI", kind, flags, number) + payload)
        if not self._corked:
            self._flush()

    @contextlib.contextmanager
    def in_one_piece(self):
        """What is sent inside leaves in one write."""
        self._corked = True
        yield
        self._corked = False
        self._flush()

    def _flush(self):
        output, self._output = self._output, b""
        try:
            self.socket.sendall(output)
        except (ConnectionError, ssl.SSLError) as error:
            raise self._ended() from error

    # --- receiving ------------------------------------------------------------------------------

    def next_event(self, number):
        """The next event of the stream; waits for it."""
        events = self._streams[number].events
        while not events:
            self._receive_frame()
        return events.popleft()

    def is_usable(self):
        """Whether the connection lives and takes further streams, by what has arrived."""
        timeout = self.socket.gettimeout()
        self.socket.setblocking(False)
        try:
            while piece := self.socket.recv(1 << 18):
                self._input += piece
            self.goaway = self.goaway or "none"
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except (ConnectionError, ssl.SSLError):
            self.goaway = self.goaway or "none"
        finally:
            self.socket.settimeout(timeout)
        try:
            while self.goaway is None and self._has_frame():
                self._receive_frame()
        except ConnectionEnded:
            pass
        return self.goaway is None

    def _has_ended(self, number):
        return any(event[0] in ("end", "reset") for event in self._streams[number].events)

    def _has_frame(self):
        return len(self._input) >= 9 + int.from_bytes(self._input[:3], "big")

    def _ended(self):
        return ConnectionEnded("GOAWAY " + self.goaway if self.goaway else "the connection ended")

    def _read(self, size):
        while len(self._input) < size:
            try:
                piece = self.socket.recv(1 << 18)
            except (ConnectionError, ssl.SSLError):
                piece = b""
            if not piece:
                self.goaway = self.goaway or "none"
                raise self._ended()
            self._input += piece
        data = bytes(self._input[:size])
        del self._input[:size]
        return data

    def _receive_frame(self):
        head = self._read(9)
        size, (kind, flags, number) = int.from_bytes(head[:3], "big"), struct.unpack(">BBI", head[3:])
        payload = self._read(size)
        if kind == SETTINGS and not flags & ACK:
            self._take_settings(payload)
        elif kind == PING and not flags & ACK:
            self.frame(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            self.goaway = error_name(payload[4:8])
        elif kind == WINDOW_UPDATE:
            self._take_credit(number, int.from_bytes(payload, "big"))
        elif kind in (HEADERS, CONTINUATION):
            self._take_headers(number, flags, kind, payload)
        elif kind == DATA:
            self._take_data(number, flags, payload)
        elif kind == RST_STREAM and number in self._streams:
            self._streams[number].events.append(("reset", error_name(payload)))

    def _take_settings(self, payload):
        settings = dict(struct.iter_unpack(">HI", payload))
        if INITIAL_WINDOW_SIZE in settings:
            change = settings[INITIAL_WINDOW_SIZE] - self._peer_stream_window
            self._peer_stream_window += change
            for stream in self._streams.values():
                stream.window[0] += change
        self.settings = settings
        self.settings_frames += 1
        self.frame(SETTINGS, ACK, 0, b"")

    def _take_credit(self, number, credit):
        if number == 0:
            self._window += credit
        elif number in self._streams:
            self._streams[number].window[0] += credit

    def _take_headers(self, number, flags, kind, payload):
        if kind == HEADERS:
            if flags & PADDED:
                payload = payload[1:len(payload) - payload[0]]
            self._block = payload[5:] if flags & PRIORITIZED else payload
            self._ends_stream = bool(flags & END_STREAM)
        else:
            self._block += payload
        if not flags & END_HEADERS:
            return
        fields = [(as_text(name), as_text(value))
                  for name, value in self._decoder.decode(self._block, raw=True)]
        events = self._streams[number].events
        if fields and fields[0][0] == ":status":
            events.append(("head", int(fields[0][1]), fields[1:]))
            if self._ends_stream:
                events.append(("end", []))
        else:
            events.append(("end", fields))

    def _take_data(self, number, flags, payload):
        if payload:
            credit = struct.pack(">I", len(payload))
            self.frame(WINDOW_UPDATE, 0, 0, credit)
            if not flags & END_STREAM:
                self.frame(WINDOW_UPDATE, 0, number, credit)
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if payload:
            self._streams[number].events.append(("data", payload))
        if flags & END_STREAM:
            self._streams[number].events.append(("end", []))


def error_name(payload):
    code = int.from_bytes(payload, "big")
    return ERRORS[code] if code < len(ERRORS) else str(code)


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def as_text(data):
    return data.decode("latin-1") if isinstance(data, bytes) else data
