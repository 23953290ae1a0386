"""HTTP/2 origins: nginx by ALPN and by prior knowledge, nghttpd; GOAWAY under load loses nothing."""
# timeout: 180

import hashlib
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_for_port, wait_until  # noqa: E402
from scripted_server import Pattern, ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

UPLOAD_BYTES = 8 << 20
LOAD_REQUESTS = 6000


def protocols(nginx, path):
    """The protocols in which nginx was asked for the path."""
    return [line.split()[2] for line in nginx.requests() if line.split()[1] == path]


def https(tunnel, service, path):
    return tunnel.request(service, path, headers={"X-Forwarded-Proto": "https"})


def by_alpn(test, tunnel, authority, certificate):
    both, old = test.free_port(), test.free_port()
    site = {"/": 'return 200 "hello";'}
    nginx = test.nginx([Site(both, site, tls=certificate, http2=True),
                        Site(old, site, tls=certificate)])
    service = tunnel.https_service("both", both, mode="verify_ca")
    service_old = tunnel.https_service("old", old, mode="verify_ca")
    agent = tunnel.start_agent("--origin-ca", authority.certificate, permit=[both, old])
    with test.case("over TLS, an origin that offers h2 is spoken to in HTTP/2, on one connection"):
        threads = [threading.Thread(target=https, args=(tunnel, service, "/alpn"))
                   for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        wait_until(lambda: protocols(nginx, "/alpn") == ["HTTP/2.0"] * 20,
                   "20 requests in HTTP/2")
        reused = [event["reused"] for event in agent.events("request", path="/alpn")]
        equal(reused.count(False), 1, "requests that dialled")
    with test.case("over TLS, an origin that offers HTTP/1.1 only is spoken to in that"):
        for _ in range(2):
            equal(https(tunnel, service_old, "/old").body, b"hello", "the answer")
        wait_until(lambda: protocols(nginx, "/old") == ["HTTP/1.1"] * 2, "2 in HTTP/1.1")
    with test.case("an origin that gives up HTTP/2 is noticed"):
        nginx.reconfigure([Site(both, site, tls=certificate), Site(old, site, tls=certificate)])
        wait_until(lambda: https(tunnel, service, "/later").status == 200 and
                   "HTTP/1.1" in protocols(nginx, "/later"), "HTTP/1.1 from now on")
    agent.terminate()


def h2load(tunnel, service, path, *options):
    """The counters of h2load's report, through HTTP/2 at the binding listener."""
    command = ["h2load", "-t1", *options, f"http://127.0.0.1:{tunnel.binding_port}{path}"]
    for name, value in service.headers.items():
        command += ["-H", f"{name}: {value}"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         check=False, timeout=120)
    counts = re.search(r"requests: \d+ total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed",
                       run.stdout)
    statuses = re.search(r"status codes: (\d+) 2xx", run.stdout)
    rate = re.search(r"finished in .*", run.stdout)
    check(counts and statuses, f"h2load reports:\n{run.stdout}")
    print(f"h2load {' '.join(options)}: {rate.group(0)}", flush=True)
    return int(counts.group(1)), int(statuses.group(1))


def under_load(test, tunnel, service, nginx, sites):
    with test.case("h2load, while the origin says GOAWAY after every 100 requests"):
        equal(h2load(tunnel, service, "/load", "-c4", "-m25", f"-n{LOAD_REQUESTS}"),
              (LOAD_REQUESTS, LOAD_REQUESTS), "succeeded, 2xx")
    with test.case("h2load, while the origin is reloaded again and again"):
        done = threading.Event()

        def reload():
            while not done.wait(0.2):
                nginx.reconfigure(sites)

        reloading = threading.Thread(target=reload)
        reloading.start()
        try:
            result = h2load(tunnel, service, "/reload", "-c4", "-m25", f"-n{LOAD_REQUESTS}")
        finally:
            done.set()
            reloading.join(30)
        equal(result, (LOAD_REQUESTS, LOAD_REQUESTS), "succeeded, 2xx")


def start_nghttpd(test, port):
    nghttpd = test.start("nghttpd", ["nghttpd", "--no-tls", "--echo-upload", "-a", "127.0.0.1",
                                     "--htdocs", test.path("htdocs", ""), str(port)])
    wait_for_port(port, "127.0.0.1", nghttpd)
    return nghttpd


def restart(test, tunnel, service, echo_port, nghttpd):
    with test.case("an upload comes back while it is sent, equal"):
        pattern = Pattern(UPLOAD_BYTES)
        answer = tunnel.request(service, "/echo", method="POST", body=pattern,
                                headers={"Content-Length": str(UPLOAD_BYTES)})
        equal((answer.status, answer.complete), (200, True), "status and end")
        equal(hashlib.sha256(answer.body).hexdigest(), pattern.digest.hexdigest(), "SHA-256")
    with test.case("HEAD has no content"):
        test.write("htdocs/file", "twelve bytes")
        answer = tunnel.request(service, "/file", method="HEAD")
        equal((answer.status, answer.body), (200, b""), "status and body")
        equal(answer.fields["content-length"], "12", "content-length")
    with test.case("an origin that was restarted is dialled again"):
        nghttpd.kill()
        start_nghttpd(test, echo_port)
        equal(tunnel.request(service, "/file").body, b"twelve bytes", "the answer")


def speak_http1(peer):
    peer.read_head()
    peer.answer(status="400 Bad Request")
    peer.read_until_end()


def main(test):
    test.need_binaries()
    test.need_tools("nginx", "nghttpd", "h2load")
    authority = test.certificate_authority()
    tunnel = Tunnel(test)
    by_alpn(test, tunnel, authority, authority.issue("localhost", "127.0.0.1"))

    plain, echo, old = test.free_port(), test.free_port(), test.free_port()
    sites = [Site(plain, {"/": 'return 200 "hello";'}, http2=True,
                  directives="keepalive_requests 100;")]
    nginx = test.nginx(sites, "nginx-plain")
    nghttpd = start_nghttpd(test, echo)
    ScriptedServer(test, speak_http1, port=old)
    service = tunnel.address_service("plain", plain)
    agent = tunnel.start_agent("--origin-protocol", "http2", permit=[plain, echo, old],
                               name="agent-http2")
    with test.case("without TLS, HTTP/2 is spoken with prior knowledge where that is asked for"):
        equal(tunnel.request(service, "/prior").body, b"hello", "the answer")
        wait_until(lambda: protocols(nginx, "/prior") == ["HTTP/2.0"], "one in HTTP/2")
    under_load(test, tunnel, service, nginx, sites)
    restart(test, tunnel, tunnel.address_service("echo", echo), echo, nghttpd)
    with test.case("an origin that does not speak it is named"):
        answer = tunnel.request(tunnel.address_service("old-plain", old), "/no-http2")
        equal((answer.status, answer.error), (502, "http_protocol_error"), "the answer")
        _, at_agent = tunnel.logged(agent, "/no-http2")
        check("--origin-protocol" in at_agent["detail"], f"the way out: {at_agent['detail']}")


if __name__ == "__main__":
    run_test(main)
