"""An agent with more than one loop (--threads): its connections are shared out among the threads,
and everything that the process does as one holds: figures that add up, caps, reload, rotation of
the token, an origin that goes away, SIGTERM under load.

OUTHAUL_THREADS_TEST=2 runs it for that number of threads alone.
"""
# timeout: 180

import json
import os
import re
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
CAP = 3
COUNTED = 400
PAGES = {"/": 'return 200 "hello";', "/host": 'return 200 "$host";'}


class Holding:
    """An origin that answers each request when `go` is set."""

    def __init__(self, test):
        self.waiting = 0
        self.go = threading.Event()
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while connection.read_head():
            self.waiting += 1
            self.go.wait(30)
            connection.answer("hello")


class Threaded:
    """A tunnel with one agent of so many threads."""

    def __init__(self, test, count):
        self.test, self.count = test, count
        self.tunnel = Tunnel(test, name=f"edge-data-{count}", edge_options=["--grace-period", "1s"])
        self.site = Site(test.free_port(), PAGES)
        self.nginx = None
        self.start_origin()
        self.holding = Holding(test)
        self.service = self.tunnel.address_service("api", self.site.port)
        self.held = self.tunnel.address_service("held", self.holding.port)
        self.file = test.path(f"etc-{count}", "outhaul.toml")
        self.status_port = test.free_port()
        self.configure("")
        self.agent = self.start(f"agent-{count}", self.status_port)

    def start_origin(self):
        self.nginx = self.test.nginx([self.site], name=f"nginx-{self.count}")

    def start(self, name, status_port):
        return self.tunnel.start_agent(
            "--threads", str(self.count), "--config", self.file,
            "--status-listen", f"127.0.0.1:{status_port}",
            permit=[self.site.port, self.holding.port], connections=CONNECTIONS, name=name)

    def configure(self, text):
        new = self.test.write("new.toml", text)
        os.replace(new, self.file)

    def reload(self, text):
        mark = self.agent.mark()
        self.configure(text)
        self.agent.wait_for_event("config_reloaded", since=mark)

    def page(self, path):
        address = f"http://127.0.0.1:{self.status_port}{path}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name, **labels):
        """The sum of the samples with these labels."""
        total = 0.0
        for line in self.page("/metrics").splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if not found or found[1] != name:
                continue
            given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if all(given.get(key) == value for key, value in labels.items()):
                total += float(found[3])
        return total

    def by_slot(self):
        """Requests that each connection carried."""
        return [each["requests"] for each in json.loads(self.page("/status"))["connections"]]

    def ask_on_every_slot(self, path):
        """Asks until each connection has carried a request of these; all the answers."""
        before = self.by_slot()
        answers = []

        def carried():
            with ThreadPoolExecutor(2 * CONNECTIONS) as pool:
                answers.extend(pool.map(lambda _: self.tunnel.request(self.service, path),
                                        range(4 * CONNECTIONS)))
            return all(now > then for now, then in zip(self.by_slot(), before))

        wait_until(carried, "each connection carries a request", 30)
        return answers


def switches(pid):
    """How often each loop's thread has waited, by its name."""
    counts = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            fields = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
        if fields["Name"].startswith("loop-") or task == str(pid):
            counts[fields["Name"]] = int(fields["voluntary_ctxt_switches"])
    return counts


def check_spread(test, threaded):
    count = threaded.count
    with test.case(f"{count} threads: the connections are shared out, and each thread works"):
        before = switches(threaded.agent.pid)
        equal(sorted(before), sorted(["outhaul", *(f"loop-{n}" for n in range(1, count))]),
              "threads with a loop")
        answers = threaded.ask_on_every_slot("/")
        equal({answer.status for answer in answers}, {200}, "statuses")
        after = switches(threaded.agent.pid)
        check(all(after[name] > before[name] for name in before), f"{before}, then {after}")
    with test.case(f"{count} threads: ready, and status shows every connection once"):
        equal(threaded.page("/ready"), "ready\n", "/ready")
        connections = json.loads(threaded.page("/status"))["connections"]
        equal([each["slot"] for each in connections], list(range(CONNECTIONS)), "slots")
        equal({each["state"] for each in connections}, {"serving"}, "states")


def check_sums(test, threaded):
    with test.case(f"{threaded.count} threads: the figures are those of all threads together"):
        name, labels = "outhaul_requests_total", {"service": threaded.service.id, "status": "2xx"}
        before = threaded.metric(name, **labels)
        slots = sum(threaded.by_slot())
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda _: threaded.tunnel.request(threaded.service).status,
                               range(COUNTED))
            equal(set(answers), {200}, "statuses")
        wait_until(lambda: threaded.metric(name, **labels) == before + COUNTED,
                   f"{COUNTED} requests are counted", 10)
        equal(sum(threaded.by_slot()) - slots, COUNTED, "requests of the connections")
        equal(threaded.metric("outhaul_requests_active"), 0, "requests under way")
        equal(threaded.metric("outhaul_connections_established_total"), CONNECTIONS, "connections")
        opened = threaded.metric("outhaul_origin_connections_opened_total")
        reused = threaded.metric("outhaul_origin_connections_reused_total")
        equal(opened + reused, before + COUNTED, "requests by origin connection")
        equal(threaded.metric("outhaul_memory_promised_bytes"), 0, "memory promised to requests")


def hold(threaded, pool, count):
    """So many requests wait in the holding origin."""
    threaded.holding.waiting = 0
    threaded.holding.go.clear()
    held = [pool.submit(threaded.tunnel.request, threaded.held) for _ in range(count)]
    wait_until(lambda: threaded.holding.waiting == count, f"{count} requests are held")
    return held


def check_caps(test, threaded):
    section = f'[service."{threaded.held.id}"]\n'
    with test.case(f"{threaded.count} threads: the cap of a service counts all threads"):
        threaded.reload(f"{section}requests_per_service = {CAP}\n")
        with ThreadPoolExecutor(CAP) as pool:
            held = hold(threaded, pool, CAP)
            try:
                for _ in range(2 * CONNECTIONS):
                    refused = threaded.tunnel.request(threaded.held)
                    equal((refused.status, refused.error), (503, "connection_limit_reached"), "over")
            finally:
                threaded.holding.go.set()
            equal([each.result().status for each in held], [200] * CAP, "statuses of those held")
        wait_until(lambda: threaded.tunnel.request(threaded.held).status == 200, "room again")
    with test.case(f"{threaded.count} threads: an idle origin connection of another thread makes "
                   "room"):
        # A service of its own: no thread has an idle connection to it yet.
        capped = threaded.tunnel.address_service("capped", threaded.site.port)
        threaded.reload(f'[service."{capped.id}"]\nconnections_per_service = 1\n')
        before = threaded.by_slot()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            # What is held keeps connections busy, so that the edge takes the others.
            for busy in range(CONNECTIONS):
                held = hold(threaded, pool, busy)
                equal(threaded.tunnel.request(capped).status, 200, f"{busy} are busy")
                threaded.holding.go.set()
                equal({each.result().status for each in held} | {200}, {200}, "those held")
        check(sum(now > then for now, then in zip(threaded.by_slot(), before)) > 1,
              "more than one connection was used")
        equal(threaded.metric("outhaul_origin_requests_refused_total", reason="cap"), 0, "refused")


def check_reload(test, threaded):
    with test.case(f"{threaded.count} threads: a reload reaches every thread"):
        section = f'[service."{threaded.service.id}"]\nhost = '
        for name in ("one.test", "two.test"):
            threaded.reload(f'{section}"{name}"\n')
            answers = threaded.ask_on_every_slot("/host")
            equal({answer.body.decode() for answer in answers}, {name}, "hosts that origins see")
        threaded.reload('deny = ["127.0.0.0/8"]\n')
        answers = threaded.ask_on_every_slot("/denied")
        equal({(each.status, each.error) for each in answers},
              {(502, "destination_ip_prohibited")}, "what a denied service answers")


def check_rotation(test, threaded):
    tunnel = threaded.tunnel
    load = Load(threaded.service, [tunnel.binding_port], post=True)
    load.wait_for_more()
    with test.case(f"{threaded.count} threads: a new token moves the connections one at a time"):
        new = tunnel.write_token("new.token", tunnel.change("tunnel", "rotate", "office"))
        mark = threaded.agent.mark()
        os.replace(new, tunnel.identity.token_file)
        threaded.agent.wait_for_event("connection_replaced", since=mark, count=CONNECTIONS,
                                      deadline_s=30)
        slots = [event["slot"] for event in threaded.agent.events("connection_replaced", since=mark)]
        equal(slots, list(range(CONNECTIONS)), "the order in which slots were replaced")
        keys = json.loads(tunnel.change("tunnel", "keys", "office", "--json"))
        equal(keys[-1]["connections"] >= CONNECTIONS, True, f"connections by key: {keys}")
        load.wait_for_more()
        load.stop()
        equal(load.bad, [], "failed requests")


def check_origin_gone(test, threaded):
    with test.case(f"{threaded.count} threads: an origin that goes away is missed by every thread, "
                   "and used again"):
        threaded.nginx.process.terminate()
        answers = threaded.ask_on_every_slot("/")
        equal({answer.status for answer in answers} <= {502, 503}, True, f"answers: {answers[:3]}")
        threaded.start_origin()
        wait_until(lambda: {answer.status for answer in threaded.ask_on_every_slot("/")} == {200},
                   "every connection serves again", 30)


def check_end(test, threaded):
    """A second agent takes over, as in a rolling update."""
    tunnel = threaded.tunnel
    other = threaded.start(f"other-{threaded.count}", test.free_port())
    load = Load(threaded.service, [tunnel.binding_port], post=True)
    load.wait_for_more()
    with test.case(f"{threaded.count} threads: SIGTERM finishes what is under way, on every thread"):
        with ThreadPoolExecutor(2 * CONNECTIONS) as pool:
            held = hold(threaded, pool, 2 * CONNECTIONS)
            mark = tunnel.edge.mark()
            threaded.agent.signal(15)
            threaded.agent.wait_for_event("signal")
            load.wait_for_more()
            threaded.holding.go.set()
            equal([each.result().status for each in held], [200] * len(held), "those under way")
        equal(threaded.agent.wait(40), 0, "exit code")
        tunnel.edge.wait_for_event("agent_down", since=mark, count=CONNECTIONS)
        load.wait_for_more()
        load.stop()
        print(f"{load.good} requests, {len(load.bad)} failed", flush=True)
        equal(load.bad, [], "failed requests")
        equal(threaded.agent.events("drain_cut_short"), [], "requests that were cut off")
    with test.case(f"{threaded.count} threads: a second signal ends it at once"):
        threaded.holding.go.clear()
        threaded.holding.waiting = 0
        thread = threading.Thread(target=lambda: tunnel.request(threaded.held), daemon=True)
        thread.start()
        wait_until(lambda: threaded.holding.waiting == 1, "a request is held")
        other.signal(15)
        other.wait_for_event("signal", action="drain")
        other.signal(15)
        equal(other.wait(20), 0, "exit code")
        threaded.holding.go.set()


def check_warning(test, tunnel, service_port):
    with test.case("more threads than connections: as many as connections, and it says so"):
        agent = tunnel.start_agent("--threads", "4", permit=[service_port], connections=1,
                                   name="narrow")
        line = agent.wait_for_event("option")
        check("--threads 4" in line["message"], line)
        equal(list(switches(agent.pid)), ["outhaul"], "threads with a loop")
        equal(agent.terminate(), 0, "exit code")


def main(test):
    only = os.environ.get("OUTHAUL_THREADS_TEST")
    for count in [int(only)] if only else [2, 4]:
        threaded = Threaded(test, count)
        check_spread(test, threaded)
        check_sums(test, threaded)
        check_caps(test, threaded)
        threaded.reload("")
        check_rotation(test, threaded)
        check_reload(test, threaded)
        threaded.reload("")
        check_origin_gone(test, threaded)
        check_end(test, threaded)
    check_warning(test, threaded.tunnel, threaded.site.port)


run_test(main)
