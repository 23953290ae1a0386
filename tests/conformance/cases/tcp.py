"""Services of type tcp by CONNECT: bytes both ways, with the ends that TCP has."""

from case import AGENT, H1, H2, Case, collect
from cases.websocket import leave, open_only, send_and_be_reset
from raw_origin import CLOSE
from request import Request

TITLE = "TCP by CONNECT"
CONNECT = Request("CONNECT", authority="{origin}")
MEBIBYTE = bytes(range(256)) * 4096


def speaks_first(turn):
    turn.send("220 ready\r\n")
    while data := turn.read_raw():
        turn.send(data)
    return CLOSE


def listen_then_talk(exchange, _request, _origin):
    exchange.open()
    events = [exchange.next_event(), exchange.next_event()]
    exchange.send(b"EHLO")
    events.append(exchange.next_event())
    exchange.finish()
    return events + collect(exchange)


def answers_after_end(turn):
    while turn.read_raw():
        pass
    turn.send(b"%d bytes" % len(turn.request.body))
    return CLOSE


def send_and_end(exchange, _request, _origin):
    exchange.open()
    events = [exchange.next_event()]
    exchange.send(MEBIBYTE)
    exchange.finish()
    return events + collect(exchange)


def ends_first(turn):
    turn.send("bye")
    turn.end_direction()
    while turn.read_raw():
        pass
    return CLOSE


def answer_the_end(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event(), exchange.next_event(), exchange.next_event()]
    exchange.send(b"still here")
    exchange.finish()
    return events


def sends_much(turn):
    turn.send(MEBIBYTE)
    return CLOSE


def resets(turn):
    turn.read_raw()
    return turn.reset()


def notices_the_end(turn):
    turn.wait_for_end()
    turn.origin.open_gate("the origin knows")
    return CLOSE


def take_all(exchange, _request, _origin):
    exchange.open()
    events = collect(exchange)
    exchange.finish()
    return events


def row(name, script, at_origin, at_client, drive, request=CONNECT, **more):
    return Case(name, more.pop("rfc", "9110 9.3.6"), request, script, at_origin, at_client,
                drive=drive, service=more.pop("service", "tcp"), **more)


def never(turn):
    turn.wait_for_end()
    return CLOSE


BAD = {AGENT: "400 error=http_request_error, may be retried", H1: "400 error=http_request_error",
       H2: "400 error=http_request_error"}
CASES = [
    row("the origin speaks first, then both in turn", speaks_first, 'TCP "EHLO"',
        '200 "220 ready\\r\\nEHLO"', listen_then_talk),
    row("the client ends its direction behind 1 MiB: the origin still answers", answers_after_end,
        "TCP 1048576 bytes", '200 "1048576 bytes"', send_and_end),
    row("the origin ends its direction: the client still sends", ends_first, 'TCP "still here"',
        '200 "bye"', answer_the_end),
    row("1 MiB down", sends_much, "TCP", "200 1048576 bytes", take_all,
        origin_sent="1 MiB, then FIN"),
    row("the origin resets", resets, 'TCP "x"', {
        AGENT: "200 then RST_STREAM CONNECT_ERROR", H1: "200 then connection reset",
        H2: "200 then RST_STREAM CONNECT_ERROR"}, send_and_be_reset),
    row("the client leaves", notices_the_end, "TCP", "200 then the client left", leave,
        rfc="9113 8.5"),
    row("nobody listens", never, "nothing", {
        AGENT: "502 error=connection_refused, may be retried", H1: "502 error=connection_refused",
        H2: "502 error=connection_refused"}, open_only, before=lambda origin: origin.refuse(),
        origin_sent="nobody listens"),
    row("the agent wants exactly the address of the descriptor", never, "nothing",
        BAD[AGENT], open_only, Request("CONNECT", authority="evil.test:25"), ways=(AGENT,),
        rfc="protocol 3"),
    row("a client's authority is not where the connection goes", speaks_first, 'TCP "EHLO"',
        '200 "220 ready\\r\\nEHLO"', listen_then_talk,
        Request("CONNECT", authority="anything.test:1"), ways=(H1, H2), rfc="protocol 9"),
    row("GET to a service of type tcp", never, "nothing", BAD, open_only, Request()),
    row("CONNECT to a service of type http", never, "nothing", BAD, open_only,
        Request("CONNECT", authority="{origin}"), service="http"),
    row("CONNECT without a port", never, "nothing", {H1: BAD[H1], H2: BAD[H2]}, open_only,
        Request("CONNECT", authority="service.test"), ways=(H1, H2)),
]
