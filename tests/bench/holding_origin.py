"""An HTTP/1.1 origin that keeps requests waiting until it is told to answer them."""

import selectors
import socket
import threading

from assertions import wait_until

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class HoldingOrigin:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections = {}  # socket -> whether a request waits on it
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def waiting(self):
        with self._lock:
            return sum(self._connections.values())

    def wait_for(self, count):
        wait_until(lambda: self.waiting >= count, f"{count} requests are at the origin", 60)

    def answer_all(self):
        with self._lock:
            for connection, waits in self._connections.items():
                if waits:
                    connection.sendall(ANSWER)
                    self._connections[connection] = False

    def _run(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    self._selector.register(connection, selectors.EVENT_READ)
                    continue
                self._read(key.fileobj)

    def _read(self, connection):
        try:
            request = connection.recv(65536)
        except ConnectionError:
            request = b""
        with self._lock:
            if request:
                # The requests of a benchmark are small: a head comes in one piece.
                self._connections[connection] = True
                return
            self._connections.pop(connection, None)
        self._selector.unregister(connection)
        connection.close()
