"""Certificates change while edge and agent run: new connections see the new ones, connections that
are up are not touched, a key that does not fit changes nothing, and what ends soon is announced."""
# timeout: 120

import json
import os
import shutil
import signal
import socket
import ssl
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 2


class Files:
    """Certificate, key and the agent's CA file, at fixed paths."""

    def __init__(self, test, authority):
        self.certificate = test.path("tls", "edge.pem")
        self.key = test.path("tls", "edge.key")
        self.ca = test.path("tls", "ca.pem")
        self._test = test
        issued = authority.issue("localhost", valid_until_days=5)
        self.put_key(issued)
        self.put_certificate(issued)
        shutil.copy(authority.certificate, self.ca)

    def put_certificate(self, issued):
        self._replace(issued.certificate, self.certificate)

    def put_key(self, issued):
        self._replace(issued.key, self.key)

    def _replace(self, source, target):
        shutil.copy(source, target + ".new")
        os.replace(target + ".new", target)


def shown(port):
    """The certificate that the edge shows now (DER)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as tcp:
        with context.wrap_socket(tcp, server_hostname="localhost") as tls:
            return tls.getpeercert(binary_form=True)


def der(issued):
    with open(issued.certificate, encoding="ascii") as file:
        return ssl.PEM_cert_to_DER_cert(file.read())


def edge_certificate(test, tunnel, authority, files, agent):
    edge = tunnel.edge
    before = shown(tunnel.agent_port)
    new = authority.issue("localhost")
    with test.case("a key that is not the certificate's changes nothing, until both fit"):
        mark = edge.mark()
        files.put_key(new)
        message = edge.wait_for_event("certificate_refused", since=mark)["message"]
        check("edge.key" in message and "edge.pem" in message, message)
        equal(shown(tunnel.agent_port), before)
        check("edge.key" in edge_status(tunnel)["certificate_problem"], "status shows it")
        files.put_certificate(new)
        edge.wait_for_event("certificate_reloaded", since=mark)
        equal(shown(tunnel.agent_port), der(new))
        check("certificate_problem" not in edge_status(tunnel), "the problem is gone")
    with test.case("rubbish, and a file that is gone: the same; SIGHUP reads again"):
        for change in (lambda: test.write("tls/edge.pem", "rubbish"),
                       lambda: os.remove(files.certificate)):
            mark = edge.mark()
            change()
            edge.wait_for_event("certificate_refused", since=mark)
        equal(shown(tunnel.agent_port), der(new))
        third = authority.issue("localhost")
        mark = edge.mark()
        files.put_key(third)
        files.put_certificate(third)
        edge.signal(signal.SIGHUP)
        wait_until(lambda: shown(tunnel.agent_port) == der(third), "the third certificate is shown")
        edge.wait_for_event("config_reloaded", since=mark)
    with test.case("the agent's connections were not touched"):
        equal(edge.events("agent_down"), [])
        equal(agent.events("connection_lost"), [])


def edge_status(tunnel):
    url = f"http://127.0.0.1:{tunnel.status_port}/status"
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


def agents_ca(test, tunnel, files, agent):
    with test.case("the agent's CA file: a new one counts for connections from then on"):
        other = test.certificate_authority("other-ca")
        mark = agent.mark()
        with open(other.certificate, encoding="ascii") as file, \
                open(files.ca, "a", encoding="ascii") as bundle:
            bundle.write(file.read())
        equal(agent.wait_for_event("credentials_reloaded", since=mark)["changed"], "edge_ca")
        equal(agent.events("connection_lost", since=mark), [])
        issued = other.issue("localhost")
        files.put_key(issued)
        files.put_certificate(issued)
        wait_until(lambda: shown(tunnel.agent_port) == der(issued), "the edge shows it")
        mark = agent.mark()
        tunnel.edge.terminate()
        tunnel.start_edge()
        agent.wait_for_event("connection_up", since=mark, count=CONNECTIONS, deadline_s=30)
    with test.case("a CA file that is none changes nothing"):
        mark = agent.mark()
        test.write("tls/ca.pem", "rubbish")
        message = agent.wait_for_event("credentials_refused", since=mark)["message"]
        check("ca.pem" in message, message)


def main(test):
    authority = test.certificate_authority()
    files = Files(test, authority)
    status_port = test.free_port()
    tunnel = Tunnel(test, edge_options=["--certificate", files.certificate, "--key", files.key,
                                        "--status-listen", f"127.0.0.1:{status_port}"])
    tunnel.status_port = status_port
    origin = test.free_port()
    test.nginx([Site(origin, {"/": 'return 200 "hello";'})])
    service = tunnel.address_service("api", origin)
    agent_status = f"unix:{test.path('agent-status.sock')}"
    own = authority.issue("agent.test", client=True, valid_until_days=3)
    agent = tunnel.start_agent("--edge-ca", files.ca, "--status-listen", agent_status,
                               "--origin-client-cert", own.certificate,
                               "--origin-client-key", own.key, permit=[origin], connections=CONNECTIONS)
    load = Load(service, [tunnel.binding_port])
    with test.case("both warn of a certificate that ends in 5 days, once"):
        for process in (tunnel.edge, agent):
            event = process.wait_for_event("certificate_expires",
                                           certificate=lambda name: name.startswith("edge"))
            equal((event["days_left"], event["level"]), (4, "warn"))
        run = test.start("status", [test.agent_binary, "status", "--status-listen", agent_status])
        equal(run.wait(), 0)
        check("certificate of edge localhost" in run.log() and "ends in 4d 23h" in run.log(),
              run.log())
        equal(len(edge_status(tunnel)["certificates"]), 1)
        check("ends in 4 days" in tunnel.change("status"), tunnel.change("status"))
    with test.case("the agent warns of its own client certificate, too"):
        event = agent.wait_for_event("certificate_expires",
                                     certificate=f"client certificate {own.certificate}")
        equal(event["days_left"], 2)
    edge_certificate(test, tunnel, authority, files, agent)
    load.wait_for_more()
    load.stop()
    with test.case("no request failed, and no warning came twice"):
        equal(load.bad, [], "failed requests")
        equal(len(agent.events("certificate_expires")), 2)
        equal(len(tunnel.edge.events("certificate_expires")), 1)
    agents_ca(test, tunnel, files, agent)


if __name__ == "__main__":
    run_test(main)
