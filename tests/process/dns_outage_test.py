"""DNS servers come and go: resolv.conf changes under load while the old server dies, DNS is silent
when the agent starts, and silent while it runs. Prints what it measured."""
# timeout: 300
# alone: figures of time and of processor time

import collections
import datetime
import itertools
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from address_recorder import AddressRecorder  # noqa: E402
from descriptor_client import descriptor, exchange  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, check, cpu_seconds, equal, pause, run_test  # noqa: E402
from process_test import wait_until  # noqa: E402
from scripted_edge import ScriptedEdge  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PORT = 8080
OUTAGE_S = float(os.environ.get("OUTHAUL_OUTAGE_S", "5"))
THREADS = 4
REQUESTS_PER_THREAD_S = 25


class Load:
    """Requests at a steady rate, each for a name that was never asked for before."""

    def __init__(self, edge, tunnel_id):
        self.outcomes = []  # (seconds at its end, seconds it took, outcome)
        self._edge = edge
        self._tunnel_id = tunnel_id
        self._numbers = itertools.count()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(THREADS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        with self._edge.connection() as client:
            while not self._end.wait(1 / REQUESTS_PER_THREAD_S):
                name = f"n{next(self._numbers)}.load.internal"
                began = time.monotonic()
                outcome = exchange(client, descriptor(self._tunnel_id, PORT, {"hostname": name}))
                now = time.monotonic()
                self.outcomes.append((now, now - began, outcome))

    def wait_for(self, body, count=200):
        def arrived():
            return sum(outcome.body == body for *_, outcome in list(self.outcomes)) >= count
        wait_until(arrived, f"{count} answers from {body}", deadline_s=30)


def server(test, number):
    """The only one that knows the names; they are all at 10.60.0.NUMBER."""
    address = f"127.0.0.{10 + number}"
    made = DnsServer(test, {"localhost": ["127.0.0.1"]}, 53, address, ttl_s=1,
                     extra=[f"--address=/load.internal/10.60.0.{number}"])
    made.answer = f"10.60.0.{number}"
    return made


def check_swap(old, new, change, load):
    """`change` makes resolv.conf name `new` instead of `old`, which is killed at once."""
    load.wait_for(old.answer)
    load.outcomes.clear()
    swapped = time.monotonic()
    change(f"nameserver {new.address}\n")
    old.process.kill()
    load.wait_for(new.answer)
    outcomes = list(load.outcomes)
    equal({outcome.status for *_, outcome in outcomes}, {200}, "status of all requests")
    after = {side: [end - swapped for end, _, outcome in outcomes if outcome.body == side.answer]
             for side in (old, new)}
    slowest = max(took for _, took, _ in outcomes)
    print(f"measured: {len(outcomes)} requests, 0 failed; first answer of the new server after "
          f"{min(after[new]) * 1000:.0f} ms, last of the old one after "
          f"{max(after[old], default=0) * 1000:.0f} ms; slowest request {slowest * 1000:.0f} ms",
          flush=True)


def check_silent_while_running(test, agent, edge, tunnel_id, dns):
    """A name that was used before goes on with its last addresses; a new one fails, and works as
    soon as the server does."""
    known = descriptor(tunnel_id, PORT, {"hostname": "known.load.internal"})
    numbers = itertools.count()
    thawed = threading.Event()
    late = []

    def ask_new(client):
        name = f"late{next(numbers)}.load.internal"
        return exchange(client, descriptor(tunnel_id, PORT, {"hostname": name}))

    def ask_new_until_thawed():
        with edge.connection() as client:
            while not thawed.is_set():
                late.append(ask_new(client))

    with edge.connection() as client:
        wait_until(lambda: ask_new(client).body == dns.answer, "the server is used")
        equal(exchange(client, known).status, 200)
        dns.process.freeze()
        began, used = time.monotonic(), cpu_seconds(agent.pid)
        asker = threading.Thread(target=ask_new_until_thawed)
        asker.start()
        statuses, slowest = collections.Counter(), 0
        while time.monotonic() < began + OUTAGE_S:
            asked = time.monotonic()
            statuses[exchange(client, known).status] += 1
            slowest = max(slowest, time.monotonic() - asked)
            thawed.wait(1 / REQUESTS_PER_THREAD_S)
        used = cpu_seconds(agent.pid) - used
        dns.process.thaw()
        back = time.monotonic()
        thawed.set()
        equal(ask_new(client).status, 200)
        recovered = time.monotonic() - back
        asker.join()
    equal(set(statuses), {200}, "requests for the known name")
    # The last one may have been under way when the server came back.
    equal({outcome[:2] for outcome in late[:-1]} - {(504, "dns_timeout")}, set(), "new names")
    print(f"measured: silent for {back - began:.1f} s while running: {statuses[200]} requests for "
          f"a known name, 0 failed, the slowest took {slowest * 1000:.0f} ms; {used:.2f} s of "
          f"processor time; a new name works {recovered * 1000:.0f} ms after the server does",
          flush=True)


def check_silent_at_start(test, tunnel, dns):
    dns.process.freeze()
    agent = test.start("agent-late", tunnel.agent_command("--hosts-file", "none", connections=1))
    agent.wait_for_event("agent_start")
    began = time.monotonic()
    pause(OUTAGE_S, "the outage itself")
    used, mark = cpu_seconds(agent.pid), agent.mark()
    dns.process.thaw()
    thawed = time.monotonic()
    agent.wait_for_event("connection_up", deadline_s=90)
    up = time.monotonic()
    # The attempt under way may still fail, and its failure is remembered for a second.
    late = [datetime.datetime.fromisoformat(event["time"].rstrip("Z"))
            for event in agent.events("connection_failed", since=mark)]
    check(all((failed - late[0]).total_seconds() <= 1.1 for failed in late), agent.log_tail())
    failures = agent.events("connection_failed")
    check(used < 0.2 * (thawed - began), f"{used} s of processor time")
    # None at all when the first attempt was still under way.
    paused = failures[-1]["retry_s"] if failures else 0
    print(f"measured: silent for {thawed - began:.1f} s at the start: {len(failures)} failed "
          f"attempts, {used:.2f} s of processor time; connected {up - thawed:.1f} s after the "
          f"server is back (after the last failure it paused for {paused:.1f} s)", flush=True)
    agent.terminate()


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "ip")
    network = PrivateNetwork(test)
    network.answer_for("10.60.0.0/16")
    AddressRecorder(test, PORT)
    tunnel = Tunnel(test)
    tunnel_id = tunnel.identity.id
    edge = ScriptedEdge(test)
    network.write_resolv_conf("nameserver 127.0.0.11\n")
    agent = test.start("agent", tunnel.agent_command(
        "--edge", f"localhost:{edge.port}", "--edge-ca", edge.authority, connections=THREADS))
    agent.wait_for_event("connection_up", deadline_s=30, count=THREADS)
    with Load(edge, tunnel_id) as load:
        first, second = server(test, 1), server(test, 2)
        with test.case("resolv.conf is replaced and the old server killed: no request fails"):
            check_swap(first, second, network.write_resolv_conf, load)
        third = server(test, 1)
        with test.case("resolv.conf is edited and the old server killed: no request fails"):
            check_swap(second, third, network.edit_resolv_conf, load)
    network.write_resolv_conf("nameserver 127.0.0.13\n")
    dns = server(test, 3)
    with test.case("DNS falls silent: known names go on, new ones fail and recover"):
        check_silent_while_running(test, agent, edge, tunnel_id, dns)
    with test.case("DNS is silent at the start: connected within one pause after it is back"):
        check_silent_at_start(test, tunnel, dns)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
