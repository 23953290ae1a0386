"""1000 requests of 64 KiB at the same time over four connections: every content is the right one.

The origin answers none before all have arrived, so they are truly parallel."""
# timeout: 240

import asyncio
import hashlib
import os
import resource
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

COUNT = 1000
SIZE = 64 << 10
DEADLINE_S = 120


def content(name):
    return hashlib.shake_256(name.encode()).digest(SIZE)


class Origin:
    """Answers /N with content("N down"), and reports the SHA-256 of what it was sent. Runs in a
    thread with an event loop."""

    def __init__(self, test, port):
        self.barrier = COUNT
        self.waiting = 0
        self.most_waiting = 0
        self._gate = None
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(port, ready), daemon=True).start()
        check(ready.wait(10), "the origin listens")
        test.on_exit(self._loop.call_soon_threadsafe, self._loop.stop)

    def _run(self, port, ready):
        asyncio.set_event_loop(self._loop)
        self._gate = asyncio.Event()
        self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", port, backlog=4096))
        ready.set()
        self._loop.run_forever()

    def new_round(self):
        self.most_waiting = 0
        self._loop.call_soon_threadsafe(self._gate.clear)

    async def _serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                length = next((int(line.split(":")[1]) for line in head
                               if line.lower().startswith("content-length:")), 0)
                received = hashlib.sha256(await reader.readexactly(length)).hexdigest()
                await self._wait_for_all()
                body = content(head[0].split()[1].strip("/") + " down")
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n"
                             f"X-Received: {received}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _wait_for_all(self):
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        if self.waiting == self.barrier:
            self._gate.set()
        await self._gate.wait()
        self.waiting -= 1


async def request(port, service, number, with_body):
    """Why it is wrong, or nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = content(f"{number} up") if with_body else b""
        writer.write((f"{'POST' if with_body else 'GET'} /{number} HTTP/1.1\r\nHost: a.test\r\n"
                      + "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
                      + f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not head.startswith("HTTP/1.1 200 "):
            return f"{number}: {head}"
        if await reader.readexactly(SIZE) != content(f"{number} down"):
            return f"{number}: another content"
        if f"x-received: {hashlib.sha256(body).hexdigest()}\r\n" not in head.lower():
            return f"{number}: the origin received another content"
        return None
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        return f"{number}: {error!r}"
    finally:
        writer.close()


async def all_requests(port, service, with_body):
    work = [request(port, service, number, with_body) for number in range(COUNT)]
    return await asyncio.wait_for(asyncio.gather(*work), DEADLINE_S)


def round_of_requests(tunnel, service, origin, with_body):
    origin.new_round()
    wrong = list(filter(None, asyncio.run(all_requests(tunnel.binding_port, service, with_body))))
    check(not wrong, f"{len(wrong)} of {COUNT} are wrong, the first: {wrong[:1]}")
    equal(origin.most_waiting, COUNT, "requests at the origin at the same time")


def check_spread(tunnel, agent):
    """All connections carried their part."""
    per_connection = {}
    for line in agent.events("request", status=200):
        per_connection[line["edge"]] = per_connection.get(line["edge"], 0) + 1
    print("requests per connection:", sorted(per_connection.values()), flush=True)
    equal(len(per_connection), 4, "connections that carried requests")
    ids = {line["id"] for line in tunnel.edge.events("request", status=200)}
    equal(len(ids), 2 * COUNT, "different request ids")


def main(test):
    test.need_binaries()
    # The programs start with the soft limit of a stock machine, and must cope with it.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    port = test.free_port()
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", port)
    agent = tunnel.start_agent(permit=[port], connections=4)
    # The client's and the origin's sockets are all in this process.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    origin = Origin(test, port)
    with test.case("1000 parallel downloads of 64 KiB"):
        round_of_requests(tunnel, service, origin, with_body=False)
    with test.case("1000 parallel uploads of 64 KiB, with answers of as much"):
        round_of_requests(tunnel, service, origin, with_body=True)
    with test.case("the four connections share them"):
        wait_for_lines(agent, tunnel)
        check_spread(tunnel, agent)


def wait_for_lines(agent, tunnel):
    for program in (agent, tunnel.edge):
        program.wait_for_event("request", count=2 * COUNT)


if __name__ == "__main__":
    run_test(main)
