"""Reliability fault 3: a narrow link whose queue holds seconds of data, full in both directions. The
answer to a PING is late by more than its limit, and no connection is given up.

OUTHAUL_TRIALS=10 fills it ten times.
"""
# timeout: 600

import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from trials import Figures, trials  # noqa: E402
from tunnel import Tunnel  # noqa: E402
from wan import Wan, need_wan  # noqa: E402

# 2 Mbit/s and 1 MiB: what stands in the queue takes 4 s, four times the limit of the answer.
RATE_MBIT, QUEUE_KIB = 2, 1024
SIZE = 2 << 20
LIVENESS = ["--ping-interval", "1s", "--ping-answer", "1s"]


def transfer(tunnel, service, results):
    """An upload and a download beside each other."""
    def upload():
        results["upload"] = tunnel.request(service, "/upload", "POST", b"u" * SIZE).status

    def download():
        results["download"] = len(tunnel.request(service, "/large").body)

    threads = [threading.Thread(target=work, daemon=True) for work in (upload, download)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def main(test):
    need_wan(test)
    figures = Figures("fault 3")
    with Wan(delay_ms=20, rate_mbit=RATE_MBIT, queue_kib=QUEUE_KIB) as wan:
        tunnel, agent, service = start(test, wan)
        for _ in range(trials()):
            results, began = {}, time.monotonic()
            with wan.b.inside():
                transfer(tunnel, service, results)
            equal(results, {"upload": 200, "download": SIZE}, "both transfers")
            figures.add("full for s", time.monotonic() - began)
        figures.add("connections given up", len(agent.events("connection_lost"))
                    + len(tunnel.edge.events("agent_down")), 0)
        figures.print()
        with test.case("a full link: no connection is given up, and both transfers arrive"):
            figures.check("connections given up")
            check(figures.worst("full for s") > 8, "the link was full for longer than I+T")
        with test.case("a link that is really gone is found out all the same"):
            wan.black_hole()
            agent.wait_for_event("connection_lost", deadline_s=10)
            tunnel.edge.wait_for_event("agent_down", deadline_s=10)
            wan.heal()
        agent.kill()
        tunnel.edge.kill()


def serve(connection):
    """The origin: takes anything, and gives SIZE bytes."""
    while True:
        head = connection.read_head()
        if head[0].startswith("POST"):
            connection.read_body(head, lambda _: None)
            connection.answer("taken")
        else:
            connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")
            connection.send(b"d" * SIZE)


def start(test, wan):
    """The edge on one side, agent and origin on the other; clients are at the edge's."""
    with wan.a.inside():
        origin = ScriptedServer(test, serve)
    with wan.b.inside():
        tunnel = Tunnel(test, edge_options=LIVENESS, agent_address=wan.b.address)
        service = tunnel.address_service("api", origin.port)
    with wan.a.inside():
        agent = tunnel.start_agent(*LIVENESS, permit=[origin.port], connections=1)
    return tunnel, agent, service


if __name__ == "__main__":
    run_test(main)
