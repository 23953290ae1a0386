"""Memory runs short (reliability.md, fault 21): requests beyond --memory-limit get 503 while those
under way go on, and in a memory control group of 64 MB agent and edge live through readers that
take nothing of large downloads."""
# timeout: 180

import contextlib
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, peak_rss_bytes, run_test, skip  # noqa: E402
from tunnel import Tunnel, is_sanitized  # noqa: E402

FILE_BYTES = 1 << 30
REQUEST_BYTES = (64 + 16) << 10  # docs/limits.md: what each request is counted as
LIMIT_BYTES = 4 << 20
GROUP_BYTES = 64_000_000
# A quarter of the group's is the limit: so many fit, and some more are to be refused.
FIT = GROUP_BYTES // 4 // REQUEST_BYTES
BEYOND = 30


class Readers:
    """HTTP/1.1 clients that ask for a large file and take only the head of the answer."""

    def __init__(self, tunnel, service):
        self.tunnel = tunnel
        self.fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
        self.open = []

    def add(self):
        """One more; the head of its answer."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", self.tunnel.binding_port))
        client.sendall(f"GET /big HTTP/1.1\r\nHost: a.test\r\n{self.fields}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(512)
            check(part, "a reader got no answer")
            head += part
        self.open.append(client)
        return head.decode("latin-1")

    def close(self):
        for client in self.open:
            client.close()
        self.open.clear()


    def fill(self, fit):
        """Adds them until one is refused; how many were served."""
        for served in range(fit + 1):
            status = self.add().split()[1]
            if status != "200":
                equal(status, "503", "status of the one too many")
                return served
        return fit + 1


def check_served(served, fit):
    # Windows that grew while the first readers still took something may hold the other half.
    check(fit // 2 <= served <= fit, f"{served} were served; it is to be {fit // 2} to {fit}")


def over_limit(tunnel, service, test, name):
    """Fills the limit of one of the two programs."""
    with contextlib.closing(Readers(tunnel, service)) as readers:
        with test.case(f"{name}: as many requests as fit are served"):
            check_served(readers.fill(LIMIT_BYTES // REQUEST_BYTES), LIMIT_BYTES // REQUEST_BYTES)
        with test.case(f"{name}: one more gets 503, Retry-After, and the limit's name"):
            answer = tunnel.request(service, "/small")
            equal((answer.status, answer.error), (503, "connection_limit_reached"), "answer")
            check("retry-after" in answer.fields, "Retry-After")
            if name == "edge":  # of what an agent says, clients are told the type only
                check("memory-limit" in answer.detail, f"detail: {answer.detail}")
    with test.case(f"{name}: it is over once they are gone"):
        equal(tunnel.wait_serving(service, "/small").body, b"small", "body")


def restart_edge(tunnel, wrapper):
    equal(tunnel.edge.terminate(), 0, "the edge's exit code")
    tunnel.edge_wrapper = wrapper
    tunnel.start_edge()


def by_option(test, tunnel, service, port):
    limit = f"{LIMIT_BYTES >> 20}MiB"
    restart_edge(tunnel, ["env", f"OUTHAUL_EDGE_MEMORY_LIMIT={limit}"])
    agent = tunnel.start_agent(permit=[port])
    over_limit(tunnel, service, test, "edge")
    agent.kill()
    restart_edge(tunnel, [])
    agent = tunnel.start_agent("--memory-limit", limit, permit=[port])
    over_limit(tunnel, service, test, "agent")
    with test.case("agent: its log names the limit"):
        line = agent.wait_for_event("request", path="/small", status=503)
        check("memory-limit" in line.get("detail", ""), f"line: {line}")
    agent.kill()


class ControlGroup:
    """A memory control group of the test's own, version 1 or 2."""

    def __init__(self, test, name):
        self.path = f"{self._parent()}/outhaul-test-{os.getpid()}-{name}"
        try:
            os.mkdir(self.path)
            test.on_exit(os.rmdir, self.path)
            for limit in ("memory.limit_in_bytes", "memory.max"):
                if os.path.exists(f"{self.path}/{limit}"):
                    with open(f"{self.path}/{limit}", "w", encoding="ascii") as file:
                        file.write(str(GROUP_BYTES))
        except OSError as error:
            skip(f"no memory control group can be made here: {error}")

    @staticmethod
    def _parent():
        if os.path.isdir("/sys/fs/cgroup/memory"):
            return "/sys/fs/cgroup/memory"
        with contextlib.suppress(OSError):
            with open("/sys/fs/cgroup/cgroup.subtree_control", encoding="ascii") as file:
                if "memory" in file.read():
                    return "/sys/fs/cgroup"
        return skip("no memory control group can be made here")

    def wrapper(self):
        return ["/bin/sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$@"', "grouped"]

    def kills(self):
        """How often the kernel ended something in it for want of memory."""
        for name in ("memory.oom_control", "memory.events"):
            with contextlib.suppress(OSError):
                with open(f"{self.path}/{name}", encoding="ascii") as file:
                    for line in file:
                        if line.startswith("oom_kill "):
                            return int(line.split()[1])
        return 0


def in_control_group(test, tunnel, service, port):
    groups = {name: ControlGroup(test, name) for name in ("edge", "agent")}
    restart_edge(tunnel, groups["edge"].wrapper())
    agent = test.start("agent", [*groups["agent"].wrapper(), *tunnel.agent_command(
        "--permit", f"127.0.0.1:{port}")])
    agent.wait_for_event("connection_up", count=4)
    tunnel.wait_serving(service, "/small")
    with contextlib.closing(Readers(tunnel, service)) as readers:
        with test.case("64 MB: of too many readers some are served, the rest get 503"):
            statuses = [readers.add().split()[1] for _ in range(FIT + BEYOND)]
            check_served(statuses.count("200"), FIT)
            equal(set(statuses), {"200", "503"}, "statuses")
        for name, process in (("agent", agent), ("edge", tunnel.edge)):
            print(f"memory MiB {name}, {statuses.count('200')} standing downloads: peak "
                  f"{peak_rss_bytes(process.pid) / (1 << 20):.1f}", flush=True)
    with test.case("64 MB: nothing was killed, and it is over once they are gone"):
        agent.check_running()
        tunnel.edge.check_running()
        equal({name: group.kills() for name, group in groups.items()}, {"edge": 0, "agent": 0},
              "ends by the kernel")
        equal(tunnel.wait_serving(service, "/small").body, b"small", "body")
    for process in (agent, tunnel.edge):  # the groups can be removed once they are empty
        process.kill()


def main(test):
    test.need_binaries()
    port = test.free_port()
    nginx = test.nginx([Site(port, directives="sendfile_max_chunk 64k;")])
    with open(os.path.join(nginx.www, "big"), "wb") as file:
        file.truncate(FILE_BYTES)
    with open(os.path.join(nginx.www, "small"), "wb") as file:
        file.write(b"small")
    tunnel = Tunnel(test)
    service = tunnel.address_service("files", port)
    by_option(test, tunnel, service, port)
    if is_sanitized(test.agent_binary):
        print("the control group is left out: the sanitizer needs more memory than it has")
        return
    in_control_group(test, tunnel, service, port)


if __name__ == "__main__":
    run_test(main)
