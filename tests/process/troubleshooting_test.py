"""docs/troubleshooting.md: every error type of Proxy-Status is provoked, and the page's log lines of
agent and edge are those that the programs write. `--show` prints the lines for the page."""
# timeout: 180

import contextlib
import json
import os
import re
import sys
import textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import errors_test  # noqa: E402
from documentation import normalize, read_blocks  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402

PAGE = "docs/troubleshooting.md"
LINE = re.compile(r"^(agent|edge): (\{.*\})$")
# What the page shows of a line, beside its error.
KEYS = {
    "agent": ("method", "path", "status", "error", "detail", "bytes_up", "bytes_down", "dns_ms",
              "connect_ms", "tls_ms", "first_byte_ms", "total_ms"),
    "edge": ("service", "path", "status", "error", "detail", "attempts", "total_ms")}
EMPTY = {"method": "GET", "bytes_up": 0, "bytes_down": 0}
WIDTH = 116
UNROUTABLE = "10.99.0.0/24"
WEBSOCKET = ("GET /no-websocket HTTP/1.1\r\nHost: service.test\r\nX-VPC-Service-Id: {id}\r\n"
             "X-VPC-Binding-Token: {token}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")


def answer_200(connection):
    connection.read_head()
    connection.answer("hello")


class Held:
    """An origin whose answer comes when the test says so."""

    def __init__(self, test):
        self.port = ScriptedServer(test, self.serve).port

    @staticmethod
    def serve(connection):
        connection.read_head()
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
        connection.read_until_end()


def provoke_the_rest(test, tunnel, bound_port):
    """The types that errors_test does not provoke."""
    held, plain = Held(test), ScriptedServer(test, answer_200)
    services = {"busy": tunnel.address_service("busy", held.port),
                "no-websocket": tunnel.address_service("no-websocket", plain.port),
                "unroutable": tunnel.address_service("unroutable", 8080, "10.99.0.7")}
    agent = tunnel.start_agent("--requests-per-service", "1", permit=[held.port, plain.port],
                               connections=1, name="second-agent")
    statuses = {}
    with contextlib.closing(tunnel.connect()) as first:
        first.request("GET", "/first", headers=services["busy"].headers)
        first.getresponse().read(3)
        statuses["busy"] = tunnel.request(services["busy"], "/one-too-many").status
    statuses["unroutable"] = tunnel.request(services["unroutable"], "/no-route").status
    head = raw_exchange(tunnel.binding_port, WEBSOCKET.format(
        id=services["no-websocket"].id, token=services["no-websocket"].token).encode())
    statuses["no-websocket"] = int(head.split()[1])
    head = raw_exchange(bound_port, b"GET /no-service HTTP/1.1\r\nHost: a\r\n"
                                    b"Connection: close\r\n\r\n")
    statuses["bound"] = int(head.split()[1])
    tunnel.edge.wait_for_event("request", path="/no-service")
    equal(statuses, {"busy": 503, "unroutable": 502, "no-websocket": 502, "bound": 503},
          "the answers")
    return agent


def provoke(test, bound_port):
    """Every failure; {at: the access lines with an error}."""
    tunnel = Tunnel(test, edge_options=[
        "--hold-time", "1s", "--binding-listen", f"127.0.0.1:{bound_port}?service=nowhere"])
    services, permit, authority, origin, _full = errors_test.make_services(test, tunnel)
    agent = tunnel.start_agent(*errors_test.LIMITS, "--origin-ca", authority.certificate, "--deny",
                               f"service:{services['denied'].id}", permit=permit, connections=2)
    checks = errors_test.Checks(test, tunnel, agent)
    errors_test.origin_failures(checks, tunnel, services, origin)
    errors_test.tls_failures(checks, services)
    errors_test.name_and_policy_failures(checks, services)
    errors_test.request_failures(checks, services)
    agent.terminate()
    second = provoke_the_rest(test, tunnel, bound_port)
    found = {}
    for at, processes in (("agent", (agent, second)), ("edge", (tunnel.edge,))):
        found[at] = [line for process in processes for line in process.events("request")
                     if line.get("error")]
    return found


def error_types(test):
    """The types that the programs know, from the source that names them."""
    with open(os.path.join(test.repository, "common/tunnel/failure.cc"), encoding="utf-8") as file:
        return re.findall(r"case ProxyError::\w+:\s+return \"(\w+)\";", file.read())


def shown(at, line):
    """The part of an access line that the page shows."""
    return {key: line[key] for key in KEYS[at] if key in line and line[key] != EMPTY.get(key)}


def comparable(at, line):
    """Without what differs from run to run; measured times only count by being there."""
    text = json.dumps({key: 0 if key.endswith("_ms") or key.startswith("bytes") else value
                       for key, value in shown(at, line).items()})
    return normalize(text)


def show(lines, types):
    """For each type the agent's line, and the edge's with the same request id."""
    for error in types:
        print(f"# {error}")
        first = {at: next((line for line in lines[at] if line["error"] == error), None)
                 for at in ("agent", "edge")}
        if first["agent"]:
            first["edge"] = next(line for line in lines["edge"]
                                 if line["id"] == first["agent"]["id"])
        for at, line in first.items():
            if line:
                print(wrapped(f"{at}: {json.dumps(shown(at, line), separators=(',', ':'))}"))


def wrapped(text):
    """In lines for the page; the word before the first brace stays with it."""
    lines = textwrap.wrap(text.replace(": {", ":\0{", 1), WIDTH, subsequent_indent=" ",
                          break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(":\0{", ": {")


def shown_lines(block):
    """[(at, line)] of a block of the page, where a line may go on in the next one. A block has such
    lines only, or none."""
    lines = block.text.replace("\n ", " ").splitlines()
    if not any(line.startswith(("agent: ", "edge: ")) for line in lines):
        return []
    for line in lines:
        check(LINE.fullmatch(line), f"{PAGE}, block of line {block.line}: no log line: {line}")
    return [(match.group(1), json.loads(match.group(2))) for match in map(LINE.fullmatch, lines)]


def check_page(test, lines, types):
    blocks = read_blocks(os.path.join(test.repository, PAGE))
    sections = {block.heading: block for block in blocks if shown_lines(block)}
    with test.case(f"{PAGE}: a section for each error type, and no other"):
        equal(sorted(sections), sorted(types), "sections with lines of agent and edge")
    for error, block in sections.items():
        with test.case(f"{PAGE}: lines of {error}"):
            on_page = shown_lines(block)
            check(any(line["error"] == error for _, line in on_page), f"no line has {error}")
            for at, line in on_page:
                real = [comparable(at, other) for other in lines[at]
                        if other["error"] == line["error"] and other["path"] == line["path"]]
                check(comparable(at, line) in real, f"{at}: {line}; but: {real}")


def main(test):
    test.need_binaries()
    test.need_tools("dnsmasq", "openssl")
    PrivateNetwork(test).make_unreachable(UNROUTABLE)
    lines = provoke(test, test.free_port())
    types = error_types(test)
    check(len(types) > 20, f"the error types: {types}")
    if "--show" in sys.argv:
        show(lines, types)
    check_page(test, lines, types)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
