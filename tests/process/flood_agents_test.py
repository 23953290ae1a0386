"""Floods by a hostile agent against the edge, and by strangers at the agents' port before anybody
has shown who he is: the edge stays up within a bound of memory, and other tunnels are served."""
# timeout: 120

import contextlib
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import floods  # noqa: E402
from counting_origin import CountingOrigin  # noqa: E402
from h2_peer import (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, data, frame, headers, literal,  # noqa: E402
                     ping, reset)
from hostile_agent import answer_head, connect_agent, secure, setup_request  # noqa: E402
from OpenSSL import SSL  # noqa: E402
from process_test import check, equal, open_files, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402
from victim import Victim  # noqa: E402

MANY = 3000
SETUPS, CONNECTIONS = 40, 8  # --agent-setups, --connections-per-tunnel
SETUP_TIMEOUT_S = 3
CALM = (ENHANCE_YOUR_CALM,)
OK = literal(":status", "200")


class Edge:
    def __init__(self, test):
        self.test = test
        self.origin = CountingOrigin(test)
        self.tunnel = Tunnel(test, ["--agent-setups", str(SETUPS), "--connections-per-tunnel",
                                    str(CONNECTIONS), "--setup-timeout", f"{SETUP_TIMEOUT_S}s"])
        self.tunnel.start_agent(permit=[self.origin.port])
        self.service = self.tunnel.address_service("beside", self.origin.port)
        self.hostile = self.tunnel.create_tunnel("hostile")
        self.attacked = self.tunnel.create_service({
            "name": "attacked", "type": "http", "http_port": 80,
            "host": {"ipv4": "10.0.0.1", "network": {"tunnel_id": self.hostile.id}}})
        self.victim = Victim(self.tunnel.edge, test.edge_binary, self.probe)

    def probe(self):
        equal(self.tunnel.request(self.service, "/beside").body, b"hello", "a request beside it")

    @contextlib.contextmanager
    def asking(self, agent, count=1):
        """While requests wait for the hostile agent's answers; gives their streams."""
        results = []
        threads = [threading.Thread(target=self._ask, args=(results,), daemon=True)
                   for _ in range(count)]
        for thread in threads:
            thread.start()
        agent.wait(lambda: len(agent.requests) >= count, f"{count} requests reach the agent")
        yield [stream for stream, _ in agent.requests]
        agent.close()
        for thread in threads:
            thread.join(30)
            check(not thread.is_alive(), "every request was answered in the end")

    def _ask(self, results):
        results.append(self.tunnel.request(self.attacked, "/attacked"))

    def flood(self, name, attack, expected):
        """attack(agent) with one connection of the hostile agent; `expected`: what it may return."""
        with self.test.case(name):
            def run():
                agent = connect_agent(self.tunnel, self.hostile)
                try:
                    agent.greet([(3, 100), (8, 1)], client=False)
                    return attack(agent)
                finally:
                    agent.close()

            end = self.victim.under(name, run)
            check(end in expected, f"the connection's end is {end}, expected one of {expected}")


def agent_floods(edge):
    flood = edge.flood
    flood("PING flood", lambda agent: floods.ping_flood(agent, None, MANY), CALM)
    flood("SETTINGS flood", lambda agent: floods.settings_flood(agent, None, MANY), CALM)
    flood("frames of an unknown type",
          lambda agent: floods.unknown_frame_flood(agent, None, MANY), (None,))
    flood("requests of an agent",
          lambda agent: floods.send_each(agent, [headers(1, [(":method", "GET")])]),
          (PROTOCOL_ERROR,))

    def answering(frames):
        def attack(agent):
            with edge.asking(agent) as streams:
                return floods.send_each(agent, frames(streams[0]))
        return attack

    flood("CONTINUATION flood", answering(lambda stream: [frame(1, 0, stream, OK)] + [
        frame(9, 0, stream, literal("x", "y" * 1000))] * MANY), (PROTOCOL_ERROR, *CALM, -1))
    flood("empty DATA flood", answering(lambda stream: [headers(stream, OK)] + [
        data(stream)] * MANY), CALM)
    flood("HPACK bomb", answering(lambda stream: [headers(
        stream, OK + literal("x", "b" * 3500, 0x40) + b"\xbe" * 12000)]), (None,))
    flood("interim responses without end", answering(lambda stream: [headers(
        stream, literal(":status", "103") + literal("x", "y" * 1000))] * MANY), (None, *CALM))
    flood("resets of streams again and again", answering(
        lambda stream: [reset(stream)] * MANY), (None, PROTOCOL_ERROR, 5))
    flood("more content than the window", answering(lambda stream: [headers(stream, OK)] + [
        data(stream, b"x" * 16000)] * 100), (None, 3))


def never_reads(edge):
    def attack(agent):
        agent.reading = False
        for _ in range(1 << 16):
            agent.send(ping())
        files = open_files(edge.tunnel.edge.pid)
        wait_until(lambda: open_files(edge.tunnel.edge.pid) < files or agent.ended,
                   "the edge gives it up", 20)

    edge.flood("a PING flood of an agent that never reads", attack, (None,))


def too_many_connections(edge):
    tunnel = edge.tunnel
    with edge.test.case("connections of a tunnel beyond the limit are answered 503"):
        files = open_files(tunnel.edge.pid)
        agents = [connect_agent(tunnel, edge.hostile) for _ in range(CONNECTIONS)]
        one_more = secure(tunnel.agent_port)
        one_more.sendall(setup_request(one_more, edge.hostile, "localhost", tunnel.public_port))
        head = answer_head(one_more)
        check(head.startswith("HTTP/1.1 503 "), f"503, not {head}")
        check("\r\nRetry-After: " in head, f"Retry-After in {head}")
        edge.probe()
        for agent in agents:
            agent.close()
        one_more.close()
        wait_until(lambda: open_files(tunnel.edge.pid) <= files, "all are closed")
        agent = connect_agent(tunnel, edge.hostile)
        agent.greet(client=False)
        agent.close()


def silent(edge):
    """SETTINGS never come."""
    def attack(_):
        mute = connect_agent(edge.tunnel, edge.hostile)
        mute.wait_end("the edge gives up an agent without SETTINGS")
        mute.close()

    edge.flood("an agent that says nothing after the 101", attack, (None,))


def strangers(edge):
    """Slow loris before the 101, at each stage."""
    def tcp_only():
        return socket.create_connection(("127.0.0.1", edge.tunnel.agent_port), timeout=30)

    def half_a_hello():
        stranger = tcp_only()
        stranger.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        return stranger

    def half_a_head():
        stranger = secure(edge.tunnel.agent_port)
        stranger.sendall(b"GET /ptth/tunnels/x HTTP/1.1\r\nHost: a\r\n")
        return stranger

    for name, connect in (("silent", tcp_only), ("half a ClientHello", half_a_hello),
                          ("half a request", half_a_head)):
        with edge.test.case(f"strangers at the agents' port, {name}: no more than the limit"):
            hold_strangers(edge, name, connect)
    with edge.test.case("bytes that come slowly do not extend the limit"):
        stranger = half_a_head()
        stranger.setblocking(False)
        sent = [0]

        def cut():
            try:
                stranger.send(b"X-Slow: 1\r\n"[sent[0] % 11:][:1])
                sent[0] += 1
            except Exception:  # pylint: disable=broad-except; whichever error says so
                return True
            return False

        wait_until(cut, "the edge ends it", 3 * SETUP_TIMEOUT_S, poll_s=0.1)
        stranger.close()


def hold_strangers(edge, name, connect):
    process = edge.tunnel.edge
    files = open_files(process.pid)

    def attack():
        mark = process.mark()
        with contextlib.ExitStack() as stack:
            for _ in range(2 * SETUPS):
                # Those beyond the limit may be cut before they have said all.
                with contextlib.suppress(OSError, SSL.Error):
                    stack.callback(connect().close)
            process.wait_for_event("agent_turned_away", since=mark)
            most = open_files(process.pid)
            # Beside them a request of the probe.
            check(most <= files + SETUPS + 2, f"{most} descriptors, {files} before")
            # They are still there; the edge must end them by itself.
            wait_until(lambda: open_files(process.pid) <= files, "all were ended",
                       3 * SETUP_TIMEOUT_S)

    edge.victim.under(f"strangers, {name}", attack)


def main(test):
    test.need_binaries()
    edge = Edge(test)
    agent_floods(edge)
    never_reads(edge)
    silent(edge)
    too_many_connections(edge)
    strangers(edge)
    with test.case("afterwards an agent is served again"):
        edge.probe()
        equal(edge.tunnel.edge.terminate(), 0, "the edge's exit code")


if __name__ == "__main__":
    run_test(main)
