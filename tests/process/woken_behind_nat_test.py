"""Reliability fault 23: a machine sleeps, and the NAT on its way forgets its connections. The PING
after waking finds that out, long before the ordinary one would.

OUTHAUL_TRIALS=10 sleeps ten times.
"""
# timeout: 300

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from packet_filter import PacketFilter, local_ports  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import equal, pause, run_test  # noqa: E402
from trials import Figures, logged_at, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
ASLEEP_S = 8
# How long the answer to the PING may take after a jump of the clock; without one it is 20 s until
# the PING and 10 s for its answer.
JUMP_ANSWER_S = 5


def main(test):
    test.need_tools("nft", "ss", "ip")
    PrivateNetwork(test)
    packets = PacketFilter()
    tunnel = Tunnel(test)
    agent = tunnel.start_agent(connections=CONNECTIONS)
    figures = Figures("fault 23, forgotten by a NAT meanwhile")
    for _ in range(trials()):
        mark = agent.mark()
        agent.freeze()
        for client in local_ports(tunnel.agent_port):
            packets.drop_to_server(tunnel.agent_port, client)
            packets.drop_to_client(tunnel.agent_port, client)
        pause(ASLEEP_S, "the suspension itself")
        agent.thaw()
        woke = time.time()
        up = agent.wait_for_event("connection_up", since=mark, count=CONNECTIONS, deadline_s=20)
        figures.add("up_s", logged_at(up) - woke, JUMP_ANSWER_S + 2)
        figures.add("reconnects per connection",
                    len(agent.events("connection_up", since=mark)) / CONNECTIONS, 1)
        packets.restore()
    figures.print()
    with test.case("found out by the PING after waking, one reconnect for each connection"):
        figures.check("up_s")
        figures.check("reconnects per connection")
    equal(agent.terminate(), 0, "exit code")


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
