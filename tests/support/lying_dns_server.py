"""A DNS server that answers what the test says, right or wrong."""

import contextlib
import ipaddress
import socket
import struct
import threading

from assertions import pause

A, CNAME, SOA, AAAA = 1, 5, 6, 28
RESPONSE = 0x8180
TRUNCATED = 0x0200


class Query:
    """One question as it came."""

    def __init__(self, data, tcp):
        self.id, = struct.unpack(">H", data[:2])
        labels, at = [], 12
        while size := data[at]:
            labels.append(data[at + 1:at + 1 + size].decode("latin-1"))
            at += 1 + size
        self.name = ".".join(labels)
        self.kind, = struct.unpack(">H", data[at + 1:at + 3])
        self.question = data[12:at + 5]
        self.tcp = tcp

    def reply(self, *records, flags=RESPONSE):
        """The message with these answers; a record is (name, kind, ttl_s, data as text)."""
        head = struct.pack(">HHHHHH", self.id, flags, 1, len(records), 0, 0)
        return head + self.question + b"".join(map(_record, records))


class Stream:
    """What a TCP connection gets instead of a whole message."""

    def __init__(self, message, step_s):
        self._data = struct.pack(">H", len(message)) + message
        self._step_s = step_s

    @classmethod
    def dripping(cls, message):
        """Byte by byte, and the last one never."""
        return cls(message, step_s=0.1)

    @classmethod
    def cut(cls, message):
        """The first half, and the end of the connection."""
        return cls(message, step_s=None)

    def send(self, connection):
        if self._step_s is None:
            connection.sendall(self._data[:len(self._data) // 2])
            raise EOFError
        for byte in self._data[:-1]:
            connection.sendall(bytes([byte]))
            pause(self._step_s, "the server dawdles")
        connection.recv(1)  # until the peer has enough of it


class LyingDnsServer:
    """`script(query)` returns the messages to send back, one or none (None) or a list; over TCP
    also a Stream."""

    def __init__(self, test, port, script, address="127.0.0.1"):
        self.port = port
        self.script = script
        self._queries = []
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((address, port))
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
        for server, run in ((udp, self._serve_udp), (listener, self._accept)):
            test.on_exit(server.close)
            threading.Thread(target=run, args=(server,), daemon=True).start()

    def queries(self, name, kind=A):
        """How many of these have come."""
        return sum((query.name, query.kind) == (name, kind) for query in list(self._queries))

    def _answers(self, data, tcp):
        query = Query(data, tcp)
        self._queries.append(query)
        made = self.script(query)
        return made if isinstance(made, list) else [made] if made else []

    def _serve_udp(self, udp):
        with contextlib.suppress(OSError):
            while True:
                data, peer = udp.recvfrom(4096)
                for message in self._answers(data, tcp=False):
                    udp.sendto(message, peer)

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve_tcp, args=(connection,), daemon=True).start()

    def _serve_tcp(self, connection):
        with connection, contextlib.suppress(OSError, EOFError):
            while True:
                size, = struct.unpack(">H", _read(connection, 2))
                for message in self._answers(_read(connection, size), tcp=True):
                    if isinstance(message, Stream):
                        message.send(connection)
                        continue
                    connection.sendall(struct.pack(">H", len(message)) + message)


def _read(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode("latin-1")
                    for label in text.rstrip(".").split(".")) + b"\0"


def _record(record):
    name, kind, ttl_s, text = record
    data = _name(text) if kind == CNAME else ipaddress.ip_address(text).packed
    return _name(name) + struct.pack(">HHIH", kind, 1, ttl_s, len(data)) + data
