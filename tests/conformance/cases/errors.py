"""Failures of protocol.md section 4 toward the edge; tests/process/errors_test.py has those of TLS,
DNS and policy, and their log lines."""

from case import AGENT, ALL, H1, H2, Case, collect
from raw_origin import ADDRESS, CLOSE, answers
from request import AUTHORITY, HeaderList, Request

TITLE = "Failures"
SERVICE = 'id="e6a0817c-79c5-40ca-9776-a1c019defe70", '
TARGET = f'ipv4="{ADDRESS}", port={{port}}, '
NET = 'net="{net}"'
GOOD = f"{SERVICE}type=http, scheme=http, {TARGET}{NET}"
POST = Request("POST", body=b"abc")


def described(name, descriptor, client, at_origin="nothing", method="GET", more=(), rfc="protocol 3"):
    """A request with this descriptor, from the edge to the agent."""
    fields = ((":method", method), (":scheme", "http"), (":authority", AUTHORITY), (":path", "/"))
    if method == "CONNECT":
        fields = ((":method", method), (":authority", AUTHORITY + ":80"))
    if descriptor is not None:
        fields += (("tunnel-service", descriptor),)
    return Case(name, rfc, HeaderList(fields + more, method=method, complete=True), at_origin=at_origin,
                at_client=client, ways=(AGENT,))


def bad(error, status=400):
    return f"{status} error={error}, may be retried"


BAD = bad("http_request_error")


def broken(name, script, error, request=POST, seen='POST / "abc"', ways=ALL, **more):
    return Case(name, "protocol 4", request, script, seen, error, ways=ways, **more)


def closes_at_once(turn):
    turn.read_body()
    return CLOSE


def resets_at_once(turn):
    turn.read_body()
    return turn.reset()


def stays_silent(turn):
    turn.read_body()
    turn.wait_for_end()
    return CLOSE


def stalls_in_content(turn):
    turn.read_body()
    turn.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
    turn.wait_for_end()
    return CLOSE


def takes_nothing(turn):
    turn.origin.wait_for_gate("the client has its answer")
    return CLOSE


def send_more_than_is_taken(exchange, request, origin):
    exchange.open()
    exchange.send_last(request.body)
    events = collect(exchange)
    origin.open_gate("the client has its answer")
    return events


REFUSED = "502 error=connection_refused"
ENDED = "502 error=connection_terminated"
STALLED = '200 {content-length: 9} "hello" then RST_STREAM INTERNAL_ERROR'
CASES = [
    described("a descriptor with a parameter and a key that nobody knows",
              f"{GOOD};x=1, later=?1", '200 "hello"', "GET /"),
    described("no descriptor", None, bad("destination_not_found", 500)),
    described("a descriptor that does not parse", "id=", BAD),
    described("a descriptor twice", GOOD, BAD, more=(("tunnel-service", GOOD),)),
    described("a key twice", f"{GOOD}, port=1", BAD),
    described("a descriptor over 1024 bytes", f'{GOOD}, x="{"a" * 1024}"', BAD),
    described("no id", f"type=http, scheme=http, {TARGET}{NET}", BAD),
    described("an id in upper case", GOOD.replace("e6a0817c", "E6A0817C"), BAD),
    described("two kinds of host", f'{GOOD}, hostname="a.test"', BAD),
    described("no host", f"{SERVICE}type=http, scheme=http, port={{port}}, {NET}", BAD),
    described("port 0", GOOD.replace("{port}", "0"), BAD),
    described("a port as a string", GOOD.replace("{port}", '"{port}"'), BAD),
    described("an address with a leading zero", GOOD.replace(ADDRESS, "127.0.0.02"), BAD),
    described("a host name that is a number in disguise",
              f'{SERVICE}type=http, scheme=http, hostname="0x7f000002", port={{port}}, {NET}', BAD),
    described("a scheme that is not for the type", GOOD.replace("scheme=http", "scheme=tcp"), BAD),
    described("a type that nobody knows", GOOD.replace("type=http", "type=udp"), BAD),
    described("another tunnel's network", GOOD.replace("{net}", "0191dce4-9ab4-7fce-b660-8e5dec5172da"),
              bad("http_request_error", 421)),
    described("a network that is no UUID", GOOD.replace("{net}", "x"), BAD),
    described("an address that policy denies", GOOD.replace(ADDRESS, "169.254.169.254"),
              bad("destination_ip_prohibited", 502), rfc="protocol 5"),
    described("a resolver that policy denies",
              f'{SERVICE}type=http, scheme=http, hostname="a.test", port={{port}}, {NET}, '
              'resolver-ips=("127.0.0.1")', bad("destination_ip_prohibited", 502),
              rfc="protocol 5"),
    described("CONNECT to a service of type http", GOOD, BAD, method="CONNECT"),
    described("a loop: the request has passed this agent before", GOOD,
              bad("proxy_loop_detected", 502), more=(("via", "1.1 x, 2 outhaul"),),
              rfc="9110 7.6.3"),
    broken("the origin refuses connections", answers(), {
        AGENT: f"{REFUSED}, may be retried", H1: REFUSED, H2: REFUSED}, seen="nothing",
           before=lambda origin: origin.refuse(),
           origin_sent="nobody listens"),
    broken("the origin closes without an answer", closes_at_once, ENDED, origin_sent="FIN"),
    broken("the origin resets without an answer", resets_at_once, ENDED, origin_sent="RST"),
    broken("the origin closes within its head", answers("HTTP/1.1 200 OK\r\nConte", end=CLOSE),
           ENDED),
    broken("the origin says nothing for 4 s", stays_silent, "504 error=http_response_timeout",
           ways=(AGENT, H1), origin_sent="nothing"),
    broken("the origin stalls within its content for 4 s", stalls_in_content, {
        AGENT: STALLED, H1: '200 {content-length: 9} "hello" then connection closed'},
           ways=(AGENT, H1)),
    broken("the origin takes nothing of an upload for 4 s", takes_nothing,
           "504 error=connection_write_timeout",
           Request("POST", body=bytes(24 << 20)), 'POST / ""', (AGENT, H1),
           drive=send_more_than_is_taken, sent="`POST /` with 24 MiB", origin_sent="nothing"),
]
