"""dnsmasq as an authoritative-looking resolver with names of the test's choice."""

import signal
import subprocess

from assertions import wait_until


class DnsServer:
    """Answers `records` ({"name": ["address", ...]}); every other name is NXDOMAIN. Without
    upstream servers and without the machine's hosts file."""

    def __init__(self, test, records, port, address="127.0.0.1", ttl_s=60, extra=()):
        self.address = address
        self.port = port
        self._reloads = 0
        self._hosts = test.write(f"dns-{port}.hosts", _hosts_text(records))
        self.process = test.start(f"dns-{port}", [
            "/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
            "--no-hosts", "--no-daemon", f"--port={port}", f"--listen-address={address}",
            "--bind-interfaces", "--local=/#/", f"--addn-hosts={self._hosts}",
            f"--local-ttl={ttl_s}", f"--neg-ttl={ttl_s}", "--log-queries", *extra])
        self._wait_loaded()

    def replace(self, records):
        """Swaps all records; returns when the server answers with the new ones."""
        with open(self._hosts, "w", encoding="ascii") as file:
            file.write(_hosts_text(records))
        self._reloads += 1
        self.process.signal(signal.SIGHUP)
        self._wait_loaded()

    def queries(self, name, kind="A"):
        """How many queries for this name and type have arrived."""
        return sum(f"query[{kind}] {name} " in line for line in self.process.log().splitlines())

    def ask(self, name, kind="A"):
        """The answer as dig prints it, one entry a line."""
        run = subprocess.run(["dig", f"@{self.address}", "-p", str(self.port), "+short", "+tries=1",
                              "+timeout=2", name, kind], stdout=subprocess.PIPE, text=True,
                             check=False)
        return run.stdout.split()

    def _wait_loaded(self):
        def loaded():
            self.process.check_running()
            return self.process.log().count(f"read {self._hosts}") > self._reloads

        wait_until(loaded, f"dnsmasq on port {self.port} has read its records")


def _hosts_text(records):
    return "".join(f"{address} {name}\n" for name, addresses in records.items()
                   for address in addresses)
