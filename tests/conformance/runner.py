"""Plays a case in each of its ways and says what arrived."""

import time
from dataclasses import dataclass, field, replace

from assertions import check
from case import H1
from client import H1Exchange
from raw_origin import ADDRESS
from request import HeaderList, Raw, Request
from seen import client_text, origin_text


@dataclass
class Outcome:
    case: object
    arrived: dict = field(default_factory=dict)  # way -> (at origin, at client)
    faults: dict = field(default_factory=dict)  # way -> why
    origin_sent: bytes = b""
    seconds: float = 0


def play(slot):
    """All ways of a case, one after the other."""
    outcome = Outcome(slot.case)
    started = time.monotonic()
    for way in slot.case.ways:
        try:
            outcome.arrived[way] = _play_way(slot, way)
            expected = slot.case.expected(way)
            check(outcome.arrived[way] == expected,
                  f"expected {expected}, arrived {outcome.arrived[way]}")
        except Exception as error:  # pylint: disable=broad-except; whatever it is fails the case
            outcome.faults[way] = f"{type(error).__name__}: {error}"
        outcome.origin_sent = outcome.origin_sent or slot.origin.sent
    outcome.seconds = time.monotonic() - started
    return outcome


def _play_way(slot, way):
    case, origin = slot.case, slot.origin
    origin.begin()
    if case.warm:
        slot.check_canary(way, None)
    if case.before:
        case.before(origin)
    with slot.client(way) as client:
        request = _settled(case.request, slot)
        events = case.drive(client.exchange(request), request, origin)
        text = client_text(events, case, way, request.method)
        goes_on = _goes_on(client, way)
        if way == H1:
            goes_on, more = _end_of_h1(client, request, case, goes_on, text)
            text += more
        origin.settle()
        origin.restore()
        if case.service == "http":
            slot.check_canary(way, client if goes_on else None)
        origin.settle()
    seen = origin_text(origin.arrived, case, way)
    if case.reuse:
        kept = origin.canary_connection == origin.arrived[-1].connection
        seen += ", connection used again" if kept else ", connection not used again"
    return seen, text


def _settled(request, slot):
    """With the values that only this run has: {origin}, {port} and {net}."""
    values = {"{origin}": f"{ADDRESS}:{slot.origin.port}", "{port}": str(slot.origin.port),
              "{net}": slot.tunnel_id}

    def settle(text):
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    if isinstance(request, Request):
        return replace(request, authority=settle(request.authority))
    if isinstance(request, HeaderList):
        fields = tuple((name, settle(value)) for name, value in request.fields)
        return replace(request, fields=fields)
    return request


def _goes_on(client, way):
    if way == H1:
        return client.keeps and not client.ended
    return client.client.is_usable()


def _end_of_h1(client, request, case, goes_on, text_of_answer):
    """The further answers on the connection, and how it went on."""
    text = ""
    raw = isinstance(request, Raw)
    if raw:
        for _ in range(request.answers - 1):
            exchange = H1Exchange(client, request)
            events = []
            while not events or events[-1][0] not in ("end", "cut"):
                events.append(exchange.next_event())
            text += " + " + client_text(events, case, H1, request.method)
        goes_on = client.keeps and not client.ended
    if goes_on:
        if raw:
            text += ", connection open"
        return True, text
    if not client.ended:
        rest = client.rest()
        check(rest == b"", f"bytes behind the last answer: {rest[:200]}")
    if raw and not text_of_answer.endswith(f"connection {client.ended}"):
        text += f", connection {client.ended}"
    return False, text
