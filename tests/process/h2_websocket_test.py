"""An origin that speaks HTTP/2 and HTTP/1.1 (Node.js): which one carries a WebSocket."""
# timeout: 60

import contextlib
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_for_port  # noqa: E402
from tunnel import Tunnel  # noqa: E402

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
SIZE = 300_000


class Origin:
    def __init__(self, test, certificate, offer):
        self.port = test.free_port()
        script = os.path.join(test.repository, "tests", "support", "node", "websocket_origin.js")
        self._process = test.start(f"node-{offer}", ["node", script, self.port,
                                                     certificate.certificate, certificate.key,
                                                     offer])
        wait_for_port(self.port, "127.0.0.1", self._process)

    def version_of(self, path):
        """In which version of HTTP it was asked for the path."""
        return self._process.wait_for_event("asked", path=path)["version"]


def upgrade(tunnel, service, path):
    """A socket on which bytes can be exchanged, or the head of the refusal."""
    client = socket.create_connection(("127.0.0.1", tunnel.binding_port), timeout=30)
    fields = {**service.headers, "Host": "service.test", "X-Forwarded-Proto": "https",
              "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": KEY}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    client.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(1)
        check(piece, f"a whole head: {head}")
        head += piece
    return client, head


def echoed(tunnel, service, path):
    """Sends bytes through a WebSocket at path, which must come back."""
    client, head = upgrade(tunnel, service, path)
    with contextlib.closing(client):
        check(head.startswith(b"HTTP/1.1 101 ") and ACCEPT in head, f"a right handshake: {head}")
        data = os.urandom(SIZE)
        received = b""
        for start in range(0, SIZE, 10_000):
            client.sendall(data[start:start + 10_000])
            while len(received) < start + 10_000:
                piece = client.recv(1 << 16)
                check(piece, "all comes back")
                received += piece
        equal(received == data, True, "equal")


def get(tunnel, service, path):
    answer = tunnel.request(service, path, headers={"X-Forwarded-Proto": "https"})
    equal(answer.body, b"hello", f"the answer to {path}")


def automatic(test, tunnel, service, offering, service_withholding, withholding):
    with test.case("auto: HTTP/1.1 when there is no HTTP/2 connection yet"):
        echoed(tunnel, service, "/first")
        equal(offering.version_of("/first"), "1.1", "version")
    with test.case("auto: an HTTP/2 connection that offers extended CONNECT is used"):
        get(tunnel, service, "/get")
        equal(offering.version_of("/get"), "2.0", "version of the other request")
        echoed(tunnel, service, "/second")
        equal(offering.version_of("/second"), "2.0", "version")
    with test.case("auto: a request that the origin wants in HTTP/1.1 (HTTP_1_1_REQUIRED)"):
        get(tunnel, service, "/http1-only")
    with test.case("auto: HTTP/1.1 beside an HTTP/2 connection that does not"):
        get(tunnel, service_withholding, "/get")
        echoed(tunnel, service_withholding, "/third")
        equal(withholding.version_of("/third"), "1.1", "version")


def required(test, tunnel, service, offering, service_withholding):
    with test.case("http2: extended CONNECT without an HTTP/2 connection before"):
        echoed(tunnel, service, "/fourth")
        equal(offering.version_of("/fourth"), "2.0", "version")
    with test.case("http2: an origin that does not offer it is a clear failure"):
        client, head = upgrade(tunnel, service_withholding, "/fifth")
        client.close()
        check(head.startswith(b"HTTP/1.1 502 ") and b"http_upgrade_failed" in head, f"502: {head}")


def main(test):
    test.need_binaries()
    test.need_tools("node")
    authority = test.certificate_authority()
    certificate = authority.issue("service.test")
    offering = Origin(test, certificate, "offer")
    withholding = Origin(test, certificate, "withhold")
    tunnel = Tunnel(test)
    service = tunnel.https_service("offering", offering.port)
    service_withholding = tunnel.https_service("withholding", withholding.port)
    ports = [offering.port, withholding.port]
    agent = tunnel.start_agent("--origin-ca", authority.certificate, permit=ports)
    automatic(test, tunnel, service, offering, service_withholding, withholding)
    agent.terminate()
    tunnel.start_agent("--origin-ca", authority.certificate, "--origin-protocol", "http2",
                       permit=ports, name="agent-http2")
    required(test, tunnel, service, offering, service_withholding)


if __name__ == "__main__":
    run_test(main)
