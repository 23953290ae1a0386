"""SIGTERM with work under way: an agent beside a second one, and the edge. What is in flight
finishes, new requests all succeed, the exit code is 0; a second SIGTERM ends at once."""
# timeout: 180

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import Pattern, ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

SIZE = 8 << 20
QUICK_REQUESTS = 200
PARALLEL_QUICK = 12  # enough for every connection to have its share


class Origin:
    """/quick answers at once. /download stops in the middle until `go` is set; /upload takes a
    body and answers with its SHA-256."""

    def __init__(self, test):
        self.go = threading.Event()
        self.under_way = set()
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            path = head[0].split()[1]
            if path == "/download":
                self.download(connection)
            elif path == "/upload":
                digest = hashlib.sha256()
                connection.read_body(head, lambda data: (self.under_way.add(path),
                                                         digest.update(data)))
                connection.answer(digest.hexdigest())
            else:
                connection.answer("hello")

    def download(self, connection):
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")
        for number, block in enumerate(Pattern(SIZE)):
            if number == 10:
                self.under_way.add("/download")
                self.go.wait(60)
            connection.send(block)


class Transfers:
    """A download and an upload that stand half-way until finish()."""

    def __init__(self, tunnel, service, origin):
        self._tunnel, self._service, self._origin = tunnel, service, origin
        self.results = {}
        origin.go.clear()
        origin.under_way.clear()
        self._threads = [threading.Thread(target=self._run, args=work, daemon=True)
                         for work in (("download", self._download), ("upload", self._upload))]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: origin.under_way == {"/download", "/upload"}, "both are under way")

    def _run(self, name, work):
        try:
            self.results[name] = work()
        except (OSError, http.client.HTTPException) as error:
            self.results[name] = (repr(error), False, False)

    def _download(self):
        digest = hashlib.sha256(b"".join(Pattern(SIZE))).hexdigest()
        response = self._tunnel.request(self._service, "/download")
        same = hashlib.sha256(response.body).hexdigest() == digest
        return response.status, response.complete, same

    def _upload(self):
        pattern = Pattern(SIZE)
        response = self._tunnel.request(self._service, "/upload", "POST", self._halting(pattern),
                                        headers={"Content-Length": str(SIZE)})
        same = response.body.decode() == pattern.digest.hexdigest()
        return response.status, response.complete, same

    def _halting(self, pattern):
        for number, block in enumerate(pattern):
            if number == 10:
                self._origin.go.wait(60)
            yield block

    def finish(self):
        """Lets both go on and returns what became of them."""
        self._origin.go.set()
        for thread in self._threads:
            thread.join(60)
        return self.results

    def check_finished(self):
        good = (200, True, True)
        equal(self.finish(), {"download": good, "upload": good}, "status, complete, same content")


class Load:
    """Quick requests, several at a time, until stop()."""

    def __init__(self, tunnel, service):
        self._tunnel, self._service = tunnel, service
        self.good, self.bad = [], []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True)
                         for _ in range(PARALLEL_QUICK)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stopping.is_set():
            try:
                response = self._tunnel.request(self._service, "/quick")
                good = (response.status, response.body) == (200, b"hello")
                (self.good if good else self.bad).append(response)
            except (OSError, http.client.HTTPException) as error:
                self.bad.append(error)

    def wait_for_more(self):
        until = len(self.good) + len(self.bad) + QUICK_REQUESTS
        wait_until(lambda: len(self.good) + len(self.bad) >= until, "more requests",
                   deadline_s=60)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)


def agent_beside_another(test, tunnel, service, origin):
    """Returns the second agent, which serves alone at the end."""
    first = tunnel.start_agent(permit=[origin.port], connections=2, name="agent-first")
    transfers = Transfers(tunnel, service, origin)
    second = tunnel.start_agent(permit=[origin.port], connections=2, name="agent-second")
    load = Load(tunnel, service)
    load.wait_for_more()
    with test.case("SIGTERM of an agent: it stays while its requests are under way"):
        first.signal(signal.SIGTERM)
        first.wait_for_event("signal", action="drain")
        load.wait_for_more()
        first.check_running()
    with test.case("SIGTERM of an agent: download and upload finish, exit code 0"):
        transfers.check_finished()
        equal(first.wait(10), 0, "exit code")
        first.wait_for_event("agent_stop")
        equal(first.events("drain_cut_short"), [], "requests that were cut")
    with test.case("SIGTERM of an agent: no new request fails"):
        load.wait_for_more()
        load.stop()
        print(f"{len(load.good)} requests beside the drain, {len(load.bad)} failed", flush=True)
        equal(load.bad, [], "failed requests")
        for agent, name in ((first, "first"), (second, "second")):
            check(agent.events("request", path="/quick"), f"the {name} agent served some")
    return second


def second_signal(test, tunnel, service, origin, agent):
    with test.case("a second SIGTERM of an agent ends it at once"):
        transfers = Transfers(tunnel, service, origin)
        mark = tunnel.edge.mark()
        agent.signal(signal.SIGTERM)
        agent.wait_for_event("signal", action="drain")
        agent.signal(signal.SIGTERM)
        # Far below the grace period of 30 s.
        equal(agent.wait(5), 0, "exit code")
        tunnel.edge.wait_for_event("agent_down", since=mark, count=2)
        results = transfers.finish()
        check(results["download"][:2] != (200, True), f"a cut download looks complete: {results}")


def end_of_grace(test, tunnel, service, origin):
    with test.case("the end of an agent's grace period cuts what is left, and says so"):
        agent = tunnel.start_agent("--grace-period", "1s", permit=[origin.port], connections=1,
                                   name="agent-short-grace")
        transfers = Transfers(tunnel, service, origin)
        equal(agent.terminate(deadline_s=20), 0, "exit code")
        equal(agent.wait_for_event("drain_cut_short")["requests"], 2, "requests that were cut")
        results = transfers.finish()
        check(results["download"][:2] != (200, True), f"a cut download looks complete: {results}")


def edge(test, tunnel, service, origin):
    agent = tunnel.start_agent(permit=[origin.port], connections=2, name="agent-of-edge")
    transfers = Transfers(tunnel, service, origin)
    idle = socket.create_connection(("127.0.0.1", tunnel.binding_port), timeout=30)
    mark = agent.mark()
    with test.case("SIGTERM of the edge: it takes no new client, and stays"):
        tunnel.edge.signal(signal.SIGTERM)
        tunnel.edge.wait_for_event("signal", action="drain")
        with contextlib.closing(idle):
            with contextlib.suppress(ConnectionResetError):
                equal(idle.recv(1), b"", "the end of an idle connection")
        wait_until(lambda: refuses(tunnel.binding_port), "new clients are refused")
        tunnel.edge.check_running()
    with test.case("SIGTERM of the edge: download and upload finish, exit code 0"):
        transfers.check_finished()
        equal(tunnel.edge.wait(10), 0, "exit code")
        tunnel.edge.wait_for_event("edge_stop")
        equal(tunnel.edge.events("drain_cut_short"), [], "requests that were cut")
    with test.case("the agent outlives the edge and comes back to the next one"):
        agent.wait_for_event("connection_lost", since=mark, count=2)
        mark = agent.mark()
        tunnel.start_edge()
        agent.wait_for_event("connection_up", since=mark, count=2, deadline_s=60)
        equal(tunnel.request(service, "/quick").body, b"hello", "the answer")
    with test.case("a second SIGTERM of the edge ends it at once"):
        transfers = Transfers(tunnel, service, origin)
        tunnel.edge.signal(signal.SIGTERM)
        tunnel.edge.wait_for_event("signal", action="drain")
        tunnel.edge.signal(signal.SIGTERM)
        equal(tunnel.edge.wait(5), 0, "exit code")
        results = transfers.finish()
        check(results["download"][:2] != (200, True), "a cut download looks complete")
        equal(agent.terminate(), 0, "exit code of the agent")


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def main(test):
    test.need_binaries()
    origin = Origin(test)
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", origin.port)
    second = agent_beside_another(test, tunnel, service, origin)
    second_signal(test, tunnel, service, origin, second)
    end_of_grace(test, tunnel, service, origin)
    edge(test, tunnel, service, origin)


if __name__ == "__main__":
    run_test(main)
