"""A web server on every address of the machine at once, which remembers at which of them it was
called: the proof that an address was dialled, or was not."""

import contextlib
import socket
import threading

from ports import wait_for_port
from scripted_server import Connection


class AddressRecorder:
    """Every request is answered with the address that was dialled."""

    def __init__(self, test, port):
        self.port = port
        self._dialled = []
        self._lock = threading.Lock()
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            listener.listen(512)
            test.on_exit(listener.close)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        wait_for_port(port)
        self.forget()

    def dialled(self):
        """The addresses of all connections so far, in their order."""
        with self._lock:
            return list(self._dialled)

    def forget(self):
        with self._lock:
            self._dialled.clear()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            address = connection.getsockname()[0].partition("%")[0]
            with self._lock:
                self._dialled.append(address)
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    @staticmethod
    def _serve(raw, address):
        with raw, contextlib.suppress(OSError, EOFError):
            connection = Connection(raw)
            while True:
                connection.read_head()
                connection.answer(address)


class DatagramRecorder:
    """Counts the datagrams that arrive at a port, whatever the address."""

    def __init__(self, test, port):
        self.count = 0
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            receiver = socket.socket(family, socket.SOCK_DGRAM)
            if family == socket.AF_INET6:
                receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            receiver.bind((address, port))
            test.on_exit(receiver.close)
            threading.Thread(target=self._receive, args=(receiver,), daemon=True).start()

    def _receive(self, receiver):
        with contextlib.suppress(OSError):
            while True:
                receiver.recv(4096)
                self.count += 1
