"""Answers that never have content, whatever they say about it, and what an origin sends behind an
answer: never the beginning of the next one."""

from case import Case
from raw_origin import answers
from request import Request

TITLE = "Answers without content, and bytes behind an answer"
USED, NOT_USED = ", connection used again", ", connection not used again"
EXTRA = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


def head(status, *fields):
    return f"HTTP/1.1 {status} X\r\n" + "".join(f"{line}\r\n" for line in fields) + "\r\n"


CASES = [
    Case("204", "9110 15.3.5", origin=answers(head(204)), at_origin=f"GET /{USED}",
         at_client="204", reuse=True),
    Case("204 with Content-Length: 0", "9110 8.6", origin=answers(head(204, "Content-Length: 0")),
         at_origin=f"GET /{USED}", at_client="204", reuse=True),
    Case("204 that announces content: none is read, the connection ends", "9110 8.6",
         origin=answers(head(204, "Content-Length: 5") + "hello"), at_origin=f"GET /{NOT_USED}",
         at_client="204", reuse=True),
    Case("204 in chunks", "9112 6.1",
         origin=answers(head(204, "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n"),
         at_origin=f"GET /{NOT_USED}", at_client="204", reuse=True),
    Case("204 with an answer behind it", "9112 9.3", origin=answers(head(204) + EXTRA),
         at_origin=f"GET /{NOT_USED}", at_client="204", reuse=True),
    Case("304 with the length that 200 would have", "9110 15.4.5",
         origin=answers(head(304, 'ETag: "x"', "Content-Length: 5")), at_origin=f"GET /{USED}",
         at_client='304 {etag: "x", content-length: 5}', reuse=True),
    Case("304 with content behind it", "9112 6.3",
         origin=answers(head(304, "Content-Length: 5") + "hello"), at_origin=f"GET /{NOT_USED}",
         at_client="304 {content-length: 5}", reuse=True),
    Case("304 in chunks", "9112 6.3",
         origin=answers(head(304, "Transfer-Encoding: chunked")), at_origin=f"GET /{USED}",
         at_client="304", reuse=True),
    Case("205 with Content-Length: 0", "9110 15.3.6",
         origin=answers(head(205, "Content-Length: 0")), at_origin=f"GET /{USED}",
         at_client="205", reuse=True),
    Case("205 as chunks without content", "9110 15.3.6",
         origin=answers(head(205, "Transfer-Encoding: chunked") + "0\r\n\r\n"),
         at_origin=f"GET /{USED}", at_client="205", reuse=True),
    Case("205 with content, which its length frames all the same", "9112 6.3",
         origin=answers(head(205, "Content-Length: 5") + "hello"), at_origin=f"GET /{USED}",
         at_client='205 "hello"', reuse=True),
    Case("HEAD answered with content", "9110 9.3.2", Request("HEAD"),
         answers(head(200, "Content-Length: 5") + "hello"), f"HEAD /{NOT_USED}",
         "200 {content-length: 5}", reuse=True),
    Case("HEAD answered with an answer behind it", "9112 9.3", Request("HEAD"),
         answers(head(200, "Content-Length: 0") + EXTRA), f"HEAD /{NOT_USED}", "200", reuse=True),
    Case("HEAD answered without any length", "9110 9.3.2", Request("HEAD"), answers(head(200)),
         f"HEAD /{USED}", "200", reuse=True),
    Case("more content than the length", "9112 6.3",
         origin=answers(head(200, "Content-Length: 5") + "hello, world"),
         at_origin=f"GET /{NOT_USED}", reuse=True),
    Case("a second answer behind the first", "9112 9.3",
         origin=answers(head(200, "Content-Length: 5") + "hello" + EXTRA),
         at_origin=f"GET /{NOT_USED}", reuse=True),
    Case("bytes behind the last chunk", "9112 9.3",
         origin=answers(head(200, "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n\r\n"),
         at_origin=f"GET /{NOT_USED}", reuse=True),
    Case("an interim response behind the final one", "9110 15.2",
         origin=answers(head(200, "Content-Length: 5") + "hello" + head(103)),
         at_origin=f"GET /{NOT_USED}", reuse=True),
]
