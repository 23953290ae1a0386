"""Thousands of downloads cancelled in the middle, on one client connection and one tunnel connection:
no window credit is lost, so both still carry a large file afterwards (reliability.md, fault 11).
And churn: after requests that were reset and connections that came and went, descriptors and memory
are what they were (fault 25).

Full size: OUTHAUL_TEST_CANCELLED=10000 OUTHAUL_TEST_BULK_BYTES=1073741824
OUTHAUL_TEST_RECONNECTS=1000"""
# timeout: 300

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from h2_peer import connect, headers, request_fields, reset  # noqa: E402
from hostile_agent import connect_agent  # noqa: E402
from process_test import (Site, check, equal, open_files, rss_bytes, run_test,  # noqa: E402
                          wait_until)
from tunnel import Tunnel, is_sanitized  # noqa: E402

CANCELLED = int(os.environ.get("OUTHAUL_TEST_CANCELLED", "1200"))
BULK_BYTES = int(os.environ.get("OUTHAUL_TEST_BULK_BYTES", str(64 << 20)))
RECONNECTS = int(os.environ.get("OUTHAUL_TEST_RECONNECTS", "120"))
AT_A_TIME = 100
ROUNDS = 3
PASSES = 3
WINDOW_BYTES = 16 << 10  # of the client, so that the test does not spend its time with zeros
MEBIBYTE = 1 << 20


class Setting:
    def __init__(self, test):
        port = test.free_port()
        nginx = test.nginx([Site(port)])
        for name, size in (("bulk", BULK_BYTES), ("page", 1000)):
            with open(os.path.join(nginx.www, name), "wb") as file:
                file.truncate(size)
        # The limit of resets is the edge's protection against exactly this.
        self.tunnel = Tunnel(test, ["--client-resets", "1000000"])
        self.agent = self.tunnel.start_agent("--log-level", "debug", permit=[port], connections=1)
        self.agent.wait_for_event("start_memory_released")
        self.service = self.tunnel.address_service("files", port)
        self.programs = {"agent": self.agent, "edge": self.tunnel.edge}

    def fields(self, path):
        return request_fields(path, [(name.lower(), value) for name, value
                                     in self.service.headers.items()])

    def files(self):
        return {name: open_files(process.pid) for name, process in self.programs.items()}

    def memory(self):
        return {name: rss_bytes(process.pid) for name, process in self.programs.items()}


def cancel(setting, peer, count):
    """Requests whose answers have begun and not ended when they are reset."""
    peer.crediting = False
    fields = setting.fields("/bulk")
    for _ in range(count // AT_A_TIME):
        streams = [peer.next_stream() for _ in range(AT_A_TIME)]
        peer.send(b"".join(headers(stream, fields, end_stream=True) for stream in streams))
        peer.wait(lambda: all(peer.answer(stream).bytes for stream in streams), "bodies begin")
        check(not any(peer.answer(stream).over for stream in streams), "none has ended")
        peer.send(b"".join(reset(stream) for stream in streams))
        for stream in streams:
            peer.answers.pop(stream)
        # What is still on its way for these streams is dropped by number.
        peer.flush()
    peer.answers.clear()
    peer.crediting = True


def credit(test, setting):
    peer = connect(setting.tunnel.binding_port)
    peer.greet([(4, WINDOW_BYTES)])
    cancel(setting, peer, CANCELLED)
    with test.case(f"after {CANCELLED} cancelled downloads the same connections carry a file"):
        stream = peer.next_stream()
        peer.send(headers(stream, setting.fields("/bulk"), end_stream=True))
        peer.wait(lambda: peer.answer(stream).over, "the whole file", 120)
        equal((peer.answer(stream).bytes, peer.answer(stream).ended), (BULK_BYTES, True), "file")
        equal(peer.go_away, -1, "GOAWAY")
        equal(len(setting.agent.events("connection_up")), 1, "tunnel connections")
    peer.close()


def churn(setting):
    """All that comes and goes, in rounds; the largest memory at the end of one."""
    largest = {}
    for _ in range(ROUNDS):
        churn_once(setting)
        for name, memory in setting.memory().items():
            largest[name] = max(memory, largest.get(name, 0))
    return largest


def churn_once(setting):
    tunnel = setting.tunnel
    peer = connect(tunnel.binding_port)
    peer.greet([(4, WINDOW_BYTES)])
    cancel(setting, peer, CANCELLED // ROUNDS)
    peer.close()
    for _ in range(RECONNECTS // ROUNDS):
        client = connect(tunnel.binding_port)
        client.greet()
        equal(client.request(setting.fields("/page")).bytes, 1000, "a page")
        client.close()
    for _ in range(RECONNECTS // ROUNDS):
        agent = connect_agent(tunnel, setting.other)
        agent.greet(client=False)
        agent.close()


def back_to_base(test, setting):
    setting.other = setting.tunnel.create_tunnel("comes-and-goes")
    memory = churn(setting)  # fills pools and free lists
    wait_until(lambda: setting.files()["edge"] <= 20 and setting.files()["agent"] <= 20 + AT_A_TIME,
               "connections are closed")
    files = setting.files()
    churn(setting)
    with test.case("churn: descriptors are back to base"):
        wait_until(lambda: all(now <= files[name] for name, now in setting.files().items()),
                   f"descriptors are back to {files}", 20)
    after = setting.memory()
    # How much there is at one time depends on what else the machine does, and memory with it. A leak
    # grows each time; what had a larger peak than before comes to rest.
    for _ in range(PASSES):
        if all(after[name] <= 1.05 * memory[name] for name in after):
            break
        memory = {name: max(memory[name], after[name]) for name in after}
        churn(setting)
        after = setting.memory()
    for name in after:
        print(f"memory MiB {name}: {memory[name] / MEBIBYTE:.2f} -> {after[name] / MEBIBYTE:.2f} by "
              f"{CANCELLED} cancelled requests and {RECONNECTS} connections of clients and agents",
              flush=True)
        with test.case(f"churn: memory of the {name} is within 5 %"):
            if not is_sanitized(test.edge_binary):
                check(after[name] <= 1.05 * memory[name], f"{memory[name]} -> {after[name]} bytes")


def main(test):
    test.need_binaries()
    setting = Setting(test)
    credit(test, setting)
    back_to_base(test, setting)


if __name__ == "__main__":
    run_test(main)
