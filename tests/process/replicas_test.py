"""Several agents serve one tunnel: requests are shared by weight, stay in the edge's zone, and leave
an agent that is frozen long before the connection counts as dead. The edge shows its agents."""
# timeout: 120

import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CLIENTS = 8
HELD = 30


class Origin:
    """Answers "hello"; /held only once `go` is set."""

    def __init__(self, test):
        self.go = threading.Event()
        self.held = 0
        self._lock = threading.Lock()
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            path = connection.read_head()[0].split()[1]
            if path.startswith("/held"):
                with self._lock:
                    self.held += 1
                self.go.wait(60)
            connection.answer("hello")


class Asking:
    """Clients that ask all the time and note how long each answer took."""

    def __init__(self, tunnel, service):
        self._tunnel, self._service = tunnel, service
        self._stopping = threading.Event()
        self.answers = []  # (began, took, status or error)
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                outcome = self._tunnel.request(self._service, "/quick").status
            except (OSError, http.client.HTTPException) as error:
                outcome = repr(error)
            self.answers.append((began, time.monotonic() - began, outcome))

    def wait_for_more(self, count=200):
        until = len(self.answers) + count
        wait_until(lambda: len(self.answers) >= until, f"{count} more answers", 30)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)


class Held:
    """So many requests that stand at the origin until release()."""

    def __init__(self, tunnel, service, origin, count):
        self._origin = origin
        origin.go.clear()
        origin.held = 0
        self.statuses = []
        self._threads = [threading.Thread(target=self._run, args=(tunnel, service), daemon=True)
                         for _ in range(count)]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: origin.held == count, f"{count} requests are held", 30)

    def _run(self, tunnel, service):
        self.statuses.append(tunnel.request(service, "/held").status)

    def release(self):
        self._origin.go.set()
        for thread in self._threads:
            thread.join(30)
        equal(set(self.statuses), {200}, "statuses of what was held")


def replicas(tunnel):
    """As `outhaul-edge status` has them, by zone."""
    status = json.loads(tunnel.change("status", "--json"))
    return {each["zone"]: each for each in status["replicas"]}


def weights(test, tunnel, service, origin):
    with test.case("an agent with half the weight has half the requests"):
        held = Held(tunnel, service, origin, HELD)
        shown = replicas(tunnel)
        print(f"{HELD} requests at a time: "
              f"{shown['west']['requests']} for weight {shown['west']['weight']}, "
              f"{shown['north']['requests']} for weight {shown['north']['weight']}", flush=True)
        equal(shown["west"]["requests"], HELD * 2 // 3)
        equal(shown["north"]["requests"], HELD // 3)
        held.release()
    with test.case("the edge shows its agents"):
        shown = replicas(tunnel)["north"]
        equal((shown["connections"], shown["usable"], shown["weight"], shown["tunnel"]),
              (2, 2, 50, tunnel.identity.id))
        text = tunnel.change("status")
        check("AGENT" in text and shown["instance"] in text, text)


def frozen(test, tunnel, service, origin, agent, other):
    asking = Asking(tunnel, service)
    asking.wait_for_more()
    mark = tunnel.edge.mark()
    with test.case("a frozen agent gets no more requests, long before it counts as dead"):
        agent.freeze()
        began = time.monotonic()
        tunnel.edge.wait_for_event("agent_suspect", since=mark, count=2, suspect=True)
        suspected = time.monotonic()
        asking.wait_for_more()
        late = [answer for answer in list(asking.answers) if answer[0] > suspected]
        check(len(late) > 100, "requests go on")
        equal({outcome for _, _, outcome in late}, {200}, "what they were answered")
        print(f"suspect after {suspected - began:.2f} s; slowest answer of {len(late)} after that: "
              f"{1000 * max(took for _, took, _ in late):.0f} ms", flush=True)
        equal(tunnel.edge.events("agent_down", since=mark), [], "ends of connections")
        shown = replicas(tunnel)["west"]
        equal(shown["suspect"], 2)
        # More at a time than are stuck: the fewest requests alone would lead to the frozen one.
        held = Held(tunnel, service, origin, HELD)
        equal(replicas(tunnel)["west"]["requests"], shown["requests"], "requests of the frozen one")
        held.release()
    with test.case("it is used again when it reacts, and nothing has failed"):
        agent.thaw()
        tunnel.edge.wait_for_event("agent_suspect", since=mark, count=2, suspect=False)
        at_agent = agent.mark()
        agent.wait_for_event("request", since=at_agent, path="/quick")
        check(other.events("request"), "the other one took requests, too")
        asking.stop()
        bad = [outcome for _, _, outcome in asking.answers if outcome != 200]
        equal(bad, [], "failed requests")


def found_dead(test, tunnel, service, agent):
    asking = Asking(tunnel, service)
    asking.wait_for_more()
    with test.case("one that stays frozen is dropped, and what was without a body is repeated"):
        mark = tunnel.edge.mark()
        agent.freeze()
        tunnel.edge.wait_for_event("agent_down", since=mark, count=2, deadline_s=40)
        asking.wait_for_more()
        asking.stop()
        bad = [outcome for _, _, outcome in asking.answers if outcome != 200]
        equal(bad, [], "failed requests")
        print(f"longest wait of a request that was on it: "
              f"{max(took for _, took, _ in asking.answers):.1f} s", flush=True)
    agent.kill()


def zones(test, tunnel, service, origin):
    tunnel.edge.terminate()
    tunnel.edge_wrapper = ["env", "OUTHAUL_EDGE_ZONE=south"]
    tunnel.start_edge()
    near = tunnel.start_agent("--zone", "south", permit=[origin.port], connections=2, name="south")
    tunnel.edge.wait_for_event("agent_up", count=4, deadline_s=60)  # the other one is back, too
    with test.case("the edge's own zone has all the requests"):
        held = Held(tunnel, service, origin, HELD)
        equal(replicas(tunnel)["south"]["requests"], HELD)
        held.release()
    with test.case("its agent ends: the other zone takes over"):
        equal(near.terminate(), 0)
        held = Held(tunnel, service, origin, HELD)
        equal(replicas(tunnel)["north"]["requests"], HELD)
        held.release()


def main(test):
    tunnel = Tunnel(test, edge_options=["--ping-interval", "5s"])
    origin = Origin(test)
    service = tunnel.address_service("api", origin.port)
    first = tunnel.start_agent("--zone", "west", permit=[origin.port], connections=2, name="west")
    other = tunnel.start_agent("--zone", "north", "--weight", "50", permit=[origin.port],
                               connections=2, name="north")
    weights(test, tunnel, service, origin)
    frozen(test, tunnel, service, origin, first, other)
    found_dead(test, tunnel, service, first)
    zones(test, tunnel, service, origin)


if __name__ == "__main__":
    run_test(main)
