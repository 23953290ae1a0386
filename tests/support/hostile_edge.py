"""An edge played by the test, for a real agent: it takes the agent's connections by profile `ptth`
(whoever the agent says it is) and is the HTTP/2 client on them, frame by frame."""

import base64
import json
import os
import queue
import re
import threading
import uuid

from h2_peer import H2Peer, request_fields
from scripted_server import ScriptedServer

SWITCHING = ("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ptth\r\n"
             'ALPN: h2\r\nTunnel-Session: v=1, cid="c", edge="hostile", ping=300, life=86400\r\n\r\n')


class HostileEdge:
    """`connection(slot)` is the agent's newest connection of this slot, as an H2Peer that has not
    spoken yet."""

    def __init__(self, test):
        self.test = test
        self.tunnel_id = str(uuid.uuid4())
        authority = test.certificate_authority("hostile-edge-ca")
        self._authority = authority.certificate
        self._waiting = {}
        self._lock = threading.Lock()
        self._server = ScriptedServer(test, self._serve, tls=authority.issue("localhost"),
                                      alpn=["http/1.1"])
        self._token_file = self._write_token()

    def _write_token(self):
        token = {"t": self.tunnel_id, "s": base64.b64encode(os.urandom(32)).decode(),
                 "e": [f"localhost:{self._server.port}"]}
        text = base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")
        path = self.test.write("hostile-edge.token", text + "\n")
        os.chmod(path, 0o600)
        return path

    def start_agent(self, *options, permit=(), connections=2, name="agent"):
        permits = [part for port in permit for part in ("--permit", f"127.0.0.1:{port}")]
        return self.test.start(name, [
            self.test.agent_binary, "run", "--tunnel-id", self.tunnel_id, "--token-file",
            self._token_file, "--edge-ca", self._authority, "--log-format", "json",
            "--connections", str(connections), *permits, *options])

    def connection(self, slot, deadline_s=30):
        """Waits for the agent's next connection of this slot. Those of agents that are dead by now
        are passed over."""
        while True:
            peer = self._queue(slot).get(timeout=deadline_s)
            peer.pump(0)
            if not peer.ended:
                return peer
            peer.released.set()

    def descriptor(self, port, kind="http"):
        scheme = "http" if kind == "http" else "tcp"
        return (f'id="{uuid.UUID(int=port)}", type={kind}, scheme={scheme}, ipv4="127.0.0.1", '
                f'port={port}, net="{self.tunnel_id}"')

    def request_fields(self, port, path="/", more=(), method="GET"):
        """Of a request to the service at 127.0.0.1:port."""
        return request_fields(path, [("tunnel-service", self.descriptor(port)), *more], method)

    def _queue(self, slot):
        with self._lock:
            return self._waiting.setdefault(slot, queue.Queue())

    def _serve(self, connection):
        head = "\r\n".join(connection.read_head())
        connection.send(SWITCHING)
        slot = int(re.search(r"\bconn=(\d+)", head).group(1))
        peer = H2Peer(connection.socket, keep_bodies=False)
        peer.speaking = False
        peer.released = threading.Event()
        self._queue(slot).put(peer)
        peer.released.wait()
