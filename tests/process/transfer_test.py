"""A large download and a large upload through one connection: equal at both ends, memory bounded.

OUTHAUL_TRANSFER_MIB sets the size of each (64; issue 2 asks for 2048).
"""
# timeout: 600

import hashlib
import http.client
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, peak_rss_bytes, rss_bytes, run_test, wait_until  # noqa: E402
from scripted_server import Pattern, ScriptedServer  # noqa: E402
from tunnel import Tunnel, is_sanitized  # noqa: E402

MEBIBYTE = 1 << 20
# What one transfer may hold at each program: windows, staging and socket buffers of the design are
# a few MiB; a body that is kept would be the whole size.
GROWTH_LIMIT = 16 * MEBIBYTE


class Origin:
    """Sends a patterned body on GET, hashes a body on PUT; keeps neither."""

    def __init__(self, test, size):
        self.size = size
        self.sent = None
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            if head[0].startswith("GET /small"):
                connection.answer("small")
            elif head[0].startswith("GET"):
                pattern = Pattern(self.size)
                connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {self.size}\r\n\r\n")
                for block in pattern:
                    connection.send(block)
                self.sent = pattern.digest.hexdigest()
            else:
                digest = hashlib.sha256()
                total = connection.read_body(head, digest.update)
                connection.answer(f"{total} {digest.hexdigest()}")


class Memory:
    """Resident memory of the programs: before, highest meanwhile, after."""

    def __init__(self, programs):
        self._programs = programs
        self._before = {name: rss_bytes(program.pid) for name, program in programs.items()}
        for program in programs.values():
            with open(f"/proc/{program.pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")  # the peak starts anew

    def report(self, what):
        for name, program in self._programs.items():
            before, peak = self._before[name], peak_rss_bytes(program.pid)
            print(f"{what}: {name} resident before / peak / after "
                  f"{_mib(before)} / {_mib(peak)} / {_mib(rss_bytes(program.pid))} MiB", flush=True)

    def check_growth(self):
        for name, program in self._programs.items():
            growth = peak_rss_bytes(program.pid) - self._before[name]
            check(growth < GROWTH_LIMIT, f"{name} grew by {_mib(growth)} MiB, the limit is 16")


def _mib(size):
    return f"{size / MEBIBYTE:.1f}"


def download(tunnel, service):
    """The number and SHA-256 of the bytes that arrive."""
    client = tunnel.connect(deadline_s=120)
    try:
        client.request("GET", "/download", headers=service.headers)
        response = client.getresponse()
        equal(response.status, 200, "status")
        digest, total = hashlib.sha256(), 0
        while block := response.read(MEBIBYTE):
            digest.update(block)
            total += len(block)
        return total, digest.hexdigest()
    finally:
        client.close()


def upload(tunnel, service, size):
    """What the origin says that it received, and the SHA-256 of what was sent."""
    client = tunnel.connect(deadline_s=120)
    try:
        pattern = Pattern(size)
        client.request("PUT", "/upload", body=pattern,
                       headers={**service.headers, "Content-Length": str(size)})
        response = client.getresponse()
        equal(response.status, 200, "status")
        return response.read().decode(), pattern.digest.hexdigest()
    except http.client.HTTPException as error:
        raise OSError(f"upload: {error!r}") from error
    finally:
        client.close()


def rate(size, began):
    return f"{_mib(size)} MiB in {time.monotonic() - began:.1f} s"


def main(test):
    test.need_binaries()
    size = int(os.environ.get("OUTHAUL_TRANSFER_MIB", "64")) * MEBIBYTE
    origin = Origin(test, size)
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", origin.port)
    agent = tunnel.start_agent(permit=[origin.port], connections=1)
    programs = {"agent": agent, "edge": tunnel.edge}
    bounded = not any(map(is_sanitized, (test.agent_binary, test.edge_binary)))
    # One small request first: what is allocated once for all requests is no growth.
    equal(tunnel.request(service, "/small").body, b"small", "the small answer")

    with test.case("download: equal at both ends, memory bounded"):
        memory, began = Memory(programs), time.monotonic()
        total, digest = download(tunnel, service)
        print("download:", rate(size, began), flush=True)
        memory.report("download")
        equal(total, size, "bytes received")
        wait_until(lambda: origin.sent, "the origin has sent all")
        equal(digest, origin.sent, "SHA-256")
        if bounded:
            memory.check_growth()

    with test.case("upload: equal at both ends, memory bounded"):
        memory, began = Memory(programs), time.monotonic()
        answer, digest = upload(tunnel, service, size)
        print("upload:", rate(size, began), flush=True)
        memory.report("upload")
        equal(answer, f"{size} {digest}", "bytes and SHA-256 at the origin")
        if bounded:
            memory.check_growth()

    with test.case("both at once"):
        memory = Memory(programs)
        uploaded = []
        thread = threading.Thread(target=lambda: uploaded.append(upload(tunnel, service, size)))
        thread.start()
        total, digest = download(tunnel, service)
        thread.join(120)
        memory.report("both")
        equal((total, digest), (size, origin.sent), "the download")
        equal([answer for answer, _ in uploaded], [f"{size} {uploaded[0][1]}"], "the upload")
        if bounded:
            memory.check_growth()

    with test.case("both programs name the transfers and their sizes"):
        _, at_agent = tunnel.logged(agent, "/download")
        equal(at_agent["bytes_down"], size, "bytes_down of the agent's line")
        _, at_agent = tunnel.logged(agent, "/upload")
        equal(at_agent["bytes_up"], size, "bytes_up of the agent's line")


if __name__ == "__main__":
    run_test(main)
