"""Requests of several kinds at a steady rate, while something else happens: small GETs on kept
connections, uploads, server-sent events and WebSockets. Like a load balancer it uses the edges
whose /ready says 200; whatever else goes wrong is a failed request."""

import asyncio
import collections
import contextlib
import dataclasses
import http.client
import itertools
import json
import os
import sys
import threading
import time

import mixed_origin
from assertions import CheckFailed, wait_until
from ports import free_port, wait_for_port

__all__ = ["MixedLoad", "MixedOrigin", "Target"]

UPLOAD = b"u" * (1 << 20)
READY_INTERVAL_S = 0.05
DEADLINE_S = 60


class MixedOrigin:
    """The program mixed_origin.py."""

    def __init__(self, test):
        self.port = free_port()
        self.process = test.start("origin", [sys.executable, mixed_origin.__file__, self.port])
        wait_for_port(self.port)

    def counts(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(client):
            client.request("GET", "/counts")
            return json.loads(client.getresponse().read())


@dataclasses.dataclass
class Target:
    """Where clients of an edge connect, and where it says whether they should."""

    port: int
    status_port: int = None
    ready: bool = True
    kept: collections.deque = dataclasses.field(default_factory=collections.deque)


@dataclasses.dataclass(frozen=True)
class Outcome:
    began: float  # time.time()
    took: float
    kind: str
    port: int
    error: str  # empty: it was good


class MixedLoad:
    """`rates`: requests a second of each kind: get, post, events, socket. `session_s`: events and
    sockets last between one second and this."""

    def __init__(self, service, targets, rates, session_s=20):
        self._service = service
        self._targets = targets
        self._rates = rates
        self._session_s = session_s
        self._numbers = itertools.count()
        self._name = os.urandom(4).hex()  # no upload has the name of another load's
        self._stopping = False
        self.outcomes = []
        self.open = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    # --- for the test -------------------------------------------------------------------------

    @property
    def failed(self):
        return [outcome for outcome in list(self.outcomes) if outcome.error]

    def good(self):
        return len(self.outcomes) - len(self.failed)

    def wait_for_more(self, count=100, deadline_s=60):
        until = len(self.outcomes) + count
        wait_until(lambda: len(self.outcomes) >= until, "more requests", deadline_s)

    def stop(self, deadline_s=DEADLINE_S):
        """Begins no more and waits for those under way."""
        self._stopping = True
        self._thread.join(deadline_s)
        if self._thread.is_alive():
            raise CheckFailed(f"{self.open} requests did not end in {deadline_s} s")

    def summary(self):
        kinds = collections.Counter(outcome.kind for outcome in self.outcomes)
        return (f"{len(self.outcomes)} requests ("
                + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
                + f"), {len(self.failed)} failed")

    # --- the loop -----------------------------------------------------------------------------

    async def _run(self):
        watchers = [asyncio.create_task(self._watch(target)) for target in self._targets
                    if target.status_port]
        self._running = set()
        await asyncio.gather(*(self._pace(kind, rate) for kind, rate in self._rates.items()))
        while self._running:
            await asyncio.wait(self._running)
        for watcher in watchers:
            watcher.cancel()
        for target in self._targets:
            for _, writer in target.kept:
                writer.close()

    async def _pace(self, kind, rate):
        due = time.monotonic()
        while not self._stopping:
            task = asyncio.create_task(self._one(kind))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            due += 1 / rate
            await asyncio.sleep(max(0, due - time.monotonic()))

    async def _watch(self, target):
        while True:
            target.ready = await is_ready(target.status_port)
            if not target.ready:
                while target.kept:
                    target.kept.popleft()[1].close()
            await asyncio.sleep(READY_INTERVAL_S)

    async def _one(self, kind):
        number = next(self._numbers)
        ready = [target for target in self._targets if target.ready]
        began, error = time.time(), ""
        target = ready[number % len(ready)] if ready else None
        self.open += 1
        try:
            if target is None:
                raise CheckFailed("no edge is ready")
            work = getattr(self, "_" + kind)(target, f"{self._name}-{number}", number)
            await asyncio.wait_for(work, DEADLINE_S)
        except (OSError, ValueError, CheckFailed, asyncio.IncompleteReadError,
                asyncio.TimeoutError) as failure:
            error = repr(failure)
        self.open -= 1
        self.outcomes.append(Outcome(began, time.time() - began, kind,
                                     target.port if target else 0, error))

    def _seconds(self, number):
        return 1 + number % self._session_s

    async def _get(self, target, name, _):
        connection = None
        while target.kept and connection is None:
            connection = target.kept.popleft()
            if connection[0].at_eof():
                connection[1].close()
                connection = None
        reader, writer = connection or await asyncio.open_connection("127.0.0.1", target.port)
        try:
            writer.write(self._head("GET", f"/get/{name}"))
            fields = await self._answer(reader, b"hello")
        except BaseException:
            writer.close()
            raise
        if fields.get("connection", "").lower() == "close" or not target.ready:
            writer.close()
        else:
            target.kept.append((reader, writer))

    async def _post(self, target, name, _):
        async with connected(target.port) as (reader, writer):
            writer.write(self._head("POST", f"/post/{name}", f"Content-Length: {len(UPLOAD)}\r\n"))
            writer.write(UPLOAD)
            await writer.drain()
            await self._answer(reader, str(len(UPLOAD)).encode())

    async def _events(self, target, name, number):
        seconds = self._seconds(number)
        async with connected(target.port) as (reader, writer):
            writer.write(self._head("GET", f"/events/{seconds}/{name}"))
            await self._answer(reader, None)

    async def _socket(self, target, name, number):
        async with connected(target.port) as (reader, writer):
            writer.write(self._head("GET", f"/socket/{name}",
                                    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
            line, _ = await mixed_origin.read_head(reader)
            if line.split()[1] != "101":
                raise CheckFailed(line)
            for count in range(2 * self._seconds(number)):
                await self._echo(reader, writer, 1, str(count).encode())
                await asyncio.sleep(0.5)
            await self._echo(reader, writer, mixed_origin.CLOSE, b"\x03\xe8")

    @staticmethod
    async def _echo(reader, writer, opcode, payload):
        writer.write(mixed_origin.frame(opcode, payload, b"mask"))
        if await mixed_origin.read_frame(reader) != (opcode, payload):
            raise CheckFailed("another frame came back")

    def _head(self, method, path, more=""):
        fields = "".join(f"{name}: {value}\r\n" for name, value in self._service.headers.items())
        return f"{method} {path} HTTP/1.1\r\nHost: a.test\r\n{fields}{more}\r\n".encode()

    @staticmethod
    async def _answer(reader, expected):
        """Checks a response; without an expected body it has to be all of a stream of events."""
        line, fields = await mixed_origin.read_head(reader)
        pieces = []
        await mixed_origin.read_body(reader, fields, pieces.append)
        body = b"".join(pieces)
        good = body == expected if expected else body.endswith(b"data: end\n\n")
        if line.split()[1] != "200" or not good:
            raise CheckFailed(f"{line} {body[:300]}")
        return fields


@contextlib.asynccontextmanager
async def connected(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def is_ready(port):
    try:
        async with connected(port) as (reader, writer):
            writer.write(b"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            line, _ = await mixed_origin.read_head(reader)
            return line.split()[1] == "200"
    except (OSError, asyncio.IncompleteReadError):
        return False
