"""Header lists that would become another request on HTTP/1.1: sent by a client to the edge, and by a
bad edge to the agent. Malformed by RFC 9113 is RST_STREAM, every further rule 400."""

from case import AGENT, H2, Case, collect
from raw_origin import CLOSE
from request import HeaderList, h2

TITLE = "Request smuggling, HTTP/2"
WAYS = (AGENT, H2)
RESET = "RST_STREAM PROTOCOL_ERROR"
BAD = {AGENT: "400 error=http_request_error, may be retried", H2: "400 error=http_request_error"}


def row(name, request, client=RESET, rfc="9113 8.2.1", at_origin="nothing"):
    return Case(name, rfc, request, at_origin=at_origin, at_client=client, ways=WAYS)


def field(name, value):
    return h2("GET", "/", (name, value))


def raw(*fields, **more):
    return HeaderList(fields, **more)


def takes(turn):
    """Takes what comes, and answers nothing."""
    if turn.read_piece():
        turn.origin.open_gate("content")
    turn.read_body()
    turn.wait_for_end()
    return CLOSE


def head_then_content(exchange, request, origin):
    """The head is at the origin before the fault, so that there is something to undo."""
    exchange.open()
    origin.wait_for_arrival()
    exchange.send_last(request.body)
    return collect(exchange)


def content_then_end(exchange, request, origin):
    exchange.open()
    exchange.send(request.body)
    origin.wait_for_gate("content")
    exchange.finish(request.trailers)
    return collect(exchange)


def undone(name, request, at_origin, drive, rfc="9113 8.1.1"):
    return Case(name, rfc, request, takes, at_origin, RESET, WAYS, drive)


METHOD, SCHEME = (":method", "GET"), (":scheme", "http")
AUTHORITY, PATH = (":authority", "service.test"), (":path", "/")
CASES = [
    row("CRLF in a value", field("x-a", "b\r\nx-c: d")),
    row("LF in a value", field("x-a", "b\nx-c: d")),
    row("CR in a value", field("x-a", "b\rx-c: d")),
    row("NUL in a value", field("x-a", "b\0c")),
    row("a whole request in a value", field("x-a", "b\r\n\r\nGET /evil HTTP/1.1\r\nHost: x")),
    row("space before a value", field("x-a", " b")),
    row("space behind a value", field("x-a", "b ")),
    row("another control character in a value", field("x-a", "b\x01c")),
    row("CRLF in a name", field("x-a: b\r\nx-c", "d")),
    row("a colon in a name", field("x-a:b", "c")),
    row("a space in a name", field("x a", "b")),
    row("a space behind a name", field("transfer-encoding ", "chunked")),
    row("upper case in a name", field("X-A", "b")),
    row("an empty name", field("", "b")),
    row("a name with a byte above 127", field("x-\xe9", "b")),
    row("transfer-encoding", h2("POST", "/", ("transfer-encoding", "chunked"), body=b"0\r\n\r\n"),
        rfc="9113 8.2.2"),
    row("connection", field("connection", "close"), rfc="9113 8.2.2"),
    row("keep-alive", field("keep-alive", "timeout=5"), rfc="9113 8.2.2"),
    row("proxy-connection", field("proxy-connection", "close"), rfc="9113 8.2.2"),
    row("upgrade", field("upgrade", "h2c"), rfc="9113 8.2.2"),
    row("te with more than trailers", field("te", "gzip"), rfc="9113 8.2.2"),
    row("http2-settings: the edge takes it out, the agent refuses it",
        field("http2-settings", "AAMAAABkAAQ"), {AGENT: BAD[AGENT], H2: '200 "hello"'}, "7540 3.2.1",
        {AGENT: "nothing", H2: "GET /"}),
    undone("less content than content-length",
           h2("POST", "/", ("content-length", "50"), body=b"abc"), 'POST / "abc" then cut',
           content_then_end),
    undone("more content than content-length",
           h2("POST", "/", ("content-length", "3"), body=b"abcGET /evil HTTP/1.1\r\nhost: x\r\n\r\n"),
           'POST / "" then cut', head_then_content),
    undone("content although content-length is 0",
           h2("POST", "/", ("content-length", "0"), body=b"abc"), 'POST / ""', head_then_content),
    row("two content-length", h2("POST", "/", ("content-length", "3"), ("content-length", "4"),
                                 body=b"abc"), rfc="9113 8.1.1"),
    row("two equal content-length", h2("POST", "/", ("content-length", "3"), ("content-length", "3"),
                                       body=b"abc"), rfc="9113 8.1.1"),
    row("content-length with a sign", h2("POST", "/", ("content-length", "+3"), body=b"abc"),
        rfc="9113 8.1.1"),
    row("a list in content-length", h2("POST", "/", ("content-length", "3, 3"), body=b"abc"),
        rfc="9113 8.1.1"),
    row("CRLF in :path", h2("GET", "/ HTTP/1.1\r\nx-a: b\r\n\r\n"), rfc="9113 8.3.1"),
    row("a space in :path", h2("GET", "/a b"), rfc="9113 8.3.1"),
    row("a fragment in :path", h2("GET", "/a#b"), BAD, "9113 8.3.1"),
    row("a byte above 127 in :path", h2("GET", "/\xe9"), BAD, "9113 8.3.1"),
    row("an empty :path", h2("GET", ""), rfc="9113 8.3.1"),
    row(":path without a slash", h2("GET", "a"), rfc="9113 8.3.1"),
    row("a URI as :path", h2("GET", "http://evil.test/"), rfc="9113 8.3.1"),
    row("* with GET", h2("GET", "*"), rfc="9113 8.3.1"),
    row("CRLF in :method", h2("GET / HTTP/1.1\r\nx-a: b\r\nx-c:", "/"), rfc="9113 8.3.1"),
    row("a space in :method", h2("GET /evil", "/"), rfc="9113 8.3.1"),
    row("an empty :method", h2("", "/"), rfc="9113 8.3.1"),
    row("CRLF in :authority", h2("GET", "/", authority="service.test\r\nx-a: b"), rfc="9113 8.3.1"),
    row("user information in :authority", h2("GET", "/", authority="a@service.test"), BAD,
        "9113 8.3.1"),
    row("a path in :authority", h2("GET", "/", authority="service.test/a"), rfc="9113 8.3.1"),
    row("an empty :authority", h2("GET", "/", authority=""), rfc="9113 8.3.1"),
    row("host that differs from :authority", field("host", "evil.test"), BAD, "9113 8.3.1"),
    row("two host", h2("GET", "/", ("host", "service.test"), ("host", "service.test"),
                       authority=None), rfc="9113 8.3.1"),
    row("neither :authority nor host", h2("GET", "/", authority=None), rfc="9113 8.3.1"),
    row("an odd :scheme", raw(METHOD, (":scheme", "http://evil.test/?"), AUTHORITY, PATH),
        rfc="9113 8.3.1"),
    row("no :scheme", raw(METHOD, AUTHORITY, PATH), rfc="9113 8.3.1"),
    row("no :path", raw(METHOD, SCHEME, AUTHORITY), rfc="9113 8.3.1"),
    row("no :method", raw(SCHEME, AUTHORITY, PATH), rfc="9113 8.3.1"),
    row("two :path", raw(METHOD, SCHEME, AUTHORITY, PATH, PATH), rfc="9113 8.3"),
    row("a pseudo-field behind a field", raw(METHOD, SCHEME, AUTHORITY, ("x-a", "b"), PATH),
        rfc="9113 8.3"),
    row("a pseudo-field that nobody knows", raw(METHOD, SCHEME, AUTHORITY, PATH, (":x", "y")),
        rfc="9113 8.3"),
    row(":status in a request", raw(METHOD, SCHEME, AUTHORITY, PATH, (":status", "200")),
        rfc="9113 8.3"),
    row(":protocol with GET", raw(METHOD, SCHEME, AUTHORITY, PATH, (":protocol", "websocket")),
        rfc="8441 4"),
    row("CONNECT with :path", raw((":method", "CONNECT"), SCHEME, AUTHORITY, PATH, method="CONNECT"),
        rfc="9113 8.5"),
    undone("connection-specific fields as trailers",
           h2("POST", "/", body=b"abc", trailers=(("transfer-encoding", "chunked"),)),
           'POST / "abc" then cut', content_then_end, "9113 8.2.2"),
]
