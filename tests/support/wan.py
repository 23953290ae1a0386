"""A wide-area network of the test's own: two network namespaces, a and b, joined by the program of
tests/support/wan, which delays, loses and shapes packets as it is told while they flow.

    need_wan(test)                                   # skips where there can be none
    with Wan(delay_ms=50, loss=0.01, rate_mbit=100) as wan:     # one way, so 100 ms both ways
        with wan.b.inside():                         # whatever starts in here lives in b
            nginx = test.nginx([Site(port, address=wan.b.address)])
        with wan.a.inside():
            socket.create_connection((wan.b.address, port))
        wan.black_hole("a_to_b")                     # now b hears nothing, and a hears b
        wan.heal()

Every address of 10.99.1.0/24 and fd99::1:0/112 is a's own, of 10.99.2.0/24 and fd99::2:0/112 b's;
127.0.0.1 is there in both. Needs root. The namespaces go at the end of the `with`, or with
close(); those that a killed test left behind go with the next Wan. Programs that were started in
them are not ended: that is their starter's work.
"""

import contextlib
import ctypes
import json
import os
import re
import subprocess
import threading

from assertions import CheckFailed, check, skip

__all__ = ["Side", "Wan", "need_wan"]

PREFIX = "outhaul-wan"
INTERFACE = "wan0"
DIRECTIONS = ("a_to_b", "b_to_a", "both")
CLONE_NEWNET = 0x40000000


def need_wan(test):
    """Skips the script where a Wan cannot be."""
    test.need_tools("ip")
    if os.geteuid() != 0:
        skip("a network of its own over TUN needs root")
    if not os.path.exists("/dev/net/tun"):
        skip("the kernel has no /dev/net/tun")
    check(os.access(_program(), os.X_OK), f"{_program()} is not built; run: ninja -C build")


def _program():
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    build = os.environ.get("OUTHAUL_BUILD", os.path.join(repository, "build"))
    return os.path.join(build, "tests", "support", "wan", "wan")


def _run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def _join_namespace(file):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Side:
    """One end of the network."""

    def __init__(self, namespace, number):
        self.namespace = namespace
        self.number = number
        self.address = self.address_of(1)
        self.address6 = f"fd99::{number}:1"

    def address_of(self, host):
        """Another address of this side, 1 to 254."""
        return f"10.99.{self.number}.{host}"

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in this namespace: what it starts and the sockets it makes stay
        there, also afterwards. A thread that it starts begins there, too."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(self.path, "rb") as there:
            _join_namespace(there)
            try:
                yield self
            finally:
                _join_namespace(home)

    @property
    def path(self):
        return f"/run/netns/{self.namespace}"

    def run(self, *command):
        """Runs a command to its end in the namespace and returns what it printed."""
        return _run("ip", "netns", "exec", self.namespace, *command)

    def _make(self):
        _run("ip", "netns", "add", self.namespace)
        _run("ip", "-n", self.namespace, "link", "set", "lo", "up")

    def _connect(self, mtu):
        def ip(*arguments):
            _run("ip", "-n", self.namespace, *arguments)

        # No router solicitations: whatever is counted was sent by the test's programs.
        ip("link", "set", INTERFACE, "addrgenmode", "none")
        ip("link", "set", INTERFACE, "mtu", str(mtu), "txqueuelen", "10000", "multicast", "off",
           "up")
        ip("addr", "add", f"{self.address}/16", "dev", INTERFACE)
        ip("addr", "add", f"{self.address6}/64", "dev", INTERFACE, "nodad")
        ip("route", "add", "local", f"10.99.{self.number}.0/24", "dev", "lo")
        ip("-6", "route", "add", "local", f"fd99::{self.number}:0/112", "dev", "lo")


class Wan:
    """Conditions are per direction and may change at any time; see set()."""

    def __init__(self, mtu=1500, **conditions):
        _remove_abandoned()
        unique = f"{PREFIX}-{os.getpid()}-{os.urandom(2).hex()}"
        self.a = Side(f"{unique}-a", 1)
        self.b = Side(f"{unique}-b", 2)
        self._lock = threading.Lock()
        self._process = None
        try:
            for side in (self.a, self.b):
                side._make()
            # Before other work of the machine: its delays would be the network's.
            self._process = subprocess.Popen(
                ["nice", "-n", "-10", _program(), self.a.path, self.b.path, INTERFACE],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            self._answer("the start")
            for side in (self.a, self.b):
                side._connect(mtu)
            self.set("both", **conditions)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the network. Safe to call twice."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(10)
            self._process.stdout.close()
            self._process = None
        for side in (self.a, self.b):
            _remove(side.namespace)

    @property
    def pid(self):
        return self._process.pid

    def set(self, direction, **conditions):
        """Changes some of: delay_ms, jitter_ms (in order, up to so much more), loss, duplicate,
        reorder (0 to 1), rate_mbit (0: no limit), queue_kib (what waits for the rate; 0: 100 ms
        of it), mtu_hole (larger packets disappear; 0: none), black_hole (0 or 1)."""
        check(direction in DIRECTIONS, f"direction {direction}: use one of {DIRECTIONS}")
        words = [f"{name}={float(value or 0):f}" for name, value in conditions.items()]
        self._command(" ".join(["set", direction, *words]))

    def black_hole(self, direction="both"):
        """Everything sent that way disappears; what is on its way still arrives."""
        self.set(direction, black_hole=1)

    def mtu_hole(self, size, direction="both"):
        """IP packets of more than `size` bytes disappear without a message to their sender."""
        self.set(direction, mtu_hole=size)

    def heal(self, direction="both"):
        """Ends black holes, MTU holes, loss, duplicates and reordering; delay and rate stay."""
        self.set(direction, black_hole=0, mtu_hole=0, loss=0, duplicate=0, reorder=0)

    def counters(self):
        """{"a_to_b": {...}, "b_to_a": {...}} of packets: read, delivered, lost, queue_full,
        black_hole, too_large, duplicated, reordered, refused, waiting; and bytes_read,
        bytes_delivered."""
        return self._command("counters")

    def _command(self, line):
        with self._lock:
            self._process.stdin.write(line + "\n")
            return self._answer(line)

    def _answer(self, line):
        text = self._process.stdout.readline()
        if not text:
            raise CheckFailed(f"wan ended at {line}, with status {self._process.wait(10)}")
        answer = json.loads(text)
        check("error" not in answer, f"wan: {line}: {answer.get('error')}")
        return answer


def _remove(namespace):
    if os.path.exists(f"/run/netns/{namespace}"):
        _run("ip", "netns", "delete", namespace)


def _remove_abandoned():
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else ():
        owner = re.fullmatch(rf"{PREFIX}-(\d+)-[0-9a-f]+-[ab]", name)
        if owner and not os.path.exists(f"/proc/{owner.group(1)}"):
            with contextlib.suppress(CheckFailed):  # another script removes it, too
                _remove(name)
