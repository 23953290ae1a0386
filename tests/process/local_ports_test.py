"""Reliability fault 21: the local ports are used up, by requests that stand at the origin. Requests
beyond that are refused with their reason, the tunnel lives, and it is over when ports are free."""
# timeout: 60

import http.client
import itertools
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PORTS = 16
REQUESTS = 40


class Origin:
    """Answers /held/N when `go` is set, everything else at once."""

    def __init__(self, test):
        self.go = threading.Event()
        self.held = 0
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            if connection.read_head()[0].split()[1].startswith("/held"):
                self.held += 1
                self.go.wait(60)
            connection.answer("hello")


class OwnPorts(Tunnel):
    """Its clients choose their ports, outside the range, so that only the agent runs out."""

    _ports = itertools.count(50000)

    def connect(self, deadline_s=60):
        return http.client.HTTPConnection("127.0.0.1", self.binding_port, timeout=deadline_s,
                                          source_address=("127.0.0.1", next(self._ports)))


def main(test):
    network = PrivateNetwork(test)
    origin = Origin(test)
    tunnel = OwnPorts(test)
    service = tunnel.address_service("api", origin.port)
    agent = tunnel.start_agent(permit=[origin.port], connections=2)
    network.local_ports(PORTS)
    responses = []
    threads = [threading.Thread(target=lambda number=number: responses.append(
        tunnel.request(service, f"/held/{number}")), daemon=True) for number in range(REQUESTS)]
    with test.case("requests beyond the local ports get 503 and the reason"):
        for thread in threads:
            thread.start()
        wait_until(lambda: len(responses) + origin.held >= REQUESTS, "all stand or are refused")
        equal(len(responses), REQUESTS - PORTS, "refused requests")
        for response in responses:
            equal((response.status, response.error), (503, "connection_limit_reached"), "answer")
            check("retry-after" in response.fields, "Retry-After")
        detail = agent.events("request", status=503)[0]["detail"]
        check("local ports" in detail, f"the agent's log says why: {detail}")
    with test.case("the tunnel lives, and those within are served"):
        refused = len(responses)
        equal(agent.events("connection_lost"), [], "lost connections")
        origin.go.set()
        for thread in threads:
            thread.join(30)
        print(f"fault 21: {REQUESTS - refused} served with {PORTS} local ports, {refused} refused",
              flush=True)
        equal([each.status for each in responses[refused:]], [200] * (REQUESTS - refused), "others")
    with test.case("afterwards all is well"):
        equal(tunnel.request(service, "/after").body, b"hello", "the answer")
        equal(agent.terminate(), 0, "exit code")


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
