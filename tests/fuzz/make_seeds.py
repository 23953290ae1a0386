#!/usr/bin/python3
"""Writes the seeds of the fuzz targets to corpus/<target>/, which are kept in the repository.

Run it again after a change here. Files that it did not write stay: an input that found something
is kept in the corpus under a name that says what it was.
"""

import base64
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
NO_CUTS = b"\x00"
TWO_CUTS = b"\x05\x0b\x02"
TUNNEL = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"
NET = "0191dce4-9ab4-7fce-b660-8e5dec5172da"
SERVICE = "e6a0817c-79c5-40ca-9776-a1c019defe70"


def h1_requests():
    yield "get", b"GET /a?b=c HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n\r\n" + TWO_CUTS
    yield "length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET" + NO_CUTS
    yield "chunked", (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"5;x=\"y\"\r\nhello\r\n0\r\nx-t: 1\r\n\r\nleft" + TWO_CUTS)
    yield "chunks_only", b"3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n" + TWO_CUTS
    yield "absolute", b"\r\nOPTIONS http://A?x HTTP/1.0\r\nHost: a\r\n\r\n" + TWO_CUTS
    yield "connect", b"CONNECT [fd00::1]:443 HTTP/1.1\r\n\r\n" + NO_CUTS
    yield "te_and_length", (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NO_CUTS)


def h1_responses():
    yield "length", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP" + TWO_CUTS
    yield "interim", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + NO_CUTS
    yield "chunked", (b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"1\r\na\r\n0\r\n\r\n" + TWO_CUTS)
    yield "until_close", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nbody" + NO_CUTS
    yield "no_body", b"HTTP/1.1 304\r\nContent-Length: 70\r\nSet-Cookie: a=b\r\n\r\n" + NO_CUTS


def structured_fields():
    yield "dictionary", b'a=1, b=?0;x=-2.50;y="q\\"", c=(a/b "s" :aGk=:);z, d=@1700000000, a'
    yield "list", b'sugar;q=0.5, ("foo" %"f%c3%bc");a, :YWJj:, @-1, 999999999999999, *t'
    yield "item", b'-0.100;a;a=2'


def descriptors():
    rest = f', port=8443, net="{NET}"'
    yield "https", (f'id="{SERVICE}", type=http, scheme=https, hostname="api.internal"{rest}, '
                    'resolver-ips=("10.0.0.53" "[fd00::53]:5353"), '
                    'tls=verify_ca;sni="other.example"').encode()
    yield "tcp", (f'id="{SERVICE}", type=tcp, scheme=tcp, ipv4="10.0.0.5", ipv6="FD00:0::5"'
                  f'{rest}, app=postgresql').encode()


def tokens():
    secret = base64.b64encode(bytes(range(32))).decode()
    text = (f'{{"t":"{TUNNEL}","s":"{secret}","e":["edge.example.net:443","[fd00::1]:7844",'
            f'"10.0.0.1"],"pin":["sha256/{secret}"]}}')
    yield "credentials", text.encode()
    yield "token", base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


def session_fields():
    yield "request", f'v=1, inst="{NET}", conn=0, of=4, ver="1.0.0", feat=(http tcp ws)'.encode()
    yield "response", b'v=1, cid="7b1d", edge="fra3-e07", ping=20, life=86400'


def proxy_statuses():
    yield "agent", (b'origin;received-status=502, "agent-6f1d0a5e";error=dns_error;'
                    b'rcode="NXDOMAIN";details="no such name";next-hop="10.0.0.1"')
    yield "lines", b'a;error=http_request_error\n"b";x=1\nagent-6f1d0a5e;error="text"'


def concealed():
    def encode(size):
        return base64.urlsafe_b64encode(bytes(range(size))).rstrip(b"=").decode()
    yield "authorization", (f"Concealed k={encode(16)}, a={encode(32)}, s=2055, v={encode(16)}, "
                            f"p={encode(64)}").encode()
    yield "host", b"edge.example.net:7844"
    yield "host_v6", b"[fd00::1]:443"


def translations():
    def request(body, method, scheme, authority, path, protocol, *fields):
        items = [body, method, scheme, authority, path, protocol]
        items += ["\x1f".join(field) for field in fields]
        return "\x1e".join(items).encode()
    yield "get", request("-", "GET", "https", "a.example", "/x?y=%2e", "", ("accept", "*/*"),
                         ("cookie", "a=b"), ("cookie", "c=d"), ("te", "trailers"))
    yield "upload", request("b", "POST", "http", "[::1]:80", "/", "", ("content-length", "5"),
                            ("expect", "100-continue"), ("tunnel-control", "?1"))
    yield "host", request("b", "PATCH", "", "", "/", "", ("host", "a.example"), ("via", "1.1 (x) p"))
    yield "asterisk", request("-", "OPTIONS", "https", "a", "*", "", ("max-forwards", "1"))
    yield "websocket", request("-", "CONNECT", "https", "a", "/s", "websocket")
    yield "connection", request("-", "GET", "https", "a", "/", "", ("connection", "x"), ("x", "y"))


def dns_replies():
    def name(text):
        return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"

    def reply(flags, kind, answers, authority=b"", authorities=0):
        header = struct.pack(">6H", 1, flags, 1, len(answers), authorities, 0)
        return header + name("app.internal") + struct.pack(">2H", kind, 1) + b"".join(
            answers) + authority

    def record(owner, kind, data):
        return owner + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    same_name = b"\xc0\x0c"
    yield "a", b"\0" + reply(0x8180, 1, [record(same_name, 1, b"\x0a\0\0\1")])
    yield "chain", b"\1" + reply(0x8180, 28, [
        record(same_name, 5, b"\x01b\xc0\x10"), record(name("b.internal"), 28, bytes(15) + b"\1")])
    soa = record(name("internal"), 6, b"\0\0" + struct.pack(">5I", 1, 2, 3, 4, 20))
    yield "no_name", b"\0" + reply(0x8183, 1, [], soa, 1)
    yield "failure", b"\0" + reply(0x8182, 1, [])


def h2_sessions():
    def text(value):
        return bytes([len(value)]) + value

    def literal(name, value):
        return b"\0" + text(name) + text(value)

    def frame(kind, flags, stream, payload):
        return bytes([kind, flags, stream, len(payload)]) + payload
    get = b"\x82\x87\x84" + literal(b":authority", b"a.test")
    post = b"\x83\x87\x84" + literal(b":authority", b"a.test") + literal(b"content-length", b"4")
    framed, client, answer, early, stall, deaf = 4, 1, 0, 16, 32, 64
    yield "get", bytes([framed | answer]) + frame(1, 5, 1, get) + frame(8, 0, 0, b"\0\1\0\0")
    yield "post", bytes([framed | early | 8]) + frame(1, 4, 1, post) + frame(0, 1, 1, b"body")
    yield "continuation", (bytes([framed]) + frame(1, 1, 1, get[:5]) + frame(9, 0, 1, get[5:9])
                           + frame(9, 4, 1, get[9:]))
    yield "rapid_reset", bytes([framed | stall]) + b"".join(
        frame(1, 5, stream, get) + frame(3, 0, stream, b"\0\0\0\x08") for stream in (1, 3, 5, 7, 9))
    yield "flood", bytes([framed | deaf]) + frame(0x86, 0, 0, bytes(8)) + frame(0x84, 0, 0, b"")
    yield "rhttp", bytes([framed | 2]) + frame(4, 1, 0, b"") + frame(1, 5, 1, get)
    connect = frame(4, 0, 0, b"\0\x08\0\0\0\1")
    yield "response", (bytes([framed | client]) + connect + frame(1, 4, 1, b"\x08\x03103")
                       + frame(1, 4, 1, b"\x88") + frame(0, 0, 1, b"body")
                       + frame(1, 5, 1, literal(b"x-end", b"1")) + frame(1, 5, 3, b"\x88"))
    yield "go_away", (bytes([framed | client | early]) + frame(3, 0, 5, b"\0\0\0\7")
                      + frame(7, 0, 0, bytes(3) + b"\3" + bytes(4)))
    settings = bytes(3) + b"\4" + bytes(5)
    magic = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings
    yield "raw", b"\0" + magic + bytes([0, 0, len(get), 1, 5, 0, 0, 0, 1]) + get


TARGETS = {
    "concealed": concealed, "descriptor": descriptors, "dns_reply": dns_replies,
    "h1_request": h1_requests, "h1_response": h1_responses, "h2_session": h2_sessions,
    "proxy_status": proxy_statuses, "session_fields": session_fields,
    "structured_fields": structured_fields, "token": tokens, "translation": translations,
}


def main():
    for target, seeds in TARGETS.items():
        directory = os.path.join(HERE, "corpus", target)
        os.makedirs(directory, exist_ok=True)
        for name, content in seeds():
            with open(os.path.join(directory, name), "wb") as file:
                file.write(content)


if __name__ == "__main__":
    main()
