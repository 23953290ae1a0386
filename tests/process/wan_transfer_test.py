"""Large bodies over a wide-area network of 100 ms: they are complete, and an agent that is ended
while megabytes of an answer are in its socket delivers them."""
# timeout: 120

import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402
from wan import Wan, need_wan  # noqa: E402

BIG_BYTES = 12 << 20


class Download:
    def __init__(self, wan, tunnel, service):
        self.response = None
        with wan.a.inside():  # a thread begins where its starter is
            self.thread = threading.Thread(target=self._run, args=(tunnel, service), daemon=True)
            self.thread.start()

    def _run(self, tunnel, service):
        self.response = tunnel.request(service, "/big")


def main(test):
    test.need_binaries()
    need_wan(test)
    with Wan(delay_ms=50, rate_mbit=50) as wan:
        with wan.b.inside():
            port = test.free_port()
            nginx = test.nginx([Site(port)])
        with open(os.path.join(nginx.www, "big"), "wb") as file:
            file.truncate(BIG_BYTES)
        with wan.a.inside():
            tunnel = Tunnel(test, agent_address=wan.a.address)
        with wan.b.inside():
            agent = tunnel.start_agent(permit=[port], connections=1)
        service = tunnel.address_service("files", port)
        with wan.a.inside(), test.case("a body larger than any first window is complete"):
            equal(len(tunnel.request(service, "/big").body), BIG_BYTES, "bytes")
        with test.case("an agent that is ended delivers what its socket holds"):
            before = len(nginx.requests())
            download = Download(wan, tunnel, service)
            wait_until(lambda: len(nginx.requests()) > before, "the origin is done", 60)
            agent.signal(signal.SIGTERM)
            download.thread.join(60)
            check(download.response is not None, "no answer")
            equal((download.response.complete, len(download.response.body)), (True, BIG_BYTES),
                  "complete, bytes")
            equal(agent.wait(), 0, "the agent's exit code")
        tunnel.edge.kill()


if __name__ == "__main__":
    run_test(main)
