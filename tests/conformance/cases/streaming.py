"""Nothing waits for what is not there yet: each piece arrives before the next one is sent."""

from case import Case, collect
from raw_origin import CLOSE
from request import Request

TITLE = "Streaming"
SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
EVENTS = [f"data: {number}\n\n" for number in range(4)]
STREAM = "200 {content-type: text/event-stream} \"" + "".join(EVENTS).replace("\n", "\\n") + '"'
UPLOAD = Request("POST", body=b"", length=False)


def sends_events(chunked):
    """The next event only when the client has the one before."""

    def script(turn):
        turn.read_body()
        turn.send(SSE + ("Transfer-Encoding: chunked\r\n\r\n" if chunked else "\r\n"))
        for number, event in enumerate(EVENTS):
            turn.send(f"{len(event):x}\r\n{event}\r\n" if chunked else event)
            turn.origin.wait_for_gate(f"event {number}")
        if not chunked:
            return CLOSE
        turn.send("0\r\n\r\n")
        return None

    return script


def take_events(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event()]
    for number in range(len(EVENTS)):
        events.append(exchange.next_event())
        origin.open_gate(f"event {number}")
    return events + collect(exchange)


def echoes(turn):
    """Full duplex: answers at once, and each piece as it comes."""
    turn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while piece := turn.read_piece():
        turn.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    turn.send("0\r\n\r\n")


def talk(exchange, _request, _origin):
    """Sends a piece when the one before has come back."""
    exchange.open()
    events = [exchange.next_event()]
    for piece in (b"one ", b"two ", b"three"):
        exchange.send(piece)
        events.append(exchange.next_event())
    exchange.finish()
    return events + collect(exchange)


def answers_each_piece(turn):
    """Reads the upload piece by piece and says so."""
    for number in range(3):
        turn.read_piece()
        turn.origin.open_gate(f"piece {number}")
    turn.read_body()
    turn.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def send_pieces(exchange, _request, origin):
    exchange.open()
    for number, piece in enumerate((b"one ", b"two ", b"three")):
        exchange.send(piece)
        origin.wait_for_gate(f"piece {number}")
    exchange.finish()
    return collect(exchange)


def sends_head_first(turn):
    turn.read_body()
    turn.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    turn.origin.wait_for_gate("head")
    turn.send("hello")


def take_head_first(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event()]
    origin.open_gate("head")
    return events + collect(exchange)


def sends_for_ever(turn):
    turn.read_body()
    turn.send(SSE + "\r\ndata")
    turn.wait_for_end()
    turn.origin.open_gate("the origin knows")
    return CLOSE


def leave_in_content(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event(), exchange.next_event()]
    exchange.leave()
    origin.wait_for_gate("the origin knows")
    return events + [("cut", "the client left")]


def waits_for_end(turn):
    turn.wait_for_end()
    turn.origin.open_gate("the origin knows")
    return CLOSE


def leave_while_waiting(exchange, _request, origin):
    exchange.open()
    origin.wait_for_arrival()
    exchange.leave()
    origin.wait_for_gate("the origin knows")
    return [("cut", "the client left")]


def reads_until_cut(turn):
    try:
        turn.read_piece()
        turn.origin.open_gate("content")
        turn.read_body()
    finally:
        turn.origin.open_gate("the origin knows")


def leave_in_upload(exchange, _request, origin):
    exchange.open()
    exchange.send(b"abc")
    origin.wait_for_gate("content")
    exchange.leave()
    origin.wait_for_gate("the origin knows")
    return [("cut", "the client left")]


CASES = [
    Case("server-sent events in chunks arrive one by one", "9112 7.1", origin=sends_events(True),
         at_client=STREAM, drive=take_events,
         origin_sent="4 events, the next when the client has the one before"),
    Case("server-sent events until the origin closes arrive one by one", "9112 6.3",
         origin=sends_events(False), at_client=STREAM, drive=take_events,
         origin_sent="4 events, the next when the client has the one before"),
    Case("the head arrives before the content", "9110 6.4", origin=sends_head_first,
         drive=take_head_first, origin_sent="a head; 5 bytes when the client has it"),
    Case("a streaming echo: both directions at once", "9110 6.4", UPLOAD, echoes,
         'POST / "one two three"', '200 "one two three"', drive=talk,
         sent="`POST /` chunked, 3 pieces, the next when the one before has come back",
         origin_sent="a head at once, then each piece as it comes"),
    Case("an upload arrives piece by piece", "9112 7.1", UPLOAD, answers_each_piece,
         'POST / "one two three"', drive=send_pieces,
         sent="`POST /` chunked, 3 pieces, the next when the origin has the one before"),
    Case("the client leaves within the answer: the origin is told", "9113 8.7",
         origin=sends_for_ever, drive=leave_in_content,
         at_client='200 {content-type: text/event-stream} "data" then the client left'),
    Case("the client leaves while it waits: the origin is told", "9113 8.7",
         origin=waits_for_end, drive=leave_while_waiting, at_client="the client left"),
    Case("the client leaves within its upload: it never looks complete", "9112 8",
         Request("POST", body=b"abc", length=False), reads_until_cut, 'POST / "abc" then cut',
         "the client left", drive=leave_in_upload,
         sent="`POST /` chunked, 3 bytes, then RST_STREAM or the end of the connection"),
]
