"""An answer that comes before the upload is complete: the client has it, and the upload stops."""

import socket

from case import Case, collect
from raw_origin import CLOSE, answers, ok
from request import Request

TITLE = "Answers before the end of the upload"
UPLOAD = Request("POST", body=bytes(8 << 20))
STREAM = Request("POST", body=bytes(8 << 20), length=False)
TOO_LARGE = ok("too large", status="413 Content Too Large")
HOW = "`POST /` with 8 MiB"


def answers_early(text, end):
    """Answers when it has read the head; `end` is what it does then."""

    def script(turn):
        turn.send(text)
        return end(turn)

    return script


def closes(_turn):
    return CLOSE


def resets(turn):
    return turn.reset()


def keeps(turn):
    """Takes nothing more, and leaves the connection as it is."""
    turn.origin.wait_for_gate("the client has the answer")
    return CLOSE


def lingers(turn):
    """Ends its direction, and closes when the agent has."""
    turn.connection.socket.shutdown(socket.SHUT_WR)
    return drains(turn)


def drains(turn):
    turn.wait_for_end()
    return CLOSE


def upload(exchange, request, origin):
    """A client that sends until it is stopped, then looks for an answer."""
    exchange.open()
    exchange.send_last(request.body)
    events = collect(exchange)
    origin.open_gate("the client has the answer")
    return events


def reads_all_after(turn):
    """The answer is complete at once; it goes on reading, and would see the whole upload."""
    turn.send(ok("hello"))
    turn.wait_for_end()
    return CLOSE


def row(name, text, end, client, request=UPLOAD, how=HOW):
    return Case(name, "9112 9.5", request, answers_early(text, end), 'POST / ""', client,
                drive=upload, sent=how, reuse=False)


UNAUTHORIZED = ok("who?", "WWW-Authenticate: Basic", status="401 Unauthorized")
WHO = '401 {www-authenticate: Basic} "who?"'
CASES = [
    row("413, the origin keeps the connection and reads no more", TOO_LARGE, keeps,
        '413 "too large"'),
    row("413, the origin closes", TOO_LARGE, closes, '413 "too large"'),
    row("413, the origin resets", TOO_LARGE, resets, '413 "too large"'),
    row("413, the origin goes on reading until it is stopped", TOO_LARGE, drains,
        '413 "too large"'),
    row("413 in chunks, the origin closes",
        "HTTP/1.1 413 Content Too Large\r\nTransfer-Encoding: chunked\r\n\r\n"
        "9\r\ntoo large\r\n0\r\n\r\n", closes, '413 "too large"'),
    row("413 without a length, the origin closes",
        "HTTP/1.1 413 Content Too Large\r\n\r\ntoo large", lingers, '413 "too large"'),
    row("401, the origin keeps the connection", UNAUTHORIZED, keeps, WHO),
    row("401, the origin closes", UNAUTHORIZED, closes, WHO),
    row("413 to an upload without a length, the origin closes", TOO_LARGE, closes,
        '413 "too large"', STREAM, "`POST /` with 8 MiB, chunked or DATA without a length"),
    row("413 to an upload without a length, the origin resets", TOO_LARGE, resets,
        '413 "too large"', STREAM, "`POST /` with 8 MiB, chunked or DATA without a length"),
    Case("200 before the end of the upload: the answer stands, the upload stops", "9113 8.1",
         UPLOAD, reads_all_after, 'POST / ""', '200 "hello"', drive=upload, sent=HOW),
    Case("the whole upload, then 413", "9110 15.5.14", UPLOAD, answers(TOO_LARGE),
         "POST / 8388608 bytes as sent, connection used again", '413 "too large"', drive=upload,
         sent=HOW, reuse=True),
]
