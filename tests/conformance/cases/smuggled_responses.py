"""Answers that two readers could understand differently: 502 and the connection closed, or, once the
head has been passed on, a cut that never looks complete. The origin may be under foreign control;
what it sends must never become the answer to another request."""

from case import AGENT, H1, H2, Case, send_whole
from cases.framing import cut, wait_for_content
from raw_origin import CLOSE, answers
from request import Request

TITLE = "Response smuggling"
OK = "HTTP/1.1 200 OK\r\n"
EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
CHUNKED = "Transfer-Encoding: chunked\r\n"
NOT_USED = ", connection not used again"
REFUSED = "502 error=http_protocol_error"


def refused(name, text, rfc="9112 6.3"):
    return Case(name, rfc, origin=answers(text.encode("latin-1")), at_origin=f"GET /{NOT_USED}",
                at_client=REFUSED, reuse=True)


def passed(name, text, client='200 "hello"', rfc="9112 6.3", used=", connection used again"):
    return Case(name, rfc, origin=answers(text.encode("latin-1")), at_origin=f"GET /{used}",
                at_client=client, reuse=True)


def broken(name, rest):
    """A good chunk, then bytes that are none."""

    def script(turn):
        turn.read_body()
        turn.send(f"{OK}{CHUNKED}\r\n5\r\nhello\r\n")
        turn.origin.wait_for_gate("head is there")
        turn.send(rest)
        turn.wait_for_end()
        return CLOSE

    return Case(name, "9112 7.1", origin=script, at_origin=f"GET /{NOT_USED}", at_client=cut(),
                drive=wait_for_content, reuse=True)


def head(*lines):
    return OK + "".join(f"{line}\r\n" for line in lines) + "\r\n"


def speaks_unasked(turn):
    """The next answer comes before it is asked for."""
    turn.read_body()
    turn.send(OK + "Content-Length: 5\r\n\r\nhello")
    turn.origin.wait_for_gate("the first is served")
    turn.send(EVIL)
    turn.origin.open_gate("the second is sent")
    turn.wait_for_end()
    return CLOSE


def take_then_wait(exchange, request, origin):
    events = send_whole(exchange, request, origin)
    origin.open_gate("the first is served")
    origin.wait_for_gate("the second is sent")
    return events


FRAMING = [
    refused("TE.CL", head("Content-Length: 4", "Transfer-Encoding: chunked")
            + "5\r\nhello\r\n0\r\n\r\n" + EVIL),
    refused("a length of 0 beside chunks", head("Transfer-Encoding: chunked", "Content-Length: 0")
            + "5\r\nhello\r\n0\r\n\r\n"),
    refused("two lengths that differ", head("Content-Length: 5", "Content-Length: 3") + "hello"),
    refused("two lengths that are equal", head("Content-Length: 5", "Content-Length: 5") + "hello"),
    refused("a list of lengths", head("Content-Length: 5, 5") + "hello"),
    refused("a length with a plus", head("Content-Length: +5") + "hello"),
    refused("a negative length", head("Content-Length: -5") + "hello"),
    refused("a length with a letter", head("Content-Length: 5x") + "hello"),
    refused("an empty length", head("Content-Length:") + "hello"),
    refused("a length of 2^64 + 5", head("Content-Length: 18446744073709551621") + "hello"),
    passed("a length with leading zeros", head("Content-Length: 005") + "hello",
           {AGENT: '200 {content-length: 005} "hello"', H1: '200 "hello"',
            H2: '200 {content-length: 005} "hello"'}),
    refused("gzip, chunked", head("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", "9112 6.1"),
    refused("chunked, chunked", head("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n", "9112 6.1"),
    refused("identity", head("Transfer-Encoding: identity") + "hello", "9112 6.1"),
    refused("chunked behind a vertical tab", head("Transfer-Encoding: \x0bchunked") + "0\r\n\r\n",
            "9112 6.1"),
    refused("chunked with NUL", head("Transfer-Encoding: chunked\0") + "0\r\n\r\n", "9112 6.1"),
    refused("two lines of Transfer-Encoding",
            head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n",
            "9112 6.1"),
    refused("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "9112 6.1"),
]
HEADS = [refused(name, text, rfc) for name, text, rfc in (
    ("lines that end with bare LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "9112 2.2"),
    ("one line that ends with bare LF", head("X-A: b\nX-C: d", "Content-Length: 0"), "9112 2.2"),
    ("a bare CR in a value", head("X-A: b\rX-C: d", "Content-Length: 0"), "9112 2.2"),
    ("NUL in a value", head("X-A: b\0c", "Content-Length: 0"), "9110 5.5"),
    ("a folded line", head("X-A: b\r\n c", "Content-Length: 0"), "9112 5.2"),
    ("a space before the colon", head("Content-Length : 5") + "hello", "9112 5.1"),
    ("a line without a colon", head("Content-Length"), "9112 5"),
    ("an empty name", head(": b"), "9110 5.1"),
    ("a space in a name", head("X A: b"), "9110 5.1"),
    ("space before the first field", head(" X-A: b"), "9112 2.2"),
    ("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "9112 4"),
    ("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "9112 4"),
    ("a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", "9112 4"),
    ("a status of 600", "HTTP/1.1 600 OK\r\n\r\n", "9110 15"),
    ("a status of 099", "HTTP/1.1 099 OK\r\n\r\n", "9110 15"),
    ("two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n", "9112 4"),
    ("a control character in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n", "9112 4"),
    ("another version", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "9112 2.3"),
    ("HTTP/2 in a status line", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "9112 2.3"),
    ("the version in lower case", "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "9112 2.3"),
    ("another protocol's status line", "ICY 200 OK\r\n\r\n", "9112 4"),
    ("an empty line before the head", "\r\n" + EVIL, "9112 4"),
    ("content without a head", "<html>hello</html>\r\n\r\n", "9112 4"),
    ("bytes of TLS", "\x15\x03\x01\x00\x02\x02\x28\r\n\r\n", "9112 4"),
    ("a frame of HTTP/2", "\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\xff\xff", "9113 3.4"))]
CHUNKS = [broken(name, rest) for name, rest in (
    ("a negative chunk size", "-5\r\nhello\r\n0\r\n\r\n"),
    ("a chunk size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
    ("an empty chunk size", "\r\nhello\r\n0\r\n\r\n"),
    ("a chunk size of 2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("a chunk size that ends with a bare LF", "5\nhello\r\n0\r\n\r\n"),
    ("an extension that ends with a bare LF", "5;\nhello\r\n0\r\n\r\n"),
    ("a chunk size with spaces behind it", "5 \r\nhello\r\n0\r\n\r\n"),
    ("a last chunk with a head in place of the empty line", "0\r\n" + EVIL),
    ("a last chunk that ends with bare LFs", "0\n\n"),
    ("a trailer on a folded line", "0\r\nX-A: b\r\n c\r\n\r\n"),
    ("NUL in a trailer", "0\r\nX-A: b\0\r\n\r\n"))]
OTHER = [
    Case("an answer that nobody has asked for, on an idle connection", "9112 9.3",
         origin=speaks_unasked, at_origin=f"GET /{NOT_USED}", reuse=True, drive=take_then_wait),
    Case("an interim response with content behind it", "9110 15.2",
         origin=answers("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello" + EVIL),
         at_origin=f"GET /{NOT_USED}", at_client=f"103, {REFUSED}", reuse=True),
    Case("an interim response with chunks behind it", "9110 15.2",
         origin=answers("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + EVIL),
         at_origin=f"GET /{NOT_USED}", at_client=f"103, {REFUSED}", reuse=True),
    Case("HEAD answered with content that looks like an answer", "9112 9.3", Request("HEAD"),
         answers(f"{OK}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}"), f"HEAD /{NOT_USED}",
         "200 {content-length: 42}", reuse=True),
    passed("content that looks like an answer", f"{OK}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}",
           '200 "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nevil"'),
]
CASES = FRAMING + HEADS + CHUNKS + OTHER
