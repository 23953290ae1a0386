"""Targets reach the origin byte for byte: whoever normalises one decides in the origin's place."""

from case import Case
from request import Request

TITLE = "Paths"
PATHS = [
    ("a query", "/a?b=c&d=e"), ("an empty query", "/a?"), ("a query without a path", "/?a"),
    ("question marks in a query", "/a?b?c??"), ("percent-encoded slashes", "/a%2Fb%2f"),
    ("percent-encoded letters stay so", "/%61%7E%7e"), ("percent-encoded NUL and CRLF",
                                                         "/a%00b%0d%0aX:y"),
    ("a percent sign alone", "/100%"), ("bad percent-encoding", "/%zz%1"),
    ("dot segments", "/a/./b/../../c"), ("encoded dot segments", "/a/%2e%2e/b"),
    ("dots at the end", "/a/.."), ("empty segments", "//a///b//"),
    ("what could be taken for an authority", "//evil.test/a"),
    ("a URI inside", "/http://evil.test/a?b=http://c"), ("parameters", "/a;b=c,d/e;f"),
    ("every sub-delimiter", "/!$&'()*+,;=:@-._~"),
    ("characters that URIs should not have", "/\"<>[]\\^`{|}"),
    ("upper and lower case", "/AbC?dEf"), ("a plus sign", "/a+b?c+d"), ("8192 bytes", "/" + "a" * 8191),
]

CASES = [Case(name, "9110 4.2", Request(path=path),
              at_origin=f"GET {path if len(path) < 48 else '/aaa... (8192 bytes)'}")
         for name, path in PATHS]
