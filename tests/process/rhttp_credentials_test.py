"""Profile rhttp: whom the agent may be, and what the edge must speak. Client certificates are
checked by the agent when it starts and by the edge when it dials; ALPN has to be exactly h2."""
# timeout: 120

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from certificates import Certificate  # noqa: E402
from haproxy_edge import HaproxyEdge  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONFIGURATION, USAGE = 3, 2  # exit codes


def refused_at_start(test, edge, path, name, certificate, words):
    with test.case(name):
        agent = test.start("agent-wrong", edge.agent_command("--config", path,
                                                             certificate=certificate))
        equal(agent.wait(), CONFIGURATION, "exit code")
        for word in words:
            check(word in agent.log(), f"no {word!r} in: {agent.log()}")


def credentials(test, edge, path):
    other = "0191dce4-9ab4-7fce-b660-8e5dec5172da"
    good, foreign = edge.issue(), edge.issue(other)
    refused_at_start(test, edge, path, "a certificate of another tunnel: both ids are shown",
                     foreign, [other, edge.tunnel_id])
    refused_at_start(test, edge, path, "the alternative name counts, not the common name",
                     edge.agents.issue(edge.tunnel_id, f"urn:uuid:{other}", client=True), [other])
    mixed = Certificate(good.certificate, foreign.key, good.ca)
    refused_at_start(test, edge, path, "a key of another certificate", mixed, [foreign.key])
    open_key = edge.issue()
    os.chmod(open_key.key, 0o644)
    refused_at_start(test, edge, path, "a key that everybody can read", open_key, ["chmod 0600"])
    with test.case("what the profile needs is said at once"):
        agent = test.start("agent-bare", [test.agent_binary, "run", "--profile", "rhttp",
                                          "--tunnel-id", edge.tunnel_id])
        equal(agent.wait(), USAGE, "exit code")
        for name in ("--edge", "--client-certificate", "--client-key"):
            check(name in agent.log(), f"no {name} in: {agent.log()}")
    with test.case("its options belong to no other profile"):
        agent = test.start("agent-other", [test.agent_binary, "run", "--tunnel-id", edge.tunnel_id,
                                           "--client-key", good.key])
        equal(agent.wait(), USAGE, "exit code")
        check("--profile rhttp" in agent.log(), agent.log())
    with test.case("without urn:uuid: in it, the common name is the tunnel"):
        agent = test.start("agent-cn", edge.agent_command(
            "--config", path, certificate=edge.agents.issue(edge.tunnel_id, client=True)))
        agent.wait_for_event("connection_up")
        agent.kill()
    strangers = test.certificate_authority("strangers-ca")
    for name, certificate in (
            ("expired", edge.issue(valid_from_days=-30, valid_until_days=-1)),
            ("not signed by the edge's authority",
             strangers.issue(f"urn:uuid:{edge.tunnel_id}", client=True))):
        with test.case(f"a certificate that is {name} is refused by the edge"):
            agent = test.start("agent-refused", edge.agent_command("--config", path,
                                                                   certificate=certificate))
            line = agent.wait_for_event("connection_failed", count=2)
            check("accepts the client certificate" in line["reason"], line["reason"])
            if name == "expired":
                check("expired" in agent.wait_for_event("option")["message"], "the warning")
            agent.kill()


def renewed(test, edge, path):
    certificate = edge.issue()
    agent = test.start("agent-renewed", edge.agent_command("--config", path,
                                                           certificate=certificate))
    agent.wait_for_event("connection_up")
    with test.case("a certificate without its key is refused, and the one before stays in use"):
        fresh = edge.issue()
        os.replace(fresh.certificate, certificate.certificate)
        check(certificate.key in agent.wait_for_event("credentials_refused")["message"], "the key")
    with test.case("with its key it is used, and the connections are replaced"):
        mark = agent.mark()
        os.replace(fresh.key, certificate.key)
        line = agent.wait_for_event("credentials_reloaded", since=mark)
        equal(line["changed"], "client_certificate")
        line = agent.wait_for_event("connection_replaced", since=mark)
        equal(line["reason"], "the agent has new credentials")
    agent.kill()


def alpn(test, other, path):
    with test.case("an edge without h2 is reported as alpn_mismatch"):
        edge = HaproxyEdge(test, alpn=["http/1.1"])
        agent = test.start("agent-alpn", edge.agent_command("--config", path))
        line = agent.wait_for_event("connection_failed")
        check(line["reason"].startswith("alpn_mismatch: "), line["reason"])
        equal(edge.came, [], "connections")
        agent.kill()
    with test.case("so is outhaul-edge, whose profile is the other one"):
        tunnel = Tunnel(test)
        agent = test.start("agent-ptth-edge", other.agent_command(
            "--config", path, port=tunnel.agent_port,
            authority=os.path.join(tunnel.data_dir, "ca.pem")))
        line = agent.wait_for_event("connection_failed", edge=f"localhost:{tunnel.agent_port}")
        check(line["reason"].startswith("alpn_mismatch: "), line["reason"])
        agent.kill()


def main(test):
    test.need_binaries()
    edge = HaproxyEdge(test)
    path = test.write("outhaul.toml", "")
    credentials(test, edge, path)
    renewed(test, edge, path)
    alpn(test, edge, path)


if __name__ == "__main__":
    run_test(main)
