"""Trailers in both directions; never those that would change how a message is read."""

from case import AGENT, H1, H2, Case, collect
from raw_origin import answers
from request import Raw, Request, h2

TITLE = "Trailers"
SUM = (("x-sum", "1"),)
CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# RFC 9110 section 6.5.1: what a recipient would have needed before the content, or what says who
# asks or where to.
FORBIDDEN = (
    ("content-length", "3"), ("transfer-encoding", "chunked"), ("host", "evil.test"),
    ("authorization", "Basic eA=="), ("cookie", "a=b"), ("content-type", "text/html"),
    ("te", "trailers"), ("trailer", "x"), ("expect", "100-continue"), ("via", "1.1 x"),
    ("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4"), ("max-forwards", "1"),
    ("tunnel-service", "x"), ("proxy-status", "x"), ("set-cookie", "a=b"))


def post(*trailers):
    return Request("POST", body=b"abc", length=False, trailers=trailers)


def chunks(*trailers):
    lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return answers(f"{CHUNKED}5\r\nhello\r\n0\r\n{lines}\r\n")


def h2_forbidden():
    """Those that HTTP/2 itself does not call malformed."""
    malformed = ("transfer-encoding", "te", "host", "content-length")
    return tuple(field for field in FORBIDDEN if field[0] not in malformed)


def tells_of_content(turn):
    turn.read_piece()
    turn.origin.open_gate("content")
    turn.read_body()


def trailers_after_content(exchange, request, origin):
    exchange.open()
    exchange.send(request.body)
    origin.wait_for_gate("content")
    exchange.finish(request.trailers)
    return collect(exchange)


CASES = [
    Case("a request with a trailer", "9110 6.5", post(*SUM),
         at_origin='POST / "abc" trailers {x-sum: 1}'),
    Case("a request with two trailers of one name", "9110 6.5",
         post(("x-sum", "1"), ("x-sum", "2")),
         at_origin='POST / "abc" trailers {x-sum: 1, x-sum: 2}'),
    Case("a request with a trailer and no content", "9110 6.5",
         Request("POST", body=b"", length=False, trailers=SUM),
         at_origin='POST / "" trailers {x-sum: 1}'),
    Case("trailers that were announced", "9110 6.6.2",
         Request("POST", fields=(("Trailer", "x-sum"),), body=b"abc", length=False, trailers=SUM),
         at_origin='POST / {trailer: x-sum} "abc" trailers {x-sum: 1}'),
    Case("trailers behind content with a length: HTTP/1.1 has no place for them", "9112 6.2",
         Request("POST", body=b"abc", trailers=SUM), at_origin='POST / "abc"', ways=(AGENT, H2)),
    Case("an answer with a trailer", "9110 6.5", origin=chunks(*SUM),
         at_client='200 "hello" trailers {x-sum: 1}'),
    Case("an answer with a trailer and no content", "9110 6.5",
         origin=answers(f"{CHUNKED}0\r\nx-sum: 1\r\n\r\n"), at_client="200 trailers {x-sum: 1}"),
    Case("an answer with 60 trailers", "9110 6.5",
         origin=chunks(*((f"x-{number}", "a") for number in range(60))),
         at_client='200 "hello" trailers {60 fields}'),
    Case("an answer to a client that says TE: trailers", "9110 10.1.4",
         Request(fields=(("TE", "trailers"),)), chunks(*SUM), "GET /",
         '200 "hello" trailers {x-sum: 1}',
         ways=(AGENT, H2)),
    Case("forbidden trailers of a request go nowhere", "9110 6.5.1", post(*SUM, *h2_forbidden()),
         at_origin='POST / "abc" trailers {x-sum: 1}'),
    Case("forbidden trailers of a request in chunks go nowhere", "9110 6.5.1",
         post(*SUM, *FORBIDDEN), at_origin='POST / "abc" trailers {x-sum: 1}', ways=(H1,)),
    Case("forbidden trailers of an answer go nowhere", "9110 6.5.1",
         origin=chunks(*SUM, *FORBIDDEN), at_client='200 "hello" trailers {x-sum: 1}'),
    Case("a trailer with a bad name breaks the request", "9112 7.1.2",
         Raw(b"POST / HTTP/1.1\r\nHost: service.test\r\nTransfer-Encoding: chunked\r\n\r\n"
             b"3\r\nabc\r\n0\r\nX A: b\r\n\r\n", method="POST"), ways=(H1,),
         at_origin="nothing", at_client="400 error=http_request_error, connection closed"),
    Case("a pseudo-field as a trailer breaks the request", "9113 8.1",
         h2("POST", "/", body=b"abc", trailers=((":path", "/b"),)), tells_of_content,
         'POST / "abc" then cut', "RST_STREAM PROTOCOL_ERROR", ways=(AGENT, H2),
         drive=trailers_after_content),
]
