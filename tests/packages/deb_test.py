"""The debs on a bare Debian 12 with systemd: install, `outhaul install`, first request, kill -9, a new
token while it runs, upgrade under load, remove, purge."""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assertions import check, equal, wait_until  # noqa: E402
from machine import Machine, Transcript  # noqa: E402
from process_test import run_test  # noqa: E402

WORK = os.environ.get("OUTHAUL_PACKAGE_WORK", "/var/tmp/outhaul-packages")
DIST = os.environ["OUTHAUL_DIST"]
# The same programs as a later version, with a changed unit.
NEXT = os.environ["OUTHAUL_NEXT"]
APT = "apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0"
BODY = "hello from the private side"
REQUEST = ("curl -sS -i http://127.0.0.1:7880/ -H \"X-VPC-Service-Id: $(cat service)\" "
           "-H \"X-VPC-Binding-Token: $(cat binding)\"")
REQUESTS_PER_SECOND = 200


def install(test, machine):
    with test.case("apt install of both debs, without a network"):
        machine.run(f"{APT} ./packages/outhaul_*.deb ./packages/outhaul-edge_*.deb")
        machine.run("outhaul version")
        machine.run("ls -l /etc/outhaul /etc/outhaul-edge; id outhaul; id outhaul-edge")
    with test.case("nothing runs before it is configured, and nothing has failed"):
        equal(machine.quietly("systemctl is-active outhaul").stdout.strip(), "inactive", "agent")
        equal(machine.quietly("systemctl --failed --no-legend").stdout, "", "failed units")


def edge(test, machine):
    with test.case("an edge on the same machine"):
        machine.run("echo 'public_name = [\"localhost\"]' >> /etc/outhaul-edge/outhaul-edge.toml")
        machine.run("outhaul-edge check config | grep -v default")
        machine.run("systemctl enable --now --quiet outhaul-edge")
        made = json.loads(machine.quietly("outhaul-edge tunnel create office --json").stdout)
        machine.quietly(f"umask 077; echo {made['token']} > office.token")
        machine.run("outhaul-edge tunnel list")
        service = {"name": "hello", "type": "http", "http_port": 8080,
                   "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": made["id"]}}}
        machine.quietly(f"echo '{json.dumps(service)}' > service.json; umask 077; "
                        "outhaul-edge service create --file service.json > service; "
                        "outhaul-edge binding create hello > binding")
        machine.quietly(f"mkdir -p /srv/www; echo {BODY} > /srv/www/index.html;"
                        "busybox httpd -p 127.0.0.1:8080 -h /srv/www")
        check(machine.quietly("cat binding").stdout.strip(), "a binding")
    return made


def first_request(test, machine, made):
    with test.case("outhaul install: one command to a connected tunnel"):
        # Loopback is denied by default; this machine is its own private network.
        machine.run("echo 'permit = [\"127.0.0.1:8080\"]' >> /etc/outhaul/outhaul.toml")
        said = machine.run(f"outhaul install --tunnel-id {made['id']} --token-file office.token")
        check("connections up" in said, said)
        equal(machine.quietly("stat -c '%U:%G %a' /etc/outhaul/token").stdout.strip(),
              "root:outhaul 640", "the token's owner and mode")
        machine.run("systemctl status --no-pager --lines 0 outhaul")
    with test.case("the first request"):
        answer = machine.run(REQUEST, hide=[])
        check(BODY in answer, answer)
    with test.case("what it says about itself"):
        machine.run("outhaul ready")
        machine.run("outhaul status")


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


def reload(test, machine):
    with test.case("systemctl reload: the same processes read their files again"):
        before = [machine.main_pid(unit) for unit in ("outhaul", "outhaul-edge")]
        machine.run("systemctl reload outhaul outhaul-edge")
        for unit in ("outhaul", "outhaul-edge"):
            wait_until(lambda: '"event":"config_reloaded"' in machine.log(unit),
                       f"{unit} has reloaded", deadline_s=30, poll_s=0.2)
        machine.run("journalctl --no-pager --output cat -u outhaul -u outhaul-edge | "
                    "grep config_reloaded")
        equal([machine.main_pid(unit) for unit in ("outhaul", "outhaul-edge")], before,
              "process ids")


def rotation(test, machine):
    with test.case("token rotation: the running agent changes over to the new token"):
        before = machine.main_pid("outhaul")
        machine.run("(umask 077; outhaul-edge tunnel rotate office > office.new)")
        machine.run("install -m 640 -g outhaul office.new /etc/outhaul/token.new; "
                    "mv /etc/outhaul/token.new /etc/outhaul/token")
        wait_until(lambda: key_uses(machine) == [0, 4], "all connections use the new key",
                   deadline_s=30, poll_s=0.2)
        machine.run("outhaul-edge tunnel keys office")
        old = keys(machine)[0]["key"][:8]
        machine.run(f"outhaul-edge tunnel revoke office {old}")
        equal(machine.main_pid("outhaul"), before, "process id")
        check("200 OK" in machine.run(REQUEST), "an answer")


def keys(machine):
    return json.loads(machine.quietly("outhaul-edge tunnel keys office --json").stdout)


def key_uses(machine):
    """Connections by key, the oldest first."""
    return [key["connections"] for key in keys(machine)]


def upgrade(test, machine):
    """To the same programs as a later version, with a changed unit, under load."""
    shutil.copytree(NEXT, os.path.join(machine.root, "root/next"))
    with test.case(f"upgrade under {REQUESTS_PER_SECOND} requests/s: no request fails"):
        before = machine.main_pid("outhaul")
        headers = [f"X-VPC-Service-Id={machine.quietly('cat service').stdout.strip()}",
                   f"X-VPC-Binding-Token={machine.quietly('cat binding').stdout.strip()}"]
        load = machine.start_load(7880, REQUESTS_PER_SECOND, BODY, headers)
        test.on_exit(load.stop)
        load.wait_for_more(400)
        said = machine.run(f"{APT} ./next/outhaul_*.deb")
        check("upgraded in place" in said, said)
        check("the unit has changed; for its new settings run: systemctl restart outhaul" in said,
              said)
        wait_until(lambda: "4 of 4" in machine.status("outhaul"), "connections", deadline_s=60,
                   poll_s=0.2)
        check(machine.main_pid("outhaul") != before, "a new process")
        wait_until(lambda: not machine.quietly(f"kill -0 {before}").returncode == 0,
                   "the old process has ended", deadline_s=60, poll_s=0.2)
        load.wait_for_more(400)
        result = load.result()
        machine.transcript.add(f"{result['requests']} requests in {result['seconds']} s, "
                               f"{result['rate']} a second; failed: {result['failed']}\n")
        equal(result["failed"], 0, f"failed requests: {result['faults']}")
        check(result["rate"] >= REQUESTS_PER_SECOND * 0.9, f"rate: {result}")
    with test.case("upgrade of the edge: a restart, which takes the changed unit at once"):
        before = machine.main_pid("outhaul-edge")
        said = machine.run(f"{APT} ./next/outhaul-edge_*.deb")
        check("the unit has changed; it takes effect now" in said, said)
        check("restarting, requests under way are finished first" in said, said)
        check(machine.main_pid("outhaul-edge") not in (0, before), "a new process")
        wait_until(lambda: "4 of 4" in machine.status("outhaul"), "connections", deadline_s=60,
                   poll_s=0.2)
        check("200 OK" in machine.run(REQUEST), "an answer")
    with test.case("after the restart that it asked for, the new unit is in force"):
        equal(machine.quietly("systemctl show --property NeedDaemonReload --value outhaul").stdout,
              "no\n", "NeedDaemonReload")
        machine.run("systemctl restart outhaul")
        machine.run("systemctl show --property RestartUSec outhaul")
        wait_until(lambda: "4 of 4" in machine.status("outhaul"), "connections", deadline_s=60,
                   poll_s=0.2)
        check("200 OK" in machine.run(REQUEST), "an answer")


def remove_and_purge(test, machine, before):
    with test.case("remove keeps configuration and token"):
        machine.run("apt-get remove -y -q -o Dpkg::Use-Pty=0 outhaul outhaul-edge")
        equal(machine.quietly("ls /etc/outhaul").stdout.split(),
              ["outhaul.toml", "token"], "files")
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
    install(test, machine)
    made = edge(test, machine)
    first_request(test, machine, made)
    reload(test, machine)
    survives_kill(test, machine)
    rotation(test, machine)
    upgrade(test, machine)
    remove_and_purge(test, machine, before)


if __name__ == "__main__":
    run_test(main)
