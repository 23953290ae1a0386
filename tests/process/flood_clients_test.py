"""Floods of HTTP/2 by clients against the edge's binding listener: the edge stays up within a bound
of memory, ends the connection that floods, serves everybody else meanwhile, and the origin never
sees more at a time than one connection may have. tests/support/floods.py has the floods."""
# timeout: 120

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import floods  # noqa: E402
from counting_origin import CountingOrigin  # noqa: E402
from h2_peer import (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, connect, headers, ping,  # noqa: E402
                     request_fields)
from process_test import check, equal, open_files, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402
from victim import Victim  # noqa: E402

STREAMS = 256  # --client-streams
RESETS, CAUSED_RESETS = 1000, 100  # at once; --client-resets, --client-caused-resets
MANY = 3000


class Clients:
    def __init__(self, test):
        self.test = test
        self.origin = CountingOrigin(test)
        self.tunnel = Tunnel(test)
        self.agent = self.tunnel.start_agent(permit=[self.origin.port])
        self.service = self.tunnel.address_service("counting", self.origin.port)
        self.victim = Victim(self.tunnel.edge, test.edge_binary, self.probe)

    def probe(self):
        equal(self.tunnel.request(self.service, "/beside").body, b"hello", "a request beside it")

    def fields(self, path="/held", token=None):
        credentials = {**self.service.headers}
        if token:
            credentials["X-VPC-Binding-Token"] = token
        return request_fields(path, [(name.lower(), value) for name, value in credentials.items()])

    def new_binding(self):
        """A binding of its own, so that one flood does not use up what the next one may do."""
        return self.tunnel.bind(self.service.id)

    def begun_at_origin(self, number):
        # The probes' requests count too, so a few of the flood's may still be on their way.
        return self.origin.begun(number)

    def idle_origin(self):
        """Nothing is under way at the origin; the pool's idle connections may be open."""
        return self.origin.open <= 64

    def flood(self, name, attack, expected):
        """One flood on a connection of its own; `expected`: what send_each() may return."""
        with self.test.case(name):
            self.origin.restart_counts()
            fields = self.fields(token=self.new_binding())

            def run():
                peer = connect(self.tunnel.binding_port)
                try:
                    peer.greet()
                    return attack(peer, fields)
                finally:
                    peer.close()

            end = self.victim.under(name, run, self.idle_origin)
            check(end in expected, f"the connection's end is {end}, expected one of {expected}")
            print(f"{name}: the origin had at most {self.origin.most_open} connections at a time "
                  f"and {self.origin.requests} requests", flush=True)
            # Its own streams, those beside it, and what is closing just now.
            check(self.origin.most_open <= STREAMS + 64,
                  f"{self.origin.most_open} connections to the origin at a time")


def protocol_floods(clients):
    calm, broken = (ENHANCE_YOUR_CALM,), (PROTOCOL_ERROR, ENHANCE_YOUR_CALM)
    flood = clients.flood
    flood("PING flood", lambda peer, fields: floods.ping_flood(peer, fields, MANY), calm)
    flood("SETTINGS flood", lambda peer, fields: floods.settings_flood(peer, fields, MANY), calm)
    flood("empty DATA flood", lambda peer, fields: floods.empty_data_flood(peer, fields, MANY),
          calm)
    flood("CONTINUATION flood",
          lambda peer, fields: floods.continuation_flood(peer, fields, MANY), broken + (-1,))
    flood("CONTINUATION flood without bytes",
          lambda peer, fields: floods.empty_continuation_flood(peer, fields, MANY), broken + (-1,))
    flood("HPACK bomb", lambda peer, fields: floods.hpack_bomb(peer, fields, 200), calm)
    flood("frames of an unknown type",
          lambda peer, fields: floods.unknown_frame_flood(peer, fields, MANY), (None,))
    flood("DATA of one byte", lambda peer, fields: floods.tiny_data(peer, fields, MANY), (None,))


def reset_floods(clients):
    calm = (ENHANCE_YOUR_CALM,)
    flood = clients.flood
    flood("Rapid Reset of requests that have begun", lambda peer, fields: floods.reset_begun(
        peer, fields, MANY, clients.begun_at_origin), calm)
    flood("Rapid Reset, both frames in one piece",
          lambda peer, fields: floods.rapid_reset(peer, fields, 10 * MANY), calm)
    flood("malformed requests",  # more of them than there may be streams, if they come in one read
          lambda peer, fields: floods.malformed_requests(peer, fields, MANY), (1, *calm))
    for name in floods.MADE_YOU_RESET:
        # Only the stream ends, and after too many the connection; or the connection at once; or
        # nothing happens at all, because priorities are ignored (RFC 9113 section 5.3.2), until so
        # many requests come in one read that they are a connection error.
        ends = (None, PROTOCOL_ERROR) if "itself" in name else (1, 3, 5, 6, ENHANCE_YOUR_CALM)
        flood(f"MadeYouReset by {name}", lambda peer, fields, name=name: floods.make_reset(
            peer, fields, name, 10 * CAUSED_RESETS), ends)
    flood("more requests at a time than are served",
          lambda peer, fields: floods.excess_streams(peer, fields, 2 * STREAMS - 10), (None,))


def limit_per_binding(clients):
    """A client that opens another connection for each portion gains nothing."""
    tunnel, origin = clients.tunnel, clients.origin
    with clients.test.case("resets are counted per binding, over all connections"):
        fields = clients.fields(token=clients.new_binding())
        origin.restart_counts()
        ends = []
        while len(ends) < 10 and ENHANCE_YOUR_CALM not in ends:
            peer = connect(tunnel.binding_port)
            peer.greet()
            ends.append(floods.reset_begun(peer, fields, RESETS // 2, clients.begun_at_origin))
            peer.close()
        print(f"{len(ends)} connections with {RESETS // 2} resets each until GOAWAY", flush=True)
        equal(ends[:2], [None, None], "the first connections, within the limit")
        equal(ends[-1], ENHANCE_YOUR_CALM, "the last connection")
    with clients.test.case("another binding to the same service is not harmed"):
        peer = connect(tunnel.binding_port)
        peer.greet()
        origin.restart_counts()
        equal(floods.reset_begun(peer, clients.fields(), 100, clients.begun_at_origin), None, "end")
        equal(peer.request(clients.fields("/after")).status, 200, "status")
        peer.close()


def never_reads(clients):
    """A client that asks and asks and reads nothing: what is to be answered must not pile up, and
    once the connection is to end, it ends."""
    tunnel = clients.tunnel

    def ask_until_full():
        peer = connect(tunnel.binding_port)
        peer.greet()
        peer.reading = False
        fields = clients.fields("/", token=clients.new_binding())
        while not peer.ended and peer.waiting < 1 << 20:
            peer.send(headers(peer.next_stream(), fields, end_stream=True))
        peer.close()

    def flood_and_stay():
        files = open_files(tunnel.edge.pid)
        peer = connect(tunnel.binding_port)
        peer.greet()
        peer.reading = False
        for _ in range(1 << 16):
            peer.send(ping())
        wait_until(lambda: open_files(tunnel.edge.pid) <= files, "the edge gives it up", 20)
        peer.close()

    for name, attack in (("requests of a client that never reads", ask_until_full),
                         ("a PING flood of a client that never reads and stays", flood_and_stay)):
        with clients.test.case(name):
            clients.victim.under(name, attack, clients.idle_origin)


def main(test):
    test.need_binaries()
    clients = Clients(test)
    protocol_floods(clients)
    reset_floods(clients)
    limit_per_binding(clients)
    never_reads(clients)
    with test.case("afterwards all is well"):
        clients.probe()
        wait_until(lambda: clients.origin.open <= 64, "the origin's connections are closed")
        equal(len(clients.agent.events("connection_down")), 0, "tunnel connections lost")
        equal(clients.tunnel.edge.terminate(), 0, "the edge's exit code")


if __name__ == "__main__":
    run_test(main)
