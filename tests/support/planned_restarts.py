"""Restarts that nobody should notice, under mixed load: of two edges in turn, of two agents in
turn, and an upgrade in place of a single agent. For process tests and for tests/bench."""

import contextlib
import os
import shutil
import signal
import time

from assertions import check, equal, pause, wait_until
from mixed_load import MixedLoad, MixedOrigin, Target
from ports import free_port
from second_edge import SecondEdge
from tunnel import Tunnel

__all__ = ["PlannedRestarts", "rates_for"]

CONNECTIONS = 4
# What a load balancer needs to see that an edge leaves.
DRAIN_DELAY = ["--drain-delay", "2s"]
EXIT_LIMIT_S = 45


def rates_for(requests_per_s):
    """A mix whose long sessions are a part of the requests, but most of the open ones."""
    sessions = 0.02 * requests_per_s
    return {"get": requests_per_s - 3 * sessions, "post": sessions, "events": sessions,
            "socket": sessions}


class PlannedRestarts:
    """Two edges of one tunnel; each scenario starts its agents and its load, goes on for `seconds`
    at least, and judges."""

    def __init__(self, test, requests_per_s, seconds, session_s):
        self.test = test
        self.rates = rates_for(requests_per_s)
        self.seconds, self.session_s = seconds, session_s
        self.status_ports = [free_port(), free_port()]
        options = [[*DRAIN_DELAY, "--access-log", "failures",
                    "--status-listen", f"127.0.0.1:{port}"] for port in self.status_ports]
        self.tunnel = Tunnel(test, edge_options=options[0])
        self.origin = MixedOrigin(test)
        self.service = self.tunnel.address_service("api", self.origin.port)
        self.second = SecondEdge(self.tunnel, options[1])

    # --- scenarios ----------------------------------------------------------------------------

    def edges(self):
        """SIGTERM of one edge, then of the other, each started again when it has ended."""
        agent = self._agent("agent")
        load = self._load("rolling restart of two edges")
        with load as running:
            for name, process, start in self._in_turn(
                    ("first", lambda: self.tunnel.edge, self.tunnel.start_edge),
                    ("second", lambda: self.second.process, self.second.start)):
                process().signal(signal.SIGTERM)
                self._ended(f"the {name} edge", process())
                start()
                process().wait_for_event("agent_up", count=CONNECTIONS // 2, deadline_s=90)
                running.wait_for_more()
        equal(agent.terminate(EXIT_LIMIT_S), 0, "exit code of the agent")

    def agents(self):
        """SIGTERM of one replica, then of the other, each followed by a new one."""
        agents = [self._agent("agent-a"), self._agent("agent-b")]
        with self._load("rolling restart of two agents") as running:
            for index, name in self._in_turn((0, "agent-a"), (1, "agent-b")):
                agents[index].signal(signal.SIGTERM)
                self._ended(name, agents[index])
                agents[index] = self._agent(name + "-new")
                running.wait_for_more()
        for agent in agents:
            equal(agent.terminate(EXIT_LIMIT_S), 0, "exit code of an agent")

    def upgrade(self):
        """SIGUSR2 of the only agent."""
        program = os.path.join(self.test.directory, "outhaul")
        shutil.copy2(self.test.agent_binary, program)
        agent = self._agent("agent-upgraded", program)
        successor = None
        try:
            with self._load("upgrade in place of a single agent") as running:
                agent.signal(signal.SIGUSR2)
                successor = agent.wait_for_event("upgrade_done", deadline_s=60)["process"]
                self._ended("the old process", agent)
                running.wait_for_more()
        finally:
            if successor:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(successor, signal.SIGKILL)

    # --- parts --------------------------------------------------------------------------------

    def _in_turn(self, *each):
        """All of them, again and again while the load has time left."""
        end = time.monotonic() + self.seconds
        yield from each
        while time.monotonic() < end:
            yield from each

    def _agent(self, name, program=None):
        command = self.tunnel.agent_command(
            "--permit", f"127.0.0.1:{self.origin.port}", "--upgrade-grace", "1m",
            "--access-log", "failures", *self.second.options_for_agent(), connections=CONNECTIONS)
        command[0] = program or command[0]
        marks = self.tunnel.edge.mark(), self.second.process.mark()
        agent = self.test.start(name, command)
        for edge, mark in zip((self.tunnel.edge, self.second.process), marks):
            edge.wait_for_event("agent_up", since=mark, count=CONNECTIONS // 2, deadline_s=30)
        return agent

    @contextlib.contextmanager
    def _load(self, name):
        before = self.origin.counts()
        began = time.monotonic()
        load = MixedLoad(self.service, [
            Target(port, status) for port, status in zip(
                (self.tunnel.binding_port, self.second.binding_port), self.status_ports)],
            self.rates, self.session_s)
        try:
            # Until sessions of every age are open.
            load.wait_for_more(int(sum(self.rates.values())))
            yield load
            if (left := self.seconds - (time.monotonic() - began)) > 0:
                pause(left, "the load has a length of its own")
        finally:
            load.stop()
        lasted = time.monotonic() - began
        after = self.origin.counts()
        print(f"{name}: {load.summary()} in {lasted:.0f} s; {after['posts'] - before['posts']} "
              f"uploads at the origin, {after['duplicates']} of them twice", flush=True)
        for outcome in load.failed[:20]:
            print(f"  failed at {time.strftime('%H:%M:%S', time.gmtime(outcome.began))}"
                  f"+{outcome.began % 1:.3f} after {outcome.took:.3f} s: {outcome.kind} on port "
                  f"{outcome.port}: {outcome.error}", flush=True)
        with self.test.case(f"{name}: no request failed, no upload came twice"):
            equal(len(load.failed), 0, "failed requests")
            equal(after["duplicates"], 0, "uploads that came twice")
            check(len(load.outcomes) > 0.9 * self.seconds * sum(self.rates.values()),
                  f"the load was smaller than asked for: {len(load.outcomes)}")

    def _ended(self, name, process):
        began = time.monotonic()
        wait_until(lambda: process.exit_code is not None, f"{name} ends", EXIT_LIMIT_S)
        print(f"{name} ended after {time.monotonic() - began:.1f} s", flush=True)
        equal(process.exit_code, 0, f"exit code of {name}")
        equal(process.events("drain_cut_short"), [], "requests that were cut")
