"""The container's root: the program runs as process 1 in it, with nothing else there, and a signal
drains it."""

import glob
import os
import shutil
import signal
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

DIST = os.environ["OUTHAUL_DIST"]
# Of the program in the image: scripts/lib/packages/container.py.
USER_ID = 64000


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
    with test.case("`outhaul ready` in the same root says that it can carry a request"):
        run = subprocess.run(["chroot", root, "/usr/bin/outhaul", "ready"],
                             stdout=subprocess.PIPE, text=True, check=False, timeout=30)
        equal((run.returncode, run.stdout), (0, "ready\n"), "exit code and output")
    with test.case("SIGTERM drains process 1"):
        with open(f"/proc/{agent.pid}/task/{agent.pid}/children", encoding="ascii") as file:
            inside = int(file.read().split()[0])
        os.kill(inside, signal.SIGTERM)
        agent.wait_for_event("agent_stop", exit_code=0)
        wait_until(lambda: agent.exit_code is not None, "the end")
        equal(agent.exit_code, 0, "exit code")
    with test.case("`outhaul ready` says that it cannot any more"):
        run = subprocess.run(["chroot", root, "/usr/bin/outhaul", "ready"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=30)
        equal(run.returncode, 5, "exit code")
    engine(test, tunnel)


class Podman:
    """With storage of its own, which needs no file system of the kernel's, and limits that
    this machine has: it may be a container itself."""

    def __init__(self, test):
        configuration = test.write("containers.conf", """[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:1024"]
[engine]
runtime = "runc"
""")
        self._environment = {**os.environ, "CONTAINERS_CONF": configuration}
        self._options = ["--root", test.path("podman", ""), "--runroot", test.path("podman-run", ""),
                         "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
                         "--events-backend", "file"]

    def run(self, *arguments):
        return subprocess.run(["podman", *self._options, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=180,
                              env=self._environment)

    def must(self, *arguments):
        done = self.run(*arguments)
        equal(done.returncode, 0, f"exit code of podman {arguments[0]}: {done.stdout[-600:]}")
        return done.stdout.strip()


def engine(test, tunnel):
    """The image of the Containerfile in a real container engine."""
    if shutil.which("podman") is None:
        print("podman is not installed: no image is made", flush=True)
        return
    podman = Podman(test)
    with test.case("podman builds the image of outhaul.Containerfile"):
        podman.must("build", "--format", "docker", "--tag", "outhaul", "--file",
                    os.path.join(DIST, "outhaul.Containerfile"), DIST)
        print(f"image: {podman.must('image', 'inspect', 'outhaul', '--format', '{{.Size}}')} bytes",
              flush=True)
    token = test.path("container.token")
    shutil.copyfile(tunnel.identity.token_file, token)
    os.chown(token, USER_ID, USER_ID)
    os.chmod(token, 0o600)
    os.chmod(test.directory, 0o755)
    try:
        with test.case("a container of it becomes healthy"):
            podman.must("run", "--detach", "--name", "agent", "--network", "host", "--volume",
                        f"{token}:/etc/outhaul/token:ro", "--env",
                        f"OUTHAUL_TUNNEL_ID={tunnel.identity.id}", "outhaul")
            wait_until(lambda: podman.run("healthcheck", "run", "agent").returncode == 0, "health",
                       deadline_s=60, poll_s=0.5)
            print("podman: " + podman.must("ps", "--format", "{{.Names}} {{.Status}}"), flush=True)
        with test.case("without an edge it becomes unhealthy"):
            tunnel.edge.signal(signal.SIGKILL)
            wait_until(lambda: podman.run("healthcheck", "run", "agent").returncode == 1,
                       "no health", deadline_s=60, poll_s=0.5)
        with test.case("podman stop drains it"):
            podman.must("stop", "--time", "40", "agent")
            equal(podman.must("inspect", "agent", "--format", "{{.State.ExitCode}}"), "0",
                  "exit code")
    finally:
        print(podman.run("logs", "agent").stdout[-1500:], flush=True)
        podman.run("rm", "--force", "--all")


if __name__ == "__main__":
    run_test(main)
