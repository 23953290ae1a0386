"""Says in one line what arrived. What differs from run to run (names, keys, ports) or is the same in
every case (Via, Proxy-Status without an error) is checked here and left out; all else is shown."""

import base64
import binascii
import json
import re

from assertions import check
from request import AUTHORITY, WEBSOCKET_KEY

SHOWN_FIELDS = 8
SHOWN_BYTES = 48
# Who the client is: other tests look at these.
CLIENT_IDENTITY = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
                   "x-request-id")
DETAILS = r'(;details="(\\.|[^"\\])*")?'
OTHER_AGENT = '"agent-00000000"'  # no tunnel of the test has this name
AGENT_MEMBER, EDGE_MEMBER = r'"agent-[0-9a-f]{8}"', r'"edge-[0-9a-f]{8}"'


def content_text(data, sent=None):
    """Short text as it is, else how much it is, and whether it is what was sent."""
    if len(data) <= SHOWN_BYTES and data.isascii():
        return json.dumps(data.decode())
    text = f"{len(data)} bytes"
    return text + " as sent" if sent is not None and data == sent else text


def value_text(value):
    if len(value) > SHOWN_BYTES:
        return f"{value[:4]}... ({len(value)} bytes)"
    return value.encode("latin-1").decode("ascii", "backslashreplace")


def fields_text(fields, sent=()):
    """Few fields as they are, else how many, and whether they are those that were sent."""
    if not fields:
        return ""
    if len(fields) > SHOWN_FIELDS:
        same = [(name.lower(), value) for name, value in sent] == list(fields)
        return f" {{{len(fields)} fields{' as sent' if same else ''}}}"
    return " {" + ", ".join(f"{value_text(name)}: {value_text(value)}"
                            for name, value in fields) + "}"


# --- at the origin -------------------------------------------------------------------------------

def origin_text(arrived, case, way):
    """All requests that the origin has seen."""
    if not arrived:
        return "nothing"
    return " + ".join(_request_text(request, case, way) for request in arrived)


def _request_text(request, case, way):
    if request.line == "TCP":
        content = content_text(request.body) if request.body else ""
        return f"TCP {content}".rstrip()
    via = ", ".join(value for name, value in request.fields if name == "via")
    expected = "2 outhaul" if way == "agent" else r"(1\.[01]|2) edge-[0-9a-f]{8}, 2 outhaul"
    check(re.search(f"(^|, ){expected}$", via), f"via at the origin, not '{via}'")
    shown = []
    for name, value in request.fields:
        hidden = name in ("via", "content-length", "transfer-encoding", *CLIENT_IDENTITY)
        if name == "host" and value == AUTHORITY:
            hidden = True
        if name == "sec-websocket-key" and _is_own_key(value):
            value = "(a new one)"
        if not hidden:
            shown.append((name, value))
    text = request.line.removesuffix(" HTTP/1.1")
    method, _, target = text.partition(" ")
    if len(target) > SHOWN_BYTES:
        text = f"{method} {value_text(target)}"
    text += fields_text(shown, getattr(case.request, "fields", ()))
    if request.framing:
        if case.framing:
            text += f" {request.framing}"
        text += f" {content_text(request.body, getattr(case.request, 'body', None))}"
    elif request.body:
        text += f" then {content_text(request.body)}"  # in a tunnel
    if request.trailers:
        text += f" trailers{fields_text(request.trailers)}"
    if request.cut:
        text += " then cut"
    return text


def _is_own_key(value):
    """A nonce of the agent's own, not the client's."""
    try:
        return len(base64.b64decode(value, validate=True)) == 16 and value != WEBSOCKET_KEY
    except binascii.Error:
        return False


# --- at the client -------------------------------------------------------------------------------

def client_text(events, case, way, method):
    """One response with its interim responses."""
    parts, body, head = [], b"", None
    ending = ""
    for kind, *rest in events:
        if kind == "head":
            head = rest
            if rest[0] < 200 and rest[0] != 101:
                parts.append(f"{rest[0]}{fields_text(rest[1])}")
        elif kind == "data":
            body += rest[0]
        elif kind == "end" and rest[0]:
            ending = f" trailers{fields_text(rest[0])}"
        elif kind == "cut":
            ending = f" then {rest[0]}" if head else rest[0]
    if head and (head[0] >= 200 or head[0] == 101):
        parts.append(_final_text(head, body, case, way, method) + ending)
    elif ending:
        parts.append(ending)
    return ", ".join(parts)


def _final_text(head, body, case, way, method):
    status, fields = head
    lower = {name.lower(): value for name, value in fields}
    error = _error(lower.get("proxy-status", ""), way)
    text = str(status)
    others = re.sub(rf",? ?({AGENT_MEMBER}|{EDGE_MEMBER})(;error=[a-z_]+)?{DETAILS}", "",
                    lower.get("proxy-status", "").replace(OTHER_AGENT, "OTHER"))
    if others:
        text += f" {{proxy-status: {others.replace('OTHER', OTHER_AGENT)}}}"
    hidden = {"proxy-status", "transfer-encoding", "connection"}
    if status == 101:
        hidden -= {"connection"}
    own_answer = error and _is_problem(status, error, lower, body, method)
    if own_answer:
        hidden |= {"content-type", "content-length", "tunnel-retry"}
    elif lower.get("content-length") == str(len(body)):
        hidden.add("content-length")
    text += fields_text([(name.lower(), _shown_value(name, value)) for name, value in fields
                         if name.lower() not in hidden], getattr(case.request, "fields", ()))
    if case.framing:
        text += _framing_text(lower, way)
    if error:
        text += f" error={error}"
        if lower.get("tunnel-retry") == "?1":
            text += ", may be retried"
    if body and not own_answer:
        text += f" {content_text(body, getattr(case.request, 'body', None))}"
    return text


def _shown_value(name, value):
    return "(right)" if name.lower() == "sec-websocket-accept" and \
        value == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" else value


def _framing_text(fields, way):
    if "content-length" in fields:
        return " length"
    if way == "h1":
        return " " + fields.get("transfer-encoding", "until close")
    return ""


def _error(proxy_status, way):
    """The error type of the last member, whose name and form are checked."""
    last = AGENT_MEMBER if way == "agent" else EDGE_MEMBER
    match = re.search(rf'(^|, ){last}(?:;error=([a-z_]+))?(;.*)?$', proxy_status)
    check(match, f"proxy-status at the client, not '{proxy_status}'")
    if way != "agent":
        check("details" not in proxy_status and "next-hop" not in proxy_status,
              f"nothing internal in proxy-status: {proxy_status}")
    return match.group(2)


def _is_problem(status, error, fields, body, method):
    if fields.get("content-type") != "application/problem+json":
        return False
    if method == "HEAD":
        return True
    problem = json.loads(body)
    return (problem["status"], problem["title"]) == (status, error)
