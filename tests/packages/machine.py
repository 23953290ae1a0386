"""A Debian 12 of its own, booted with systemd as process 1 and with loopback as its only network."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from assertions import check, wait_until  # noqa: E402

# What a person would have on such a machine; busybox is the private service.
BASE_PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates,procps,curl,iproute2,busybox"
NOT_OURS = re.compile(
    r"^(/dev|/proc|/sys|/run|/tmp|/var/(tmp|cache|log|lib/(apt|dpkg|systemd|private|dbus)))(/|$)"
    r"|^/etc/(machine-id|mtab|\.pwd\.lock|(passwd|group|shadow|gshadow)-?)$"
    r"|^/etc/(resolv\.conf|hostname|ld\.so\.cache)$|^/root/|^/srv/")


def base_system(work):
    """The untouched system, made once: it takes minutes and is the only thing that is fetched."""
    base = os.path.join(work, "debian12")
    if not os.path.exists(os.path.join(base, "bin/busybox")):
        shutil.rmtree(base, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}",
                        "bookworm", base], check=True, stdout=subprocess.DEVNULL)
    return base


class Transcript:
    """What was typed and what came, for docs/packages.md."""

    def __init__(self, path):
        self.path = path
        with open(path, "w", encoding="utf-8"):
            pass

    def add(self, text):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")


class Machine:
    def __init__(self, work, packages, transcript):
        self.root = os.path.join(work, "machine")
        self.transcript = transcript
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", base_system(work), self.root], check=True)
        with open(os.path.join(self.root, "etc/hostname"), "w", encoding="ascii") as file:
            file.write("debian12\n")
        # What an installer makes and debootstrap does not; and no name server is in reach.
        with open(os.path.join(self.root, "etc/hosts"), "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost debian12\n::1 localhost\n")
        with open(os.path.join(self.root, "etc/resolv.conf"), "w", encoding="ascii"):
            pass
        shutil.copytree(packages, os.path.join(self.root, "root/packages"))
        self._log = open(os.path.join(work, "boot.log"), "wb")
        nspawn = ("systemd-nspawn --register=no --keep-unit --private-network --boot "
                  f"--machine=debian12 --directory={self.root}")
        # The console has to be a terminal.
        self._script = subprocess.Popen(["script", "--quiet", "--return", "--command", nspawn,
                                         "/dev/null"], stdin=subprocess.DEVNULL, stdout=self._log,
                                        stderr=self._log, start_new_session=True)
        self._leader = None
        wait_until(self._booted, "the machine has booted", deadline_s=180, poll_s=0.5)

    def _booted(self):
        check(self._script.poll() is None, "systemd-nspawn has ended; see boot.log")
        self._leader = self._leader or self._find_leader()
        if self._leader is None:
            return False
        state = self.quietly("systemctl is-system-running")
        return state.stdout.strip() in ("running", "degraded")

    def _find_leader(self):
        for nspawn in children(self._script.pid, deep=True):
            for pid in children(nspawn):
                with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                    if file.read().strip() == "systemd":
                        return pid
        return None

    def quietly(self, command, deadline_s=120):
        return subprocess.run(
            ["nsenter", f"--target={self._leader}", "--all", "env", "-i", "--chdir=/root",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb",
             "DEBIAN_FRONTEND=noninteractive", "/bin/sh", "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=deadline_s)

    def run(self, command, deadline_s=120, hide=()):
        """Runs a command that has to succeed; it and its output go into the transcript."""
        done = self.quietly(command, deadline_s)
        shown = done.stdout
        for secret in hide:
            shown = shown.replace(secret, "(secret)")
        self.transcript.add(f"# {command}\n{shown}")
        check(done.returncode == 0, f"{command}: exit code {done.returncode}: {done.stdout[-600:]}")
        return done.stdout

    def start_load(self, port, rate, body, headers):
        """Requests to a port of this machine, from a process of its own in the machine's network."""
        return Load(["nsenter", f"--target={self._leader}", "--net", "/usr/bin/python3",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "steady_load.py"),
                     str(port), str(rate), body, *headers])

    def log(self, unit):
        return self.quietly(f"journalctl --no-pager --output cat -u {unit}").stdout

    def files(self):
        """Every path but those that a running system makes by itself."""
        listing = self.quietly("find / -xdev -print").stdout.splitlines()
        return {path for path in listing if not NOT_OURS.search(path)}

    def main_pid(self, unit):
        return int(self.quietly(f"systemctl show --property MainPID --value {unit}").stdout)

    def status(self, unit):
        return self.quietly(f"systemctl show --property StatusText --value {unit}").stdout.strip()

    def stop(self):
        if self._leader is not None:
            # To systemd as process 1 of a container: power off.
            os.kill(self._leader, signal.SIGRTMIN + 4)
        try:
            self._script.wait(60)
        except subprocess.TimeoutExpired:
            self._script.kill()
        self._log.close()


class Load:
    """Runs from the start until its result is asked for."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._line = "0"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._line = line

    def wait_for_more(self, count):
        until = int(self._line) + count
        wait_until(lambda: int(self._line) >= until, f"{count} more answers", deadline_s=60)

    def stop(self):
        self._process.kill()

    def result(self):
        self._process.terminate()
        self._reader.join(60)
        check(self._process.wait(60) == 0, f"the load ended with {self._process.returncode}")
        return json.loads(self._line)


def children(pid, deep=False):
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            direct = [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return found
    for child in direct:
        found.append(child)
        if deep:
            found += children(child, deep=True)
    return found
