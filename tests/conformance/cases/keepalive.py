"""The keep-alive race: the origin ends an idle connection just when a request takes it. Bodyless
idempotent requests never fail, and nothing that may have had an effect is sent twice."""

from case import Case
from raw_origin import CLOSE, answers, ok
from request import Request

TITLE = "Connections that the origin ends while they are idle"
POST = Request("POST", body=b"abc")
PUT = Request("PUT", body=b"abc")
ENDED = "502 error=connection_terminated"


def fin(origin):
    origin.end_idle()


def rst(origin):
    origin.end_idle(with_reset=True)


def only_new_connections(end):
    """Ends a connection that has served before, upon receipt of the request."""

    def script(turn):
        if turn.served_before:
            return end(turn)
        turn.read_body()
        turn.send(ok("hello"))
        return None

    return script


def closes(turn):
    """Reads what there is, so that a close is no reset."""
    turn.read_body()
    return CLOSE


def resets(turn):
    return turn.reset()


def begins(turn):
    turn.read_body()
    turn.send("HTTP/1.1 2")
    return CLOSE


def row(name, request, script, at_origin, at_client='200 "hello"', **more):
    return Case(name, "9112 9.3.1", request, script, at_origin, at_client, warm=True, **more)


GET = Request()
CASES = [
    row("FIN is there before GET", GET, answers(ok("hello")), "GET /", before=fin),
    row("RST is there before GET", GET, answers(ok("hello")), "GET /", before=rst),
    row("FIN is there before POST", POST, answers(ok("hello")), 'POST / "abc"', before=fin),
    row("RST is there before POST", POST, answers(ok("hello")), 'POST / "abc"', before=rst),
    row("closes when it has GET: once more, on a new connection", GET,
        only_new_connections(closes), "GET / + GET /"),
    row("resets when it has GET: once more, on a new connection", GET,
        only_new_connections(resets), "GET / + GET /"),
    row("closes when it has HEAD", Request("HEAD"),
        only_new_connections(closes), "HEAD / + HEAD /", "200 {content-length: 5}"),
    row("closes when it has DELETE", Request("DELETE"), only_new_connections(closes),
        "DELETE / + DELETE /"),
    row("closes when it has PATCH: it may have had an effect", Request("PATCH"),
        only_new_connections(closes), 'PATCH / ""', ENDED),
    row("closes when it has POST: never twice", POST, only_new_connections(closes),
        'POST / "abc"', ENDED),
    row("resets when it has POST: never twice", POST, only_new_connections(resets), 'POST / ""',
        ENDED),
    row("closes when it has POST without content: never twice", Request("POST"),
        only_new_connections(closes), 'POST / ""', ENDED),
    row("closes when it has PUT with content, which is gone: not twice", PUT,
        only_new_connections(closes), 'PUT / "abc"', ENDED),
    row("closes when it has a method that nobody knows", Request("BREW"),
        only_new_connections(closes), "BREW /", ENDED),
    row("closes within its answer to GET: it has begun to answer", GET,
        only_new_connections(begins), "GET /", ENDED),
    Case("closes when it has GET on a new connection: an error, no second try", "9112 9.3.1", GET,
         lambda turn: CLOSE, "GET /", ENDED, ways=("agent", "h1"), origin_sent="FIN"),
]
