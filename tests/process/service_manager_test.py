"""sd_notify, heard by a real datagram socket in the place of systemd's: ready, status, watchdog and
stopping of agent and edge; a process that hangs stops feeding the watchdog."""

import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

WATCHDOG_US = 200_000


class Manager:
    """The manager's end of NOTIFY_SOCKET. `messages` are dictionaries in the order of arrival."""

    def __init__(self, test, name):
        self.path = test.path(name)
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        # At once, as systemd does: the socket holds few messages.
        threading.Thread(target=self._receive, daemon=True).start()

    def environment(self):
        return {**os.environ, "NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": str(WATCHDOG_US)}

    def heard(self, since=0, **wanted):
        """Whether some message since then has all these variables."""
        return any(all(message.get(key) == value for key, value in wanted.items())
                   for message in self.messages[since:])

    def _receive(self):
        while True:
            text = self._socket.recv(4096).decode()
            self.messages.append(dict(line.split("=", 1) for line in text.splitlines()))

    def count(self, variable):
        return sum(variable in message for message in list(self.messages))


def edge(test, tunnel, manager):
    with test.case("edge: READY with the first message"):
        wait_until(lambda: manager.heard(READY="1"), "READY=1")
        equal(manager.messages[0], {"READY": "1", "STATUS": "0 agent connections up"}, "first")


def agent(test, tunnel, edge_manager):
    manager = Manager(test, "agent.notify")
    process = test.start("agent", tunnel.agent_command(connections=2), manager.environment())
    with test.case("agent: READY before it is connected, then the connections that are up"):
        wait_until(lambda: manager.heard(STATUS="2 of 2 connections up"), "the status")
        equal(manager.messages[0], {"READY": "1", "STATUS": "0 of 2 connections up"}, "first")
        wait_until(lambda: edge_manager.heard(STATUS="2 agent connections up"), "the edge's")
    with test.case("agent: it feeds the watchdog, and not while it hangs"):
        before = manager.count("WATCHDOG")
        wait_until(lambda: manager.count("WATCHDOG") >= before + 5, "more of them")
        process.freeze()
        ticks = edge_manager.count("WATCHDOG")
        wait_until(lambda: edge_manager.count("WATCHDOG") > ticks + 1, "what was under way")
        frozen = len(manager.messages)
        # The edge's clock measures the time that passes: several periods.
        ticks = edge_manager.count("WATCHDOG")
        wait_until(lambda: edge_manager.count("WATCHDOG") >= ticks + 5, "the edge's")
        equal(manager.messages[frozen:], [], "messages of a frozen process")
        process.thaw()
    with test.case("agent: STOPPING with the grace period, then a clean end"):
        mark = len(manager.messages)
        equal(process.terminate(), 0, "exit code")
        wait_until(lambda: manager.heard(since=mark, STOPPING="1",
                                         EXTEND_TIMEOUT_USEC="40000000"), "STOPPING")
        equal(process.events("service_manager"), [], "failures of the notification")


def edge_stops(test, tunnel, manager):
    with test.case("edge: STOPPING, then a clean end"):
        mark = len(manager.messages)
        tunnel.edge.signal(signal.SIGTERM)
        equal(tunnel.edge.wait(15), 0, "exit code")
        wait_until(lambda: manager.heard(since=mark, STOPPING="1"), "STOPPING")


def manager_is_gone(test, tunnel):
    with test.case("agent: without anybody at NOTIFY_SOCKET it says so once, and serves"):
        environment = {**os.environ, "NOTIFY_SOCKET": test.path("nobody")}
        process = test.start("agent-alone", tunnel.agent_command(connections=1), environment)
        process.wait_for_event("connection_up")
        equal(len(process.events("service_manager")), 1, "warnings")
        check(process.events("service_manager")[0]["message"].startswith("NOTIFY_SOCKET: "),
              "the variable's name")
        equal(process.terminate(), 0, "exit code")


def main(test):
    test.need_binaries()
    edge_manager = Manager(test, "edge.notify")
    tunnel = Tunnel(test, edge_environment=edge_manager.environment())
    edge(test, tunnel, edge_manager)
    agent(test, tunnel, edge_manager)
    manager_is_gone(test, tunnel)
    edge_stops(test, tunnel, edge_manager)


if __name__ == "__main__":
    run_test(main)
