"""An agent played by the test, for a real edge: it authenticates as a tunnel's agent does (RFC 9729
with Ed25519, protocol.md section 2.1) and is the HTTP/2 server on the connection, frame by frame."""

import base64
import socket
import struct
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from h2_peer import H2Peer
from OpenSSL import SSL

LABEL = b"EXPORTER-HTTP-Concealed-Authentication"
SIGNED_PREFIX = b" " * 64 + b"HTTP Concealed Authentication\0"
SCHEME_ED25519 = 0x0807


def secure(port):
    """TLS 1.3 with ALPN http/1.1 to the edge at 127.0.0.1:port, its certificate unchecked."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_alpn_protos([b"http/1.1"])
    raw = socket.create_connection(("127.0.0.1", port), timeout=30)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.setblocking(True)  # pyOpenSSL knows no timeouts
    connection = SSL.Connection(context, raw)
    connection.set_tlsext_host_name(b"localhost")
    connection.set_connect_state()
    connection.do_handshake()
    return connection


def setup_request(connection, identity, host, port, slot=0):
    """The request that makes the connection an agent's. `identity`: a tunnel.Identity."""
    tunnel_id = uuid.UUID(identity.id).bytes
    seed = HKDF(hashes.SHA256(), 32, tunnel_id, b"tunnel-agent ed25519 v1").derive(
        base64.b64decode(identity.contents["s"]))
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes(serialization.Encoding.Raw,
                                           serialization.PublicFormat.Raw)
    context = (struct.pack(">H", SCHEME_ED25519) + _varint_text(tunnel_id) + _varint_text(public)
               + _varint_text(b"https") + _varint_text(host.encode()) + struct.pack(">H", port)
               + _varint_text(b""))
    exported = connection.export_keying_material(LABEL, 48, context)
    proof = key.sign(SIGNED_PREFIX + exported[:32])
    return (f"GET /ptth/tunnels/{identity.id} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Connection: upgrade\r\nUpgrade: ptth\r\nALPN: h2\r\n"
            f"Authorization: Concealed k={_text(tunnel_id)}, a={_text(public)}, "
            f"s={SCHEME_ED25519}, v={_text(exported[32:])}, p={_text(proof)}\r\n"
            f'Tunnel-Session: v=1, inst="{uuid.uuid4()}", conn={slot}, of=1, ver="0", '
            "feat=(http tcp ws)\r\n\r\n").encode()


def answer_head(connection):
    """The edge's answer to it, up to the empty line, and what came behind that."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1)
    return received.decode("latin-1")


def connect_agent(tunnel, identity):
    """A connection that the edge took as an agent's, as an H2Peer that has not spoken yet."""
    connection = secure(tunnel.agent_port)
    connection.sendall(setup_request(connection, identity, "localhost", tunnel.public_port))
    head = answer_head(connection)
    if not head.startswith("HTTP/1.1 101 "):
        raise OSError(f"the edge answered {head.splitlines()[0]}")
    return H2Peer(connection)


def _varint_text(text):
    assert len(text) < 64 * 256
    size = len(text)
    return (bytes([size]) if size < 64 else struct.pack(">H", 0x4000 | size)) + text


def _text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
