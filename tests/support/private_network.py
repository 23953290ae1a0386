"""A network, and an /etc, of the test's own: nothing outside can be reached or harmed, every port
is free, and any address can be made one of this machine's."""

import json
import os
import shutil
import subprocess
import sys

from assertions import check

INSIDE = "OUTHAUL_PRIVATE_NETWORK"
SKIPPED = 77


def enter_private_network():
    """Call it before run_test: starts the script again in namespaces of its own. Ends it as
    skipped where the machine has none."""
    if os.environ.get(INSIDE):
        return
    unshare = ["unshare", "--net", "--mount"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    try:
        possible = subprocess.run([*unshare, "ip", "link", "set", "lo", "up"], check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        possible = None
    if possible is None or possible.returncode != 0:
        print("skipped: no network namespaces here")
        sys.exit(SKIPPED)
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def _not_for_the_copy(directory, names):
    """Secrets, what is replaced anyway, and what whoever runs the test cannot read."""
    ignored = shutil.ignore_patterns("resolv.conf", "shadow*", "gshadow*")(directory, names)
    return ignored | {name for name in names
                      if not os.access(os.path.join(directory, name), os.R_OK)}


class PrivateNetwork:
    """Only for scripts that called enter_private_network()."""

    def __init__(self, test):
        check(os.environ.get(INSIDE), "enter_private_network() was not called")
        self.etc = test.path("etc")
        shutil.copytree("/etc", self.etc, symlinks=True, ignore_dangling_symlinks=True,
                        ignore=_not_for_the_copy)
        self.write_resolv_conf("")
        # The directory, not the file: so that resolv.conf can be replaced by renaming.
        self.run("mount", "--bind", self.etc, "/etc")
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        check(done.returncode == 0, f"{' '.join(command)}: {done.stdout.strip()}")

    def answer_for(self, *prefixes):
        """Connections to these addresses arrive at wildcard listeners of this network."""
        for prefix in prefixes:
            family = "-6" if ":" in prefix else "-4"
            self.run("ip", family, "route", "replace", "local", prefix, "dev", "lo")

    def swallow(self, *prefixes):
        """What is sent there is lost without a trace."""
        if not self._has("void0"):
            self.run("ip", "link", "add", "void0", "type", "veth", "peer", "void1")
            # Without an address of its own, so that it says nothing by itself.
            self.run("ip", "link", "set", "void0", "addrgenmode", "none")
            self.run("ip", "link", "set", "void1", "addrgenmode", "none")
            self.run("ip", "link", "set", "void1", "up")
            self.run("ip", "link", "set", "void0", "multicast", "off", "arp", "off", "up")
        for prefix in prefixes:
            family = "-6" if ":" in prefix else "-4"
            self.run("ip", family, "route", "replace", prefix, "dev", "void0")

    def swallowed(self):
        """How many packets were lost there."""
        shown = subprocess.run(["ip", "-json", "-statistics", "link", "show", "void0"], check=True,
                               stdout=subprocess.PIPE)
        return json.loads(shown.stdout)[0]["stats64"]["tx"]["packets"]

    def local_ports(self, count):
        """So many local ports for connections to one address."""
        with open("/proc/sys/net/ipv4/ip_local_port_range", "w", encoding="ascii") as file:
            file.write(f"40000 {40000 + count - 1}")

    def make_unreachable(self, *prefixes):
        for prefix in prefixes:
            family = "-6" if ":" in prefix else "-4"
            self.run("ip", family, "route", "replace", "unreachable", prefix)

    def write_resolv_conf(self, text):
        """Replaces the file as programs do: in one step, by renaming."""
        path = os.path.join(self.etc, "resolv.conf")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def edit_resolv_conf(self, text):
        """Writes into the file as it is, as an editor may do."""
        with open(os.path.join(self.etc, "resolv.conf"), "w", encoding="ascii") as file:
            file.write(text)

    def _has(self, interface):
        return subprocess.run(["ip", "link", "show", interface], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
