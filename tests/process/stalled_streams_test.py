"""A download that nobody takes and an upload that the origin does not read, among fifty that are
normal, all through one tunnel connection: the others complete while those two still stand
(reliability.md, fault 10). tests/bench/stalled_stream measures how long the others take."""
# timeout: 120

import contextlib
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from h2_peer import connect, data, headers, request_fields  # noqa: E402
from process_test import Site, equal, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

NORMAL = 50
BODY_BYTES = 300_000  # more than any window or buffer of one stream


def count_bodies(connection):
    while True:
        head = connection.read_head()
        connection.answer(str(connection.read_body(head)))


class Setting:
    def __init__(self, test):
        port = test.free_port()
        nginx = test.nginx([Site(port)])
        for name, size in (("big", 1 << 30), ("normal", BODY_BYTES), ("small", 1000)):
            with open(os.path.join(nginx.www, name), "wb") as file:
                file.truncate(size)
        counting = ScriptedServer(test, count_bodies)
        # It takes the head of a request and nothing more, until the end of the test.
        self.stuck = threading.Event()
        stuck = ScriptedServer(test, lambda connection: (connection.read_head(), self.stuck.wait()))
        test.on_exit(self.stuck.set)
        self.tunnel = Tunnel(test)
        self.agent = self.tunnel.start_agent(permit=[port, counting.port, stuck.port],
                                              connections=1)
        self.files = self.tunnel.address_service("files", port)
        self.counting = self.tunnel.address_service("counting", counting.port)
        self.stuck_service = self.tunnel.address_service("stuck", stuck.port)

    def fields(self, service, path, method="GET"):
        return request_fields(path, [(name.lower(), value) for name, value
                                     in service.headers.items()], method)


def h1_request(setting, service, line, stack):
    fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
    client = stack.enter_context(socket.create_connection(
        ("127.0.0.1", setting.tunnel.binding_port), timeout=30))
    client.sendall(f"{line}\r\nHost: a.test\r\n{fields}\r\n".encode())
    return client


def send_until_stuck(client):
    """Returns how many bytes went before the connection took no more."""
    client.setblocking(False)
    sent, quiet = [0], [0]

    def stuck():
        try:
            sent[0] += client.send(b"u" * 65536)
            quiet[0] = 0
        except BlockingIOError:
            quiet[0] += 1
        return quiet[0] > 50  # half a second without progress: that is the stimulus, not a wait

    wait_until(stuck, "the upload stands", 30)
    return sent[0]


def over_h1(test, setting):
    """Each request on a connection of its own: they share the tunnel."""
    with contextlib.ExitStack() as stack:
        download = h1_request(setting, setting.files, "GET /big HTTP/1.1", stack)
        upload = h1_request(setting, setting.stuck_service,
                            f"POST /never HTTP/1.1\r\nContent-Length: {1 << 30}", stack)
        send_until_stuck(upload)
        answers = []

        def one(number):
            if number % 2:
                answers.append(len(setting.tunnel.request(setting.files, "/normal").body))
            else:
                answers.append(int(setting.tunnel.request(
                    setting.counting, "/", "POST", b"n" * BODY_BYTES).body))

        threads = [threading.Thread(target=one, args=(number,), daemon=True)
                   for number in range(NORMAL)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with test.case("HTTP/1.1: all others complete beside a stalled download and upload"):
            equal(answers, [BODY_BYTES] * NORMAL, "bytes of their bodies")
        with test.case("HTTP/1.1: those two still stand, and are not given up"):
            equal(setting.tunnel.edge.events("request", path=lambda path: path in
                                             ("/big", "/never")), [], "their lines")
            equal(download.recv(9), b"HTTP/1.1 ", "the download can go on")


def over_h2(test, setting):
    """All as streams of one connection of one client."""
    peer = connect(setting.tunnel.binding_port)
    peer.greet()
    peer.crediting = False
    download, upload = peer.next_stream(), peer.next_stream()
    peer.send(headers(download, setting.fields(setting.files, "/big"), end_stream=True))
    peer.wait(lambda: peer.answer(download).bytes == 65535, "the download's window is used up")
    peer.send(headers(upload, setting.fields(setting.stuck_service, "/never/2", "POST")))
    for _ in range(7):  # within the window of 64 KiB that the edge grants at first
        peer.send(data(upload, b"u" * 8192))
    peer.flush()
    peer.crediting = True
    taken = [peer.next_stream() for _ in range(NORMAL)]
    for stream in taken:
        peer.send(headers(stream, setting.fields(setting.files, "/normal"), end_stream=True))
    with test.case("HTTP/2: all others complete beside a stalled download and upload"):
        peer.wait(lambda: all(peer.answer(stream).over for stream in taken), "the others")
        equal([peer.answer(stream).bytes for stream in taken], [BODY_BYTES] * NORMAL, "bytes")
    with test.case("HTTP/2: those two still stand, and are not given up"):
        equal((peer.answer(download).over, peer.answer(download).bytes), (False, 65535), "download")
        equal(peer.answer(upload).over, False, "the upload's end")
        equal(setting.tunnel.edge.events("request", path="/never/2"), [], "its line")
    peer.close()


def main(test):
    test.need_binaries()
    setting = Setting(test)
    over_h1(test, setting)
    over_h2(test, setting)
    with test.case("the tunnel is the same as before"):
        equal(len(setting.agent.events("connection_up")), 1, "connections")
        equal(setting.tunnel.request(setting.files, "/normal").complete, True, "a request")


if __name__ == "__main__":
    run_test(main)
