"""Limits of protocol.md section 8: what is at the limit passes, what is past it has a clear answer."""

from case import AGENT, ALL, H1, H2, Case
from raw_origin import answers, ok
from request import Request

TITLE = "Limits"
TOO_LARGE = "431 error=http_request_error"
TOO_LONG = "414 error=http_request_error"
BAD_ANSWER = "502 error=http_response_header_section_size"


def by_program(text):
    """The agent's own answer says also that nothing has reached an origin."""
    return {AGENT: f"{text}, may be retried", H1: text, H2: text}


def many(count, size=1):
    return tuple((f"x-{number}", "a" * size) for number in range(count))


def lines(fields):
    return [f"{name}: {value}" for name, value in fields]


def refused(name, rfc, request, text, ways=ALL):
    return Case(name, rfc, request, at_origin="nothing", at_client=by_program(text), ways=ways)


def bad_answer(name, *fields, head=None):
    origin = answers(head) if head else answers(ok("hello", *fields))
    return Case(name, "9110 5.4", origin=origin, at_origin="GET /, connection not used again",
                at_client=BAD_ANSWER, reuse=True)


CASES = [
    Case("500 fields", "6585 5",
         Request(fields=many(500)), at_origin="GET / {500 fields as sent}"),
    refused("600 fields", "6585 5", Request(fields=many(600)), TOO_LARGE),
    refused("one field of 17 KB", "6585 5", Request(fields=(("X-A", "a" * 17_000),)), TOO_LARGE),
    refused("80 KB of fields", "6585 5", Request(fields=many(80, 1000)), TOO_LARGE),
    refused("a field name of 257 bytes", "6585 5", Request(fields=(("x" * 257, "a"),)), TOO_LARGE),
    Case("a field name of 256 bytes", "9110 5.1", Request(fields=(("x" * 256, "a"),)),
         at_origin="GET / {xxxx... (256 bytes): a}"),
    refused("a path of 8193 bytes", "9110 15.5.15", Request(path="/" + "a" * 8192), TOO_LONG),
    refused("a path of 20 KB", "9110 15.5.15", Request(path="/" + "a" * 20_000), TOO_LONG),
    Case("a header block in more than 8 CONTINUATION frames", "9113 10.5.1",
         Request(fields=many(20, 16_000)), at_origin="nothing", at_client="connection ended",
         ways=(AGENT, H2)),
    Case("an answer with 510 fields", "9110 5.4", origin=answers(ok("hello", *lines(many(510)))),
         at_client='200 {510 fields} "hello"'),
    bad_answer("an answer with 600 fields", *lines(many(600))),
    bad_answer("an answer with a field of 17 KB", "X-A: " + "a" * 17_000),
    bad_answer("an answer with 80 KB of fields", *lines(many(80, 1000))),
    bad_answer("a status line of 20 KB", head="HTTP/1.1 200 " + "a" * 20_000 + "\r\n\r\n"),
]
