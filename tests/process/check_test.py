"""outhaul check against a real edge while the service runs: every step, its advice and exit code;
what a probe does not do (take a slot, take a request); token inspect; the argv of cloudflared; and
ready as a container's health check."""
# timeout: 120

import json
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

OK, USAGE, CONFIGURATION, UNREACHABLE, CHECK_FAILED = 0, 2, 3, 5, 7
STAGES = ["tcp", "tls", "setup", "http2", "ping"]
RUN_LIMIT_S = 30


class Commands:
    """The program with nothing of this machine's environment."""

    def __init__(self, test, tunnel):
        self.test, self.tunnel = test, tunnel
        # The token has the edge's other name as well.
        self.edge = f"localhost:{tunnel.agent_port}"

    def run(self, *arguments, environment=None, text=None):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("OUTHAUL_", "TUNNEL_")) and "proxy" not in name.lower()}
        return subprocess.run([self.test.agent_binary, *arguments],
                              env={**clean, **(environment or {})}, input=text or "",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=RUN_LIMIT_S, check=False)

    def check(self, *arguments, identity=None, **options):
        identity = identity or self.tunnel.identity
        if "--edge" not in arguments:
            arguments = (*arguments, "--edge", self.edge)
        return self.run("check", "--tunnel-id", identity.id, "--token-file", identity.token_file,
                        *arguments, **options)

    def report(self, *arguments, code=OK, **options):
        """The JSON, once the exit code fits it."""
        run = self.check("--json", *arguments, **options)
        equal(run.returncode, code, f"exit code ({run.stdout} {run.stderr})")
        report = json.loads(run.stdout)
        equal(report["ok"], code == OK, "ok")
        return report


def step(steps, name):
    return next(each for each in steps if each["step"] == name)


def only_address(report):
    equal(len(report["edges"]), 1, "edges")
    addresses = report["edges"][0]["addresses"]
    equal(len(addresses), 1, "addresses")
    return addresses[0]["steps"]


def fails_at(steps, name, detail, advice):
    """Everything before is ok, everything behind it was not tried."""
    equal([each["step"] for each in steps], STAGES)
    failed = step(steps, name)
    equal(failed["state"], "failed", f"state of {name}")
    check(re.search(detail, failed["detail"]), f"/{detail}/ in {failed['detail']}")
    check(re.search(advice, " ".join(failed["advice"])), f"/{advice}/ in {failed['advice']}")
    at = STAGES.index(name)
    equal({each["state"] for each in steps[:at]} - {"ok"}, set(), "before it")
    equal({each["state"] for each in steps[at + 1:]} - {"skipped"}, set(), "behind it")


def check_running(test, commands, tunnel, agent, service):
    with test.case("all is well beside a running service, which keeps all its connections"):
        mark = agent.mark()
        edge_mark = tunnel.edge.mark()
        report = commands.report()
        steps = only_address(report)
        equal([(each["step"], each["state"]) for each in steps],
              [(name, "ok") for name in STAGES])
        check("a pin of the token matches" in step(steps, "tls")["detail"], "the pin")
        check("TLSv1.3" in step(steps, "tls")["detail"], "the version")
        check("days left" in step(steps, "tls")["detail"], "the end of the certificate")
        check("the edge agrees" in step(report["steps"], "clock")["detail"], "the clock")
        equal(agent.events("connection_lost", since=mark), [], "lost connections")
        probe = tunnel.edge.wait_for_event("agent_probe", since=edge_mark)
        equal(probe["reason"], "the agent drained the connection", "how the probe ended")
        equal(tunnel.edge.events("agent_down", since=edge_mark), [], "agents that went")
        equal(tunnel.edge.events("agent_up", since=edge_mark), [], "agents that came")
    with test.case("no request is given to a probe: 300 requests beside 20 checks"):
        checks = threading.Thread(
            target=lambda: [commands.check() for _ in range(20)], daemon=True)
        checks.start()
        statuses = {tunnel.request(service, f"/{number}").status for number in range(300)}
        checks.join()
        equal(statuses, {200}, "statuses")
        equal([line["attempts"] for line in tunnel.edge.events("request")
               if line["attempts"] != 1], [], "requests that were sent twice")
    with test.case("the page fits 80 columns, without colour outside a terminal"):
        page = commands.check("--edge", f"localhost:{test.free_port()}", "--edge",
                              f"localhost:{tunnel.agent_port}")
        equal(page.returncode, CHECK_FAILED, "exit code")
        check(max(len(line) for line in page.stdout.splitlines()) <= 80, page.stdout)
        check("\x1b" not in page.stdout and page.stderr == "", "no colour, no progress")
        check(re.search(r"^1 failed, in \d+\.\d ms$", page.stdout, re.M), page.stdout)


def check_failures(test, commands, tunnel):
    def fails(name, stage, detail, advice, *arguments, **options):
        with test.case(name):
            report = commands.report(*arguments, code=CHECK_FAILED, **options)
            fails_at(only_address(report), stage, detail, advice)

    free = test.free_port()
    fails("nothing listens", "tcp", "refused", f"nothing listens at 127.0.0.1:{free}",
          "--edge", f"127.0.0.1:{free}")
    fails("no TLS there", "tls", "TLS", "agent-listen", "--edge",
          f"localhost:{tunnel.binding_port}")
    mute = ScriptedServer(test, lambda connection: connection.read_until_end())
    fails("silent in the handshake", "tls", "took longer than 5000 ms", "says nothing", "--edge",
          f"localhost:{mute.port}")
    wrong = dict(tunnel.identity.contents)
    wrong["pin"] = ["sha256/" + "A" * 43 + "="]
    fails("a pin of another edge", "tls", "no certificate matches a pin", "new token",
          identity=rewritten(tunnel, "pin.token", wrong))
    wrong = dict(tunnel.identity.contents)
    wrong["s"] = "A" * 43 + "="
    fails("another secret: 404", "setup", r"\(404\)", "outhaul token inspect",
          identity=rewritten(tunnel, "key.token", wrong))
    other = tunnel.create_tunnel("other")
    tunnel.change("tunnel", "disable", "other")
    fails("disabled: 403", "setup", r"\(403\)", "tunnel enable", identity=other)
    tunnel.change("tunnel", "delete", "other")
    fails("deleted: 410", "setup", r"\(410\)", "tunnel create", identity=other)
    fails("another name of the edge: 421", "setup", r"\(421\)", "--public-name", "--edge",
          f"127.0.0.1:{tunnel.agent_port}")
    with test.case("a name that does not exist"):
        report = commands.report("--edge", "nowhere.invalid:7844", code=CHECK_FAILED)
        resolving = report["edges"][0]["resolve"]
        equal(resolving["state"], "failed", "resolve")
        check("outhaul resolve nowhere.invalid" in resolving["advice"][0], resolving)


class NamedTunnel(Tunnel):
    """Its edge has a name that a hosts file can lead anywhere."""

    def edge_command(self):
        return [*super().edge_command(), "--public-name", f"edge.test:{self.agent_port}"]


def check_addresses(test, commands, tunnel):
    hosts = test.write("hosts", "127.0.0.1 edge.test\n127.0.0.3 edge.test\n")
    with test.case("an address out of reach is a warning while another one of the edge works"):
        report = commands.report("--edge", f"edge.test:{tunnel.agent_port}",
                                 "--hosts-file", hosts)
        states = {each["address"].rpartition(":")[0]: each["steps"][0]["state"]
                  for each in report["edges"][0]["addresses"]}
        equal(states, {"127.0.0.1": "ok", "127.0.0.3": "warning"})
        equal(report["warnings"], 1, "warnings")
    with test.case("an edge with another clock is told apart from one that agrees"):
        authority = test.certificate_authority()
        slow = ScriptedServer(test, old_answer, tls=authority.issue("localhost"),
                              alpn=["http/1.1"])
        report = commands.report("--edge", f"localhost:{slow.port}", "--edge-ca",
                                 authority.certificate, code=CHECK_FAILED)
        clock = step(report["steps"], "clock")
        equal(clock["state"], "warning")
        check(re.search(r"\d+ s ahead of the edge$", clock["detail"]), clock["detail"])
        tls = step(only_address(report), "tls")["detail"]
        check(f"trusted by {authority.certificate}" in tls, tls)


def old_answer(connection):
    connection.read_head()
    connection.send("HTTP/1.1 503 Busy\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                    "Retry-After: 1\r\nContent-Length: 0\r\n\r\n")
    connection.read_until_end()


def rewritten(tunnel, name, contents):
    """The same tunnel by another token."""
    identity = type(tunnel.identity)
    path = tunnel.write_token(name, json.dumps(contents))
    return identity(tunnel.identity.id, tunnel.identity.token, path)


def check_local(test, commands, tunnel):
    with test.case("every problem of the configuration file, with its place"):
        path = test.write("broken.toml", 'conections = 1\nstreams = 0\n')
        report = commands.report("--config", path, code=CHECK_FAILED)
        configuration = step(report["steps"], "configuration")
        equal((configuration["state"], len(configuration["advice"])), ("failed", 2))
        check(configuration["advice"][0].startswith(f"{path}:1:1: "), configuration)
        equal(step(only_address(report), "ping")["state"], "ok", "the edge all the same")
    with test.case("a token that everybody can read"):
        path = tunnel.write_token("open.token", tunnel.identity.token, mode=0o644)
        open_identity = type(tunnel.identity)(tunnel.identity.id, tunnel.identity.token, path)
        report = commands.report(identity=open_identity, code=CHECK_FAILED)
        token = step(report["steps"], "token")
        check("mode 0644" in token["detail"] and "chmod 0600" in token["advice"][0], token)
        equal(report["edges"], [], "edges without a token")
    with test.case("a token in the environment is a warning and no failure"):
        run = commands.run("check", "--tunnel-id", tunnel.identity.id, "--json", "--edge",
                           commands.edge,
                           environment={"TUNNEL_TOKEN": tunnel.identity.token})
        equal(run.returncode, OK, run.stdout)
        report = json.loads(run.stdout)
        equal(step(report["steps"], "token")["state"], "warning")
        check(report["warnings"] >= 1, "warnings are counted")
    with test.case("a proxy of the environment is named, its password is not"):
        report = commands.report(environment={"HTTPS_PROXY": "http://user:hunter2@127.0.0.1:1"})
        detail = step(report["steps"], "proxy")["detail"]
        check("http://127.0.0.1:1, from the environment, with credentials" in detail, detail)
        check("hunter2" not in json.dumps(report), "no password")
    with test.case("mistakes are met with the nearest word"):
        run = commands.run("chek")
        equal(run.returncode, USAGE)
        check("did you mean outhaul check?" in run.stderr, run.stderr)
        run = commands.run("check", "--jsn")
        check("did you mean --json?" in run.stderr, run.stderr)


def check_inspect(test, commands, tunnel):
    listed = json.loads(tunnel.change("tunnel", "list", "--json"))
    keys = [key for each in listed if each["id"] == tunnel.identity.id
            for key in each["public_keys"]]

    def secret_free(run):
        for secret in tunnel.identity.secrets():
            check(secret not in run.stdout + run.stderr, "no secret is printed")

    with test.case("token inspect: from a file, standard input and the environment"):
        runs = [commands.run("token", "inspect", "--json", "--token-file",
                             tunnel.identity.token_file),
                commands.run("token", "inspect", "--json", "--token-file", "-",
                             text=tunnel.identity.token + "\n"),
                commands.run("token", "inspect", "--json",
                             environment={"TUNNEL_TOKEN": tunnel.identity.token})]
        for run in runs:
            equal(run.returncode, OK, run.stderr)
            secret_free(run)
            found = json.loads(run.stdout)
            equal(found["tunnel"], tunnel.identity.id)
            check(found["public_key"] in keys, f"{found['public_key']} is among {keys}")
            equal(found["edges"], tunnel.identity.contents["e"])
            equal(found["pins"], tunnel.identity.contents["pin"])
    with test.case("token inspect: what is wrong is named, and never shown"):
        broken = tunnel.write_token("broken.token", tunnel.identity.token[:-9])
        run = commands.run("token", "inspect", "--token-file", broken)
        equal(run.returncode, CONFIGURATION)
        check(run.stderr.startswith(f"error: token file {broken}: "), run.stderr)
        secret_free(run)
        run = commands.run("token", "inspect", "--token", tunnel.identity.token)
        equal(run.returncode, USAGE)
        check("--token-file" in run.stderr or "TUNNEL_TOKEN" in run.stderr, run.stderr)
        secret_free(run)


def check_compatible(test, commands, tunnel, permit):
    status = f"127.0.0.1:{test.free_port()}"
    identity = tunnel.create_tunnel("compatible")
    service = tunnel.create_service({
        "name": "compatible", "type": "http", "http_port": permit,
        "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": identity.id}}})
    secret = {"TUNNEL_TOKEN": identity.token, "OUTHAUL_PERMIT": f"127.0.0.1:{permit}"}
    with test.case("tunnel --no-autoupdate --loglevel --metrics run with TUNNEL_TOKEN serves"):
        agent = test.start("compatible", [
            test.agent_binary, "tunnel", "--no-autoupdate", "--loglevel", "debug", "--metrics",
            status, "run", "--edge", commands.edge], environment=secret)
        agent.wait_for_event("connection_up", count=4)
        equal(agent.events("agent_start")[0]["tunnel"], identity.id, "the token's tunnel")
        equal(tunnel.request(service, "/compatible").status, 200, "a request")
    with test.case("ready, as a container's health check: 0, and 5 once the agent is gone"):
        ready = {"OUTHAUL_STATUS_LISTEN": status}
        wait_until(lambda: commands.run("ready", environment=ready).returncode == OK, "ready", 10)
        equal(agent.terminate(), 0, "exit code on SIGTERM")
        run = commands.run("ready", environment=ready)
        equal(run.returncode, UNREACHABLE, run.stderr)
    with test.case("ready is 5 while no edge is reached, without any file"):
        lonely = f"127.0.0.1:{test.free_port()}"
        agent = test.start("lonely", [test.agent_binary, "tunnel", "run"], environment={
            **secret, "TUNNEL_METRICS": lonely, "TUNNEL_EDGE": f"127.0.0.1:{test.free_port()}"})
        agent.wait_for_event("connection_failed")
        run = commands.run("ready", environment={"OUTHAUL_STATUS_LISTEN": lonely})
        equal(run.returncode, UNREACHABLE, run.stderr)
        check("no connection to an edge serves" in run.stderr, run.stderr)
        agent.terminate()
    for arguments, wanted in [
            (["tunnel", "--url", "http://localhost:80", "run"], "outhaul-edge service create"),
            (["tunnel", "--logfile", "x", "run"], "standard error"),
            (["tunnel", "run", "--token", "x"], "TUNNEL_TOKEN"),
            (["tunnel", "--protocol", "quic", "run"], "http2"),
            (["tunnel", "--loglevl", "info", "run"], "did you mean --loglevel?"),
            (["tunnel", "run", "office"], "no UUID")]:
        with test.case(f"refused with what to do instead: {' '.join(arguments)}"):
            run = commands.run(*arguments)
            equal(run.returncode, USAGE, run.stderr)
            equal(run.stderr.count("\n"), 1, "one line")
            check(wanted in run.stderr, run.stderr)


def main(test):
    test.need_binaries()
    tunnel = NamedTunnel(test)
    port = test.free_port()
    test.nginx([Site(port, {"/": 'return 200 "hello";'})])
    service = tunnel.address_service("hello", port)
    agent = tunnel.start_agent("--edge", f"localhost:{tunnel.agent_port}", permit=[port])
    commands = Commands(test, tunnel)
    check_running(test, commands, tunnel, agent, service)
    check_failures(test, commands, tunnel)
    check_addresses(test, commands, tunnel)
    check_local(test, commands, tunnel)
    check_inspect(test, commands, tunnel)
    check_compatible(test, commands, tunnel, port)
    with test.case("after all of it the agent still has the connections that it began with"):
        equal(len(agent.events("connection_up")), 4, "connections")


if __name__ == "__main__":
    run_test(main)
