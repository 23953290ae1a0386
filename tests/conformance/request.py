"""What a client sends: one request in words that HTTP/1.1 and HTTP/2 share, or the exact bytes or
header list of one of them."""

from dataclasses import dataclass

AUTHORITY = "service.test"
WEBSOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455 section 1.3


@dataclass(frozen=True)
class Request:
    method: str = "GET"
    path: str = "/"
    fields: tuple = ()
    body: bytes = None  # no content at all; b"" is a request that has content of no byte
    length: bool = True  # with Content-Length; else chunked, or DATA without a length
    trailers: tuple = ()
    authority: str = AUTHORITY
    protocol: str = ""  # of an extended CONNECT; HTTP/1.1 sends an upgrade

    def h1_head(self):
        target = self.path if self.method != "CONNECT" or self.protocol else self.authority
        method = "GET" if self.protocol else self.method
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.authority}"]
        if self.protocol:
            lines += ["Connection: Upgrade", f"Upgrade: {self.protocol}",
                      f"Sec-WebSocket-Key: {WEBSOCKET_KEY}", "Sec-WebSocket-Version: 13"]
        lines += [f"{name}: {value}" for name, value in self.fields]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}" if self.length
                         else "Transfer-Encoding: chunked")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def h2_head(self, scheme="http"):
        fields = [(":method", self.method), (":authority", self.authority)]
        if self.method != "CONNECT" or self.protocol:
            fields += [(":scheme", scheme), (":path", self.path)]
        if self.protocol:
            fields += [(":protocol", self.protocol), ("sec-websocket-version", "13")]
        fields += [(name.lower(), value) for name, value in self.fields]
        if self.body is not None and self.length:
            fields.append(("content-length", str(len(self.body))))
        return fields

    def __str__(self):
        target = self.authority if self.method == "CONNECT" and not self.protocol else self.path
        text = f"{self.method} {target}"
        if self.protocol:
            text += f" :protocol={self.protocol}"
        return text


@dataclass(frozen=True)
class Raw:
    """The bytes of an HTTP/1.1 connection. `answers` responses are read before the test goes on."""

    data: bytes
    method: str = "GET"  # whose answer is read
    answers: int = 1


@dataclass(frozen=True)
class HeaderList:
    """The header list of an HTTP/2 request, the content, and a list of trailers if there is one."""

    fields: tuple
    body: bytes = None
    trailers: tuple = ()
    method: str = "GET"
    complete: bool = False  # the test adds no descriptor where it plays the edge


def h2(method="GET", path="/", *fields, authority=AUTHORITY, **more):
    """The usual pseudo-fields, with whatever else the case is about."""
    pseudo = ((":method", method), (":scheme", "http"), (":authority", authority), (":path", path))
    pseudo = tuple(field for field in pseudo if field[1] is not None)
    return HeaderList(pseudo + fields, method=method, **more)
