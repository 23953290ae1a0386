"""Methods: the agent and the edge know none that they would have to refuse."""

from case import Case
from raw_origin import answers, ok
from request import Request

TITLE = "Methods"
ODD_TOKEN = "!#$%&'*+-.^_`|~0aZ"

CASES = [
    Case("GET", "9110 9.3.1"),
    Case("HEAD: the length of the answer is kept, its content is none", "9110 9.3.2",
         Request("HEAD"), answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
         "HEAD /, connection used again", "200 {content-length: 5}", reuse=True),
    Case("HEAD of an answer that would be chunked", "9110 9.3.2",
         Request("HEAD"), answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
         "HEAD /, connection used again", "200", reuse=True),
    Case("POST with content", "9110 9.3.3", Request("POST", body=b"abc"),
         at_origin='POST / "abc"'),
    Case("POST without content: the origin is told that there is none", "9110 8.6",
         Request("POST"), at_origin='POST / ""'),
    Case("PUT", "9110 9.3.4", Request("PUT", body=b"abc"), answers(ok(status="201 Created")),
         'PUT / "abc"', "201"),
    Case("DELETE", "9110 9.3.5", Request("DELETE"), at_origin="DELETE /"),
    Case("DELETE with content", "9110 9.3.5", Request("DELETE", body=b"abc"),
         at_origin='DELETE / "abc"'),
    Case("GET with content: it has no meaning, but it is passed", "9110 9.3.1",
         Request("GET", body=b"abc"), at_origin='GET / "abc"'),
    Case("PATCH", "5789", Request("PATCH", body=b"abc"), at_origin='PATCH / "abc"'),
    Case("OPTIONS of a resource", "9110 9.3.7", Request("OPTIONS", "/a"),
         answers(ok("", "Allow: GET, HEAD")), "OPTIONS /a", "200 {allow: GET, HEAD}"),
    Case("OPTIONS *", "9110 9.3.7", Request("OPTIONS", "*"), at_origin="OPTIONS *"),
    Case("TRACE", "9110 9.3.8", Request("TRACE"), at_origin="TRACE /"),
    Case("a registered method that is rare", "9110 9.1", Request("M-SEARCH"),
         at_origin="M-SEARCH /"),
    Case("a method that nobody has registered, with content", "9110 9.1",
         Request("BREW", body=b"abc"), at_origin='BREW / "abc"'),
    Case("every character that a method may have", "9110 5.6.2", Request(ODD_TOKEN),
         at_origin=f"{ODD_TOKEN} /"),
    Case("methods are case-sensitive: get is not GET", "9110 9.1", Request("get"),
         at_origin="get /"),
    Case("a method of 300 bytes", "9110 9.1", Request("M" * 300),
         at_origin=f"{'M' * 300} /"),
]
