"""Requests that two readers could understand differently, on HTTP/1.1: refused as a whole and the
connection ended, or passed on in one form that has one meaning."""

from case import H1, Case, collect
from request import Raw

TITLE = "Request smuggling, HTTP/1.1"
HOST = "Host: service.test\r\n"
EVIL = "GET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
REFUSED = "400 error=http_request_error, connection closed"
PASSED = '200 "hello", connection open'


def tells_of_content(turn):
    turn.read_piece()
    turn.origin.open_gate("content")
    turn.read_body()


def end_after_content(exchange, _request, origin):
    exchange.open()
    origin.wait_for_gate("content")
    exchange.half_close()
    return collect(exchange)


def refused(name, data, rfc="9112 6.3", client=REFUSED):
    return Case(name, rfc, Raw(data.encode("latin-1"), method="POST"),
                at_origin="nothing", at_client=client, ways=(H1,))


def passed(name, data, at_origin, rfc="9112 6.3", client=PASSED, answers=1):
    return Case(name, rfc, Raw(data.encode("latin-1"), method="POST", answers=answers),
                at_origin=at_origin, at_client=client, ways=(H1,))


def post(fields, content="3\r\nabc\r\n0\r\n\r\n"):
    return f"POST / HTTP/1.1\r\n{HOST}{fields}\r\n{content}"


def length(value, content="abc"):
    return post(f"Content-Length:{value}\r\n", content)


def coding(value):
    return post(f"Transfer-Encoding:{value}\r\n")


def chunks(content):
    return post(CHUNKED, content)


def line(text):
    return f"{text}\r\n{HOST}\r\n"


def field(text):
    return f"GET / HTTP/1.1\r\n{HOST}{text}\r\n\r\n"


def both_rules():
    return [
        refused("CL.TE: a length, then chunks that end earlier",
                post(f"Content-Length: 60\r\n{CHUNKED}", "0\r\n\r\n" + EVIL)),
        refused("TE.CL: chunks, and a length that ends earlier",
                post(f"{CHUNKED}Content-Length: 4\r\n", "2c\r\n" + EVIL + "\r\n0\r\n\r\n")),
        refused("a length of 0 beside chunks", post(f"Content-Length: 0\r\n{CHUNKED}")),
        refused("chunks in HTTP/1.0", f"POST / HTTP/1.0\r\n{HOST}{CHUNKED}\r\n0\r\n\r\n", "9112 6.1"),
        refused("two lengths that differ",
                post("Content-Length: 3\r\nContent-Length: 50\r\n", "abc" + EVIL)),
        refused("two lengths that are equal",
                post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
    ]


def lengths():
    rows = (("a list of lengths", " 3, 3"), ("a length with a plus", " +3"),
            ("a negative length", " -3"), ("a hexadecimal length", " 0x3"),
            ("a length with a letter behind it", " 3a"), ("a length with a space inside", " 3 3"),
            ("an empty length", ""), ("a length of 2^64 + 3", " 18446744073709551619"),
            ("a length of 2^63", " 9223372036854775808"), ("a fraction", " 3.0"),
            ("an exponent", " 3e0"), ("a length in a digit that is not ASCII", " \xb3"),
            ("a length in quotes", ' "3"'), ("a length with an underscore", " 1_0"))
    cases = [refused(name, length(value)) for name, value in rows]
    return cases + [
        passed("a length with leading zeros", length(" 0003"), 'POST / "abc"'),
        passed("a length with space around it", length(" \t3 \t"), 'POST / "abc"'),
        passed("a request behind exactly the length", length(" 3", "abc" + EVIL.replace(
            "evil.test", "service.test")), 'POST / "abc" + GET /evil',
               client='200 "hello" + 200 "hello", connection open', answers=2),
        passed("GET with a request as its content: it stays content",
               f"GET / HTTP/1.1\r\n{HOST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}",
               'GET / "GET /evil HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n"'),
    ]


def codings():
    rows = (("chunked twice in one line", " chunked, chunked"), ("identity", " identity"),
            ("chunked, identity", " chunked, identity"), ("gzip, chunked", " gzip, chunked"),
            ("a coding that only ends in chunked", " xchunked"),
            ("chunked with a parameter", " chunked;q=1"), ("chunked in quotes", ' "chunked"'),
            ("chunked behind a vertical tab", " \x0bchunked"), ("chunked with NUL", " chunked\0"),
            ("chunked with a comma", " chunked,"), ("an empty coding", ""),
            ("chunked in another alphabet", " \xa0chunked"))
    cases = [refused(f"Transfer-Encoding: {name}", coding(value), "9112 6.1")
             for name, value in rows]
    return cases + [
        refused("two lines of Transfer-Encoding",
                post(f"{CHUNKED}Transfer-Encoding: identity\r\n"), "9112 6.1"),
        refused("two equal lines of Transfer-Encoding", post(CHUNKED + CHUNKED), "9112 6.1"),
        refused("Transfer-Encoding on a folded line", post("Transfer-Encoding:\r\n chunked\r\n"),
                "9112 5.2"),
        passed("Transfer_Encoding is another field, the length counts",
               post("Content-Length: 3\r\nTransfer_Encoding: chunked\r\n", "abc"),
               'POST / {transfer_encoding: chunked} "abc"', "9112 6.1"),
        passed("Connection: transfer-encoding cannot name the framing away",
               post(f"{CHUNKED}Connection: transfer-encoding, content-length\r\n"),
               'POST / "abc"', "9112 6.1"),
    ]


def chunk_rows():
    rows = (("a negative chunk size", "-3\r\nabc\r\n0\r\n\r\n"),
            ("a chunk size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"),
            ("a chunk size with a plus", "+3\r\nabc\r\n0\r\n\r\n"),
            ("an empty chunk size", "\r\nabc\r\n0\r\n\r\n"),
            ("a chunk size of 2^64 + 3", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
            ("a chunk size behind a space", " 3\r\nabc\r\n0\r\n\r\n"),
            ("a chunk size with spaces behind it", "3 \r\nabc\r\n0\r\n\r\n"),
            ("a chunk size that ends with a bare LF", "3\nabc\r\n0\r\n\r\n"),
            ("a chunk size that ends with a bare CR", "3\rabc\r\n0\r\n\r\n"),
            ("an extension that ends with a bare LF", "3;\nxx\r\nabc\r\n0\r\n\r\n"),
            ("an extension with a control character", "3;a=\x01\r\nabc\r\n0\r\n\r\n"),
            ("a chunk that is longer than its size", "3\r\nabcd\r\n0\r\n\r\n"),
            ("a chunk without CRLF behind it", "3\r\nabc0\r\n\r\n"),
            ("a chunk with a bare LF behind it", "3\r\nabc\n0\r\n\r\n"),
            ("a last chunk with a request in place of the empty line", "0\r\n" + EVIL.split("\r\n")[0]
             + "\r\n\r\n"),
            ("a last chunk that ends with bare LFs", "0\n\n"),
            ("a trailer on a folded line", "0\r\nX-A: b\r\n c\r\n\r\n"))
    return [refused(name, chunks(content), "9112 7.1") for name, content in rows] + [
        passed("a last chunk of many zeros", chunks("3\r\nabc\r\n00000000\r\n\r\n"),
               'POST / "abc"', "9112 7.1"),
        passed("a framing field as a trailer", chunks("3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n"
                                                      + EVIL.replace("evil.test", "service.test")),
               'POST / "abc" + GET /evil', "9112 7.1.2",
               '200 "hello" + 200 "hello", connection open', 2),
    ]


def head_rows():
    rows = (
        ("lines that end with bare LF", "GET / HTTP/1.1\nHost: service.test\n\n", "9112 2.2"),
        ("one line that ends with bare LF", f"GET / HTTP/1.1\r\n{HOST}X-A: b\nX-C: d\r\n\r\n",
         "9112 2.2"),
        ("a head that ends with bare LF", f"GET / HTTP/1.1\r\n{HOST}\n", "9112 2.2"),
        ("a bare CR in a value", field("X-A: a\rContent-Length: 5"), "9112 2.2"),
        ("NUL in a value", field("X-A: a\0b"), "9110 5.5"),
        ("DEL in a value", field("X-A: a\x7fb"), "9110 5.5"),
        ("a folded line", field("X-A: a\r\n b"), "9112 5.2"),
        ("a folded line with a tab", field("X-A: a\r\n\tb"), "9112 5.2"),
        ("space before the first field", f"GET / HTTP/1.1\r\n {HOST}\r\n", "9112 2.2"),
        ("a space before the colon", field("Content-Length : 0"), "9112 5.1"),
        ("a tab before the colon", field("Content-Length\t: 0"), "9112 5.1"),
        ("a line without a colon", field("Content-Length"), "9112 5"),
        ("an empty name", field(": a"), "9110 5.1"),
        ("a space in a name", field("X A: b"), "9110 5.1"),
        ("NUL in a name", field("X\0A: b"), "9110 5.1"),
        ("a name with bytes above 127", field("X\xe9: b"), "9110 5.1"),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", "9112 3.2"),
        ("two Hosts", field("Host: service.test"), "9112 3.2"),
        ("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "9112 3.2"),
        ("user information in Host", "GET / HTTP/1.1\r\nHost: a@service.test\r\n\r\n", "9110 4.2.4"),
        ("a path in Host", "GET / HTTP/1.1\r\nHost: service.test/a\r\n\r\n", "9110 7.2"),
        ("a list in Host", "GET / HTTP/1.1\r\nHost: service.test, evil.test\r\n\r\n", "9110 7.2"),
        ("a bad port in Host", "GET / HTTP/1.1\r\nHost: service.test:80a\r\n\r\n", "9110 7.2"),
        ("a URI for another host than Host", line("GET http://evil.test/ HTTP/1.1"), "9112 3.2.2"),
        ("a URI with user information", line("GET http://a@service.test/ HTTP/1.1"), "9110 4.2.4"),
        ("a URI of another scheme", line("GET ftp://service.test/ HTTP/1.1"), "9112 3.2.2"),
        ("two spaces in the request line", line("GET  / HTTP/1.1"), "9112 3"),
        ("a tab in the request line", line("GET\t/ HTTP/1.1"), "9112 3"),
        ("a space behind the version", line("GET / HTTP/1.1 "), "9112 3"),
        ("a space in the path", line("GET /a b HTTP/1.1"), "9112 3.2"),
        ("a control character in the path", line("GET /a\x01 HTTP/1.1"), "9112 3.2"),
        ("a bare CR in the path", line("GET /a\r HTTP/1.1"), "9112 3.2"),
        ("a byte above 127 in the path", line("GET /\xe9 HTTP/1.1"), "9112 3.2"),
        ("a fragment", line("GET /a#b HTTP/1.1"), "9112 3.2"),
        ("a target without a slash", line("GET a HTTP/1.1"), "9112 3.2"),
        ("* with GET", line("GET * HTTP/1.1"), "9112 3.2.4"),
        ("a method that is no token", line("G{T / HTTP/1.1"), "9110 9.1"),
        ("no version", line("GET /"), "9112 3"),
        ("the version in lower case", line("GET / http/1.1"), "9112 2.3"),
        ("a version of two digits", line("GET / HTTP/1.10"), "9112 2.3"),
        ("space before the request", " " + line("GET / HTTP/1.1"), "9112 2.2"),
        ("two empty lines before the request", "\r\n\r\n" + line("GET / HTTP/1.1"), "9112 2.2"),
        ("an upgrade with a request as its content",
         field(f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: {len(EVIL)}") + EVIL,
         "9110 7.8"))
    return [refused(name, data, rfc) for name, data, rfc in rows] + [
        refused("a version that nobody knows", line("GET / HTTP/1.2"), "9110 15.6.6",
                "505 error=http_request_error, connection closed"),
        refused("HTTP/2 in a request line", line("GET / HTTP/2.0"), "9110 15.6.6",
                "505 error=http_request_error, connection closed"),
        Case("a length that the client does not keep: the request is never complete", "9112 8",
             Raw(length(" 50").encode(), method="POST"), tells_of_content, 'POST / "abc" then cut',
             "connection closed", ways=(H1,), drive=end_after_content,
             sent=f"`{length(' 50')}`, then FIN".replace("\r\n", "⏎")),
    ]


CASES = both_rules() + lengths() + codings() + chunk_rows() + head_rows()
