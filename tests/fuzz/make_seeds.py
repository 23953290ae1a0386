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


REQUEST, TO_GET, TO_HEAD, TO_CONNECT = b"\0", b"\1", b"\2", b"\3"


def h1_differentials():
    """What both readers accept, and one message for each rule of h1_deviations.cc."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\n"
    post = b"POST / HTTP/1.1\r\nHost: a\r\n"
    chunked = post + b"Transfer-Encoding: chunked\r\n\r\n"
    ok = b"HTTP/1.1 200 OK\r\n"
    yield "get", head + b"Accept: */*\r\n\r\n" + REQUEST
    yield "absolute", b"OPTIONS http://a/?x HTTP/1.0\r\nHost: a\r\n\r\n" + REQUEST
    yield "connect", b"CONNECT [fd00::1]:443 HTTP/1.1\r\nHost: [fd00::1]:443\r\n\r\n" + REQUEST
    yield "length", post + b"Content-Length: 5\r\n\r\nhelloGET" + REQUEST
    yield "chunks", chunked + b"5;x=\"y\"\r\nhello\r\n0\r\nx-t: 1\r\n\r\nleft" + REQUEST
    yield "upgrade", head + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n" + REQUEST
    yield "response", ok + b"Content-Length: 2\r\n\r\nhiHTTP" + TO_GET
    yield "response_chunks", ok + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + TO_GET
    yield "until_close", b"HTTP/1.0 200 OK\r\n\r\nbody" + TO_GET
    yield "to_head", ok + b"Content-Length: 70\r\n\r\n" + TO_HEAD
    yield "to_connect", ok + b"\r\nbytes" + TO_CONNECT
    yield "interim", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200" + TO_GET
    rules = {
        "bare_lf_start": b"GET / HTTP/1.1\nHost: a\r\n\r\n" + REQUEST,
        "bare_lf_field": head + b"x: y\nz: 1\r\n\r\n" + REQUEST,
        "bare_cr": head + b"x: y\rz: 1\r\n\r\n" + REQUEST,
        "folded": ok + b"x: y\r\n z\r\n\r\n" + TO_HEAD,
        "empty_lines": b"\r\n\r\n" + head + b"\r\n" + REQUEST,
        "lf_before": b"\n" + head + b"\r\n" + REQUEST,
        "empty_line_response": b"\r\n" + ok + b"\r\n" + TO_HEAD,
        "http09": b"GET /\r\n\r\n" + REQUEST,
        "http20": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n" + REQUEST,
        "status_600": b"HTTP/1.1 600 Odd\r\n\r\n" + TO_HEAD,
        "reason": b"HTTP/1.1 200 O\x01K\r\n\r\n" + TO_HEAD,
        "fragment": b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n" + REQUEST,
        "connect_no_port": b"CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n" + REQUEST,
        "connect_body": b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\nabc" + REQUEST,
        "no_host": b"GET / HTTP/1.1\r\n\r\n" + REQUEST,
        "two_hosts": head + b"Host: b\r\n\r\n" + REQUEST,
        "odd_host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + REQUEST,
        "other_host": b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n" + REQUEST,
        "empty_name": ok + b": x\r\n\r\n" + TO_HEAD,
        "long_name": ok + b"x" * 257 + b": y\r\n\r\n" + TO_HEAD,
        "space_before_colon": ok + b"x : y\r\n\r\n" + TO_HEAD,
        "codings": post + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + REQUEST,
        "two_codings": (post + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
                        b"0\r\n\r\n" + REQUEST),
        "coding_in_10": (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         b"0\r\n\r\n" + REQUEST),
        "huge_length": ok + b"Content-Length: 9223372036854775808\r\n\r\n" + TO_HEAD,
        "chunk_end": ok + b"Transfer-Encoding: chunked\r\n\r\n1\r\nate0\r\n\r\n" + TO_GET,
        "leading_zeros": chunked + b"0" * 17 + b"\r\n\r\n" + REQUEST,
        "empty_extension": chunked + b"0;;x\r\n\r\n" + REQUEST,
        "extension_space": chunked + b"0; x\r\n\r\n" + REQUEST,
        "odd_method": b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n" + REQUEST,
        "tunnel_framing": ok + b"Content-Length: 5, 6\r\n\r\n" + TO_CONNECT,
        "304_length": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" + TO_GET,
        "length_tab": ok + b"Content-Length:\t2\t\r\n\r\nhi" + TO_GET,
        "framing_trailer": chunked + b"0\r\nTransfer-Encoding: x\r\n\r\n" + REQUEST,
    }
    for name, message in rules.items():
        yield "rule_" + name, message


def round_trips():
    cut, closes, resets, at_once, narrow = 1, 2, 4, 8, 16

    def passage(bits, request, answer):
        return bytes([bits]) + request + b"\x1e\x1e" + answer
    get = b"GET /a?b=%2e HTTP/1.1\r\nHost: a.example:80\r\n"
    post = b"POST /u HTTP/1.1\r\nHost: a\r\n"
    ok = b"HTTP/1.1 200 OK\r\n"
    yield "get", passage(0, get + b"Cookie: a=b\r\nCookie: c=d\r\n\r\n",
                         ok + b"Content-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhello")
    yield "head", passage(cut, get.replace(b"GET", b"HEAD") + b"\r\n",
                          ok + b"Content-Length: 70\r\n\r\n")
    yield "upload", passage(cut, post + b"Content-Length: 5\r\nConnection: x, close\r\nX: y\r\n\r\nhello",
                            b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nTunnel-Retry: ?1\r\n\r\n")
    yield "chunks", passage(narrow, post + b"Transfer-Encoding: chunked\r\n\r\n"
                            b"5\r\nhello\r\n0\r\nx-end: 1\r\nhost: b\r\n\r\n",
                            ok + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-end: 2\r\n\r\n")
    yield "interim", passage(0, get + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nb",
                             b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                             b"link: </a>\r\n\r\n" + ok + b"Content-Length: 1\r\n\r\na")
    yield "until_close", passage(closes, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                                 b"HTTP/1.0 200 OK\r\n\r\nuntil the end")
    yield "cut_chunks", passage(resets, get + b"\r\n",
                                ok + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel")
    yield "cut_upload", passage(at_once, post + b"Content-Length: 50\r\n\r\nhello",
                                b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    yield "no_content", passage(0, get + b"\r\n", b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n")
    yield "not_modified", passage(0, get + b"If-None-Match: x\r\n\r\n",
                                  b"HTTP/1.1 304 Not Modified\r\nContent-Length: 70\r\n\r\n")
    yield "refused", passage(0, post + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"")
    yield "bad_answer", passage(0, get + b"\r\n", ok + b"Content-Length: 1, 2\r\n\r\n")
    yield "websocket", passage(0, get + b"Connection: upgrade\r\nUpgrade: websocket\r\n"
                               b"Sec-WebSocket-Version: 13\r\n"
                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", ok + b"\r\n")
    yield "asterisk", passage(0, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ok + b"Content-Length: 0\r\n\r\n")


def edge_setups():
    def request(bits, line, *fields):
        return bytes([bits]) + "\r\n".join([line, *fields, "", ""]).encode()
    line = f"GET /ptth/tunnels/{TUNNEL} HTTP/1.1"
    host = "Host: edge.example.net:7844"
    upgrade = ["Connection: upgrade", "Upgrade: ptth", "ALPN: h2"]
    session = f'Tunnel-Session: v=1, inst="{NET}", conn=2, of=4, ver="1.0.0", feat=(http)'
    signed = "Authorization: @"
    yield "good", request(0, line, host, signed, *upgrade, session)
    yield "deleted", request(1, line, host, signed, *upgrade, session)
    yield "disabled", request(2, line, host, signed, *upgrade, session)
    yield "early_bytes", request(4, line, host, signed, *upgrade, session)
    yield "foreign_host", request(0, line, "Host: other.example", signed, *upgrade, session)
    yield "no_upgrade", request(0, line, host, signed, session)
    yield "old", request(0, line, host, signed, *upgrade, "Tunnel-Session: v=0")
    yield "unsigned", request(0, line, host, *upgrade, session)


def edge_bindings():
    token = "ohb_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    by_token = [f"X-VPC-Service-Id: {SERVICE}", f"X-VPC-Binding-Token: {token}"]
    api, database, h2 = 1, 2, 4

    def request(bits, line, *fields):
        return bytes([bits]) + "\r\n".join([line, "Host: a", *fields, "", ""]).encode()
    yield "token", request(0, "GET / HTTP/1.1", *by_token, "X-CF-Blob: {}", "Tunnel-Service: x")
    yield "bound", request(api, "POST http://a/x HTTP/1.1", "Content-Length: 0", "Via: 1.1 x")
    yield "wrong", request(0, "GET / HTTP/1.1", by_token[0], "X-VPC-Binding-Token: ohb_x")
    yield "twice", request(0, "GET / HTTP/1.1", *by_token, by_token[1])
    yield "proto", request(api, "GET / HTTP/1.1", "X-Forwarded-Proto: https")
    yield "loop", request(api, "GET / HTTP/1.1", "Via: 1.1 edge-fuzz")
    yield "websocket", request(api, "GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
                               "Sec-WebSocket-Version: 13",
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    yield "h2_websocket", request(api | h2, "CONNECT a:1 HTTP/1.1", "Upgrade: websocket")
    yield "connect", (bytes([database]) + f"CONNECT {NET}.tcp.vpc:1 HTTP/1.1\r\n\r\n".encode())
    yield "connect_other", (bytes([database]) + f"CONNECT {SERVICE}.tcp.vpc:1 HTTP/1.1\r\n\r\n".encode())


def service_text(tunnel):
    return ('{"name": "api", "type": "http", "http_port": 8080, "host": {"hostname": "api.internal", '
            f'"resolver_network": {{"tunnel_id": "{tunnel}", "resolver_ips": ["10.0.0.53", '
            '"[fd00::53]:5353"]}}, "tls_settings": {"cert_verification_mode": "verify_ca"}}')


def directory_texts():
    yield "service", service_text(NET).encode()
    yield "addresses", (f'{{"name": "db", "type": "tcp", "tcp_port": 5432, "app_protocol": "postgresql",'
                        f' "host": {{"ipv4": "10.0.0.5", "ipv6": "fd00::5", "network": '
                        f'{{"tunnel_id": "{NET}"}}}}}}').encode()
    yield "wrong", b'{"nmae": 1, "type": "udp", "host": {"ipv4": "1", "ipv4": null}, "\\u00e4": [{}]}'
    yield "tunnel", '{"name": "b\u00fcro"}'.encode()
    yield "change", b'{"disabled": true}'
    yield "binding", b'{"service": "api", "name": "worker"}'
    yield "target", b"/v1/services/a%20b%2f/?name=x+y&per_page=10&page=%31"


def api_calls():
    def calls(*lines):
        return "\x1e".join(lines).encode()
    tunnel = 'POST /v1/tunnels {"name": "office"}'
    service = "POST /v1/services " + service_text("$T")
    yield "life", calls(tunnel, service, 'POST /v1/bindings {"service": "$S", "name": "w"}',
                        "GET /v1/bindings?service=api", "DELETE /v1/services/api", "GET /v1/status",
                        "DELETE /v1/tunnels/$T")
    yield "change", calls(tunnel, 'PATCH /v1/tunnels/office {"disabled": true}',
                          "POST /v1/tunnels/$T/token", "POST /v1/tunnels/$T/token",
                          "GET /v1/tunnels?is_deleted=true&per_page=1")
    yield "replace", calls(tunnel, service, "PUT /v1/services/$S " + service_text("$T"),
                           "GET /client/v4/accounts/a/connectivity/directory/services/$S")
    yield "wrong", calls(tunnel, tunnel, "DELETE /v1/status", "GET /v1/%zz", "POST /v1/services {",
                         "GET /v1/services?page=0", "PUT /v1/services/none {}")


TARGETS = {
    "api_routes": api_calls, "directory_json": directory_texts, "edge_binding": edge_bindings,
    "edge_setup": edge_setups, "h1_differential": h1_differentials, "round_trip": round_trips,
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
