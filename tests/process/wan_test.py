"""The user-space WAN of tests/support/wan.py does what it is told: a test that uses it may rely
on that."""
# timeout: 60

import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import CheckFailed, check, equal, run_test, wait_until  # noqa: E402
from wan import Wan, need_wan  # noqa: E402

IP_AND_UDP = 28  # bytes of headers before the content of a datagram


class Echo:
    """A socket in a, and one in b that sends everything back."""

    def __init__(self, wan):
        self.wan = wan
        with wan.b.inside():
            self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.server.bind((wan.b.address, 0))
        with wan.a.inside():
            self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.connect(self.server.getsockname())
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while True:
            data, peer = self.server.recvfrom(65536)
            if data == b"end":
                return
            self.server.sendto(data, peer)

    def send(self, data):
        self.client.send(data)

    def answer(self, timeout_s=5.0):
        """The next answer, or None if none comes."""
        self.client.settimeout(timeout_s)
        try:
            return self.client.recv(65536)
        except socket.timeout:
            return None

    def drain(self):
        """All answers that come until the network is empty."""
        wait_until(lambda: sum(way["waiting"] for way in self.wan.counters().values()) == 0,
                   "the network is empty")
        answers = []
        while (data := self.answer(0.2)) is not None:
            answers.append(data)
        return answers

    def round_trip_s(self):
        begin = time.monotonic()
        self.send(b"ping")
        equal(self.answer(), b"ping", "the answer")
        return time.monotonic() - begin


def delivery(test, wan, echo):
    with test.case("delay: a round trip takes both of them, and little more"):
        wan.set("a_to_b", delay_ms=50)
        wan.set("b_to_a", delay_ms=30)
        best = min(echo.round_trip_s() for _ in range(5))
        check(0.080 <= best < 0.160, f"best of five round trips: {best * 1000:.1f} ms")
        wan.set("both", delay_ms=0)
    with test.case("IPv6, and any address of a side"):
        for address, family in ((wan.b.address_of(77), socket.AF_INET),
                                (wan.b.address6, socket.AF_INET6)):
            with wan.b.inside():
                listener = socket.create_server((address, 0), family=family)
            with listener, wan.a.inside():
                socket.create_connection(listener.getsockname()[:2], timeout=5).close()
    with test.case("the rate: no faster than that"):
        wan.set("a_to_b", rate_mbit=8, queue_kib=1024)
        begin = time.monotonic()
        for number in range(500):
            echo.send(b"%04d" % number + b"." * (1000 - IP_AND_UDP - 4))
        answers = [echo.answer() for _ in range(500)]
        took = time.monotonic() - begin
        check(took >= 0.48, f"500 000 bytes at 8 Mbit/s took {took:.3f} s")
        equal([int(each[:4]) for each in answers], list(range(500)), "their order")
    with test.case("a full queue drops the rest"):
        wan.set("a_to_b", rate_mbit=1, queue_kib=64)
        before = wan.counters()["a_to_b"]
        for _ in range(200):
            echo.send(b"q" * (1000 - IP_AND_UDP))
        wait_until(lambda: wan.counters()["a_to_b"]["read"] == before["read"] + 200,
                   "all are read")
        dropped = wan.counters()["a_to_b"]["queue_full"] - before["queue_full"]
        check(100 <= dropped <= 135, f"of 200 packets of 1 kB, {dropped} found the queue full")
        wan.set("a_to_b", rate_mbit=0, queue_kib=0)
        echo.drain()


def faults(test, wan, echo):
    with test.case("loss: as many as were asked for, by five standard deviations"):
        wan.set("a_to_b", loss=0.1)
        before = wan.counters()["a_to_b"]
        for number in range(4000):
            echo.send(b"x")
            if number % 100 == 99:
                echo.answer()  # so that the queues of the sockets stay short
        wait_until(lambda: wan.counters()["a_to_b"]["read"] == before["read"] + 4000,
                   "all are read")
        lost = wan.counters()["a_to_b"]["lost"] - before["lost"]
        check(305 <= lost <= 495, f"{lost} of 4000 were lost")
        wan.heal()
        echo.drain()
    with test.case("an MTU hole swallows what is larger, without a word"):
        wan.mtu_hole(1400, "a_to_b")
        echo.send(b"L" * (1401 - IP_AND_UDP))
        echo.send(b"S" * (1400 - IP_AND_UDP))
        equal(echo.drain(), [b"S" * (1400 - IP_AND_UDP)], "what came back")
        wan.heal()
        echo.send(b"L" * (1401 - IP_AND_UDP))
        equal(len(echo.answer()), 1401 - IP_AND_UDP, "after it was healed")
    with test.case("a black hole is one-way"):
        before = wan.counters()
        wan.black_hole("b_to_a")
        echo.send(b"hello")
        wait_until(lambda: wan.counters()["b_to_a"]["black_hole"] ==
                   before["b_to_a"]["black_hole"] + 1, "the answer is swallowed")
        equal(wan.counters()["a_to_b"]["black_hole"], before["a_to_b"]["black_hole"], "forward")
        wan.heal("b_to_a")
        echo.send(b"again")
        equal(echo.answer(), b"again", "after it was healed")
    with test.case("duplicates and reordering"):
        wan.set("a_to_b", duplicate=1)
        echo.send(b"twice")
        equal(echo.drain(), [b"twice", b"twice"], "answers")
        wan.set("a_to_b", duplicate=0, delay_ms=1000)
        echo.send(b"first")
        wait_until(lambda: wan.counters()["a_to_b"]["waiting"] == 1, "it is on its way")
        wan.set("a_to_b", reorder=1)
        echo.send(b"second")
        equal(echo.drain(), [b"second", b"first"], "answers")


def main(test):
    need_wan(test)
    with Wan() as wan:
        echo = Echo(wan)
        delivery(test, wan, echo)
        faults(test, wan, echo)
        with test.case("what it does not know changes nothing"):
            for wrong in ({"delay": 1}, {"loss": 2}):
                try:
                    wan.set("both", **wrong)
                except CheckFailed as error:
                    check("no such condition" in str(error), f"it says {error}")
                else:
                    check(False, f"{wrong} was taken")
        echo.wan.set("both", delay_ms=0, reorder=0)
        echo.send(b"end")
        sides = (wan.a, wan.b)
    with test.case("nothing is left of it"):
        equal([os.path.exists(side.path) for side in sides], [False, False], "namespaces")


if __name__ == "__main__":
    run_test(main)
