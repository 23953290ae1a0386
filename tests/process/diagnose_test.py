"""outhaul resolve and outhaul check service, against a real dnsmasq and a real nginx: what each
step says, where a check stops and what it advises, exit codes, and the shape of the JSON."""
# timeout: 120

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import DnsServer, Site, check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402

OK, USAGE, CONFIGURATION, UNREACHABLE, DENIED = 0, 2, 3, 5, 6
RUN_LIMIT_S = 30
SERVICE = "e6a0817c-79c5-40ca-9776-a1c019defe70"
STEPS = ["policy", "dns", "addresses", "tcp", "tls", "http"]


class Network:
    """A DNS server that alone knows *.internal, one plain and one TLS site, and the program."""

    def __init__(self, test):
        self.test = test
        self.agent = test.agent_binary
        authority = test.certificate_authority()
        self.ca = authority.certificate
        self.plain, self.secure, self.closed = (test.free_port() for _ in range(3))
        tls = authority.issue("web.internal")
        self.nginx = test.nginx([
            Site(self.plain, {"/": 'return 200 "hello";', "= /broken": "return 503;"}),
            Site(self.secure, {"/": 'return 200 "hello";'}, tls=tls)])
        self.dns = DnsServer(
            test, {"web.internal": ["127.0.0.1"], "mixed.internal": ["127.0.0.1", "127.0.0.2"],
                   "metadata.internal": ["169.254.169.254"]},
            test.free_port(), ttl_s=77, extra=[
                "--cname=alias.internal,web.internal",
                f"--srv-host=_postgresql._tcp.db.internal,web.internal,{self.plain},10,50",
                "--srv-host=_postgresql._tcp.db.internal,metadata.internal,5433,20,50"])
        self.server = f"127.0.0.1:{self.dns.port}"

    def run(self, *arguments, permit=("127.0.0.1",)):
        """Exit code, output and error line of the program."""
        permits = [word for rule in permit for word in ("--permit", rule)]
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("OUTHAUL_")}
        run = subprocess.run([self.agent, *arguments, *permits], env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S, check=False)
        check(len(run.stderr.splitlines()) == (1 if run.returncode else 0),
              f"one line of errors exactly when it fails: {run.stderr!r}")
        check("\x1b" not in run.stdout, "no colour outside a terminal")
        return run.returncode, run.stdout, run.stderr

    def resolve(self, name, *arguments, **options):
        return self.run("resolve", name, "--server", self.server, *arguments, **options)

    def check_service(self, target, *arguments, **options):
        return self.run("check", "service", target, "--server", self.server, *arguments, **options)

    def check_json(self, target, *arguments, **options):
        code, output, _ = self.check_service(target, "--json", *arguments, **options)
        equal(output.count("\n"), 1, "lines of JSON")
        return code, json.loads(output)


def holds(text, *parts):
    for part in parts:
        check(re.search(part, text, re.M), f"{part!r} in:\n{text}")


def stops_at(report, step, status, error):
    """The failure, once the report is consistent about it."""
    equal(report["reachable"], False)
    equal(report["failure"]["step"], step)
    equal((report["failure"]["status"], report["failure"]["error"]), (status, error))
    states = {entry["step"]: entry["state"] for entry in report["steps"]}
    equal(list(states), STEPS)
    equal(states[step], "failed")
    before = STEPS[:STEPS.index(step)]
    check(all(states[name] in ("ok", "not_needed") for name in before), f"before {step}: {states}")
    check("ok" not in [states[name] for name in STEPS[STEPS.index(step) + 1:]], f"after: {states}")
    check(report["failure"]["advice"], "an advice")
    return report["failure"]


def resolve_cases(test, network):
    with test.case("resolve shows server, TTL, order and verdicts"):
        code, output, _ = network.resolve("mixed.internal:8080")
        equal(code, OK)
        holds(output, r"^mixed\.internal:8080, resolved in \d+\.\d ms$",
              rf"^  A +2 addresses  from {network.server}  TTL 77 s$",
              r"^  \d  127\.0\.0\.1  TTL 77 s  allowed$",
              r"^  \d  127\.0\.0\.2  TTL 77 s  refused: denied by default \(loopback, "
              r"127\.0\.0\.0/8\); lifted by --permit 127\.0\.0\.2:8080$")

    with test.case("resolve shows the names that an alias leads to"):
        code, output, _ = network.resolve("alias.internal")
        equal(code, OK)
        holds(output, rf"^  A +1 address +from {network.server}  TTL 77 s -> web\.internal$")

    with test.case("resolve of a name that does not exist"):
        code, output, error = network.resolve("nosuch.internal")
        equal(code, UNREACHABLE)
        holds(output, r"NXDOMAIN +from ", r"stops at +dns: .*nosuch\.internal",
              r"a client gets  502, Proxy-Status error=dns_error rcode=NXDOMAIN",
              r"to do +check the spelling")
        holds(error, r"^error: nosuch\.internal:80 cannot be reached: .*NXDOMAIN")

    with test.case("resolve judges by rules for a service"):
        rule = ("127.0.0.1", f"service:{SERVICE}")
        code, output, _ = network.resolve("metadata.internal", permit=rule)
        equal(code, DENIED)
        holds(output, r"lifted by --permit 169\.254\.169\.254:80$")
        code, output, _ = network.resolve("metadata.internal", "--service", SERVICE, permit=rule)
        equal(code, OK)
        holds(output, r"169\.254\.169\.254 .* allowed$")

    with test.case("resolve asks no server that the policy refuses"):
        before = network.dns.queries("web.internal")
        code, output, _ = network.resolve("web.internal", permit=())
        equal(code, DENIED)
        holds(output, rf"run the agent with --permit {network.server}$")
        equal(network.dns.queries("web.internal"), before, "queries")

    with test.case("resolve as JSON"):
        code, output, _ = network.resolve("mixed.internal", "--json")
        report = json.loads(output)
        equal(code, OK)
        equal(list(report), ["target", "time_ms", "steps", "servers", "asked", "name", "families",
                             "addresses", "warnings"])
        equal([step["step"] for step in report["steps"]], STEPS[:3])
        equal(report["asked"], {"set": "service", "servers": [network.server]})
        equal(report["servers"], [network.server])
        families = {family["type"]: family for family in report["families"]}
        equal(sorted(families), ["A", "AAAA"])
        equal((families["A"]["source"], families["A"]["server"], families["A"]["ttl_s"]),
              ("server", network.server, 77))
        equal(families["A"]["cache"], "miss")
        equal(families["AAAA"]["rcode"], "NODATA")
        equal({entry["address"]: entry["allowed"] for entry in report["addresses"]},
              {"127.0.0.1": True, "127.0.0.2": False})


def name_cases(test, network):
    suffix = ("--dns-suffix", f"internal={network.server}", "--hosts-file", "none")
    with test.case("servers of a suffix, which the policy does not judge"):
        code, output, _ = network.run("resolve", "web.internal:8080", *suffix,
                                      permit=("127.0.0.1:8080",))
        equal(code, OK)
        holds(output, rf"^servers: internal={network.server}$",
              rf"^  A +1 address +from {network.server}  TTL 77 s$",
              r"^  1  127\.0\.0\.1  TTL 77 s  allowed$")
        code, _, error = network.run("resolve", "web.internal", "--dns-suffix", "internal")
        equal(code, USAGE)
        holds(error, "^error: --dns-suffix: .*SUFFIX=SERVER")

    with test.case("SRV records: order, ports and the verdict on each"):
        code, output, _ = network.resolve("db.internal", "--srv", "postgresql")
        equal(code, OK)
        holds(output, r"^_postgresql\._tcp\.db\.internal$",
              rf"^  SRV +2 SRV +from {network.server}  TTL 77 s$",
              rf"^  priority 10  weight 50  web\.internal:{network.plain} +1 address$",
              rf"^  1  127\.0\.0\.1:{network.plain} +TTL 77 s  allowed$",
              r"^  2  169\.254\.169\.254:5433  TTL 77 s  refused: denied by default")
        code, report = network.check_json("db.internal:1", "--srv", "postgresql")
        equal((code, report["status"]), (OK, 200))
        equal([target["port"] for target in report["srv"]["targets"]], [network.plain, 5433])

    with test.case("without SRV records the name itself counts"):
        code, output, _ = network.resolve("web.internal:8080", "--srv", "http")
        equal(code, OK)
        holds(output, r"^no SRV record: the host name and its own port count$",
              r"^  1  127\.0\.0\.1  TTL 77 s  allowed$")

    with test.case("a dry run shows what would be refused, and lifts no default denial"):
        dry = ("--policy-dry-run", "--deny", "127.0.0.1:1-65000")
        code, output, _ = network.run("resolve", "web.internal:80", *suffix, *dry)
        equal(code, OK)
        holds(output, r"allowed only by the dry run: --deny 127\.0\.0\.1:1-65000; lifted by removing")
        code, output, _ = network.run("resolve", "metadata.internal", *suffix, *dry,
                                      "--deny", "169.254.169.254")
        equal(code, DENIED)
        holds(output, r"refused: denied by default \(link-local")


def reachable_cases(test, network):
    with test.case("a service that is reachable"):
        code, output, _ = network.check_service(f"web.internal:{network.plain}")
        equal(code, OK)
        holds(output, rf"^http://web\.internal:{network.plain}$",
              r"^  policy +ok +\d+\.\d ms$", r"^  dns +ok +\d+\.\d ms +1 address$",
              r"^  addresses +ok +\d+\.\d ms +1 of 1 address allowed$",
              rf"^  tcp +ok +\d+\.\d ms +connected to 127\.0\.0\.1:{network.plain}$",
              r"^  tls +not needed$", r"^  http +ok +\d+\.\d ms +GET / answered with 200 OK$",
              r"^reachable, in \d+\.\d ms$")

    with test.case("a TLS service that is reachable, with HEAD"):
        code, report = network.check_json(f"web.internal:{network.secure}", "--tls", "--origin-ca",
                                          network.ca, "--method", "HEAD", "--path", "/x?y=1")
        equal((code, report["reachable"], report["status"]), (OK, True, 200))
        equal([entry["state"] for entry in report["steps"]], ["ok"] * 6)
        check(all(entry["time_ms"] >= 0 for entry in report["steps"]), "a time of each step")
        holds(report["steps"][4]["detail"], r"^TLSv1\.[23] with web\.internal, verify_full$")
        holds("\n".join(network.nginx.requests()), r"^HEAD /x\?y=1 HTTP/1\.1 200 0 web\.internal$")

    with test.case("an address needs no DNS"):
        code, output, _ = network.run("check", "service", f"127.0.0.1:{network.plain}")
        equal(code, OK)
        holds(output, r"^  dns +not needed$")

    with test.case("a tcp service stops before HTTP"):
        code, report = network.check_json(f"web.internal:{network.plain}", "--type", "tcp")
        equal(code, OK)
        equal([entry["state"] for entry in report["steps"]],
              ["ok", "ok", "ok", "ok", "not_needed", "not_needed"])

    with test.case("a status of the service's own is no failure but noted"):
        code, report = network.check_json(f"web.internal:{network.plain}", "--path", "/broken")
        equal((code, report["status"], report["reachable"]), (OK, 503, True))
        holds(report["note"], "the service's own")


def failing_cases(test, network):
    with test.case("NXDOMAIN"):
        code, report = network.check_json("nosuch.internal:80")
        equal(code, UNREACHABLE)
        equal(stops_at(report, "dns", 502, "dns_error")["rcode"], "NXDOMAIN")

    with test.case("a DNS server that is not there"):
        code, output, _ = network.run("check", "service", "web.internal:80", "--json", "--server",
                                      f"127.0.0.1:{network.closed}", "--dns-timeout", "1s")
        equal(code, UNREACHABLE)
        report = json.loads(output)
        error = report["failure"]["error"]
        check(error in ("dns_timeout", "dns_error"), error)
        stops_at(report, "dns", 504 if error == "dns_timeout" else 502, error)

    with test.case("a port that refuses"):
        code, report = network.check_json(f"web.internal:{network.closed}")
        equal(code, UNREACHABLE)
        failure = stops_at(report, "tcp", 502, "connection_refused")
        holds(failure["detail"], rf"127\.0\.0\.1:{network.closed}")
        holds(failure["advice"], "nothing listens there")

    with test.case("an address that the policy denies"):
        code, output, error = network.check_service("metadata.internal:80")
        equal(code, DENIED)
        holds(output, r"stops at +addresses: 169\.254\.169\.254:80 is refused",
              r"a client gets  502, Proxy-Status error=destination_ip_prohibited",
              r"to do .* run the agent with --permit 169\.254\.169\.254:80$")
        holds(error, "--permit 169.254.169.254:80")

    with test.case("a name that the policy denies is not asked for"):
        code, report = network.check_json("web.internal:80", "--deny", "*.internal")
        equal(code, DENIED)
        failure = stops_at(report, "policy", 403, "http_request_denied")
        holds(failure["advice"], r"without --deny \*\.internal$")
        equal(report["families"], [])


def failing_tls_cases(test, network):
    secure = f"web.internal:{network.secure}"
    with test.case("TLS with the wrong name, and the ways around it"):
        wrong = ("--tls", "--origin-ca", network.ca, "--sni", "other.internal")
        code, report = network.check_json(secure, *wrong)
        equal(code, UNREACHABLE)
        failure = stops_at(report, "tls", 502, "tls_certificate_error")
        holds(failure["detail"], r"other\.internal")
        holds(failure["advice"], r"for other\.internal.*--tls-verify verify_ca")
        for mode in ("verify_ca", "disabled"):
            code, report = network.check_json(secure, *wrong, "--tls-verify", mode)
            equal((code, report["reachable"]), (OK, True), mode)

    with test.case("TLS with an unknown authority"):
        code, report = network.check_json(secure, "--tls")
        equal(code, UNREACHABLE)
        holds(stops_at(report, "tls", 502, "tls_certificate_error")["advice"], "--origin-ca FILE")

    with test.case("not TLS"):
        code, report = network.check_json(f"web.internal:{network.plain}", "--tls")
        equal(code, UNREACHABLE)
        holds(stops_at(report, "tls", 502, "tls_protocol_error")["advice"], "leave out --tls")

    with test.case("TLS spoken to as plain HTTP"):
        code, report = network.check_json(secure)
        equal((code, report["status"], report["note"]),
              (OK, 400, "if this port speaks TLS, add --tls"))

    with test.case("not HTTP, and a service that says nothing"):
        garbage = ScriptedServer(test, lambda connection: connection.send("SSH-2.0-x\r\n\r\n"))
        code, report = network.check_json(f"web.internal:{garbage.port}")
        equal(code, UNREACHABLE)
        stops_at(report, "http", 502, "http_protocol_error")
        silent = ScriptedServer(test, lambda connection: connection.read_until_end())
        code, report = network.check_json(f"web.internal:{silent.port}",
                                          "--first-byte-timeout", "1s")
        equal(code, UNREACHABLE)
        stops_at(report, "http", 504, "http_response_timeout")


def usage_cases(test, network):
    with test.case("wrong usage and wrong files"):
        code, _, error = network.run("check", "service", "web.internal")
        equal(code, USAGE)
        holds(error, "the port is missing")
        broken = test.write("broken.pem", "no certificate\n")
        code, _, error = network.run("check", "service", "web.internal:443", "--tls",
                                     "--origin-ca", broken)
        equal(code, CONFIGURATION)
        holds(error, re.escape(broken))


def main(test):
    test.need_binaries(test.agent_binary)
    test.need_tools("dnsmasq", "nginx", "openssl")
    network = Network(test)
    resolve_cases(test, network)
    name_cases(test, network)
    reachable_cases(test, network)
    failing_cases(test, network)
    failing_tls_cases(test, network)
    usage_cases(test, network)


if __name__ == "__main__":
    run_test(main)
