"""Upgrade in place: SIGUSR2 starts the installed version, which connects before the old one lets go.
A single agent loses no request; a new version that cannot run leaves the old one serving."""
# timeout: 120

import contextlib
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 2


class Origin:
    """/ answers at once; /slow begins its answer and ends it when `go` is set."""

    def __init__(self, test):
        self.posts = []
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        while True:
            head = connection.read_head()
            if head[0].startswith("POST"):
                self.posts.append(head[0].split()[1])
                connection.read_body(head, lambda _: None)
            connection.answer("hello")


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def install(test, content=None):
    """A file in the place of the program, as a package manager puts it there: by rename."""
    path = os.path.join(test.directory, "bin", "outhaul")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if content is None:
        shutil.copy2(test.agent_binary, path + ".new")
    else:
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)
    return path


def start_installed(test, tunnel, origin):
    command = tunnel.agent_command("--permit", f"127.0.0.1:{origin.port}", "--upgrade-grace", "30s",
                                   connections=CONNECTIONS)
    command[0] = install(test)
    agent = test.start("agent", command)
    tunnel.edge.wait_for_event("agent_up", count=CONNECTIONS, deadline_s=30)
    return agent


def broken_version(test, tunnel, service, agent):
    install(test, "#!/bin/sh\necho 'not this time' >&2\nexit 1\n")
    with test.case("a new version that ends at once leaves the old one serving"):
        agent.signal(signal.SIGUSR2)
        agent.wait_for_event("upgrade_failed", deadline_s=30)
        equal(tunnel.request(service, "/").status, 200, "status")
        agent.check_running()
    os.remove(os.path.join(test.directory, "bin", "outhaul"))
    with test.case("a file that is gone leaves the old one serving, and the line names it"):
        mark = agent.mark()
        agent.signal(signal.SIGUSR2)
        line = agent.wait_for_event("upgrade_failed", since=mark, deadline_s=30)
        check("bin/outhaul" in line["message"], line)
        equal(tunnel.request(service, "/").status, 200, "status")


def main(test):
    tunnel = Tunnel(test)
    origin = Origin(test)
    service = tunnel.address_service("api", origin.port)
    agent = start_installed(test, tunnel, origin)
    broken_version(test, tunnel, service, agent)

    install(test)
    load = Load(service, [tunnel.binding_port], post=True)
    load.wait_for_more()
    mark = tunnel.edge.mark()
    agent.signal(signal.SIGUSR2)
    successor = agent.wait_for_event("upgrade_done", deadline_s=60)["process"]
    try:
        with test.case("the new process connects before the old one lets go"):
            ups = tunnel.edge.wait_for_event("agent_up", since=mark, count=CONNECTIONS)
            check(ups, "the new connections")
            equal(agent.wait(40), 0, "exit code of the old process")
            tunnel.edge.wait_for_event("agent_down", since=mark, count=CONNECTIONS)
            check(alive(successor), "the new process is there")
        with test.case("no request failed, and no POST came twice"):
            load.wait_for_more()
            load.stop()
            print(f"{load.good} requests, {len(load.bad)} failed", flush=True)
            equal(load.bad, [], "failed requests")
            equal(len(set(origin.posts)), len(origin.posts), "POST requests at the origin")
        with test.case("the new process ends like any other"):
            os.kill(successor, signal.SIGTERM)
            wait_until(lambda: not alive(successor) or is_zombie(successor), "it ends")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(successor, signal.SIGKILL)


def is_zombie(process):
    """Ended, but nobody has asked for its exit code: its parent was the old process."""
    with contextlib.suppress(FileNotFoundError):
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    return True


run_test(main)
