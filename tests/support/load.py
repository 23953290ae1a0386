"""Many requests at a time, for as long as something else happens."""

import contextlib
import http.client
import threading

from assertions import wait_until
from tunnel import read_response

__all__ = ["Load"]


class Load:
    """Requests over the edges that are marked ready, as a load balancer sends them; each client
    keeps its connection as long as the edge does."""

    def __init__(self, service, ports, post=False):
        """`post`: every third request is a POST with a path of its own."""
        self._service = service
        self._post = post
        self.ready = {port: True for port in ports}
        self.good, self.bad = 0, []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True)
                         for number in range(6)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        count = number
        while not self._stopping.is_set():
            ports = [port for port, ready in self.ready.items() if ready]
            count += 1
            try:
                self._request(ports[count % len(ports)], f"/{number}-{count}",
                              self._post and count % 3 == 0)
                self.good += 1
            except (OSError, AssertionError, http.client.HTTPException) as error:
                self.bad.append(repr(error))

    def _request(self, port, path, post):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(client):
            client.request("POST" if post else "GET", path, body=b"x" * 1000 if post else None,
                           headers={**self._service.headers, "Host": "a.test"})
            response = read_response(client.getresponse())
            assert (response.status, response.body) == (200, b"hello"), response

    def wait_for_more(self, count=200):
        until = self.good + len(self.bad) + count
        wait_until(lambda: self.good + len(self.bad) >= until, "more requests", deadline_s=60)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
