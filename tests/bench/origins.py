"""The origins of a benchmark, started when first asked for: the minimal one of this repository, and
nginx in plaintext, with TLS, and with TLS and HTTP/2."""

import os
from dataclasses import dataclass

from load import on_core
from origin import Site
from ports import free_port, wait_for_port

SMALL_FILE = "bytes/1024"


@dataclass(frozen=True)
class Origin:
    port: int
    tls: bool = False
    http2: bool = False
    pid: int = 0  # of the minimal one


class Origins:
    def __init__(self, test, build, core, certificate):
        self._test = test
        self._build = build
        self._core = core
        self._certificate = certificate
        self._started = {}

    def get(self, kind):
        """`kind`: "h1"; of nginx "plain", "tls" (both HTTP/1.1) or "h2" (TLS)."""
        if kind not in self._started:
            start = self._start_minimal if kind == "h1" else self._start_nginx
            self._started[kind] = start(kind)
        return self._started[kind]

    def _start_minimal(self, kind):
        del kind
        port = free_port()
        program = os.path.join(self._build, "tests", "bench", "origin")
        process = self._test.start("origin", on_core(self._core, [
            program, "--listen", f"127.0.0.1:{port}"]))
        wait_for_port(port, process=process)
        return Origin(port, pid=process.pid)

    def _start_nginx(self, kind):
        port = free_port()
        nginx = self._test.nginx([Site(
            port, tls=None if kind == "plain" else self._certificate, http2=kind == "h2",
            directives="keepalive_requests 100000000; access_log off; "
                       "http2_max_concurrent_streams 1000;")], name=f"nginx-{kind}")
        os.makedirs(os.path.join(nginx.www, "bytes"))
        for name, size in ((SMALL_FILE, 1024), ("bytes/1", 1)):
            with open(os.path.join(nginx.www, name), "wb") as file:
                file.write(b"x" * size)
        pid = nginx.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for each in [pid, *map(int, file.read().split())]:
                os.sched_setaffinity(each, {self._core})
        return Origin(port, tls=kind != "plain", http2=kind == "h2")
