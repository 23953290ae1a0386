"""What an attacker who owns a name, a descriptor, or an edge would try: the target that he names,
and what must become of it."""

from dataclasses import dataclass

ALLOWED = "10.60.0.9"
ALLOWED_V6 = "fd60::9"
DEAD = "10.61.0.9"  # allowed, but without a route
RESOLVER_PORT = 5353

# What a client is told when nothing was dialled.
PROHIBITED = (502, "destination_ip_prohibited")
DENIED = (403, "http_request_denied")
MALFORMED = (400, "http_request_error")
NO_ADDRESS = (502, "dns_error")
NO_ROUTE = (502, "destination_ip_unroutable")

OPERATOR_RULES = ["--deny", "vault.corp.internal", "--deny", "*.secret.internal",
                  "--deny", "10.66.0.0/16"]


@dataclass(frozen=True)
class Case:
    """`expected` is the address that is dialled, or (status, error) when none is."""

    title: str
    target: dict  # keys of the descriptor
    expected: object
    answers: tuple = ()  # addresses of the target's host name
    alias: str = ""      # or the name that it leads to
    agent: str = "plain"  # "search": an agent with --dns-search
    at_edge: object = True  # False: an honest edge cannot say it; None: it says something else


def literal(address, expected, at_edge=True):
    key = "ipv6" if ":" in address else "ipv4"
    return Case(f"address {address}", {key: address}, expected, at_edge=at_edge)


def no_address(text, key):
    return Case(f"{key} {text!r}", {key: text}, MALFORMED, at_edge=False)


def host(name, expected, **more):
    return Case(f"host {name!r}", {"hostname": name}, expected, **more)


def no_host(name):
    return host(name, MALFORMED, at_edge=False)


def answer(number, addresses, expected):
    return Case(f"a name with {', '.join(addresses)}",
                {"hostname": f"a{number}.evil.internal"}, expected, answers=tuple(addresses))


def resolver(addresses):
    return Case(f"resolver {', '.join(addresses)}",
                {"hostname": "good.internal", "resolvers": addresses}, PROHIBITED)


V4 = [literal(address, PROHIBITED) for address in (
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.1.2.3", "127.255.255.254", "169.254.0.1",
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "10.66.0.1")]

V6 = [literal(address, PROHIBITED) for address in (
    "::", "::1", "0:0:0:0:0:0:0:1", "fe80::1", "febf::1", "ff02::1", "ff0e::1", "fd00:ec2::254",
    "FD00:EC2:0:0:0:0:0:254",
    # IPv4-compatible, whatever is inside
    "::127.0.0.1", f"::{ALLOWED}", "::2",
    # NAT64, the well-known and the local prefix, whatever is inside
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", f"64:ff9b::{ALLOWED}", "64:ff9b:1::127.0.0.1",
    "64:ff9b:1:ffff::1",
    # 6to4 and Teredo around a denied address: as the server's, or inverted as the client's
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0:1::1", "2002:e000:1::1", "2002:a42:1::1",
    "2001:0:7f00:1:0:0:f5c3:fff6", "2001:0:a3c:9:0:0:80ff:fffe", "2001:0:a3c:9:0:0:5601:5601")]

# The nearest neighbours of what is denied: the rules are not wider than they say.
NEIGHBOURS = [literal(address, address) for address in (
    ALLOWED, ALLOWED_V6, "1.0.0.1", "126.255.255.255", "128.0.0.1", "169.253.255.255",
    "169.255.0.1", "100.100.100.199", "100.100.100.201", "223.255.255.255", "10.67.0.1",
    "fd00:ec2::253", "fd00:ec2::255", "64:ff9b:2::1", "2002:a3c:9::1",
    "2001:0:a3c:9::f5c3:fff6")]

MALFORMED_ADDRESSES = [no_address(text, "ipv4") for text in (
    "127.1", "127.0.1", "0", "2130706433", "017700000001", "0x7f000001", "0177.0.0.1",
    "0x7f.0.0.1", "127.0.0.01", "127.0.0.1.", " 127.0.0.1", "127.0.0.1:80", "127.0.0.256", "::1",
)] + [no_address(text, "ipv6") for text in (
    "::ffff:127.0.0.1", "::ffff:7f00:1", f"::ffff:{ALLOWED}", "0:0:0:0:0:ffff:7f00:1",
    "fe80::1%lo", "[::1]", "::1.", "127.0.0.1", "::ffff:0177.0.0.1")]

MALFORMED_HOSTS = [no_host(name) for name in (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f000001",
    "0x7f.1", "0x7f.0.0.0x1", "0x", "127.0.0.1.", "good.internal.", "localhost.",
    "vault.corp.internal.", "vault..corp.internal", ".localhost", "a.0x7f",
    "evil.internal.1", "::1", "[::1]", "[127.0.0.1]", "127.0.0.1:80", "localhost%00.internal",
    "user@localhost", "local_host", "-localhost", "good.internal/", "l\u00f6calhost",
    "\uff1127.0.0.1", "127\u30020.0.1", "\u24dbocalhost", "")] + [
        host(name, MALFORMED, at_edge=None) for name in ("LOCALHOST", "Vault.corp.internal")]

HOSTS = [
    host("localhost", PROHIBITED),  # of the hosts file
    host("good.internal", ALLOWED, answers=(ALLOWED,)),
    host("127.0.0.1.evil.internal", PROHIBITED, answers=("127.0.0.1",)),
    host("0x7f000001.evil.internal", PROHIBITED, answers=("127.0.0.1",)),
    host("2130706433.evil.internal", PROHIBITED, answers=("127.0.0.1",)),
    host("xn--lclhost-90a.evil.internal", PROHIBITED, answers=("127.0.0.1",)),
    host("xn--bcher-kva.internal", ALLOWED, answers=(ALLOWED,)),
    host("metadata.google.internal", PROHIBITED, answers=("169.254.169.254",)),
    host("vault.corp.internal", DENIED, answers=(ALLOWED,)),
    host("a.b.secret.internal", DENIED, answers=(ALLOWED,)),
    host("notvault.corp.internal", ALLOWED, answers=(ALLOWED,)),
    host("unknown.internal", NO_ADDRESS),
]

# What the DNS says of names that may be asked for.
ANSWERS = [answer(number, *one) for number, one in enumerate([
    (["0.0.0.0"], PROHIBITED), (["127.0.0.53"], PROHIBITED), (["100.100.100.200"], PROHIBITED),
    (["169.254.169.254"], PROHIBITED), (["224.0.0.251"], PROHIBITED),
    (["255.255.255.255"], PROHIBITED), (["10.66.0.1"], PROHIBITED),
    (["::"], PROHIBITED), (["::1"], PROHIBITED), (["fe80::1"], PROHIBITED),
    (["ff02::1"], PROHIBITED), (["fd00:ec2::254"], PROHIBITED),
    (["::ffff:127.0.0.1"], PROHIBITED), (["::ffff:169.254.169.254"], PROHIBITED),
    ([f"::ffff:{ALLOWED}"], PROHIBITED), (["::127.0.0.1"], PROHIBITED),
    (["64:ff9b::7f00:1"], PROHIBITED), ([f"64:ff9b::{ALLOWED}"], PROHIBITED),
    (["64:ff9b:1::7f00:1"], PROHIBITED), (["2002:7f00:1::1"], PROHIBITED),
    (["2001:0:7f00:1::"], PROHIBITED), (["2001:0:a3c:9::80ff:fffe"], PROHIBITED),
    # Mixed: what is allowed is dialled, and nothing else, also when it does not work.
    (["127.0.0.1", ALLOWED], ALLOWED), (["10.66.0.1", ALLOWED], ALLOWED),
    (["::1", ALLOWED], ALLOWED), (["127.0.0.1", ALLOWED_V6], ALLOWED_V6),
    (["127.0.0.1", "127.0.0.2", "169.254.169.254", "0.0.0.0", ALLOWED], ALLOWED),
    (["::ffff:127.0.0.1", "::1", "fe80::1", ALLOWED_V6], ALLOWED_V6),
    (["127.0.0.1", DEAD], NO_ROUTE), (["::1", DEAD], NO_ROUTE),
    (["127.0.0.1", "::1"], PROHIBITED)])]

ALIASES = [
    host("c1.evil.internal", DENIED, alias="vault.corp.internal"),
    host("c2.evil.internal", DENIED, alias="c1.evil.internal"),
    host("c3.evil.internal", DENIED, alias="c2.evil.internal"),
    host("c4.evil.internal", DENIED, alias="a.b.secret.internal"),
    host("c5.evil.internal", PROHIBITED, alias="metadata.google.internal"),
    host("c6.evil.internal", PROHIBITED, alias="127.0.0.1.evil.internal"),
    host("c7.evil.internal", ALLOWED, alias="good.internal"),
    host("shout.lies.internal", DENIED),  # a CNAME to VAULT.Corp.Internal
    host("forged.lies.internal", NO_ADDRESS),  # addresses of a name that nobody asked for
]

SEARCH = [
    # The search list: evil.internal, corp.internal.
    host("vault", NO_ADDRESS),
    host("vault", DENIED, agent="search", at_edge=False),
    host("metadata", PROHIBITED, agent="search", at_edge=False),
    host("good", ALLOWED, agent="search", at_edge=False),
    host("c1", DENIED, agent="search", at_edge=False),
    # Not localhost.evil.internal: the hosts file knows the name as it stands.
    host("localhost", PROHIBITED, agent="search", at_edge=False),
    host("localhost.evil.internal", ALLOWED, answers=(ALLOWED,), agent="search", at_edge=False),
    host("2130706433", MALFORMED, agent="search", at_edge=False),
    host("vault.corp", PROHIBITED, agent="search", at_edge=False),
]
# What the search list makes of the names above.
SEARCH_RECORDS = {"metadata.evil.internal": ["169.254.169.254"], "good.corp.internal": [ALLOWED],
                  "vault.corp.evil.internal": ["127.0.0.1"]}

RESOLVERS = [resolver([address]) for address in (
    "169.254.169.254:5353", "127.0.0.53:5353", "127.0.0.1:5353", "0.0.0.0:5353",
    "100.100.100.200:5353", "10.66.0.53:5353", "224.0.0.251:5353", "[::1]:5353", "[fe80::1]:5353",
    "[64:ff9b::7f00:1]:5353", "[2002:7f00:1::1]:5353", "[fd00:ec2::254]:5353", "[::]:5353",
    "[::127.0.0.1]:5353")] + [
        resolver(["10.60.0.53:5353", "127.0.0.53:5353"]),
        Case("resolver ::ffff:127.0.0.1", {"hostname": "good.internal", "resolvers":
                                           ["[::ffff:127.0.0.1]:5353"]}, MALFORMED, at_edge=False),
        Case("resolver 127.1", {"hostname": "good.internal", "resolvers": ["127.1:5353"]},
             MALFORMED, at_edge=False)]

PAIRS = [
    Case("both families, one denied", {"ipv4": ALLOWED, "ipv6": "::1"}, ALLOWED),
    Case("both families, the other denied", {"ipv4": "127.0.0.1", "ipv6": ALLOWED_V6}, ALLOWED_V6),
    Case("both families denied", {"ipv4": "127.0.0.1", "ipv6": "::1"}, PROHIBITED),
    Case("both families, the allowed one dead", {"ipv4": DEAD, "ipv6": "::1"}, NO_ROUTE),
    Case("a host name and an address", {"hostname": "good.internal", "ipv4": "127.0.0.1"},
         MALFORMED, at_edge=False),
    Case("an address with a resolver", {"ipv4": ALLOWED, "resolvers": ["127.0.0.1:5353"]},
         MALFORMED, at_edge=False)]

# The agent reaches this edge at EDGE, which is in a private range.
EDGE = "10.50.0.1"
OF_THE_EDGE = [
    # Its directory writes names in lower case.
    host("LOCALHOST", PROHIBITED),
    host("Vault.corp.internal", DENIED),
    Case("the edge's own address", {"ipv4": EDGE}, PROHIBITED),
    Case("a name of the edge's address", {"hostname": "edge.evil.internal"}, PROHIBITED,
         answers=(EDGE,)),
    Case("a name of the edge's address and another", {"hostname": "edges.evil.internal"}, ALLOWED,
         answers=(EDGE, ALLOWED)),
    Case("the edge's address in 6to4", {"ipv6": "2002:a32:1::1"}, PROHIBITED),
    Case("the edge's address as resolver", {"hostname": "good.internal", "resolvers":
                                            [f"{EDGE}:5353"]}, PROHIBITED)]

CASES = [*V4, *V6, *NEIGHBOURS, *MALFORMED_ADDRESSES, *MALFORMED_HOSTS, *HOSTS, *ANSWERS, *ALIASES,
         *SEARCH, *RESOLVERS, *PAIRS]

# Each is an address of the test's network where a listener must stay silent; some the kernel
# refuses to give or to dial.
LOCAL_PREFIXES = ["10.60.0.0/16", "fd60::/16", "10.66.0.0/16", "10.67.0.0/16", "1.0.0.1",
                  "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.254.0.0/16",
                  "169.255.0.1", "100.100.100.0/24", "223.255.255.255", "240.0.0.1",
                  "fd00:ec2::/64", "64:ff9b::/96", "64:ff9b:1::/48", "64:ff9b:2::/64",
                  "2002::/16", "2001::/32", "::/96"]
