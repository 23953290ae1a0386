"""Everything that an edge can be given wrong: services, names, credentials, HTTP from clients, and
bytes on the agents' port. Each is refused with one clear line or the documented status, the rest
keeps working. The rules of the service descriptor are tests/common/tunnel's (unit tests).
"""
# timeout: 180

import contextlib
import json
import os
import re
import socket
import ssl
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402

USAGE, CONFIGURATION, REFUSED = 2, 3, 4  # exit codes of outhaul-edge help
NOBODY = "0191dce4-9ab4-7fce-b660-8e5dec5172da"
TRACE = re.compile(r"terminate called|what\(\):|Sanitizer|Segmentation|#\d+ 0x|\.cc:\d+")


# --- the directory -------------------------------------------------------------------------------

def refused(test, tunnel, name, *patterns, arguments, code=REFUSED, text=None):
    with test.case(name):
        run = tunnel.directory(*arguments, text=text)
        check(run.returncode == code, f"exit code {run.returncode}, expected {code}: {run.stderr}")
        equal(run.stdout, "", "standard output")
        lines = run.stderr.splitlines()
        equal(len(lines), 1, f"lines {lines}")
        for pattern in patterns:
            check(re.search(pattern, lines[0]), f"/{pattern}/ in: {lines[0]}")


def bad_services(test, tunnel):
    network = {"tunnel_id": tunnel.identity.id}
    good = {"name": "new", "type": "http", "http_port": 80,
            "host": {"ipv4": "10.0.0.5", "network": network}}

    def host(**members):
        return {**good, "host": members}

    def without(key):
        return {name: value for name, value in good.items() if name != key}

    rows = (
        ("no JSON", "{", "JSON"),
        ("an empty file", "", "JSON|empty"),
        ("a list", [], "object"),
        ("no name", without("name"), "name: missing"),
        ("an empty name", {**good, "name": ""}, "name"),
        ("a name with a line break", {**good, "name": "a\nb"}, "name"),
        ("a number as name", {**good, "name": 7}, "name.*string"),
        ("no type", without("type"), "type: missing"),
        ("an unknown type", {**good, "type": "udp"}, "type.*http.*tcp"),
        ("a port as text", {**good, "http_port": "80"}, "http_port"),
        ("port 0", {**good, "http_port": 0}, "http_port"),
        ("port 65536", {**good, "http_port": 65536}, "http_port"),
        ("a fraction as port", {**good, "http_port": 80.5}, "http_port"),
        ("a tcp port for http", {**good, "tcp_port": 5432}, "tcp_port"),
        ("tcp without its port", {**without("http_port"), "type": "tcp"}, "tcp_port: missing"),
        ("no host", without("host"), "host: missing"),
        ("an empty host", host(), "host"),
        ("an unknown member", {**good, "colour": "red"}, "colour"),
        ("a repeated member", '{"name": "a", "name": "b"}', "name"),
        ("a host name and an address", host(hostname="a.test", ipv4="10.0.0.5",
                                            resolver_network=network), "ipv4"),
        ("a host name with an underscore", host(hostname="a_b.test", resolver_network=network),
         "hostname"),
        ("an address as host name", host(hostname="10.0.0.5", resolver_network=network),
         "hostname.*ipv4"),
        ("a host name of digits", host(hostname="1234", resolver_network=network), "hostname"),
        ("a label that is too long", host(hostname="a" * 64 + ".test", resolver_network=network),
         "hostname"),
        ("an address with a leading zero", host(ipv4="10.0.0.05", network=network), "ipv4"),
        ("a mapped address", host(ipv6="::ffff:10.0.0.5", network=network), "ipv6"),
        ("an address with a zone", host(ipv6="fe80::1%eth0", network=network), "ipv6"),
        ("no network", host(ipv4="10.0.0.5"), "network: missing"),
        ("no tunnel id", host(ipv4="10.0.0.5", network={}), "tunnel_id: missing"),
        ("a malformed tunnel id", host(ipv4="10.0.0.5", network={"tunnel_id": "1234"}),
         "tunnel_id.*UUID"),
        ("a resolver that is no address", host(
            hostname="a.test", resolver_network={**network, "resolver_ips": ["dns.test"]}),
         "resolver_ips"),
        ("five resolvers", host(hostname="a.test", resolver_network={
            **network, "resolver_ips": ["10.0.0.1"] * 5}), "resolver_ips"),
        ("an unknown TLS mode", {**good, "tls_settings": {"cert_verification_mode": "maybe"}},
         "cert_verification_mode"))
    for name, specification, *patterns in rows:
        text = specification if isinstance(specification, str) else json.dumps(specification)
        refused(test, tunnel, f"service with {name}", *patterns, text=text, code=CONFIGURATION,
                arguments=["service", "create", "--file", "-"])
    refused(test, tunnel, "service with an unknown tunnel", "tunnel_id", NOBODY,
            arguments=["service", "create", "--file", "-"],
            text=json.dumps(host(ipv4="10.0.0.5", network={"tunnel_id": NOBODY})))
    refused(test, tunnel, "service with bytes that are no UTF-8", "JSON|UTF-8", code=CONFIGURATION,
            arguments=["service", "create", "--file", write_bytes(test, b'{"name": "\xff\xfe"}')])
    refused(test, tunnel, "service file that is missing", "nowhere.json", code=CONFIGURATION,
            arguments=["service", "create", "--file", test.path("nowhere.json")])
    with test.case("none of them was created"):
        listed = json.loads(tunnel.change("service", "list", "--json"))
        names = [service["name"] for service in listed]
        equal(names, ["files"], "services")


def write_bytes(test, data):
    path = test.path("bytes.json")
    with open(path, "wb") as file:
        file.write(data)
    return path


def bad_names(test, tunnel, service):
    duplicate = json.dumps({"name": "files", "type": "http", "http_port": 80, "host": {
        "ipv4": "10.0.0.5", "network": {"tunnel_id": tunnel.identity.id}}})
    refused(test, tunnel, "duplicate service name", "files.*exists", service.id, text=duplicate,
            arguments=["service", "create", "--file", "-"])
    for name, pattern, arguments in (
            ("duplicate tunnel name", "office.*exists", ["tunnel", "create", "office"]),
            ("unknown tunnel to delete", "nowhere", ["tunnel", "delete", "nowhere"]),
            ("tunnel in use", "files|service", ["tunnel", "delete", "office"]),
            ("unknown service to show", "nowhere", ["service", "get", "nowhere"]),
            ("unknown service to delete", NOBODY, ["service", "delete", NOBODY]),
            ("binding to an unknown service", "nowhere", ["binding", "create", "nowhere"]),
            ("unknown binding to delete", NOBODY, ["binding", "delete", NOBODY])):
        refused(test, tunnel, name, pattern, arguments=arguments)
    for name, pattern, arguments in (
            ("empty tunnel name", "name", ["tunnel", "create", ""]),
            ("unknown flag", "--namee", ["tunnel", "create", "a", "--namee"]),
            ("missing argument", "NAME", ["tunnel", "create"]),
            ("unknown command", "tunel.*help", ["tunel", "create", "a"]),
            ("service create without a file", "--file", ["service", "create"])):
        refused(test, tunnel, name, pattern, arguments=arguments, code=USAGE)


# --- clients -------------------------------------------------------------------------------------

def credentials(test, tunnel, service, other):
    answers = {}
    rows = (("an unknown service id", {"X-VPC-Service-Id": NOBODY}),
            ("a wrong token", {"X-VPC-Binding-Token": "ohb_" + "A" * 43}),
            ("a token that is none", {"X-VPC-Binding-Token": "x"}),
            ("a token of another service", {"X-VPC-Binding-Token": other.token}),
            ("a service id that is none", {"X-VPC-Service-Id": "files"}),
            ("the id in upper case", {"X-VPC-Service-Id": service.id.upper(),
                                      "X-VPC-Binding-Token": "x"}))
    for name, fields in rows:
        with test.case(f"{name}: 403, and nothing more is told"):
            response = tunnel.request(service, headers=fields)
            equal((response.status, response.error), (403, "http_request_denied"), "answer")
            # Only the name of the request itself may tell them apart.
            body = re.sub(rb'"request_id":"[0-9a-f]+"', b'"request_id":"*"', response.body)
            answers[name] = (response.status, body, response.lines)
    with test.case("all these answers are the same"):
        equal(len({repr(answer) for answer in answers.values()}), 1, "different answers")


def request_text(service, more="", line="GET / HTTP/1.1", host="Host: a.test\r\n", body=""):
    fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
    return f"{line}\r\n{host}{fields}{more}\r\n{body}".encode("latin-1")


def bad_http(test, tunnel, service):
    identity = f"X-VPC-Service-Id: {service.id}\r\n"
    token = f"X-VPC-Binding-Token: {service.token}\r\n"
    plain = b"GET / HTTP/1.1\r\nHost: a.test\r\n"
    text = request_text
    rows = (
        ("no X-VPC fields", plain + b"\r\n", 400),
        ("no token", plain + identity.encode() + b"\r\n", 400),
        ("no service id", plain + token.encode() + b"\r\n", 400),
        ("service id twice", text(service, identity), 400),
        ("token twice", text(service, token), 400),
        ("bare LF", text(service).replace(b"\r\n", b"\n"), 400),
        ("bare CR in a value", text(service, "X-A: a\rb\r\n"), 400),
        ("NUL in a value", text(service, "X-A: a\0b\r\n"), 400),
        ("folded line", text(service, "X-A: a\r\n b\r\n"), 400),
        ("space before the colon", text(service, "X-A : a\r\n"), 400),
        ("line without a colon", text(service, "garbage\r\n"), 400),
        ("length and chunked", text(service, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                    "POST / HTTP/1.1", body="0\r\n\r\n"), 400),
        ("two lengths", text(service, "Content-Length: 3\r\nContent-Length: 4\r\n",
                             "POST / HTTP/1.1", body="abcd"), 400),
        ("a signed length", text(service, "Content-Length: +3\r\n", "POST / HTTP/1.1", body="abc"),
         400),
        ("an unknown coding", text(service, "Transfer-Encoding: gzip, chunked\r\n",
                                   "POST / HTTP/1.1", body="0\r\n\r\n"), (400, 501)),
        ("chunked twice", text(service, "Transfer-Encoding: chunked, chunked\r\n",
                               "POST / HTTP/1.1", body="0\r\n\r\n"), (400, 501)),
        ("a bad chunk size", text(service, "Transfer-Encoding: chunked\r\n", "POST / HTTP/1.1",
                                  body="zz\r\nabc\r\n0\r\n\r\n"), 400),
        ("a chunk size that is too large", text(service, "Transfer-Encoding: chunked\r\n",
                                                "POST / HTTP/1.1", body="F" * 17 + "\r\nabc"), 400),
        ("no Host", text(service, host=""), 400),
        ("two Hosts", text(service, "Host: b.test\r\n"), 400),
        ("user information in Host", text(service, host="Host: u@a.test\r\n"), 400),
        ("HTTP/3.0", text(service, line="GET / HTTP/3.0"), 505),
        ("no version", text(service, line="GET /"), 400),
        ("a method that is no token", text(service, line="G{T / HTTP/1.1"), 400),
        ("a path with a space", text(service, line="GET /a b HTTP/1.1"), 400),
        ("a path with a fragment", text(service, line="GET /a#b HTTP/1.1"), 400),
        ("a path that is too long", text(service, line=f"GET /{'a' * 9000} HTTP/1.1"), 414),
        ("a field that is too large", text(service, f"X-A: {'a' * 17_000}\r\n"), 431),
        ("a head that is too large", text(service, "".join(
            f"X-{number}: {'a' * 1000}\r\n" for number in range(80))), 431),
        ("too many fields", text(service, "".join(
            f"X-{number}: a\r\n" for number in range(600))), 431),
        ("an unknown scheme", text(service, "X-Forwarded-Proto: ftp\r\n"), 400),
        ("a scheme that the service has not", text(service, "X-Forwarded-Proto: https\r\n"), 400),
        ("CONNECT", text(service, line="CONNECT a.test:80 HTTP/1.1", host="Host: a.test:80\r\n"),
         (400, 501)),
        ("TLS on the plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64
         + b"\r\n\r\n", 400))
    for name, data, status in rows:
        with test.case(f"client: {name}"):
            answer = raw_exchange(tunnel.binding_port, data, half_close=True)
            found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
            check(found, f"an HTTP answer, not {answer[:80]}")
            expected = status if isinstance(status, tuple) else (status,)
            check(int(found.group(1)) in expected, f"{found.group(1)}, expected {expected}")
            check(b'proxy-status: "edge-' in answer.lower(), f"Proxy-Status in {answer[:300]}")
            equal(len(re.findall(rb"(?m)^HTTP/1", answer)), 1, "answers")


def slow_head(test, tunnel, service):
    with test.case("client: a head that stays incomplete is given up with 408"):
        head = request_text(service)[:-2]
        answer = raw_exchange(tunnel.binding_port, head)  # and then nothing
        check(answer.startswith(b"HTTP/1.1 408 "), f"408, not {answer[:60]}")
    with test.case("client: bytes that never make a request do not extend the limit"):
        with socket.create_connection(("127.0.0.1", tunnel.binding_port), timeout=0.2) as client:
            client.sendall(request_text(service)[:-2])
            answer, sent = b"", 0
            while not answer and sent < 100:
                with contextlib.suppress(TimeoutError):
                    answer = client.recv(4096)
                    break
                # The edge may have closed by now; its answer is still there to be read.
                with contextlib.suppress(ConnectionError):
                    client.sendall(b"X-Slow: 1\r\n")
                sent += 1
            check(answer.startswith(b"HTTP/1.1 408 "), f"408 after {sent} fields, not {answer[:60]}")


# --- the agents' port ----------------------------------------------------------------------------

def tls_client(port, authority, alpn=("http/1.1",), version=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(list(alpn))
    raw = socket.create_connection(("127.0.0.1", port), timeout=30)
    return context.wrap_socket(raw, server_hostname="localhost")


def tls_exchange(client, data):
    received = b""
    with client:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            client.sendall(data)
            while piece := client.recv(1 << 16):
                received += piece
    return received


def bad_agents(test, tunnel):
    authority = os.path.join(tunnel.data_dir, "ca.pem")
    port = tunnel.agent_port

    def refused_with(name, reason, provoke):
        with test.case(f"agents' port: {name}"):
            mark = tunnel.edge.mark()
            provoke()
            tunnel.edge.wait_for_event("agent_refused", since=mark, deadline_s=30,
                                       reason=lambda text: re.search(reason, text))

    def fails_handshake(**options):
        try:
            with tls_client(port, authority, **options) as client:
                equal(client.recv(1), b"", "what the edge says")
        except (ssl.SSLError, ConnectionError):
            pass

    refused_with("plain HTTP", "TLS", lambda: raw_exchange(
        port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    refused_with("garbage", "TLS", lambda: raw_exchange(port, b"\x00" * 100))
    refused_with("end before TLS", "closed|TLS", lambda: raw_exchange(port, b"", half_close=True))
    refused_with("TLS without ALPN", "ALPN|alpn", lambda: fails_handshake(alpn=()))
    refused_with("another ALPN", "ALPN|alpn|protocol", lambda: fails_handshake(alpn=("h2",)))
    refused_with("TLS 1.2", "version|protocol",
                 lambda: fails_handshake(version=ssl.TLSVersion.TLSv1_2))

    setup = (f"GET /ptth/tunnels/{tunnel.identity.id} HTTP/1.1\r\nHost: localhost:{port}\r\n"
             "Connection: upgrade\r\nUpgrade: ptth\r\nALPN: h2\r\n"
             f"Authorization: Concealed k=AAAAAAAAAAAAAAAAAAAAAA, a={'A' * 43}, s=2055, "
             f"v={'A' * 22}, p={'A' * 86}\r\n"
             'Tunnel-Session: v=1, inst="0191dce4-9ab4-7fce-b660-8e5dec5172da", conn=0, of=1, '
             'ver="1", feat=(http)\r\n\r\n').encode()

    def answered(name, data, status):
        def provoke():
            answer = tls_exchange(tls_client(port, authority), data)
            check(answer.startswith(f"HTTP/1.1 {status} ".encode()), f"{status}, not {answer[:60]}")

        refused_with(name, f"answered {status}", provoke)

    answered("a bad signature", setup, 404)
    answered("an unknown tunnel", setup.replace(tunnel.identity.id.encode(), NOBODY.encode()), 404)
    answered("no Authorization", re.sub(rb"Authorization: .*\r\n", b"", setup), 404)
    answered("another path", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)
    # With a good signature they are answered 400: tests/edge/agents, as only the agent can sign.
    answered("bytes after the request, before the 101", setup + b"PRI * HTTP/2.0\r\n\r\n", 404)
    answered("garbage within TLS", b"\x01\x02\x03\r\n\r\n", 404)
    with test.case("agents' port: an unknown tunnel and a bad key cannot be told apart"):
        known = tls_exchange(tls_client(port, authority), setup)
        unknown = tls_exchange(tls_client(port, authority), setup.replace(
            tunnel.identity.id.encode(), NOBODY.encode()))
        # The second may change between the two.
        equal(*(re.sub(rb"\r\nDate: [^\r]+", b"\r\nDate: *", answer) for answer in (known, unknown)),
              "answers")


# --- the edge itself -----------------------------------------------------------------------------

def bad_start(test, tunnel):
    def ends(name, code, pattern, *arguments):
        with test.case(f"serve: {name}"):
            run = subprocess.run([test.edge_binary, "serve", *arguments], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
            equal(run.returncode, code, f"exit code ({run.stdout})")
            lines = run.stdout.splitlines()
            equal(len(lines), 1, f"lines {lines}")
            check(re.search(pattern, lines[0]), f"/{pattern}/ in: {lines[0]}")

    listen = ["--agent-listen", f"127.0.0.1:{test.free_port()}",
              "--binding-listen", f"127.0.0.1:{test.free_port()}", "--public-name", "localhost:1"]
    ends("a second edge on the data directory", CONFIGURATION, "in use.*--data-dir",
         "--data-dir", tunnel.data_dir, *listen)
    other = test.path("other-data")
    ends("a port that is taken", CONFIGURATION, f"{tunnel.binding_port}", "--data-dir", other,
         *listen[:2], "--binding-listen", f"127.0.0.1:{tunnel.binding_port}", *listen[4:])
    ends("a data directory that cannot be", CONFIGURATION, "/dev/null",
         "--data-dir", "/dev/null/x", *listen)
    ends("a certificate without its key", USAGE, "--key", "--data-dir", other, *listen,
         "--certificate", os.path.join(tunnel.data_dir, "ca.pem"))
    ends("a malformed address", USAGE, "--agent-listen", "--data-dir", other,
         "--agent-listen", "here")
    with test.case("commands without an edge say how to start one"):
        run = subprocess.run([test.edge_binary, "tunnel", "list", "--data-dir",
                              test.path("no-edge-here")], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.STDOUT, check=False, timeout=30)
        equal(run.returncode, CONFIGURATION, f"exit code ({run.stdout})")
        check("outhaul-edge serve" in run.stdout or "--data-dir" in run.stdout, run.stdout)
    with test.case("only the edge's own user reaches its data and its admin socket"):
        for name in ("admin.sock", "ca.key", "directory.db", "lock"):
            mode = stat.S_IMODE(os.stat(os.path.join(tunnel.data_dir, name)).st_mode)
            equal(oct(mode), oct(0o600), f"mode of {name}")
        equal(oct(stat.S_IMODE(os.stat(tunnel.data_dir).st_mode)), oct(0o700), "mode of the folder")


def main(test):
    test.need_binaries()
    port = test.free_port()
    nginx = test.nginx([Site(port, {"/": 'return 200 "hello";'})])
    tunnel = Tunnel(test, edge_options=["--header-timeout", "2s"])
    service = tunnel.address_service("files", port)
    bad_services(test, tunnel)
    bad_names(test, tunnel, service)
    other = tunnel.address_service("other", port)
    agent = tunnel.start_agent(permit=[port], connections=1)
    equal(tunnel.request(service, "/before").body, b"hello", "a good request before")
    credentials(test, tunnel, service, other)
    bad_http(test, tunnel, service)
    slow_head(test, tunnel, service)
    bad_agents(test, tunnel)
    bad_start(test, tunnel)
    with test.case("the rest went on: same agent, same connection, and the origin saw none of it"):
        equal(tunnel.request(service, "/after").body, b"hello", "a good request after")
        equal(len(agent.events("connection_up")), 1, "connections of the agent")
        # nginx writes its line once the answer has left.
        wait_until(lambda: len(nginx.requests()) >= 2, "nginx logs the requests")
        equal([line.split()[1] for line in nginx.requests()], ["/before", "/after"], "requests")
    with test.case("no secret and no trace in the output"):
        text = tunnel.printed + tunnel.edge.log() + agent.log()
        for secret in [*tunnel.identity.secrets(), service.token, other.token]:
            check(secret not in text, "a secret was printed")
        found = TRACE.search(text)
        check(not found, f"a trace was printed: {found and found.group(0)}")


if __name__ == "__main__":
    run_test(main)
