"""What a binding reaches: its own service, whatever the URL says, and no other."""
# timeout: 60

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Service, Tunnel, raw_exchange  # noqa: E402

# nginx answers with what reached it, so that the test sees where and how a request arrived.
ECHO = 'return 200 "{name} $host $http_x_vpc_service_id$http_x_vpc_binding_token$http_tunnel_service";'


def main(test):
    test.need_binaries()
    ports = {name: test.free_port() for name in ("first", "second")}
    nginx = test.nginx([Site(port, {"/": ECHO.format(name=name)}) for name, port in ports.items()])
    tunnel = Tunnel(test)
    first, second = (tunnel.address_service(name, port) for name, port in ports.items())
    tunnel.start_agent(permit=ports.values())

    with test.case("each binding reaches its own service"):
        equal(tunnel.request(first).body, b"first service.test ", "the first")
        equal(tunnel.request(second).body, b"second service.test ", "the second")
    with test.case("the binding of one service with the id of the other is refused"):
        for mixed in (Service(first.id, "", second.token), Service(second.id, "", first.token)):
            response = tunnel.request(mixed, "/mixed")
            equal((response.status, response.error), (403, "http_request_denied"), "the answer")
        check(not any("/mixed" in line for line in nginx.requests()), "an origin saw the request")
    with test.case("a URL with another host lands on the bound service, which sees that host"):
        for host in ("second", f"127.0.0.1:{ports['second']}", "169.254.169.254", "example.com:99"):
            response = tunnel.request(first, headers={"Host": host})
            equal(response.body.decode(), f"first {host.split(':')[0]} ", f"host {host}")
    with test.case("so does an absolute URL"):
        fields = "".join(f"{name}: {value}\r\n" for name, value in first.headers.items())
        answer = raw_exchange(tunnel.binding_port,
                              f"GET http://second:{ports['second']}/ HTTP/1.1\r\nHost: second:"
                              f"{ports['second']}\r\n{fields}Connection: close\r\n\r\n".encode())
        check(answer.endswith(b"first second "), f"not the first service: {answer[-200:]}")
    with test.case("a client cannot write the descriptor"):
        forged = {"Tunnel-Service": f'id="{second.id}", type=http, scheme=http, ipv4="127.0.0.1", '
                                    f'port={ports["second"]}, net="{tunnel.identity.id}"'}
        for more in ({}, {"Connection": "Tunnel-Service"}):
            equal(tunnel.request(first, headers={**forged, **more}).body, b"first service.test ",
                  "the answer")
    with test.case("a revoked binding is refused, another one of the same service is not"):
        other = Service(first.id, "", tunnel.bind(first.id))
        equal(tunnel.request(other).status, 200, "before")
        bindings = tunnel.directory("binding", "list").stdout.splitlines()
        revoked = bindings[-1].split()[0]
        tunnel.change("binding", "delete", revoked)
        statuses = sorted(tunnel.request(service).status for service in (first, other))
        equal(statuses, [200, 403], f"the answers after deleting {revoked} of {bindings}")
    with test.case("a deleted service is refused like an unknown one"):
        tunnel.change("service", "delete", "second")
        wait_until(lambda: tunnel.request(second).status == 403, "its binding is refused")


if __name__ == "__main__":
    run_test(main)
