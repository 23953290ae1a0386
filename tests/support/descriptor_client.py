"""Requests with any service descriptor, from the scripted edge's end of a connection."""

import re
import socket
import uuid
from collections import namedtuple

from assertions import check

# error: the type in Proxy-Status, or None.
Outcome = namedtuple("Outcome", "status error body")


def descriptor(tunnel_id, port, target, service=None):
    """The field for an http service; `target` has some of hostname, ipv4, ipv6 (texts) and
    resolvers (list)."""
    members = [f'id="{service or uuid.uuid4()}", type=http, scheme=http, port={port}',
               f'net="{tunnel_id}"']
    for key in ("hostname", "ipv4", "ipv6"):
        if key in target:
            members.append(f'{key}="{target[key]}"')
    if "resolvers" in target:
        inner = " ".join(f'"{address}"' for address in target["resolvers"])
        members.append(f"resolver-ips=({inner})")
    return ", ".join(members).encode()


def exchange(client, field, path="/"):
    """One GET on an H2Client, with this descriptor."""
    # A request must not wait for the acknowledgement of the last window update.
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = client.open([(":method", "GET"), (":scheme", "http"), (":authority", "x"),
                          (":path", path), ("tunnel-service", field)], end=True)
    status, error, body = None, None, b""
    while True:
        kind, *rest = client.next_event(stream)
        if kind == "head":
            status, fields = rest
            error = re.search(r"error=([a-z_]+)", dict(fields).get("proxy-status", ""))
        elif kind == "data":
            body += rest[0]
        else:
            check(kind == "end" and status, f"the stream ended with {kind} {rest}")
            return Outcome(status, error and error.group(1), body.decode())
