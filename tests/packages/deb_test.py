"""The debs on a bare Debian 12 with systemd: install, `outhaul install`, first request, upgrade,
kill -9, a new token, remove, purge."""

import glob
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assertions import check, equal, wait_until  # noqa: E402
from machine import Machine, Transcript  # noqa: E402
from process_test import run_test  # noqa: E402

WORK = os.environ.get("OUTHAUL_PACKAGE_WORK", "/var/tmp/outhaul-packages")
DIST = os.environ["OUTHAUL_DIST"]
REBUILT = "/root/packages/next"
REQUEST = ("curl -sS -i http://127.0.0.1:7880/ -H \"X-VPC-Service-Id: $(cat service)\" "
           "-H \"X-VPC-Binding-Token: $(cat binding)\"")


def install(test, machine):
    with test.case("apt install of both debs, without a network"):
        machine.run("apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "
                    "./packages/outhaul_*.deb ./packages/outhaul-edge_*.deb")
        machine.run("outhaul version")
        machine.run("ls -l /etc/outhaul /etc/outhaul-edge; id outhaul; id outhaul-edge")
    with test.case("nothing runs before it is configured, and nothing has failed"):
        equal(machine.quietly("systemctl is-active outhaul").stdout.strip(), "inactive", "agent")
        equal(machine.quietly("systemctl --failed --no-legend").stdout, "", "failed units")


def edge(test, machine):
    with test.case("an edge on the same machine"):
        machine.run("echo OUTHAUL_EDGE_PUBLIC_NAME=localhost >> /etc/outhaul-edge/outhaul-edge.env")
        machine.run("systemctl enable --now --quiet outhaul-edge")
        made = json.loads(machine.quietly("outhaul-edge tunnel create office --json").stdout)
        machine.quietly(f"umask 077; echo {made['token']} > office.token")
        machine.run("outhaul-edge tunnel list")
        service = {"name": "hello", "type": "http", "http_port": 8080,
                   "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": made["id"]}}}
        machine.quietly(f"echo '{json.dumps(service)}' > service.json; umask 077; "
                        "outhaul-edge service create --file service.json > service; "
                        "outhaul-edge binding create hello > binding")
        machine.quietly("mkdir -p /srv/www; echo hello from the private side > /srv/www/index.html;"
                        "busybox httpd -p 127.0.0.1:8080 -h /srv/www")
        check(machine.quietly("cat binding").stdout.strip(), "a binding")
    return made


def first_request(test, machine, made):
    with test.case("outhaul install: one command to a connected tunnel"):
        # Loopback is denied by default; this machine is its own private network.
        machine.run("echo OUTHAUL_PERMIT=127.0.0.1:8080 > /etc/outhaul/outhaul.env")
        said = machine.run(f"outhaul install --tunnel-id {made['id']} --token-file office.token")
        check("connections up" in said, said)
        equal(machine.quietly("stat -c '%U:%G %a' /etc/outhaul/token").stdout.strip(),
              "root:outhaul 640", "the token's owner and mode")
        machine.run("systemctl status --no-pager --lines 0 outhaul")
    with test.case("the first request"):
        answer = machine.run(REQUEST, hide=[])
        check("hello from the private side" in answer, answer)


def survives_kill(test, machine):
    with test.case("kill -9: systemd starts it again, and it serves"):
        before = machine.main_pid("outhaul")
        machine.run(f"kill -9 {before}")
        wait_until(lambda: machine.main_pid("outhaul") not in (0, before), "a new process",
                   deadline_s=30, poll_s=0.2)
        wait_until(lambda: "4 of 4" in machine.status("outhaul"), "connections", deadline_s=30,
                   poll_s=0.2)
        machine.run("systemctl show --property NRestarts,StatusText outhaul")
        check("200 OK" in machine.run(REQUEST), "an answer")
    with test.case("a hung process is restarted by the watchdog"):
        before = machine.main_pid("outhaul")
        machine.run(f"kill -STOP {before}")
        wait_until(lambda: machine.main_pid("outhaul") not in (0, before), "a new process",
                   deadline_s=120, poll_s=1)
        machine.run("journalctl --no-pager --output cat -u outhaul | grep -i watchdog | head -n 2")


def rotation(test, machine, made):
    with test.case("token rotation: the edge makes a second token, install changes over to it"):
        route = f"http://edge/v1/tunnels/{made['id']}/token"
        answer = machine.quietly("curl -sS --unix-socket /var/lib/outhaul-edge/admin.sock "
                                 f"-X POST {route}").stdout
        token = find_token(json.loads(answer))
        check(token and token != made["token"], "a new token")
        machine.quietly(f"umask 077; echo {token} > office.token.new")
        machine.run(f"outhaul install --tunnel-id {made['id']} --token-file office.token.new")
        equal(machine.quietly("cmp office.token.new /etc/outhaul/token && echo same").stdout,
              "same\n", "the installed token")
        check("200 OK" in machine.run(REQUEST), "an answer")


def find_token(value):
    if isinstance(value, dict):
        if isinstance(value.get("token"), str):
            return value["token"]
        return next((found for found in map(find_token, value.values()) if found), None)
    return None


def upgrade(test, machine):
    """Against the same package with a higher version. Once the program can replace itself in place
    (SIGUSR2), no request of the load may fail; until then it is restarted, and it says so."""
    with test.case("upgrade: the running service goes on with the new program"):
        before = machine.main_pid("outhaul")
        said = machine.run("apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "
                           f"{REBUILT}/outhaul_*.deb")
        in_place = "upgraded in place" in said
        check(in_place or "restarting, requests under way are finished first" in said, said)
        check("the unit has changed" in said, said)
        wait_until(lambda: "4 of 4" in machine.status("outhaul"), "connections", deadline_s=30,
                   poll_s=0.2)
        check(machine.main_pid("outhaul") != before, "a new process")
        check("200 OK" in machine.run(REQUEST), "an answer")


def next_version(machine):
    """The agent's deb with a higher version and a changed unit."""
    found = glob.glob(os.path.join(DIST, "outhaul_*.deb"))[0]
    name = os.path.basename(found)
    script = (f"mkdir -p {REBUILT} && dpkg-deb -R packages/{name} /tmp/next && "
              "sed -i 's/^Version: .*/&+next/' /tmp/next/DEBIAN/control && "
              "sed -i 's/^RestartSec=.*/RestartSec=2s/' "
              "/tmp/next/usr/lib/systemd/system/outhaul.service && "
              f"dpkg-deb --root-owner-group -b /tmp/next {REBUILT}/outhaul_next.deb && "
              "rm -r /tmp/next")
    done = machine.quietly(script)
    check(done.returncode == 0, done.stdout)


def remove_and_purge(test, machine, before):
    with test.case("remove keeps configuration and token"):
        machine.run("apt-get remove -y -q -o Dpkg::Use-Pty=0 outhaul outhaul-edge")
        equal(machine.quietly("ls /etc/outhaul").stdout.split(),
              ["outhaul.env", "outhaul.toml", "token"], "files")
        equal(machine.quietly("systemctl is-active outhaul").stdout.strip(), "inactive", "state")
    with test.case("purge: files left: 0"):
        machine.run("apt-get purge -y -q -o Dpkg::Use-Pty=0 outhaul outhaul-edge")
        left = sorted(machine.files() - before)
        machine.transcript.add(f"files left: {len(left)}")
        equal(left, [], "files that are left")
        machine.run("! getent passwd outhaul outhaul-edge")
        equal(machine.quietly("grep -c outhaul /etc/passwd /etc/group /etc/shadow").stdout.split(),
              ["/etc/passwd:0", "/etc/group:0", "/etc/shadow:0"], "users")


def main(test):
    transcript = Transcript(os.path.join(WORK, "deb-transcript.txt"))
    machine = Machine(WORK, DIST, transcript)
    test.on_exit(machine.stop)
    before = machine.files()
    next_version(machine)
    install(test, machine)
    made = edge(test, machine)
    first_request(test, machine, made)
    survives_kill(test, machine)
    rotation(test, machine, made)
    upgrade(test, machine)
    remove_and_purge(test, machine, before)


if __name__ == "__main__":
    run_test(main)
