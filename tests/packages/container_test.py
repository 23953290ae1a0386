"""The container's root: the program runs as process 1 in it, with nothing else there, and a signal
drains it."""

import glob
import os
import signal
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

DIST = os.environ["OUTHAUL_DIST"]


def unpack(test, name):
    archive = sorted(glob.glob(os.path.join(DIST, f"{name}-[0-9]*-container-root.tar.gz")))[0]
    root = test.path(f"root-{name}", "")
    with tarfile.open(archive) as file:
        file.extractall(root)
    return root


def main(test):
    test.need_binaries()
    root = unpack(test, "outhaul")
    with test.case("it holds one program, its libraries and certificates"):
        programs = os.listdir(os.path.join(root, "usr/bin"))
        equal(programs, ["outhaul"], "programs")
        check(not os.path.exists(os.path.join(root, "bin/sh")), "no shell")
    with test.case("version runs in it"):
        run = subprocess.run(["chroot", root, "/usr/bin/outhaul", "version"],
                             stdout=subprocess.PIPE, text=True, check=False, timeout=30)
        check(run.stdout.startswith("outhaul "), run.stdout)
    tunnel = Tunnel(test)
    token = os.path.join(root, "etc/outhaul/token")
    with open(tunnel.identity.token_file, encoding="ascii") as source, \
            open(token, "w", encoding="ascii") as target:
        target.write(source.read())
    os.chmod(token, 0o600)
    # A container's engine writes it.
    with open(os.path.join(root, "etc/hosts"), "w", encoding="ascii") as file:
        file.write("127.0.0.1 localhost\n")
    agent = test.start("container", ["unshare", "--pid", "--fork", "--kill-child", "chroot", root,
                                     "/usr/bin/outhaul", "run", "--tunnel-id", tunnel.identity.id,
                                     "--log-format", "json"])
    with test.case("process 1 connects with the token alone"):
        agent.wait_for_event("connection_up", count=4, deadline_s=30)
    with test.case("SIGTERM drains process 1"):
        with open(f"/proc/{agent.pid}/task/{agent.pid}/children", encoding="ascii") as file:
            inside = int(file.read().split()[0])
        os.kill(inside, signal.SIGTERM)
        agent.wait_for_event("agent_stop", exit_code=0)
        wait_until(lambda: agent.exit_code is not None, "the end")
        equal(agent.exit_code, 0, "exit code")


if __name__ == "__main__":
    run_test(main)
