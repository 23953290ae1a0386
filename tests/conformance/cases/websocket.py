"""WebSocket handshakes and what follows them, byte for byte; frames of the npm client and server `ws`
are in websocket_clients.py."""

from case import AGENT, H1, H2, Case, collect
from raw_origin import CLOSE, answers, ok
from request import WEBSOCKET_KEY, Raw, Request

TITLE = "WebSocket: the handshake"
REQUEST = ' then "request"'


def chat(*fields):
    return Request("CONNECT", "/chat", fields, protocol="websocket")


def seen(more="", content=""):
    """The handshake at the origin, and what follows it."""
    return (f"GET /chat {{sec-websocket-version: 13{more}, connection: Upgrade, upgrade: websocket, "
            f"sec-websocket-key: (a new one)}}{content}")


def opened(more="", content=""):
    """What the client sees: 101 with the right accept on HTTP/1.1, 200 on HTTP/2."""
    fields = f" {{{more}}}" if more else ""
    with_more = f"{more}, " if more else ""
    return {AGENT: f"200{fields}{content}",
            H1: f"101 {{{with_more}connection: Upgrade, upgrade: websocket, "
                f"sec-websocket-accept: (right)}}{content}",
            H2: f"200{fields}{content}"}


def ended(on_h2, on_h1):
    return {AGENT: f"200 then {on_h2}", H2: f"200 then {on_h2}",
            H1: "101 {connection: Upgrade, upgrade: websocket, sec-websocket-accept: (right)} "
                f"then {on_h1}"}


def echoes(*fields):
    """Sends back what comes until the other side ends, then ends."""

    def script(turn):
        turn.accept_websocket(*fields)
        while data := turn.read_raw():
            turn.send(data)
        return CLOSE

    return script


def talk(exchange, _request, _origin):
    """Bytes there and back, then the end of the client's direction, then the origin's."""
    exchange.open()
    events = [exchange.next_event()]
    for data in (b"\x00\xff\r\n one", b"two"):
        exchange.send(data)
        events.append(exchange.next_event())
    exchange.finish()
    return events + collect(exchange)


def sends_with_head(turn):
    turn.accept_websocket()
    turn.send("first")
    while turn.read_raw():
        pass
    return CLOSE


def answers_after_end(turn):
    """Half-close: still sends when the client has ended its direction."""
    turn.accept_websocket()
    while turn.read_raw():
        pass
    turn.send("after the end")
    return CLOSE


def ends_first(turn):
    """Half-close the other way: ends its direction, then takes what the client still sends."""
    turn.accept_websocket()
    turn.send("bye")
    turn.end_direction()
    while turn.read_raw():
        pass
    return CLOSE


def send_and_end(exchange, _request, _origin):
    exchange.open()
    events = [exchange.next_event()]
    exchange.send(b"request")
    exchange.finish()
    return events + collect(exchange)


def answer_the_end(exchange, _request, _origin):
    exchange.open()
    events = [exchange.next_event(), exchange.next_event()]
    end = exchange.next_event()
    exchange.send(b"still here")
    exchange.finish()
    return events + [end]


def resets(turn):
    turn.accept_websocket()
    turn.read_raw()
    return turn.reset()


def send_and_be_reset(exchange, _request, _origin):
    exchange.open()
    events = [exchange.next_event()]
    exchange.send(b"x")
    return events + collect(exchange)


def notices_the_end(turn):
    turn.accept_websocket()
    turn.wait_for_end()
    turn.origin.open_gate("the origin knows")
    return CLOSE


def leave(exchange, _request, origin):
    exchange.open()
    events = [exchange.next_event()]
    exchange.leave()
    origin.wait_for_gate("the origin knows")
    return events + [("cut", "the client left")]


def open_only(exchange, request, _origin):
    """Takes an answer that is no handshake; the client's direction stays open until then."""
    exchange.open()
    return collect(exchange)


def wrong_accept(turn):
    turn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


def no_accept(turn):
    turn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")


def other_protocol(turn):
    turn.accept_websocket(upgrade="other")


FAILED = "502 error=http_upgrade_failed"
HANDSHAKE = (f"GET /chat HTTP/1.1\r\nHost: service.test\r\nConnection: Upgrade\r\n"
             f"Upgrade: websocket\r\nSec-WebSocket-Key: {WEBSOCKET_KEY}\r\n"
             f"Sec-WebSocket-Version: 13\r\n")


def bad(name, rfc, change, status="400", extra=""):
    data = change(HANDSHAKE) + "\r\n"
    return Case(name, rfc, Raw(data.encode()), at_origin="nothing", ways=(H1,),
                at_client=f"{status}{extra} error=http_request_error, connection closed")


CASES = [
    Case("a handshake, bytes both ways, the client ends first", "8441 5", chat(), echoes(),
         seen(content=" then 11 bytes"), opened(content=" 11 bytes"), drive=talk),
    Case("a subprotocol is chosen", "6455 4.2.2", chat(("Sec-WebSocket-Protocol", "a, b")),
         echoes("Sec-WebSocket-Protocol: b"), seen(", sec-websocket-protocol: a, b", REQUEST),
         opened("sec-websocket-protocol: b", ' "request"'), drive=send_and_end),
    Case("an extension is agreed on", "6455 9", chat(
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")),
         echoes("Sec-WebSocket-Extensions: permessage-deflate"),
         seen(", sec-websocket-extensions: permessage-deflate; client_max_window_bits", REQUEST),
         opened("sec-websocket-extensions: permessage-deflate", ' "request"'), drive=send_and_end),
    Case("cookies, Origin and other fields", "6455 4.1",
         chat(("Origin", "https://a.test"), ("Cookie", "a=b")), echoes("Set-Cookie: c=d"),
         seen(", origin: https://a.test, cookie: a=b", REQUEST),
         opened("set-cookie: c=d", ' "request"'),
         drive=send_and_end),
    Case("the first bytes come with the handshake's answer", "6455 4.2.2", chat(), sends_with_head,
         seen(content=REQUEST), opened(content=' "first"'), drive=send_and_end),
    Case("the client ends its direction: the origin may still send", "protocol 4", chat(),
         answers_after_end, seen(content=REQUEST), opened(content=' "after the end"'), drive=send_and_end),
    Case("the origin ends its direction: the client may still send", "protocol 4", chat(),
         ends_first, seen(content=' then "still here"'), opened(content=' "bye"'), drive=answer_the_end),
    Case("the origin resets", "protocol 4", chat(), resets, seen(content=' then "x"'),
         ended("RST_STREAM CANCEL", "connection reset"),
         drive=send_and_be_reset),
    Case("the client leaves", "protocol 4", chat(), notices_the_end, seen(),
         ended("the client left", "the client left"), drive=leave),
    Case("the origin answers 200", "6455 4.1", chat(), answers(ok("hello")), seen(), FAILED,
         drive=open_only),
    Case("the origin answers 403: it passes", "6455 4.1", chat(),
         answers(ok("no", status="403 Forbidden")), seen(), '403 "no"', drive=open_only),
    Case("the origin redirects: it passes", "6455 4.1", chat(),
         answers(ok("", "Location: /b", status="302 Found")), seen(), "302 {location: /b}",
         drive=open_only),
    Case("the origin's accept is for another key", "6455 4.1", chat(), wrong_accept, seen(), FAILED,
         drive=open_only),
    Case("the origin's 101 has no accept", "6455 4.1", chat(), no_accept, seen(), FAILED,
         drive=open_only),
    Case("the origin switches to another protocol", "6455 4.1", chat(), other_protocol, seen(),
         FAILED, drive=open_only),
    bad("no key", "6455 4.2.1", lambda text: text.replace("Sec-WebSocket-Key", "X-Key")),
    bad("a key that is too short", "6455 4.2.1", lambda text: text.replace(WEBSOCKET_KEY, "eA==")),
    bad("two keys", "6455 4.2.1",
        lambda text: f"{text}Sec-WebSocket-Key: {WEBSOCKET_KEY}\r\n"),
    bad("another version", "6455 4.2.2", lambda text: text.replace(": 13", ": 8"), "426",
        " {upgrade: websocket, sec-websocket-version: 13}"),
    bad("Connection does not say upgrade", "9110 7.8",
        lambda text: text.replace("Connection: Upgrade", "Connection: keep-alive")),
    bad("POST", "6455 4.1", lambda text: text.replace("GET", "POST")),
    Case("in HTTP/1.0 an upgrade means nothing", "9110 7.8",
         Raw((HANDSHAKE.replace("HTTP/1.1", "HTTP/1.0") + "\r\n").encode()), ways=(H1,),
         at_origin=f"GET /chat {{sec-websocket-key: {WEBSOCKET_KEY}, sec-websocket-version: 13}}",
         at_client='200 "hello", connection closed'),
    Case("another protocol in extended CONNECT", "8441 4",
         Request("CONNECT", "/chat", protocol="other"), at_origin="nothing", ways=(AGENT, H2),
         at_client={AGENT: "501 error=http_request_error, may be retried",
                    H2: "501 error=http_request_error"}, drive=open_only),
]
