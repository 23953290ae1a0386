"""An origin that closes idle connections after exactly one second, and requests that come one second
after the last, give or take 2 ms: again and again a request meets a connection that is just closing.
No GET fails, and no POST is delivered twice.

OUTHAUL_REQUESTS: how many; 1000 unless given."""
# timeout: 180

import asyncio
import collections
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from assertions import async_pause  # noqa: E402
from ports import free_port  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

REQUESTS = int(os.environ.get("OUTHAUL_REQUESTS", "1000"))
CLIENTS = 250
IDLE_S = 1.000
SPREAD_S = 0.002


class Origin:
    """Answers everything with its own number of times that this path came; closes after IDLE_S."""

    def __init__(self):
        self.port = free_port()
        self.delivered = collections.Counter()
        self.closed_idle = 0
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        check(ready.wait(10), "the origin listens")

    async def _serve(self, ready):
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=1024)
        ready.set()
        await server.serve_forever()

    async def _connection(self, reader, writer):
        try:
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S)
                method, path = head.split(b" ", 2)[:2]
                self.delivered[(method, path)] += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except asyncio.TimeoutError:
            self.closed_idle += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


class Clients:
    """Each has one connection to the edge and asks once a second."""

    def __init__(self, tunnel, service):
        self._tunnel, self._service = tunnel, service
        self.outcomes = collections.Counter()

    async def run(self):
        rounds = max(1, REQUESTS // CLIENTS)
        await asyncio.gather(*(self._client(number, rounds) for number in range(CLIENTS)))

    async def _client(self, number, rounds):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._tunnel.binding_port)
        for index in range(rounds):
            # One in ten is a POST; without content, so that only its method forbids a second try.
            method = "POST" if (number + index) % 10 == 0 else "GET"
            fields = "".join(f"{name}: {value}\r\n"
                             for name, value in self._service.headers.items())
            writer.write(f"{method} /{number}/{index} HTTP/1.1\r\nHost: a.test\r\n"
                         f"Content-Length: 0\r\n{fields}\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                          if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            self.outcomes[(method, int(head.split(b" ")[1]))] += 1
            await async_pause(IDLE_S + random.uniform(-SPREAD_S, SPREAD_S),
                              "the moment at which the origin closes")
        writer.close()


def main(test):
    origin = Origin()
    tunnel = Tunnel(test)
    service = tunnel.address_service("api", origin.port)
    agent = tunnel.start_agent(permit=[origin.port], connections=2)
    clients = Clients(tunnel, service)
    asyncio.run(clients.run())
    print(f"outcomes {dict(clients.outcomes)}; the origin closed {origin.closed_idle} idle "
          "connections", flush=True)
    with test.case("connections were closed while requests came"):
        check(origin.closed_idle > 0, "none was closed")
    with test.case("no GET failed"):
        failed = {outcome: count for outcome, count in clients.outcomes.items()
                  if outcome[0] == "GET" and outcome[1] != 200}
        equal(failed, {}, "failed GET requests")
    with test.case("no POST was delivered twice, and a failed one says that it may have been"):
        twice = {path: count for (method, path), count in origin.delivered.items()
                 if method == b"POST" and count > 1}
        equal(twice, {}, "POST requests that came more than once")
        statuses = {status for method, status in clients.outcomes if method == "POST"}
        check(statuses <= {200, 502}, statuses)
    equal(agent.terminate(), 0, "exit code")


run_test(main)
