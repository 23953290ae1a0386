"""One behaviour: what is sent, and exactly what must arrive at both ends."""

from dataclasses import dataclass

from raw_origin import answers, ok
from request import HeaderList, Request

AGENT, H1, H2 = "agent", "h1", "h2"
ALL = (AGENT, H1, H2)


def collect(exchange):
    """All events of the response."""
    events = []
    while not events or events[-1][0] not in ("end", "cut"):
        events.append(exchange.next_event())
    return events


def send_whole(exchange, request, _origin):
    """The usual client: sends all, then takes the response."""
    if isinstance(request, HeaderList):
        exchange.send_in_one_piece()
        return collect(exchange)
    exchange.open()
    body, trailers = getattr(request, "body", None), getattr(request, "trailers", ())
    if body and not trailers:
        exchange.send_last(body)
    elif body is not None or trailers:
        if body:
            exchange.send(body)
        exchange.finish(trailers)
    return collect(exchange)


@dataclass(frozen=True)
class Case:
    """`ways` are the clients that play it: the scripted edge on HTTP/2 toward the agent alone
    ("agent"), and clients of a binding through edge and agent ("h1", "h2"). `at_origin` and
    `at_client` are the texts of seen.py, the same for all ways or a dictionary by way."""

    behaviour: str
    rfc: str
    request: object = Request()
    origin: object = answers(ok("hello"))  # a script of raw_origin.py
    at_origin: object = "GET /"
    at_client: object = '200 "hello"'
    ways: tuple = ALL
    drive: object = send_whole
    framing: bool = False  # say how the content was framed
    reuse: bool = False  # say whether the origin connection was used again
    sent: str = ""  # the client's side in words, where the request does not say it
    origin_sent: str = ""  # the origin's side in words, where its bytes do not say it
    service: str = "http"
    together: bool = False  # judges edge and agent as one
    warm: bool = False  # the origin connection has served a request before
    before: object = None  # called with the origin when that is so

    def expected(self, way):
        return tuple(text[way] if isinstance(text, dict) else text
                     for text in (self.at_origin, self.at_client))
