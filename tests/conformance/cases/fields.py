"""Fields: the same lines in the same order, except those that belong to one connection or to the
tunnel itself."""

from case import AGENT, H1, H2, Case
from raw_origin import answers, ok
from request import Raw, Request, h2

TITLE = "Fields"


def sent(*fields):
    return Request(fields=fields)


def answered(*lines):
    return answers(ok("hello", *lines))


def raw(*lines):
    text = "".join(f"{line}\r\n" for line in lines)
    return Raw(f"GET / HTTP/1.1\r\nHost: service.test\r\n{text}\r\n".encode("latin-1"))


def both(name, value):
    """The same field up and down."""
    return {"request": sent((name, value)), "origin": answered(f"{name}: {value}"),
            "at_origin": f"GET / {{{name.lower()}: {value}}}",
            "at_client": f'200 {{{name.lower()}: {value}}} "hello"'}


MANY = tuple((f"x-{number}", "a") for number in range(400))
OPEN = '200 "hello", connection open'
BIG = "a" * 15_000

CASES = [
    Case("end-to-end fields, up and down", "9110 5", **both("X-A", "b")),
    Case("names become lower case, as HTTP/2 has them", "9113 8.2", **both("X-MiXeD", "Value")),
    Case("lines of one name stay apart and in order", "9110 5.3",
         sent(("X-A", "1"), ("X-B", "2"), ("X-A", "3")),
         answered("X-C: 1", "X-D: 2", "X-C: 3"),
         "GET / {x-a: 1, x-b: 2, x-a: 3}", '200 {x-c: 1, x-d: 2, x-c: 3} "hello"'),
    Case("three Set-Cookie", "6265 3", origin=answered("Set-Cookie: a=1", "Set-Cookie: b=2; Path=/",
                                                       "Set-Cookie: a=3"),
         at_client='200 {set-cookie: a=1, set-cookie: b=2; Path=/, set-cookie: a=3} "hello"'),
    Case("cookies that HTTP/2 splits are joined again", "9113 8.2.3",
         h2("GET", "/", ("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")),
         at_origin="GET / {cookie: a=1; b=2; c=3}", ways=(AGENT, H2)),
    Case("an empty value", "9110 5.5", sent(("X-A", "")), answered("X-B:"), "GET / {x-a: }",
         '200 {x-b: } "hello"'),
    Case("bytes above 127 in a value", "9110 5.5", sent(("X-A", "caf\xe9 \xff\x80")),
         answered("X-B: \xfc"), "GET / {x-a: caf\\xe9 \\xff\\x80}", '200 {x-b: \\xfc} "hello"'),
    Case("tabs and spaces inside a value", "9110 5.5", sent(("X-A", "a \t  b")),
         answered("X-B: c\t d"), "GET / {x-a: a \t  b}", '200 {x-b: c\t d} "hello"'),
    Case("every visible character in a value", "9110 5.5",
         **both("X-A", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")),
    Case("every character that a name may have", "9110 5.1",
         **both("!#$%&'*+-.^_`|~0a", "b")),
    Case("space around a value is not part of it", "9110 5.5", raw("X-A: \t b \t ", "X-C:d"),
         answered("X-B:  \t c  "), "GET / {x-a: b, x-c: d}", '200 {x-b: c} "hello", connection open',
         ways=(H1,)),
    Case("400 fields up and down", "9110 5.4", sent(*MANY),
         answered(*(f"{name}: {value}" for name, value in MANY)), "GET / {400 fields as sent}",
         '200 {400 fields as sent} "hello"'),
    Case("a value of 15000 bytes up and down", "9110 5.4", sent(("X-A", BIG)),
         answered(f"X-B: {BIG}"), "GET / {x-a: aaaa... (15000 bytes)}",
         '200 {x-b: aaaa... (15000 bytes)} "hello"'),
    Case("what describes the content", "9110 8", sent(("Accept-Encoding", "br, gzip;q=0.5"),
                                                       ("Range", "bytes=0-4")),
         answered("Content-Type: text/plain; charset=utf-8", "Content-Encoding: x",
                  "Content-Language: fi", "Content-Location: /a"),
         "GET / {accept-encoding: br, gzip;q=0.5, range: bytes=0-4}",
         '200 {content-type: text/plain; charset=utf-8, content-encoding: x, '
         'content-language: fi, content-location: /a} "hello"'),
    Case("what describes the origin", "9110 10.2", origin=answered(
        "Date: Tue, 15 Nov 1994 08:12:31 GMT", "Server: x/1", "Alt-Svc: clear"),
         at_client='200 {date: Tue, 15 Nov 1994 08:12:31 GMT, server: x/1, alt-svc: clear} "hello"'),
    Case("credentials for the origin", "9110 11.6.2", sent(("Authorization", "Basic eDp5")),
         at_origin="GET / {authorization: Basic eDp5}"),
    Case("Connection and what it names are for one connection", "9110 7.6.1",
         raw("Connection: x-a, keep-alive", "X-A: b", "Keep-Alive: timeout=5",
             "Proxy-Connection: close", "X-C: d"),
         answered("Connection: x-e", "X-E: f", "Keep-Alive: timeout=5", "X-G: h"),
         "GET / {x-c: d}", '200 {x-g: h} "hello", connection open', ways=(H1,)),
    Case("what the origin's Connection names stays with the agent", "9110 7.6.1",
         origin=answered("Connection: x-e", "X-E: f", "Keep-Alive: timeout=5", "Upgrade: h2c",
                         "Proxy-Connection: close", "X-G: h"), at_client='200 {x-g: h} "hello"'),
    Case("Connection cannot name away what others need", "9110 7.6.1",
         raw("Connection: close, tunnel-service, host, content-length, via", "X-C: d"),
         at_origin="GET / {x-c: d}", at_client='200 "hello", connection closed', ways=(H1,)),
    Case("TE is for one connection", "9110 10.1.4", raw("TE: gzip, trailers", "Connection: te"),
         at_client=OPEN, ways=(H1,)),
    Case("TE: trailers on HTTP/2 ends there", "9113 8.2.2", sent(("TE", "trailers")),
         ways=(AGENT, H2)),
    Case("an offer of h2c is not taken up", "9113 3.1",
         raw("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"),
         at_client=OPEN, ways=(H1,)),
    Case("fields of the tunnel are nobody else's: from clients", "protocol 3",
         sent(("Tunnel-X", "1"), ("Tunnel-Control", "?1"), ("X-A", "b")),
         at_origin="GET / {x-a: b}"),
    Case("fields of the tunnel are nobody else's: from origins", "protocol 3",
         origin=answered("Tunnel-Retry: ?1", "Tunnel-X: 1", "X-A: b"),
         at_client='200 {x-a: b} "hello"'),
    Case("a client's own Tunnel-Service says nothing", "protocol 3",
         sent(("Tunnel-Service", "id=\"x\"")), ways=(H1, H2)),
    Case("what is meant for the edge ends there", "protocol 9",
         sent(("X-VPC-Service-Id", "x"), ("X-VPC-Binding-Token", "y"), ("X-VPC-New", "z"),
              ("Proxy-Authorization", "Basic eDp5"), ("X-A", "b")),
         at_origin="GET / {x-a: b}", ways=(H1, H2)),
    Case("Max-Forwards", "9110 7.6.2", Request("OPTIONS", fields=(("Max-Forwards", "5"),)),
         at_origin="OPTIONS / {max-forwards: 5}"),
    Case("an origin's Proxy-Status is kept before ours", "9209 2",
         origin=answered('Proxy-Status: cache.test; error=dns_error'),
         at_client='200 {proxy-status: cache.test;error=dns_error} "hello"'),
    Case("an origin cannot speak for the agent", "9209 2",
         origin=answered('Proxy-Status: "agent-00000000"; error=dns_error', "Tunnel-Retry: ?1"),
         at_client='200 {proxy-status: "agent-00000000";error=dns_error} "hello"'),
    Case("an origin's Proxy-Status that does not parse is dropped", "9209 2",
         origin=answered("Proxy-Status: (((")),
    Case("Host as the client has it", "9110 7.2", Request(authority="Other.TEST:8080"),
         at_origin="GET / {host: Other.TEST:8080}"),
    Case("Host is an IPv6 address", "9110 7.2", Request(authority="[2001:db8::1]:8080"),
         at_origin="GET / {host: [2001:db8::1]:8080}"),
    Case("host instead of :authority", "9113 8.3.1",
         h2("GET", "/", ("host", "service.test"), authority=None), ways=(AGENT, H2)),
    Case("host beside an equal :authority", "9113 8.3.1",
         h2("GET", "/", ("host", "service.test")), ways=(AGENT, H2)),
]
