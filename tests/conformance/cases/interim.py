"""Interim responses: in order, in any number up to the limit, 100 only for those who asked."""

from case import H1, Case, collect
from raw_origin import answers, ok
from request import Raw, Request

TITLE = "Interim responses"
HINTS = "HTTP/1.1 103 Early Hints\r\n"
FINAL = ok("hello")


def hint(number):
    return f"{HINTS}Link: </{number}>\r\n\r\n"


def hints_text(count):
    return ", ".join(f"103 {{link: </{number}>}}" for number in range(count))


def hint_before_content(turn):
    turn.send(hint(0))
    turn.read_body()
    turn.send(FINAL)


def send_after_hint(exchange, request, _origin):
    exchange.open()
    events = [exchange.next_event()]
    exchange.send_last(request.body)
    return events + collect(exchange)


CASES = [
    Case("103 with its fields", "8297", origin=answers(hint(0), FINAL),
         at_client=f'{hints_text(1)}, 200 "hello"'),
    Case("three 103, in order", "8297", origin=answers(hint(0) + hint(1), hint(2), FINAL),
         at_client=f'{hints_text(3)}, 200 "hello"'),
    Case("103 and the final answer in one piece", "9110 15.2",
         origin=answers(hint(0).encode() + FINAL), at_client=f'{hints_text(1)}, 200 "hello"'),
    Case("8 interim responses, the most that pass", "9110 15.2",
         origin=answers("".join(map(hint, range(8))), FINAL),
         at_client=f'{hints_text(8)}, 200 "hello"'),
    Case("9 interim responses: the answer is refused, the connection is closed", "9110 15.2",
         origin=answers("".join(map(hint, range(9))), FINAL),
         at_origin="GET /, connection not used again", reuse=True,
         at_client=f"{hints_text(8)}, 502 error=http_protocol_error"),
    Case("102, and one that nobody knows", "9110 15.2",
         origin=answers("HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 199 Odd\r\nX-A: b\r\n\r\n",
                        FINAL), at_client='102, 199 {x-a: b}, 200 "hello"'),
    Case("100 that nobody asked for stays with the agent", "9110 15.2.1",
         Request("POST", body=b"abc"), answers("HTTP/1.1 100 Continue\r\n\r\n", FINAL),
         'POST / "abc"', '200 "hello"'),
    Case("103 while the client still sends", "8297", Request("POST", body=b"abc"),
         hint_before_content, 'POST / "abc"', f'{hints_text(1)}, 200 "hello"',
         drive=send_after_hint),
    Case("103 before an error", "8297",
         origin=answers(hint(0), ok("no", status="404 Not Found")),
         at_client=f'{hints_text(1)}, 404 "no"'),
    Case("103 before the answer to HEAD", "8297", Request("HEAD"),
         answers(hint(0), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), "HEAD /",
         f"{hints_text(1)}, 200 {{content-length: 5}}"),
    Case("fields of the connection leave an interim response", "9110 7.6.1",
         origin=answers(f"{HINTS}Connection: x-a\r\nX-A: b\r\nKeep-Alive: 1\r\nTunnel-X: c\r\n"
                        "Link: </0>\r\n\r\n", FINAL), at_client=f'{hints_text(1)}, 200 "hello"'),
    Case("a length in an interim response is not passed on", "9110 8.6",
         origin=answers(f"{HINTS}Content-Length: 5\r\nLink: </0>\r\n\r\n", FINAL),
         at_client=f'{hints_text(1)}, 200 "hello"'),
    Case("a client of HTTP/1.0 gets no interim response", "9110 15.2",
         Raw(b"GET / HTTP/1.0\r\nHost: service.test\r\n\r\n"), answers(hint(0), FINAL),
         at_client='200 "hello", connection closed', ways=(H1,)),
    Case("101 that nobody asked for", "9110 15.2.2",
         origin=answers("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
         at_origin="GET /, connection not used again", reuse=True,
         at_client="502 error=http_protocol_error"),
    Case("an interim response that ends the connection is no answer", "9110 15.2",
         origin=answers(hint(0), end="close"),
         at_client=f"{hints_text(1)}, 502 error=connection_terminated"),
]
