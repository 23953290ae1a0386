"""The rpm in a root of its own, by rpm itself: install, verify, upgrade, erase. No systemd runs
there, as when an image is made."""

import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assertions import check, equal  # noqa: E402
from machine import Transcript, base_system  # noqa: E402
from process_test import run_test  # noqa: E402

WORK = os.environ.get("OUTHAUL_PACKAGE_WORK", "/var/tmp/outhaul-packages")
DIST = os.environ["OUTHAUL_DIST"]
# The same programs as a later version.
NEXT = os.environ["OUTHAUL_NEXT"]
PATTERNS = ("outhaul-[0-9]*.rpm", "outhaul-edge-[0-9]*.rpm")


class Root:
    """A system without the packages, and rpm's own database in it. What rpm would install to fulfil
    the dependencies (libssl.so.3 and so on) is there, but as debs: hence --nodeps."""

    def __init__(self, transcript):
        self.path = os.path.join(WORK, "rpm-root")
        self.transcript = transcript
        shutil.rmtree(self.path, ignore_errors=True)
        subprocess.run(["cp", "-a", base_system(WORK), self.path], check=True)
        os.makedirs(os.path.join(self.path, "var/lib/rpm"))
        self.before = self.files()

    def rpm(self, *arguments, expect=0):
        command = ["rpm", "--root", self.path, "--dbpath", "/var/lib/rpm", "--define",
                   "_pkgverify_level none", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=120)
        shown = " ".join(os.path.basename(word) for word in arguments)
        self.transcript.add(f"# rpm --root ROOT {shown}\n{done.stdout}")
        equal(done.returncode, expect, f"exit code of rpm {shown}: {done.stdout}")
        return done.stdout

    def files(self):
        found = set()
        for directory, _, names in os.walk(self.path):
            inside = "/" + os.path.relpath(directory, self.path)
            if inside.startswith(("/var/lib/rpm", "/proc", "/sys")):
                continue
            # Directories that are left empty belong to rpm's "filesystem", which is not here.
            found |= {os.path.join(inside, name) for name in names}
        return found

    def run(self, *command):
        return subprocess.run(["chroot", self.path, *command], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, check=False, timeout=60)


def main(test):
    root = Root(Transcript(os.path.join(WORK, "rpm-transcript.txt")))
    packages = [glob.glob(os.path.join(DIST, pattern))[0] for pattern in PATTERNS]
    later = [glob.glob(os.path.join(NEXT, pattern))[0] for pattern in PATTERNS]
    with test.case("rpm -i into a fresh root"):
        root.rpm("-i", "--nodeps", *packages)
        root.rpm("-q", "outhaul", "outhaul-edge")
        equal(root.run("id", "-un", "outhaul").stdout.strip(), "outhaul", "the user")
        check(root.run("outhaul", "version").stdout.startswith("outhaul "), "the program runs")
    with test.case("what it needs is in every system since RHEL 9 and Ubuntu 22.04"):
        needs = root.rpm("-q", "--requires", "outhaul")
        libraries = {line.split("(")[0] for line in needs.splitlines() if ".so" in line}
        libraries.discard("ld-linux-x86-64.so.2")  # the loader, a part of libc
        equal(libraries, {"libc.so.6", "libcrypto.so.3", "libgcc_s.so.1", "libm.so.6",
                          "libssl.so.3"}, "libraries")
    with test.case("rpm -V has nothing to say"):
        equal(root.rpm("-V", "--nodeps", "outhaul", "outhaul-edge"), "", "differences")
    with test.case("rpm -V sees a changed program, and a changed configuration as such"):
        with open(os.path.join(root.path, "etc/outhaul/outhaul.toml"), "a",
                  encoding="utf-8") as file:
            file.write("connections = 2\n")
        said = root.rpm("-V", "--nodeps", "outhaul", expect=1)
        check(" c /etc/outhaul/outhaul.toml" in said and len(said.splitlines()) == 1, said)
    with test.case("upgrade to a later version keeps the changed configuration"):
        before = root.rpm("-q", "outhaul", "outhaul-edge").split()
        root.rpm("-U", "--nodeps", *later)
        after = root.rpm("-q", "outhaul", "outhaul-edge").split()
        equal(len(after), 2, f"versions that are installed: {after}")
        check(not set(before) & set(after), f"{before} became {after}")
        said = root.rpm("-V", "--nodeps", "outhaul", "outhaul-edge", expect=1)
        equal(len(said.splitlines()), 1, f"differences: {said}")
        with open(os.path.join(root.path, "etc/outhaul/outhaul.toml"), encoding="utf-8") as file:
            check("connections = 2" in file.read(), "the change is there")
    with test.case("rpm -e leaves nothing but the changed configuration and the users"):
        root.rpm("-e", "--nodeps", "outhaul", "outhaul-edge")
        left = sorted(path for path in root.files() - root.before
                      if not path.startswith(("/etc/passwd", "/etc/group", "/etc/shadow",
                                              "/etc/gshadow", "/etc/.pwd.lock")))
        root.transcript.add(f"files left: {left}")
        check(set(left) <= {"/etc/outhaul/outhaul.toml.rpmsave"},
              f"files that are left: {left}")


if __name__ == "__main__":
    run_test(main)
