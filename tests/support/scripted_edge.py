"""The edge's end of the tunnel, played by the test: it takes agents by profile ptth without looking
at their signatures, and is then the HTTP/2 client of each connection."""

import contextlib
import queue
import threading

from h2_client import ConnectionEnded, H2Client
from scripted_server import ScriptedServer

SWITCH = ("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ptth\r\nALPN: h2\r\n"
          "Tunnel-Session: v=1, cid=\"test\", edge=\"scripted\", ping=300, life=86400\r\n\r\n")
DEADLINE_S = 30


class ScriptedEdge:
    """Point an agent at `localhost:{port}` with --edge-ca {authority}."""

    def __init__(self, test):
        authority = test.certificate_authority("scripted-edge-ca")
        self.authority = authority.certificate
        self._idle = queue.LifoQueue()
        self._server = ScriptedServer(test, self._serve, tls=authority.issue("localhost"),
                                      alpn=["http/1.1"])
        self.port = self._server.port

    @contextlib.contextmanager
    def connection(self):
        """The H2Client of one agent connection, for this caller alone; it waits for one."""
        while True:
            client, done = self._idle.get(timeout=DEADLINE_S)
            if client.is_usable():
                break
            done.set()
        try:
            yield client
        except BaseException:
            done.set()  # in a state that nobody knows
            raise
        if client.goaway is None:
            self._idle.put((client, done))
        else:
            done.set()

    def _serve(self, connection):
        connection.socket.settimeout(DEADLINE_S)
        connection.read_head()
        connection.send(SWITCH)
        with contextlib.suppress(ConnectionEnded):
            done = threading.Event()
            self._idle.put((H2Client(connection.socket), done))
            done.wait()
