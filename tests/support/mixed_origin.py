"""An origin for mixed load, a program of its own: small answers, uploads, server-sent events and
WebSockets on one port of 127.0.0.1. Started by MixedOrigin; see mixed_load.py for the other end.

    GET /get/ID           "hello"
    POST /post/ID         the number of bytes that came
    GET /events/S/ID      an event at once and every half second, for S seconds, then "end"
    GET /socket/ID        a WebSocket that echoes
    GET /counts           {"posts": N, "duplicates": N}, by their IDs
"""

import asyncio
import base64
import collections
import contextlib
import hashlib
import json
import struct
import sys

EVENT_INTERVAL_S = 0.5
WEBSOCKET_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PIECE = 1 << 18
CLOSE = 8


def frame(opcode, payload, mask=None):
    """One WebSocket frame of less than 126 bytes; `mask` for those of a client."""
    head = struct.pack("!BB", 0x80 | opcode, len(payload) | (0x80 if mask else 0))
    if mask:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + (mask or b"") + payload


async def read_frame(reader):
    """Opcode and payload of one frame of less than 126 bytes."""
    first, second = await reader.readexactly(2)
    mask = await reader.readexactly(4) if second & 0x80 else None
    payload = await reader.readexactly(second & 0x7F)
    if mask:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return first & 0x0F, payload


async def read_head(reader):
    """The first line and the fields, names in lower case."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
    return lines[0], fields


async def read_body(reader, fields, take):
    """Calls take(piece) with what the body is made of."""
    if "chunked" in fields.get("transfer-encoding", ""):
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            piece = await reader.readexactly(size + 2)
            if size == 0:
                return
            take(piece[:-2])
    left = int(fields.get("content-length", "0"))
    while left > 0:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        take(piece)
        left -= len(piece)


class Origin:
    def __init__(self):
        self.posts = collections.Counter()

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                line, fields = await read_head(reader)
                await self.answer(reader, writer, line.split()[1].split("/")[1:], fields)
        with contextlib.suppress(OSError):
            writer.close()

    async def answer(self, reader, writer, path, fields):
        if path[0] == "post":
            sizes = []
            await read_body(reader, fields, lambda piece: sizes.append(len(piece)))
            self.posts[path[1]] += 1
            await send(writer, str(sum(sizes)))
        elif path[0] == "events":
            await self.events(writer, float(path[1]))
        elif path[0] == "socket":
            await self.socket(reader, writer, fields)
        elif path[0] == "counts":
            twice = sum(1 for count in self.posts.values() if count > 1)
            await send(writer, json.dumps({"posts": len(self.posts), "duplicates": twice}))
        else:
            await send(writer, "hello")

    @staticmethod
    async def events(writer, seconds):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        for number in range(int(seconds / EVENT_INTERVAL_S)):
            chunk(writer, f"data: {number}\n\n")
            await writer.drain()
            await asyncio.sleep(EVENT_INTERVAL_S)
        chunk(writer, "data: end\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    @staticmethod
    async def socket(reader, writer, fields):
        key = fields["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_KEY).digest()).decode()
        writer.write((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        while True:
            opcode, payload = await read_frame(reader)
            writer.write(frame(opcode, payload))
            await writer.drain()
            if opcode == CLOSE:
                raise ConnectionResetError  # the connection is done


def chunk(writer, text):
    writer.write(f"{len(text):x}\r\n{text}\r\n".encode())


async def send(writer, text):
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
    await writer.drain()


async def main():
    origin = Origin()
    server = await asyncio.start_server(origin.serve, "127.0.0.1", int(sys.argv[1]), backlog=4096,
                                        limit=PIECE)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
