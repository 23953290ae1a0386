"""Requests at a steady rate until it is told to stop (SIGTERM). Every 0.2 s a line with the number of
answers so far; at last one line of JSON: how many, how many failed and why, and how long it took. Runs
in the network of the machine under test.

usage: steady_load.py PORT REQUESTS_PER_SECOND EXPECTED_BODY NAME=VALUE...  (header fields)
"""

import contextlib
import http.client
import json
import signal
import sys
import threading
import time

CLIENTS = 8


class SteadyLoad:
    def __init__(self, port, rate, body, headers):
        self._port, self._body, self._headers = port, body, headers
        self._interval_s = CLIENTS / rate
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.good, self.failed = 0, []
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self._run, args=(number,))
                        for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self._stopping.set()

    def _run(self, number):
        """One client with a connection that it keeps; late requests are caught up."""
        due = self.began + number * self._interval_s / CLIENTS
        connection = None
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            due += self._interval_s
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self._port,
                                                                      timeout=30)
                connection.request("GET", "/", headers=self._headers)
                response = connection.getresponse()
                body = response.read().decode()
                self._count(None if response.status == 200 and self._body in body
                            else f"{response.status} {response.getheader('proxy-status')}")
            except (OSError, http.client.HTTPException) as error:
                self._count(repr(error))
                with contextlib.suppress(OSError):
                    connection.close()
                connection = None

    def _count(self, fault):
        with self._lock:
            if fault is None:
                self.good += 1
            else:
                self.failed.append(fault)


def main():
    port, rate, body = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    headers = dict(word.split("=", 1) for word in sys.argv[4:])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    load = SteadyLoad(port, rate, body, headers)
    while not stop.wait(0.2):
        print(load.good + len(load.failed), flush=True)
    load.stop()
    for thread in load.threads:
        thread.join()
    seconds = time.monotonic() - load.began
    total = load.good + len(load.failed)
    print(json.dumps({"requests": total, "failed": len(load.failed), "seconds": round(seconds, 1),
                      "rate": round(total / seconds), "faults": sorted(set(load.failed))[:5]}))


if __name__ == "__main__":
    main()
