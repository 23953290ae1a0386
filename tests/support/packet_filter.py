"""Packets that vanish on their way, in a private network: what a NAT does that forgot a connection,
or a cable that was pulled. Neither end is told."""

import subprocess

from assertions import check

__all__ = ["PacketFilter", "local_ports"]

TABLE = "outhaul_test"


def _nft(*command):
    done = subprocess.run(["nft", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    check(done.returncode == 0, f"nft {' '.join(command)}: {done.stdout.strip()}")


def local_ports(server_port):
    """The clients' ports of the connections that are established to a server of this machine."""
    shown = subprocess.run(["ss", "-tnH", "state", "established", "dport", "=", f":{server_port}"],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    return [int(line.split()[2].rpartition(":")[2]) for line in shown.splitlines()]


class PacketFilter:
    """Only for scripts that called enter_private_network()."""

    def __init__(self):
        _nft("add", "table", "inet", TABLE)
        _nft("add", "chain", "inet", TABLE, "input", "{ type filter hook input priority 0; }")

    def drop_to_server(self, server_port, client_port):
        """What this client sends is lost."""
        self._drop("sport", client_port, "dport", server_port)

    def drop_to_client(self, server_port, client_port):
        """What the server sends to this client is lost."""
        self._drop("sport", server_port, "dport", client_port)

    def restore(self):
        _nft("flush", "chain", "inet", TABLE, "input")

    @staticmethod
    def _drop(source, source_port, destination, destination_port):
        _nft("add", "rule", "inet", TABLE, "input", "tcp", source, str(source_port),
             "tcp", destination, str(destination_port), "drop")
