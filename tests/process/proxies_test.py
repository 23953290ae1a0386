"""The agent sits in a network from which only a proxy leads out: squid by CONNECT, plain and in
TLS, and microsocks by SOCKS5, each with a login. Only the proxy knows the edge's name.
"""
# timeout: 210

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import DnsServer, Site, check, equal, run_test  # noqa: E402
from proxies import Microsocks, Squid  # noqa: E402
from tunnel import Tunnel  # noqa: E402

EDGE = "edge.example.net"
EDGE_ADDRESS = "10.60.0.1"
# The two ends of the only cable into the agent's network.
OUTSIDE, INSIDE = "10.99.0.1", "10.99.0.2"
PROXY = "proxy.corp.internal"
HTTP, HTTPS, SOCKS = 3128, 3129, 1080
USER, PASSWORD = "office", "mango: 100% p@ss"
ORIGIN_PORT = 8080
# squid as Debian ships it allows CONNECT to this port only.
ONLY_443 = ("acl good port 443", "acl tagged port 7845", "http_access deny CONNECT tagged")


class Rig:
    def __init__(self, test):
        self.test = test
        network = PrivateNetwork(test)
        network.answer_for("10.60.0.0/24")
        for command in (
                "mount -t tmpfs run /run", "ip netns add inside",
                "ip link add out0 type veth peer name in0 netns inside",
                f"ip addr add {OUTSIDE}/24 dev out0", "ip link set out0 up",
                f"ip -n inside addr add {INSIDE}/24 dev in0", "ip -n inside link set in0 up",
                "ip -n inside link set lo up"):
            network.run(*command.split())
        # One DNS server for the machines outside and one, which knows no edge, for the inside.
        DnsServer(test, {EDGE: [EDGE_ADDRESS]}, 53, EDGE_ADDRESS)
        DnsServer(test, {PROXY: [OUTSIDE]}, 53, OUTSIDE)
        network.write_resolv_conf(f"nameserver {EDGE_ADDRESS}\n")
        os.makedirs("/etc/netns/inside")
        with open("/etc/netns/inside/resolv.conf", "w", encoding="ascii") as file:
            file.write(f"nameserver {OUTSIDE}\n")
        self.authority = test.certificate_authority("proxy-ca")
        self.squid = Squid(test, OUTSIDE, HTTP, USER, PASSWORD,
                           tls=(HTTPS, self.authority.issue(PROXY)), rules=ONLY_443)
        self.socks = Microsocks(test, OUTSIDE, SOCKS, USER, PASSWORD)
        test.nginx([Site(ORIGIN_PORT, {"/": 'return 200 "hello";'}, address=OUTSIDE)])
        names = [part for port in (7844, 7845, 443) for part in ("--agent-listen",
                                                                 f"{EDGE_ADDRESS}:{port}",
                                                                 "--public-name",
                                                                 f"{EDGE}:{port}")]
        self.tunnel = Tunnel(test, edge_options=[*names, "--public-name", f"{EDGE_ADDRESS}:7844"])
        self.service = self.tunnel.address_service("hello", ORIGIN_PORT, OUTSIDE)
        self.login = self.login_file("login", f"{USER}:{PASSWORD}")
        self.wrong = self.login_file("wrong", f"{USER}:not-this-one")
        self.agents = []

    def login_file(self, name, text):
        path = self.test.write(name, text + "\n")
        os.chmod(path, 0o600)
        return path

    def agent(self, *options, edge=f"{EDGE}:7844", environment=None):
        command = self.tunnel.agent_command("--edge", edge, *options, connections=1)
        agent = self.test.start("agent", ["ip", "netns", "exec", "inside", *command],
                                {**os.environ, **(environment or {})})
        self.agents.append(agent)
        return agent

    def fails(self, name, pattern, *options, **more):
        """The attempt ends with one line that says why."""
        with self.test.case(name):
            agent = self.agent(*options, **more)
            reason = agent.wait_for_event("connection_failed", deadline_s=30)["reason"]
            check(re.search(pattern, reason), reason)
            agent.terminate()

    def serves(self, name, proxy, *options, **more):
        """A connection comes up through that proxy, and carries a request. Returns the agent."""
        with self.test.case(name):
            agent = self.agent(*options, **more)
            up = agent.wait_for_event("connection_up", deadline_s=30)
            equal(up.get("proxy"), proxy, "the proxy in the log")
            equal(self.tunnel.wait_serving(self.service).body, b"hello", "the answer")
        return agent


def url(scheme, port):
    return f"{scheme}://{PROXY}:{port}"


def check_http(rig):
    login = ("--proxy-credentials-file", rig.login)
    agent = rig.serves("an HTTP proxy with a login", url("http", HTTP), "--proxy",
                       url("http", HTTP), *login)
    with rig.test.case("the proxy is killed and comes back, and so does the tunnel"):
        mark = agent.mark()
        rig.squid.process.kill()
        agent.wait_for_event("connection_lost", since=mark, deadline_s=30)
        failed = agent.wait_for_event("connection_failed", since=mark, deadline_s=30)
        check(f"proxy {url('http', HTTP)} cannot be reached" in failed["reason"], failed["reason"])
        rig.squid.start()
        agent.wait_for_event("connection_up", since=mark, deadline_s=60)
        equal(rig.tunnel.wait_serving(rig.service).body, b"hello", "the answer")
        agent.terminate()
    rig.fails("a wrong password", r"^proxy http://\S+, asked for \S+: does not accept the user and "
              r"password \(407\)", "--proxy", url("http", HTTP), "--proxy-credentials-file",
              rig.wrong)
    rig.fails("a missing login names the option", r"asks for a login \(407\); give "
              r"--proxy-credentials-file", "--proxy", url("http", HTTP))
    rig.fails("not a proxy", r"answered with status 4|does not answer as an HTTP proxy",
              "--proxy", f"http://{OUTSIDE}:{ORIGIN_PORT}")
    rig.fails("a name that nobody knows, neither here nor there", r"cannot reach it",
              "--proxy", url("http", HTTP), *login, edge="nowhere.example.net:7844")
    rig.fails("a proxy whose name is not known", r"proxy http://gone.corp.internal:3128: ",
              "--proxy", "http://gone.corp.internal:3128")


def check_new_login(rig):
    """The login is read again when its file changes, as a token is."""
    login = rig.login_file("changing", f"{USER}:not-this-one")
    with rig.test.case("a login that is put right while the agent runs: it connects"):
        agent = rig.agent("--proxy", url("http", HTTP), "--proxy-credentials-file", login)
        failed = agent.wait_for_event("connection_failed", deadline_s=30)
        check("(407)" in failed["reason"], failed["reason"])
        rig.login_file("changing", f"{USER}:{PASSWORD}")
        reloaded = agent.wait_for_event("credentials_reloaded", deadline_s=30)
        equal(reloaded["changed"], "proxy_login")
        agent.wait_for_event("connection_up", deadline_s=60)
        equal(rig.tunnel.wait_serving(rig.service).body, b"hello", "the answer")
    with rig.test.case("a file without a login is refused, and the connection stays"):
        mark = agent.mark()
        rig.login_file("changing", "no colon")
        refused = agent.wait_for_event("credentials_refused", since=mark, deadline_s=30)
        check(login in refused["message"], refused["message"])
        equal(agent.events("connection_lost", since=mark), [], "lost connections")
    with rig.test.case("the login before it stays in use: the next connection comes up with it"):
        rig.squid.process.kill()
        agent.wait_for_event("connection_lost", since=mark, deadline_s=30)
        rig.squid.start()
        agent.wait_for_event("connection_up", since=mark, deadline_s=60)
        agent.terminate()


def check_https(rig):
    login = ("--proxy-credentials-file", rig.login, "--proxy", url("https", HTTPS))
    agent = rig.serves("an HTTPS proxy: TLS inside TLS", url("https", HTTPS), *login,
                       "--proxy-ca", rig.authority.certificate)
    agent.terminate()
    rig.fails("an HTTPS proxy of an unknown authority", r"^proxy https://.*certificate.*--proxy-ca",
              *login)
    rig.fails("an HTTPS proxy at a port without TLS is not spoken to in the clear",
              r"^proxy https://.*TLS", "--proxy", url("https", HTTP), "--proxy-credentials-file",
              rig.login)


def check_socks(rig):
    login = ("--proxy-credentials-file", rig.login)
    agent = rig.serves("SOCKS5 where the proxy resolves", url("socks5h", SOCKS), "--proxy",
                       url("socks5h", SOCKS), *login)
    with rig.test.case("the SOCKS proxy is killed and comes back, and so does the tunnel"):
        mark = agent.mark()
        rig.socks.process.kill()
        agent.wait_for_event("connection_lost", since=mark, deadline_s=30)
        rig.socks.start()
        agent.wait_for_event("connection_up", since=mark, deadline_s=60)
        agent.terminate()
    rig.fails("SOCKS5 where nobody here can resolve", rf"{EDGE}", "--proxy", url("socks5", SOCKS),
              *login)
    agent = rig.serves("SOCKS5 to an address", url("socks5", SOCKS), "--proxy",
                       url("socks5", SOCKS), *login, edge=f"{EDGE_ADDRESS}:7844")
    agent.terminate()
    rig.fails("a wrong password for SOCKS5", r"does not accept the user and password", "--proxy",
              url("socks5h", SOCKS), "--proxy-credentials-file", rig.wrong)
    rig.fails("a missing login for SOCKS5", r"asks for a login; give --proxy-credentials-file",
              "--proxy", url("socks5h", SOCKS))


def check_environment(rig):
    escaped = PASSWORD.replace("%", "%25").replace("@", "%40").replace(" ", "%20")
    variables = {"https_proxy": f"http://{USER}:{escaped}@{PROXY}:{HTTP}", "no_proxy": "corp.internal"}
    agent = rig.serves("https_proxy with user and password", url("http", HTTP),
                       environment=variables)
    agent.terminate()
    rig.fails("NO_PROXY sends it the direct way, which is closed", r"^(?!proxy).*",
              environment={**variables, "NO_PROXY": "10.0.0.0/8, .example.net"})
    rig.fails("--proxy none ignores the environment", r"^(?!proxy).*", "--proxy", "none",
              environment=variables)


def check_fallback(rig):
    with rig.test.case("a proxy that does not allow the edge's port: 443 is tried, once named"):
        agent = rig.agent("--proxy", url("http", HTTP), "--proxy-credentials-file", rig.login,
                          "--edge-port-fallback", "443", edge=f"{EDGE}:7845")
        up = agent.wait_for_event("connection_up", deadline_s=30)
        equal(up["edge"], f"{EDGE}:443", "the edge as it was reached")
        changed = agent.wait_for_event("edge_port_changed", port=443)
        equal(changed["edge"], f"{EDGE}:7845", "the edge as it was configured")
        mark = agent.mark()
        rig.tunnel.edge.kill()
        agent.wait_for_event("connection_lost", since=mark, deadline_s=30)
        rig.tunnel.start_edge()
        agent.wait_for_event("connection_up", since=mark, edge=f"{EDGE}:443", deadline_s=60)
        equal(len(agent.events("edge_port_changed")), 1, "lines about the port")
        agent.terminate()
    rig.fails("without another port the refusal is named", r"does not allow connections to it "
              r"\(403\)", "--proxy", url("http", HTTP), "--proxy-credentials-file", rig.login,
              "--edge-port-fallback", "off", edge=f"{EDGE}:7845")


def check_secrets(rig):
    with rig.test.case("no log and no command line has a password"):
        for agent in rig.agents:
            for secret in (PASSWORD, PASSWORD.replace("%", "%25"), "not-this-one", "p%40ss"):
                check(secret not in agent.log(), f"{secret} is in a log")


def main(test):
    test.need_binaries()
    test.need_tools("squid", "microsocks", "dnsmasq", "ip")
    rig = Rig(test)
    rig.fails("without a proxy there is no way", r".", edge=f"{EDGE_ADDRESS}:7844")
    check_http(rig)
    check_new_login(rig)
    check_https(rig)
    check_socks(rig)
    check_environment(rig)
    check_fallback(rig)
    check_secrets(rig)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
