"""The commands and the configuration of docs/haproxy-edge.md: openssl makes the certificates, HAProxy
checks its file, outhaul checks the agent's. A HAProxy that is new enough is then the edge."""

import os
import re
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from http.client import HTTPSConnection  # noqa: E402

from certificates import Certificate  # noqa: E402
from haproxy_edge import EdgeConnection  # noqa: E402
from origin import Site  # noqa: E402
from process_test import check, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402

NEW_ENOUGH = (2, 9)
TUNNEL = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"


def block(page, language):
    """The first code block of this language."""
    return re.search(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE).group(1)


def haproxy_version():
    shown = subprocess.run(["haproxy", "-v"], text=True, stdout=subprocess.PIPE, check=True).stdout
    return tuple(int(part) for part in re.search(r"version (\d+)\.(\d+)", shown).groups())


def make_certificates(test, page):
    directory = os.path.dirname(test.path("certificates", ""))
    script = block(page, "sh").replace("$(cat /proc/sys/kernel/random/uuid)", TUNNEL)
    # The name that the agent dials here.
    script = script.replace("DNS:edge.example.net", "DNS:localhost")
    run = subprocess.run(["sh", "-euc", script], cwd=directory, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(run.returncode, 0, run.stdout)
    return directory


def try_certificates(test, directory, outhaul, port):
    """Both ends of TLS, with what HAProxy would have on its side."""
    names = []

    def take(connection):
        connection.socket.settimeout(20)
        taken = EdgeConnection(connection.socket)
        names.extend(taken.names)
        taken.done.wait(20)

    own = Certificate(f"{directory}/edge-certificate.pem", f"{directory}/edge.key", "")
    server = ScriptedServer(test, take, port=port, tls=own, alpn=["h2"],
                            client_ca=f"{directory}/agents-ca.pem")
    agent = test.start("agent-alone", [test.agent_binary, "run", "--config", outhaul,
                                       "--log-format", "json"])
    agent.wait_for_event("connection_up", count=4)
    equal(set(names), {f"urn:uuid:{TUNNEL}"}, "who the edge sees")
    agent.kill()
    server.stop()


def haproxy_file(test, page, directory, version, ports):
    text = block(page, "haproxy").replace("/etc/haproxy", directory)
    for public, port in (("443", ports[0]), ("7844", ports[1])):
        text = text.replace(f"bind :{public} ", f"bind 127.0.0.1:{port} ")
    if version < NEW_ENOUGH:
        lines = text.splitlines(keepends=True)
        old = [line for line in lines if not line.rstrip().endswith("# 2.9")]
        equal(len(lines) - len(old), 2, "lines that an old HAProxy does not know")
        text = "".join(old)
    return test.write("haproxy.cfg", text)


def agent_file(test, page, directory, edge_port, origin_port):
    text = block(page, "toml").replace('"TUNNEL"', f'"{TUNNEL}"')
    text = text.replace("/etc/outhaul", directory).replace("127.0.0.1:8080", f"127.0.0.1:{origin_port}")
    return test.write("outhaul.toml", text.replace("edge.example.net:7844", f"localhost:{edge_port}"))


def serve(test, haproxy, outhaul, port, directory):
    test.start("haproxy", ["haproxy", "-db", "-f", haproxy])
    agent = test.start("agent", [test.agent_binary, "run", "--config", outhaul, "--log-format", "json"])
    agent.wait_for_event("connection_up", count=4, deadline_s=20)

    def get(fields):
        client = HTTPSConnection("127.0.0.1", port, timeout=10,
                                 context=ssl._create_unverified_context())
        client.request("GET", "/", headers={"Host": "app.example.net", **fields})
        answer = client.getresponse()
        return answer.status, answer.read().decode()

    with test.case("a request through HAProxy"):
        equal(wait_until(lambda: get({}), "an answer"), (200, "hello"))
    with test.case("a client's Tunnel-* field does not get through"):
        equal(get({"Tunnel-Service": "x"}), (200, "hello"))


def main(test):
    test.need_binaries(test.agent_binary)
    test.need_tools("haproxy", "openssl")
    with open(os.path.join(test.repository, "docs", "haproxy-edge.md"), encoding="utf-8") as file:
        page = file.read()
    version = haproxy_version()
    print(f"HAProxy {version[0]}.{version[1]}", flush=True)
    ports = [test.free_port(), test.free_port()]
    origin = Site(test.free_port(), {"/": 'return 200 "hello";'})
    test.nginx([origin])
    with test.case("the commands of the page make certificates that the agent takes"):
        directory = make_certificates(test, page)
        outhaul = agent_file(test, page, directory, ports[1], origin.port)
        checked = subprocess.run([test.agent_binary, "check", "config", outhaul], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        equal(checked.returncode, 0, checked.stdout)
        try_certificates(test, directory, outhaul, ports[1])
    with test.case("HAProxy takes its configuration" +
                   ("" if version >= NEW_ENOUGH else ", but for the lines marked 2.9")):
        haproxy = haproxy_file(test, page, directory, version, ports)
        checked = subprocess.run(["haproxy", "-c", "-f", haproxy], text=True, check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        equal(checked.returncode, 0, checked.stdout)
        check("[ALERT]" not in checked.stdout, checked.stdout)
        print(checked.stdout.strip(), flush=True)
    if version >= NEW_ENOUGH:
        serve(test, haproxy, outhaul, ports[0], directory)


if __name__ == "__main__":
    run_test(main)
