"""outhaul-edge check: beside a running edge and without one, every step with its advice and exit
code; and outhaul-edge diag: what the archive holds, and that no secret, key or hash is in it."""
# timeout: 120

import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

OK, USAGE, CHECK_FAILED = 0, 2, 7
PASSWORD = "hunter2-secret-word"


class Commands:
    """The edge's commands with the configuration of the tunnel's edge."""

    def __init__(self, test, tunnel, status):
        self.test, self.tunnel, self.status = test, tunnel, status

    def run(self, command, *arguments, environment=None, before=()):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("OUTHAUL_")}
        return subprocess.run(
            [*before, self.test.edge_binary, command, *self.defaults(arguments), *arguments], cwd=self.test.directory,
            env={**clean, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=60, check=False)

    def defaults(self, arguments):
        defaults = {"--data-dir": self.tunnel.data_dir,
                    "--agent-listen": f"127.0.0.1:{self.tunnel.agent_port}",
                    "--binding-listen": f"127.0.0.1:{self.tunnel.binding_port}",
                    "--public-name": f"localhost:{self.tunnel.agent_port}",
                    "--status-listen": self.status}
        return [part for name, value in defaults.items() if name not in arguments
                for part in (name, value)]

    def report(self, *arguments, code=OK, **options):
        run = self.run("check", "--json", *arguments, **options)
        equal(run.returncode, code, f"exit code ({run.stdout} {run.stderr})")
        report = json.loads(run.stdout)
        equal(report["ok"], code == OK, "ok")
        return report


def step(report, name, section="steps"):
    return next(each for each in report[section] if each["step"] == name)


def says(found, state, detail, advice=""):
    equal(found["state"], state, f"state of {found}")
    check(re.search(detail, found.get("detail", "")), f"/{detail}/ in {found}")
    check(re.search(advice, " ".join(found.get("advice", []))), f"/{advice}/ in {found}")


def check_running(test, commands, tunnel):
    with test.case("beside a running edge with an agent all is well, and nothing is disturbed"):
        mark = tunnel.edge.mark()
        report = commands.report()
        equal((report["running"], report["failed"], report["warnings"]), (True, 0, 0))
        says(step(report, "data"), "ok", r"mode 0700.* free$")
        says(step(report, "directory"), "ok",
             r"running edge, which was asked: 1 tunnel, 1 service, 1 binding$")
        says(step(report, "authority"), "ok", r"ca\.pem, pin sha256/.*, 36\d\d days left$")
        says(step(report, "certificate"), "ok", r", 8\d days left$")
        says(step(report, "open files"), "ok", "of the running edge")
        says(step(report, "admin socket"), "ok", f"process {tunnel.edge.pid} of ")
        for name in ("agents", "clients"):
            says(step(report, name, "listeners"), "ok", "the running edge listens$")
        says(step(report, "status", "listeners"), "ok", "ready$")
        says(step(report, "name", "names"), "ok", "^localhost.* is (127.0.0.1|::1)")
        says(step(report, "tunnel", "directory"), "ok", "^office, 4 connections of 1 agent$")
        says(step(report, "services", "directory"), "ok", "^1 of 1 have a connected tunnel$")
        equal(tunnel.edge.events("agent_down", since=mark), [], "agents that went")
    with test.case("the page fits 80 columns, without colour outside a terminal"):
        page = commands.run("check")
        equal((page.returncode, page.stderr), (OK, ""))
        check(max(len(line) for line in page.stdout.splitlines()) <= 80, page.stdout)
        check("\x1b" not in page.stdout, "no colour")
        check(page.stdout.startswith("edge, running\n"), page.stdout)
        check(re.search(r"^ok, in \d+\.\d ms$", page.stdout, re.M), page.stdout)
    with test.case("a configuration that the running edge does not have"):
        port = test.free_port()
        report = commands.report("--agent-listen", f"127.0.0.1:{port}", code=CHECK_FAILED)
        says(step(report, "agents", "listeners"), "failed", "nobody listens$",
             "another --agent-listen: restart it")
        with socket.create_server(("127.0.0.1", port)):
            report = commands.report("--agent-listen", f"127.0.0.1:{port}", code=CHECK_FAILED)
        says(step(report, "agents", "listeners"), "failed", "does not listen there$",
             "once the other program there is stopped")
    with test.case("a listener for a service that there is not"):
        report = commands.report("--binding-listen",
                                 f"127.0.0.1:{tunnel.binding_port}?service=nobody")
        says(step(report, "clients", "listeners"), "warning", "for service nobody",
             "no service nobody: outhaul-edge service create")
    with test.case("a name that leads nowhere is a warning"):
        report = commands.report("--public-name", "edge.invalid")
        says(step(report, "name", "names"), "warning", "leads nowhere", "put it into DNS")


def check_directory(test, commands, tunnel, agent):
    with test.case("tunnels without an agent, services that nobody reaches"):
        other = tunnel.create_tunnel("other")
        tunnel.change("service", "create", "--file", "-", text=json.dumps(
            {"name": "lonely", "type": "http", "http_port": 80,
             "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": other.id}}}))
        report = commands.report()
        found = [each for each in report["directory"] if each["step"] == "tunnel"]
        says(found[1], "warning", "^other, no agent is connected$", f"outhaul check .*{other.id}")
        says(step(report, "services", "directory"), "warning", "^1 of 2 ", "503 for lonely")
        says(step(report, "bindings", "directory"), "ok", "^1, none for lonely$")
        tunnel.change("tunnel", "disable", "other")
        report = commands.report()
        says(step(report, "services", "directory"), "warning", "", "disabled of lonely")
    with test.case("the agent goes, and the check says so"):
        agent.terminate()
        tunnel.edge.wait_for_event("agent_down", count=4)
        report = commands.report()
        says(step(report, "tunnel", "directory"), "warning", "^office, no agent is connected$")


def check_diag(test, commands, tunnel, service):
    archive = test.path("edge.tar.gz")
    configuration = test.write("etc/outhaul-edge.toml", f'# api_token = "{PASSWORD}"\n'
                               'hold_time = "3s"\n')
    with test.case("diag: one archive of mode 0600, and a list of what is inside"):
        run = commands.run("diag", "--config", configuration, "--output", archive)
        equal((run.returncode, run.stderr), (0, ""), run.stderr)
        equal(stat.S_IMODE(os.stat(archive).st_mode), 0o600, "mode")
        with tarfile.open(archive) as tar:
            members = {os.path.basename(each.name): tar.extractfile(each).read().decode()
                       for each in tar}
        for name in ("version.json", "configuration.toml", "check.json", "status.json",
                     "metrics.txt", "resolv.conf", "files.txt", "limits.txt", "system.txt",
                     "CONTENTS.txt"):
            check(name in members, f"{name} in {list(members)}")
        equal(json.loads(members["version.json"])["program"], "outhaul-edge")
        equal(json.loads(members["check.json"])["running"], True)
        equal(len(json.loads(members["status.json"])["certificates"]), 1)
        check("outhaul_edge_" in members["metrics.txt"], "metrics")
        check("directory.db" in members["files.txt"] and configuration in members["files.txt"],
              members["files.txt"])
        check('hold_time = "3s"' in members["configuration.toml"], "what is no secret stays")
    with test.case("diag: no secret, no key and no hash of one is in it"):
        with open(os.path.join(tunnel.data_dir, "ca.key"), encoding="ascii") as file:
            key = file.read().splitlines()[1]
        listed = json.loads(tunnel.change("tunnel", "list", "--json"))
        public = [each for entry in listed for each in entry["public_keys"]]
        everything = run.stdout + "".join(members.values())
        for secret in [*tunnel.identity.secrets(), service.token, PASSWORD, key, *public]:
            check(secret not in everything, f"no {secret[:4]}...")
        for name in ("directory.db", "ca.key"):
            check(f"left out  {name}: " in run.stdout, run.stdout)
    with test.case("diag: a file that exists is not written over"):
        equal(commands.run("diag", "--output", archive).returncode, 1)


def check_stopped(test, commands, tunnel):
    tunnel.edge.terminate()
    with test.case("without an edge: what a start would meet"):
        report = commands.report()
        equal(report["running"], False)
        says(step(report, "admin socket"), "skipped", "no edge runs here")
        says(step(report, "directory"), "ok", "^schema 1, 2 tunnels, 2 services, 1 binding$")
        says(step(report, "agents", "listeners"), "ok", "free$")
        says(step(report, "status", "listeners"), "ok", "free$")
        says(step(report, "open files"), "ok", "of this shell")
        says(step(report, "tunnel", "directory"), "skipped", "no edge runs")
    with test.case("a port that another program has, an address that is not here, another's socket"):
        report_of_taken(test, commands)
    with test.case("too few files for all clients"):
        report = commands.report(before=("bash", "-c", 'ulimit -n 1000; exec "$@"', "-"))
        says(step(report, "open files"), "warning", "limit 1000 .*, 5152 ", "LimitNOFILE")
        report = commands.report("--client-connections", "100",
                                 before=("bash", "-c", 'ulimit -n 2000; exec "$@"', "-"))
        says(step(report, "open files"), "ok", ", 1156 for all")
    with test.case("every problem of the configuration file, with its place"):
        path = test.write("broken.toml", 'agent_lisen = []\nhold_time = "x"\n')
        report = commands.report("--config", path, code=CHECK_FAILED)
        configuration = step(report, "configuration")
        says(configuration, "failed", "2 problems$", "did you mean agent_listen")
        check(configuration["advice"][0].startswith(f"{path}:1:1: "), configuration)


def report_of_taken(test, commands):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        report = commands.report("--binding-listen", where, code=CHECK_FAILED)
        says(step(report, "clients", "listeners"), "failed", where, "ss -ltnp .*--binding-listen")
    report = commands.report("--agent-listen", "192.0.2.1:7844", code=CHECK_FAILED)
    says(step(report, "agents", "listeners"), "failed", "", "no such address")
    path = test.path("other.sock")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        report = commands.report("--status-listen", f"unix:{path}", code=CHECK_FAILED)
        says(step(report, "status", "listeners"), "failed", "", "another program")
    # A file that a dead process left behind is no obstacle.
    says(step(commands.report("--status-listen", f"unix:{path}"), "status", "listeners"), "ok",
         "free$")
    report = commands.report("--status-listen", f"unix:{test.write('file', '')}",
                             code=CHECK_FAILED)
    says(step(report, "status", "listeners"), "failed", "", "no socket")


def check_data(test, commands, tunnel):
    key = os.path.join(tunnel.data_dir, "ca.key")
    with test.case("modes that let others read"):
        os.chmod(key, 0o644)
        os.chmod(tunnel.data_dir, 0o755)
        found = step(commands.report(code=CHECK_FAILED), "data")
        says(found, "failed", "ca.key has mode 0644", f"chmod 0700 .*chmod 0600 {key}")
        os.chmod(key, 0o600)
        os.chmod(tunnel.data_dir, 0o700)
    with test.case("a key of another authority"):
        with open(key, encoding="ascii") as file:
            before = file.read()
        other = test.certificate_authority("other").issue("other")
        with open(key, "w", encoding="ascii") as file, open(other.key, encoding="ascii") as source:
            file.write(source.read())
        says(step(commands.report(code=CHECK_FAILED), "authority"), "failed", "",
             "restore ca.pem and ca.key")
        with open(key, "w", encoding="ascii") as file:
            file.write(before)
    database = os.path.join(tunnel.data_dir, "directory.db")
    with test.case("a database that somebody holds, of a newer program, and damaged"):
        holder = sqlite3.connect(database, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        says(step(commands.report(code=CHECK_FAILED), "directory"), "failed", "",
             "in use by another process")
        holder.execute("ROLLBACK")
        holder.execute("PRAGMA user_version = 99")
        holder.close()
        says(step(commands.report(code=CHECK_FAILED), "directory"), "failed", "",
             "schema version 99.*newer outhaul-edge")
        with open(database, "r+b") as file:
            file.write(b"no database at all")
        says(step(commands.report(code=CHECK_FAILED), "directory"), "failed", "",
             "directory.db: .*(backup|database)")
    with test.case("a data directory that is not there yet, and one that nobody can make"):
        fresh = commands.run("check", "--json", "--data-dir", test.path("fresh"))
        equal(fresh.returncode, OK, fresh.stdout)
        report = json.loads(fresh.stdout)
        says(step(report, "data"), "ok", "is not there yet")
        says(step(report, "authority"), "ok", "none yet")
        check(not os.path.exists(test.path("fresh")), "a check makes nothing")
        nowhere = commands.run("check", "--json", "--data-dir", test.write("file", "") + "/below")
        says(step(json.loads(nowhere.stdout), "data"), "failed", "", "--data-dir")


def check_certificates(test, commands):
    authority = test.certificate_authority("given")

    def given(certificate, key=None, code=OK):
        return step(commands.report("--certificate", certificate.certificate, "--key",
                                    (key or certificate).key, code=code), "certificate")

    good = authority.issue("localhost")
    with test.case("a given certificate: trust, names, dates, key, order"):
        says(given(good), "warning", "CN=localhost, 36[45] days left$", "agents need --edge-ca")
        equal(given(good)["advice"][1:], [], "one advice")
        says(given(authority.issue("edge.example.net"), code=CHECK_FAILED), "failed", "",
             "not for localhost but for DNS:edge.example.net")
        says(given(authority.issue("localhost", valid_from_days=-9, valid_until_days=-1),
                   code=CHECK_FAILED), "failed", "expired", "renew it")
        says(given(authority.issue("localhost", valid_from_days=2), code=CHECK_FAILED), "failed",
             "not valid yet", "clock")
        says(given(authority.issue("localhost", valid_until_days=3)), "warning", "2 days left")
        says(given(good, key=authority.issue("localhost"), code=CHECK_FAILED), "failed", "", "key")
    with test.case("a chain in the wrong order, and one that the system trusts"):
        stranger = test.certificate_authority("stranger")
        with open(good.certificate, "a", encoding="ascii") as file:
            with open(stranger.certificate, encoding="ascii") as source:
                file.write(source.read())
        says(given(good, code=CHECK_FAILED), "failed", "wrong order", "certificate 2 of the file")
        trusted = authority.issue("localhost")
        report = commands.report("--certificate", trusted.certificate, "--key", trusted.key,
                                 environment={"SSL_CERT_FILE": authority.certificate})
        says(step(report, "certificate"), "ok", "trusted by the system")
        says(step(report, "authority"), "skipped", "--certificate is given")


def main(test):
    test.need_binaries()
    status = f"unix:{test.path('status.sock')}"
    tunnel = Tunnel(test, edge_options=["--status-listen", status])
    service = tunnel.address_service("hello", test.free_port())
    agent = tunnel.start_agent()
    commands = Commands(test, tunnel, status)
    check_running(test, commands, tunnel)
    check_directory(test, commands, tunnel, agent)
    check_diag(test, commands, tunnel, service)
    check_stopped(test, commands, tunnel)
    check_certificates(test, commands)
    check_data(test, commands, tunnel)


if __name__ == "__main__":
    run_test(main)
