"""How content is framed, in both directions: what ends it must never be in doubt."""

from case import H1, Case, collect
from raw_origin import CLOSE, answers, answers_and_closes, ok
from request import Raw, Request

TITLE = "Framing"
HEAD = "HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = bytes(range(256)) * 4096
USED, NOT_USED = ", connection used again", ", connection not used again"


def post(framing, content, version="HTTP/1.1"):
    return Raw(f"POST / {version}\r\nHost: service.test\r\n{framing}\r\n\r\n{content}".encode(),
               method="POST")


def byte_by_byte(exchange, request, _origin):
    """The head alone in the first call, so that the rest can follow."""
    exchange.open()
    for byte in request.body:
        exchange.send(bytes([byte]))
    exchange.finish()
    return collect(exchange)


def sends_byte_by_byte(text):
    def script(turn):
        turn.read_body()
        for byte in text.encode():
            turn.send(bytes([byte]))

    return script


def resets_in_body(turn):
    turn.read_body()
    turn.send(CHUNKED + "5\r\nhello\r\n")
    turn.origin.wait_for_gate("head is there")
    return turn.reset()


def closes_in_body(text):
    def script(turn):
        turn.read_body()
        turn.send(text)
        turn.origin.wait_for_gate("head is there")
        return CLOSE

    return script


def wait_for_content(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event(), exchange.next_event()]
    origin.open_gate("head is there")
    return events + collect(exchange)




def cut(more=""):
    """HTTP/1.1 has no other way to say it than an end without the end of the content."""
    text = f'200{more} "hello" then RST_STREAM INTERNAL_ERROR'
    return {"agent": text, "h1": f'200{more} "hello" then connection closed', "h2": text}



CASES = [
    Case("a request with Content-Length", "9112 6.2", Request("POST", body=b"abc"),
         at_origin=f'POST / length "abc"{USED}', at_client='200 length "hello"', framing=True,
         reuse=True),
    Case("a request without a length: chunked, or DATA alone", "9112 7.1",
         Request("POST", body=b"abc", length=False), at_origin=f'POST / chunked "abc"{USED}',
         at_client='200 length "hello"', framing=True, reuse=True),
    Case("content of no byte with a length", "9112 6.2", Request("POST", body=b""),
         at_origin='POST / length ""', at_client='200 length "hello"', framing=True),
    Case("content of no byte without a length", "9112 7.1",
         Request("POST", body=b"", length=False),
         at_origin='POST / ""'),
    Case("1 MiB up and down", "9112 6", Request("POST", body=MEBIBYTE), answers(ok(MEBIBYTE)),
         "POST / 1048576 bytes as sent", "200 1048576 bytes as sent",
         origin_sent="the same content with Content-Length"),
    Case("1 MiB up and down without lengths", "9112 7.1",
         Request("POST", body=MEBIBYTE, length=False),
         answers_and_closes(HEAD.encode() + b"\r\n" + MEBIBYTE),
         "POST / 1048576 bytes as sent", "200 1048576 bytes as sent",
         origin_sent="the same content until it closes"),
    Case("content byte by byte", "9112 6.2", Request("POST", body=b"abc"),
         sends_byte_by_byte(HEAD + "Content-Length: 5\r\n\r\nhello"),
         'POST / "abc"', '200 "hello"', drive=byte_by_byte),
    Case("content byte by byte, each one a chunk", "9112 7.1",
         Request("POST", body=b"abc", length=False),
         sends_byte_by_byte(CHUNKED + "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n"),
         'POST / "abc"', '200 "hello"', drive=byte_by_byte),
    Case("chunk extensions are not passed on", "9112 7.1.1",
         post("Transfer-Encoding: chunked", '3;a=b;c="d;\\"e"\r\nabc\r\n0;end\r\n\r\n'),
         at_origin='POST / chunked "abc"', at_client='200 length "hello", connection open',
         ways=(H1,), framing=True),
    Case("chunk sizes with leading zeros and in upper case", "9112 7.1",
         post("Transfer-Encoding: chunked", "0000a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"),
         at_origin='POST / "01234567890123456789"', at_client='200 "hello", connection open',
         ways=(H1,)),
    Case("the name of the coding in another case", "9112 7.1",
         post("Transfer-Encoding: Chunked", "3\r\nabc\r\n0\r\n\r\n"),
         at_origin='POST / chunked "abc"', at_client='200 length "hello", connection open',
         ways=(H1,), framing=True),
    Case("an empty line before the request", "9112 2.2",
         Raw(b"\r\nGET / HTTP/1.1\r\nHost: service.test\r\n\r\n"),
         at_client='200 "hello", connection open', ways=(H1,)),
    Case("two requests at once are answered in order", "9112 9.3.2",
         Raw(b"GET /1 HTTP/1.1\r\nHost: service.test\r\n\r\n"
             b"GET /2 HTTP/1.1\r\nHost: service.test\r\n\r\n", answers=2),
         lambda turn: turn.send(ok(turn.request.line.split()[1])),
         "GET /1 + GET /2", '200 "/1" + 200 "/2", connection open', ways=(H1,)),
    Case("a request right behind content", "9112 6.3",
         Raw(b"POST /1 HTTP/1.1\r\nHost: service.test\r\nContent-Length: 3\r\n\r\nabc"
             b"GET /2 HTTP/1.1\r\nHost: service.test\r\n\r\n", method="POST", answers=2),
         answers(ok("hello")), 'POST /1 "abc" + GET /2',
         '200 "hello" + 200 "hello", connection open', ways=(H1,)),
    Case("the target as a whole URI", "9112 3.2.2",
         Raw(b"GET http://service.test/a?b HTTP/1.1\r\nHost: service.test\r\n\r\n"),
         at_origin="GET /a?b", at_client='200 "hello", connection open', ways=(H1,)),
    Case("a client of HTTP/1.0: the connection ends", "9112 9.3",
         Raw(b"GET / HTTP/1.0\r\nHost: service.test\r\n\r\n"),
         at_client='200 length "hello", connection closed', ways=(H1,), framing=True),
    Case("a client of HTTP/1.0 never gets chunks", "9112 6.1",
         Raw(b"GET / HTTP/1.0\r\nHost: service.test\r\n\r\n"),
         answers(CHUNKED + "5\r\nhello\r\n0\r\n\r\n"),
         at_client='200 until close "hello", connection closed', ways=(H1,), framing=True),
    Case("a client of HTTP/1.1 that closes", "9112 9.6",
         Raw(b"GET / HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\n\r\n"),
         at_client='200 "hello", connection closed', ways=(H1,)),
    Case("an answer with Content-Length", "9112 6.2", origin=answers(ok("hello")),
         at_origin=f"GET /{USED}", at_client='200 length "hello"', framing=True, reuse=True),
    Case("an answer in chunks", "9112 7.1",
         origin=answers(CHUNKED + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
         at_origin=f"GET /{USED}", framing=True, reuse=True,
         at_client={"agent": '200 "hello"', "h1": '200 chunked "hello"', "h2": '200 "hello"'}),
    Case("an answer in chunks with extensions", "9112 7.1.1",
         origin=answers(CHUNKED + "5;x=1\r\nhello\r\n0;y\r\n\r\n"), at_origin=f"GET /{USED}",
         reuse=True),
    Case("an answer in chunks without content", "9112 7.1",
         origin=answers(CHUNKED + "0\r\n\r\n"), at_origin=f"GET /{USED}", at_client="200",
         reuse=True),
    Case("an answer that ends with the connection", "9112 6.3",
         origin=answers_and_closes(HEAD + "\r\nhello"), at_origin=f"GET /{NOT_USED}",
         framing=True, reuse=True,
         at_client={"agent": '200 "hello"', "h1": '200 chunked "hello"', "h2": '200 "hello"'}),
    Case("an answer of no byte that ends with the connection", "9112 6.3",
         origin=answers_and_closes(HEAD + "\r\n"), at_client="200"),
    Case("an answer that says Connection: close", "9112 9.6",
         origin=answers(ok("hello", "Connection: close")), at_origin=f"GET /{NOT_USED}",
         reuse=True),
    Case("an origin of HTTP/1.0 with a length", "9112 9.3",
         origin=answers("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
         at_origin=f"GET /{NOT_USED}", reuse=True),
    Case("an origin of HTTP/1.0 that keeps the connection", "9112 9.3",
         origin=answers("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"),
         at_origin=f"GET /{USED}", reuse=True),
    Case("an origin of HTTP/1.0 without a length", "9112 6.3",
         origin=answers_and_closes("HTTP/1.0 200 OK\r\n\r\nhello"), at_origin=f"GET /{NOT_USED}",
         reuse=True),
    Case("a status line without a reason", "9112 4",
         origin=answers("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello")),
    Case("a status line without reason and space", "9112 4",
         origin=answers("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello")),
    Case("a reason with bytes that are not ASCII", "9112 4",
         origin=answers("HTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 5\r\n\r\nhello")),
    Case("a status that nobody knows", "9110 15",
         origin=answers("HTTP/1.1 599 Odd\r\nContent-Length: 5\r\n\r\nhello"),
         at_client='599 "hello"'),
    Case("content that ends before its length is cut for the client", "9112 8",
         origin=closes_in_body(HEAD + "Content-Length: 9\r\n\r\nhello"),
         at_client=cut(" {content-length: 9}"), drive=wait_for_content),
    Case("chunks that end early are cut for the client", "9112 8",
         origin=closes_in_body(CHUNKED + "5\r\nhello\r\n"), at_client=cut(), drive=wait_for_content),
    Case("a chunk that ends early is cut for the client", "9112 8",
         origin=closes_in_body(CHUNKED + "9\r\nhello"), at_client=cut(), drive=wait_for_content),
    Case("content without a length that ends with RST is cut for the client", "9112 8",
         origin=resets_in_body, at_client=cut(), drive=wait_for_content),
]
