"""Floods by a hostile edge against the agent: it stays up within a bound of memory, its other
connection is served meanwhile, and the origin never sees more at a time than one connection may
have. Resets are not limited on tunnels: what is bounded is the work under way."""
# timeout: 120

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import floods  # noqa: E402
from counting_origin import CountingOrigin  # noqa: E402
from h2_peer import (ENHANCE_YOUR_CALM, INITIAL_WINDOW_SIZE, LARGEST_WINDOW,  # noqa: E402
                     PROTOCOL_ERROR, REFUSED_STREAM, frame, headers, literal, reset)
from hostile_edge import HostileEdge  # noqa: E402
from process_test import check, equal, run_test, wait_until  # noqa: E402
from victim import Victim  # noqa: E402

STREAMS = 256  # --streams-per-connection
POOLED = STREAMS + 4  # idle connections to the origin that may stay open for 60 s
CLOSING = 64  # connections that the origin may not have seen closed yet
MANY = 3000
CALM = (ENHANCE_YOUR_CALM,)


class Agents:
    """Each flood has an agent of its own, so that none waits for the back-off of another's."""

    def __init__(self, test):
        self.test = test
        self.origin = CountingOrigin(test)
        self.edge = HostileEdge(test)

    def fields(self, path="/held"):
        return self.edge.request_fields(self.origin.port, path)

    def flood(self, name, attack, expected, greeting=None):
        with self.test.case(name):
            agent = self.edge.start_agent(permit=[self.origin.port])
            peers = [self.edge.connection(slot) for slot in (0, 1)]
            try:
                self._flood(name, agent, peers, attack, expected, greeting or {})
            finally:
                agent.kill()
                for peer in peers:
                    peer.released.set()

    def _flood(self, name, agent, peers, attack, expected, greeting):
        attacked, other = peers
        attacked.greet(**greeting)
        other.greet()

        def probe():
            answer = other.request(self.fields("/beside"))
            equal((answer.status, answer.bytes), (200, 5), "a request beside it")

        def run():
            try:
                return attack(attacked)
            finally:
                attacked.close()

        probe()
        self.origin.restart_counts()
        victim = Victim(agent, self.test.agent_binary, probe, POOLED)
        # The agent dials again, so in the end it has as many tunnel connections as before.
        end = victim.under(name, run, lambda: self.origin.open <= POOLED)
        check(end in expected, f"the connection's end is {end}, expected one of {expected}")
        print(f"{name}: the origin had at most {self.origin.most_open} connections at a time and "
              f"{self.origin.requests} requests", flush=True)
        check(self.origin.most_open <= STREAMS + CLOSING,
              f"{self.origin.most_open} connections to the origin at a time")


def protocol_floods(agents):
    flood, fields = agents.flood, agents.fields
    flood("PING flood", lambda peer: floods.ping_flood(peer, fields(), MANY), CALM)
    flood("SETTINGS flood", lambda peer: floods.settings_flood(peer, fields(), MANY), CALM)
    flood("empty DATA flood", lambda peer: floods.empty_data_flood(peer, fields(), MANY), CALM)
    flood("CONTINUATION flood", lambda peer: floods.continuation_flood(peer, fields(), MANY),
          (PROTOCOL_ERROR, ENHANCE_YOUR_CALM, -1))
    flood("CONTINUATION flood without bytes", lambda peer: floods.empty_continuation_flood(
        peer, fields(), MANY), (PROTOCOL_ERROR, ENHANCE_YOUR_CALM, -1))
    # A tunnel is not closed over the resets of its streams.
    flood("HPACK bomb", lambda peer: floods.hpack_bomb(peer, fields(), 200), (None,))
    flood("frames of an unknown type",
          lambda peer: floods.unknown_frame_flood(peer, fields(), MANY), (None,))
    flood("DATA of one byte", lambda peer: floods.tiny_data(peer, fields(), MANY), (None,))


def reset_floods(agents):
    flood, fields, origin = agents.flood, agents.fields, agents.origin
    flood("Rapid Reset of requests that have begun", lambda peer: floods.reset_begun(
        peer, fields(), MANY, origin.begun), (None,))
    with agents.test.case("a cancelled request resets its connection to the origin: no TIME_WAIT"):
        wait_until(lambda: origin.resets >= MANY - STREAMS, f"{origin.resets} of {MANY} were reset")
    flood("Rapid Reset, both frames in one piece",
          lambda peer: floods.rapid_reset(peer, fields(), 10 * MANY), (None,))
    flood("malformed requests", lambda peer: floods.malformed_requests(peer, fields(), MANY),
          (None, PROTOCOL_ERROR))
    for name in floods.MADE_YOU_RESET:
        flood(f"MadeYouReset by {name}", lambda peer, name=name: floods.make_reset(
            peer, fields(), name, MANY), (None, 1, 3, 5, 6))


def too_many_streams(agents):
    def attack(peer):
        streams = [peer.next_stream() for _ in range(STREAMS + 100)]
        for stream in streams:
            peer.send(headers(stream, agents.fields(), end_stream=True))
        refused = lambda: sum(  # noqa: E731
            peer.answer(stream).reset == REFUSED_STREAM for stream in streams)
        peer.wait(lambda: refused() == 100, "100 are refused")
        wait_until(lambda: agents.origin.requests >= STREAMS, "the others are at the origin")
        # Those that are reset make room again, once their connection to the origin is closed.
        for stream in streams[:10]:
            peer.send(reset(stream))
        peer.wait(lambda: peer.request(agents.fields("/")).status == 200, "there is room again")

    agents.flood("requests beyond the limit are refused, and room comes back", attack, (None,))


def windows(agents):
    """Answers that the edge never takes, or a byte at a time."""
    def zero(peer):
        streams = [peer.next_stream() for _ in range(STREAMS)]
        for stream in streams:
            peer.send(headers(stream, agents.fields("/"), end_stream=True))
        peer.wait(lambda: all(peer.answer(stream).status == 200 for stream in streams), "heads")
        equal(sum(peer.answer(stream).bytes for stream in streams), 0, "bytes of bodies")

    def tiny(peer):
        streams = [peer.next_stream() for _ in range(STREAMS)]
        for stream in streams:
            peer.send(headers(stream, agents.fields("/"), end_stream=True))
        peer.wait(lambda: all(peer.answer(stream).ended for stream in streams), "whole answers")
        equal(sum(peer.answer(stream).bytes for stream in streams), 5 * STREAMS, "bytes of bodies")

    def swinging(peer):
        """SETTINGS may change the windows of all streams at once, below zero too."""
        peer.send(headers(peer.next_stream(), agents.fields("/"), end_stream=True))
        for value in (0, LARGEST_WINDOW, 0, 1, 65535):
            peer.send(frame(4, 0, 0, INITIAL_WINDOW_SIZE.to_bytes(2, "big")
                            + value.to_bytes(4, "big")))
        return None if peer.request(agents.fields("/")).status == 200 else "no answer"

    agents.flood("a window of 0", zero, (None,), {"values": [(INITIAL_WINDOW_SIZE, 0)]})
    agents.flood("a window of 1", tiny, (None,), {"values": [(INITIAL_WINDOW_SIZE, 1)]})
    agents.flood("a window that swings", swinging, (None,))


def never_reads(agents):
    def attack(peer):
        peer.reading = False
        while not peer.ended and peer.waiting < 1 << 20:
            peer.send(headers(peer.next_stream(), agents.fields("/"), end_stream=True))

    agents.flood("requests of an edge that never reads", attack, (None,))


def slow_block(agents):
    """The only one that takes its time, which is the limit of 10 s."""
    def attack(peer):
        encoded = b"".join(literal(name, value) for name, value in agents.fields())
        peer.send(frame(1, 1, peer.next_stream(), encoded))
        peer.flush()
        return peer.wait_end(deadline_s=20)

    agents.flood("a header block that never ends", attack, CALM)


def main(test):
    test.need_binaries()
    agents = Agents(test)
    protocol_floods(agents)
    reset_floods(agents)
    too_many_streams(agents)
    windows(agents)
    never_reads(agents)
    slow_block(agents)


if __name__ == "__main__":
    run_test(main)
