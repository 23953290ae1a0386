"""An origin that counts: how many connections are open, how many requests came, and the most of
either at one time. One thread serves them all, so ten thousand requests are no burden."""

import contextlib
import selectors
import socket
import threading

from ports import free_port

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class CountingOrigin:
    """Answers /held... never, and every other request at once with "hello". Request bodies are not
    expected."""

    def __init__(self, test, port=None):
        self.port = port or free_port()
        self.open = 0
        self.resets = 0  # connections that ended with RST
        self.most_open = 0
        self.requests = 0
        self._taken = 0
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=4096)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._stopped = False
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        test.on_exit(self.stop)

    def stop(self):
        self._stopped = True

    def restart_counts(self):
        self.most_open, self.requests, self._taken, self.resets = self.open, 0, 0, 0

    def begun(self, number):
        """Whether so many requests have come since the last time that this was so."""
        if self.requests - self._taken < number:
            return False
        self._taken += number
        return True

    def _run(self):
        while not self._stopped:
            for key, _ in self._selector.select(0.2):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.fileobj, key.data)

    def _accept(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                self._selector.register(connection, selectors.EVENT_READ, bytearray())
                self.open += 1
                self.most_open = max(self.most_open, self.open)

    def _read(self, connection, received):
        try:
            piece = connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            self.resets += 1
            piece = b""
        if not piece:
            self._selector.unregister(connection)
            connection.close()
            self.open -= 1
            return
        received += piece
        while (end := received.find(b"\r\n\r\n")) >= 0:
            path = received.split(b" ", 2)[1]
            del received[:end + 4]
            self.requests += 1
            if not path.startswith(b"/held"):
                with contextlib.suppress(OSError):
                    connection.send(ANSWER)
