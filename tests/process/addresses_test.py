"""A name with several addresses, below a suffix that only one DNS server knows: requests spread over
the addresses, go on when one dies, and meet the policy's dry run and its default denials."""
# timeout: 60

import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import DnsServer, Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

REQUESTS = 40


class Network:
    """web.internal has two addresses with an nginx each; half.internal one more that is dead."""

    def __init__(self, test):
        self.port = test.free_port()
        self.nginx = {address: test.nginx(
            [Site(self.port, {"/": f'return 200 "{address}";'}, address=address)],
            name=f"nginx-{address}") for address in ("127.0.0.1", "127.0.0.2")}
        self.dns = DnsServer(test, {
            "web.internal": ["127.0.0.1", "127.0.0.2"],
            "half.internal": ["127.0.0.1", "127.0.0.3"],
            "trap.internal": ["169.254.169.254"]}, test.free_port())
        self.tunnel = Tunnel(test)
        options = ["--dns-suffix", f"internal=127.0.0.1:{self.dns.port}",
                   "--policy-dry-run", "--deny", f"half.internal:{self.port}"]
        for number in (1, 2, 3):
            options += ["--permit", f"127.0.0.{number}:{self.port}"]
        self.agent = self.tunnel.start_agent(*options, connections=1)

    def service(self, hostname):
        network = {"tunnel_id": self.tunnel.identity.id}
        return self.tunnel.create_service({
            "name": hostname.split(".", maxsplit=1)[0], "type": "http", "http_port": self.port,
            "host": {"hostname": hostname, "resolver_network": network}})

    def answers(self, service, count=REQUESTS):
        """Who answered how often; every request must be answered."""
        found = collections.Counter()
        for _ in range(count):
            response = self.tunnel.request(service)
            equal(response.status, 200)
            found[response.body.decode()] += 1
        return found


def main(test):
    test.need_binaries(test.agent_binary, test.edge_binary)
    test.need_tools("dnsmasq", "nginx")
    network = Network(test)
    web = network.service("web.internal")

    with test.case("requests spread over all addresses, also those on kept connections"):
        found = network.answers(web)
        equal(sorted(found), ["127.0.0.1", "127.0.0.2"])
        # Each of 40 goes either way like a coin: fewer than 5 once in 10 million runs.
        check(min(found.values()) >= 5, found)
        equal(network.dns.queries("web.internal"), 1, "queries for 40 requests")

    with test.case("a dead address is found out once, and then left alone"):
        half = network.service("half.internal")
        equal(network.answers(half), {"127.0.0.1": REQUESTS})

    with test.case("when an address dies, no request fails"):
        network.nginx["127.0.0.2"].process.terminate()
        equal(network.answers(web), {"127.0.0.1": REQUESTS})

    with test.case("the dry run lets pass what --deny would refuse, and logs it"):
        # Lines alike come as one with a count.
        wait_until(lambda: REQUESTS == sum(line.get("repeated", 1) for line in
                                           network.agent.events("policy_dry_run")),
                   "every request is in the log", 30)
        lines = network.agent.events("policy_dry_run")
        equal((lines[0]["target"], lines[0]["rule"], lines[0]["lift"]),
              (f"half.internal:{network.port}", f"--deny half.internal:{network.port}",
               f"removing --deny half.internal:{network.port}"))
        equal(lines[0]["service"], half.id)

    with test.case("it lifts no default denial; the refusal names the rule and what would lift it"):
        response = network.tunnel.request(network.service("trap.internal"), "/trap")
        equal((response.status, response.error), (502, "destination_ip_prohibited"))
        detail = network.agent.wait_for_event("request", path="/trap")["detail"]
        check(re.search(r"169\.254\.169\.254:\d+ is refused by the agent's policy: denied by default "
                        r"\(link-local.*lifted by --permit 169\.254\.169\.254:\d+$", detail), detail)


if __name__ == "__main__":
    run_test(main)
