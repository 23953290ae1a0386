"""TCP ports for servers of parallel test scripts."""

import fcntl
import os
import random
import socket
import tempfile

from assertions import CheckFailed, wait_until

# Below the kernel's range for outgoing connections, so that none of those can take one.
FIRST_PORT, LAST_PORT = 18000, 31999

_reserved = []  # lock files, held open until this process ends


def free_port():
    """A port that is free on TCP and UDP and that no other test script is given meanwhile."""
    directory = os.path.join(tempfile.gettempdir(), "outhaul-test-ports")
    os.makedirs(directory, exist_ok=True)
    generator = random.Random(os.urandom(8))
    for _ in range(1000):
        port = generator.randint(FIRST_PORT, LAST_PORT)
        lock = open(os.path.join(directory, str(port)), "w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if _is_free(port):
            _reserved.append(lock)
            return port
        lock.close()
    raise CheckFailed("no free port found")


def _is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def wait_for_port(port, address="127.0.0.1", process=None, deadline_s=10.0):
    """Returns when something accepts on the port; fails at once if the process has ended."""

    def accepts():
        if process is not None:
            process.check_running()
        try:
            socket.create_connection((address, port), timeout=1).close()
            return True
        except OSError:
            return False

    wait_until(accepts, f"{address}:{port} accepts connections", deadline_s)
