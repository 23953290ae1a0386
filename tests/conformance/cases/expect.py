"""Expect: 100-continue, with origins that answer, ignore and refuse it."""

from case import H1, Case, collect
from raw_origin import ok
from request import Raw, Request

TITLE = "Expect: 100-continue"
EXPECT = ("Expect", "100-continue")
CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
POST = Request("POST", fields=(EXPECT,), body=b"abc")
SEEN = 'POST / {expect: 100-continue} "abc"'


def wait_for_continue(exchange, request, _origin):
    """A client that sends its content only when it is told to."""
    exchange.open()
    events = [exchange.next_event()]
    if events[0][1] == 100:
        exchange.send_last(request.body)
    return events + collect(exchange)


def continues(*texts):
    def script(turn):
        turn.send(CONTINUE)
        turn.read_body()
        for text in texts:
            turn.send(text)

    return script


def refuses(text, end=None):
    """Answers without the content, then takes what comes until the agent ends."""

    def script(turn):
        turn.send(text)
        check_nothing(turn.wait_for_end())
        return end or "close"

    return script


def check_nothing(count):
    assert count == 0, f"{count} bytes of content came although the origin had refused it"


REFUSED_SEEN = 'POST / {expect: 100-continue} ""'
CASES = [
    Case("the origin says 100, then the client sends", "9110 10.1.1", POST,
         continues(ok("hello")), SEEN + ", connection used again", '100, 200 "hello"',
         drive=wait_for_continue, reuse=True),
    Case("the same without a length", "9110 10.1.1",
         Request("POST", fields=(EXPECT,), body=b"abc", length=False), continues(ok("hello")),
         SEEN, '100, 200 "hello"', drive=wait_for_continue),
    Case("the expectation in another case", "9110 10.1.1",
         Request("POST", fields=(("Expect", "100-Continue"),), body=b"abc"),
         continues(ok("hello")), 'POST / {expect: 100-Continue} "abc"', '100, 200 "hello"',
         drive=wait_for_continue),
    Case("the origin ignores it: the content follows after 1 s", "9110 10.1.1", POST,
         at_origin=SEEN),
    Case("the origin refuses with 417 and the content is never sent", "9110 10.1.1", POST,
         refuses(ok("no", status="417 Expectation Failed")), REFUSED_SEEN, '417 "no"',
         drive=wait_for_continue),
    Case("the origin refuses with 413 and the content is never sent", "9110 15.5.14", POST,
         refuses(ok("too large", status="413 Content Too Large")), REFUSED_SEEN,
         '413 "too large"', drive=wait_for_continue),
    Case("the origin refuses with 401 and closes", "9110 15.5.2", POST,
         refuses(ok("who?", "Connection: close", "WWW-Authenticate: Basic",
                    status="401 Unauthorized")),
         REFUSED_SEEN, '401 {www-authenticate: Basic} "who?"', drive=wait_for_continue),
    Case("100, then 103, then the answer", "9110 15.2", POST,
         continues("HTTP/1.1 103 Early Hints\r\n\r\n", ok("hello")), SEEN,
         '100, 103, 200 "hello"', drive=wait_for_continue),
    Case("100 twice", "9110 15.2", POST, continues(CONTINUE, ok("hello")), SEEN,
         '100, 100, 200 "hello"', drive=wait_for_continue),
    Case("an expectation without content", "9110 10.1.1", Request("GET", fields=(EXPECT,)),
         at_origin="GET / {expect: 100-continue}"),
    Case("another expectation", "9110 10.1.1",
         Request("POST", fields=(("Expect", "200-maybe"),), body=b"abc"),
         at_origin="nothing",
         at_client={"agent": "417 error=http_request_error, may be retried",
                    "h1": "417 error=http_request_error",
                    "h2": "417 error=http_request_error"}),
    Case("in HTTP/1.0 it means nothing", "9110 10.1.1",
         Raw(b"POST / HTTP/1.0\r\nHost: service.test\r\nExpect: 100-continue\r\n"
             b"Content-Length: 3\r\n\r\nabc", method="POST"), continues(ok("hello")),
         'POST / "abc"', '200 "hello", connection closed', ways=(H1,)),
]
