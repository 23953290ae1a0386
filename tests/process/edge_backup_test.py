"""outhaul-edge backup and restore: a copy while the directory is written to, its mode, what it does
not replace; and an edge on the restored directory, to which an agent with the old token connects
and which serves the old binding."""
# timeout: 120

import os
import pwd
import stat
import subprocess
import sys
import tarfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

OK, CONFIGURATION = 0, 3
MEMBERS = ["addresses", "ca.key", "ca.pem", "directory.db"]


def contents(path):
    with tarfile.open(path) as tar:
        return {os.path.basename(each.name): tar.extractfile(each).read() for each in tar}


def check_backup(test, tunnel):
    path = test.path("edge.tar")
    with test.case("ten backups under writes: each is whole, and has what was there before it"):
        stop = threading.Event()
        made = []

        def write():
            while not stop.is_set():
                name = f"busy-{len(made)}"
                tunnel.change("tunnel", "create", name)
                made.append(name)

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        for number in range(10):
            known = len(made)
            copy = test.path(f"copy-{number}.tar")
            equal(tunnel.directory("backup", copy).returncode, OK, "exit code")
            target = test.path(f"copy-{number}")
            run = restore(test, copy, target)
            equal(run.returncode, OK, run.stderr)
            listed = names(test, target)
            check(set(made[:known]) <= set(listed), f"{made[:known]} in {listed}")
        stop.set()
        writer.join()
        check(made, "something was written meanwhile")
    with test.case("one file of mode 0600 with all that a restore needs, and a line that says so"):
        run = tunnel.directory("backup", path)
        equal((run.returncode, run.stderr), (OK, ""))
        check(run.stdout.startswith(f"wrote {path}: directory.db ("), run.stdout)
        check("not in it: the configuration\n" in run.stdout, run.stdout)
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        equal(sorted(contents(path)), MEMBERS)
        equal(sorted(os.listdir(os.path.dirname(path))).count("edge.tar.new"), 0, "leftovers")
    with test.case("a file that exists is only replaced with --force"):
        before = os.stat(path).st_ino
        run = tunnel.directory("backup", path)
        equal(run.returncode, CONFIGURATION, run.stderr)
        check("--force" in run.stderr, run.stderr)
        equal(os.stat(path).st_ino, before, "the same file")
        equal(tunnel.directory("backup", "--force", path).returncode, OK)
        check(os.stat(path).st_ino != before, "another file")
    with test.case("- is standard output, byte for byte a backup"):
        run = subprocess.run([test.edge_binary, "backup", "--data-dir", tunnel.data_dir, "-"],
                             stdout=subprocess.PIPE, check=True, timeout=30)
        equal(read_stream(test, run.stdout)["ca.key"], contents(path)["ca.key"])
    return path


def read_stream(test, archive):
    path = test.path("stream.tar")
    with open(path, "wb") as file:
        file.write(archive)
    return contents(path)


def restore(test, archive, target):
    return subprocess.run([test.edge_binary, "restore", "--data-dir", target, archive],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                          check=False)


def names(test, data_dir):
    run = subprocess.run([test.edge_binary, "tunnel", "list", "--data-dir", data_dir],
                         stdout=subprocess.PIPE, check=True, text=True, timeout=30)
    return [line.split()[0] for line in run.stdout.splitlines()[1:]]


def check_refusals(test, tunnel, archive):
    with test.case("a restore replaces nothing, not below a running edge either"):
        run = restore(test, archive, tunnel.data_dir)
        equal(run.returncode, CONFIGURATION, run.stderr)
        check("in use by another outhaul-edge" in run.stderr, run.stderr)
        run = restore(test, archive, test.path("copy-0"))
        equal(run.returncode, CONFIGURATION, run.stderr)
        check("directory.db is there already" in run.stderr, run.stderr)
    with test.case("what is no backup, or not a whole one, leaves nothing behind"):
        with open(archive, "rb") as file:
            whole = file.read()
        damaged = whole.replace(b"SQLite format 3", b"SQLite format 4", 1)
        for number, text in enumerate((b"", whole[:5000], b"x" * 2048, damaged)):
            path = test.path(f"broken-{number}.tar")
            with open(path, "wb") as file:
                file.write(text)
            run = restore(test, path, test.path(f"broken-{number}"))
            equal((run.returncode, run.stderr.count("\n")), (CONFIGURATION, 1), run.stderr)
            left = [name for name in ("directory.db", "restored.db", "ca.key")
                    if os.path.exists(test.path(f"broken-{number}", name))]
            equal(left, [], "left behind")
    if os.geteuid() == 0:
        with test.case("what root restores belongs to the directory's owner"):
            owner = pwd.getpwnam("nobody")
            target = test.path("owned", "")
            os.chown(target, owner.pw_uid, owner.pw_gid)
            equal(restore(test, archive, target).returncode, OK)
            equal({os.stat(os.path.join(target, name)).st_uid for name in os.listdir(target)},
                  {owner.pw_uid}, "owners")


def check_restored(test, tunnel, archive, service, port):
    with test.case("without a running edge the files are copied: the same content"):
        tunnel.edge.terminate()
        stopped = test.path("stopped.tar")
        equal(tunnel.directory("backup", stopped).returncode, OK)
        for name in ("addresses", "ca.key", "ca.pem"):
            equal(contents(stopped)[name], contents(archive)[name], name)
    with test.case("on another machine: the old token connects, the old binding works"):
        target = test.path("edge-restored")
        equal(restore(test, stopped, target).returncode, OK)
        os.rename(tunnel.data_dir, tunnel.data_dir + ".lost")
        tunnel.data_dir = target
        tunnel.start_edge()
        tunnel.start_agent(permit=[port], name="again")
        response = tunnel.request(service)
        equal((response.status, response.body), (200, b"hello"))


def main(test):
    test.need_binaries()
    port = test.free_port()
    test.nginx([Site(port, {"/": 'return 200 "hello";'})])
    tunnel = Tunnel(test)
    service = tunnel.address_service("hello", port)
    archive = check_backup(test, tunnel)
    check_refusals(test, tunnel, archive)
    check_restored(test, tunnel, archive, service, port)


if __name__ == "__main__":
    run_test(main)
