"""docs/conformance.md: what a run has seen, as a table. The same run gives the same text."""

from case import AGENT, H1, H2
from request import HeaderList, Raw
from seen import content_text, fields_text

SHOWN_SENT = 220
SHOWN_VALUE = 150  # a whole descriptor
_CONTROLS = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}
INTRODUCTION = """# Conformance

What outhaul does with HTTP, WebSocket and TCP, one row per behaviour. **A test run wrote this page**:
`tests/conformance/` starts the real `outhaul` and `outhaul-edge`, plays the client and the origin of
each row with raw bytes, and compares what arrives at both. The run fails when anything differs from
what is expected, and when this page differs from what the run has seen (`scripts/conformance --write`
writes it again).

- **sent**: the client's request, then the origin's answer. `⏎` is CRLF; other controls are escaped.
- **arrived**: what the origin saw → what the client saw. Left out, because it is checked in every row:
  `Host: service.test`, `Via`, and a `Proxy-Status` without an error. `error=` is the type that
  `Proxy-Status` names (RFC 9209); the answer's body is then a problem document that says the same.
- **agent**: judged alone. The test plays the edge on HTTP/2 toward the agent.
- **edge**: judged with clients on its binding, on HTTP/1.1 (`h1`) and HTTP/2 (`h2`), through edge and
  agent. A dash: this row does not concern the program, or cannot be sent to it.
- After each row of a service of type http the same service is asked again, on the same client
  connection where that goes on: the answer must be its own. So no row disturbs another request.
"""


def table(topics):
    """`topics` is a list of (title, outcomes)."""
    rows = sum(len(outcomes) for _, outcomes in topics)
    failed = sum(bool(outcome.faults) for _, outcomes in topics for outcome in outcomes)
    text = INTRODUCTION + f"\n{rows} behaviours, {rows - failed} hold.\n"
    for title, outcomes in topics:
        text += f"\n## {title}\n\n"
        text += "| behaviour | RFC | sent | arrived | agent | edge |\n|---|---|---|---|---|---|\n"
        text += "".join(_row(outcome) for outcome in outcomes)
    return text


def _row(outcome):
    case = outcome.case
    cells = [case.behaviour, case.rfc, _sent(outcome), _arrived(outcome),
             _verdict(outcome, (AGENT,)), _verdict(outcome, (H1, H2))]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _code(text):
    """A code span: in a table, and whatever backticks are in the text."""
    fence = "``" if "`" in text else "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _sent(outcome):
    case = outcome.case
    client = case.sent or _code(_printable(_request_text(case.request)))
    origin = case.origin_sent or (_code(_bytes_text(outcome.origin_sent))
                                  if outcome.origin_sent else "")
    return f"{client}<br>{origin}" if origin else client


def _request_text(request):
    if isinstance(request, Raw):
        return _bytes_text(request.data)
    if isinstance(request, HeaderList):
        text = ", ".join(f"{_printable(name)}: {_shortened(value, SHOWN_VALUE)}"
                         for name, value in request.fields)
        if request.body is not None:
            text += f", {content_text(request.body)}"
        return text + (f" trailers{fields_text(request.trailers)}" if request.trailers else "")
    text = _shortened(str(request)) + fields_text(request.fields)
    if request.body is not None:
        text += " length" if request.length else " chunked"
        text += f" {content_text(request.body)}"
    if request.trailers:
        text += f" trailers{fields_text(request.trailers)}"
    return text


def _shortened(text, most=60):
    text = _printable(text)
    return text if len(text) <= most else f"{text[:40]}... ({len(text)} characters)"


def _printable(text):
    """Controls escaped; other letters stay as they are."""
    return "".join(c if c.isprintable() else _CONTROLS.get(c, f"\\x{ord(c):02x}")
                   for c in text.replace("\r\n", "⏎"))


def _bytes_text(data):
    text = _escaped(data)
    if len(text) > SHOWN_SENT:
        return f"{text[:SHOWN_SENT - 40]}... ({len(data)} bytes)"
    return text


def _escaped(data):
    text = data.decode("latin-1").replace("\r\n", "⏎")
    return "".join(c if c == "⏎" or " " <= c <= "~" else
                   _CONTROLS.get(c, f"\\x{ord(c):02x}") for c in text)


def _arrived(outcome):
    """Once when all ways agree, else by way."""
    by_text = {}
    for way in outcome.case.ways:
        by_text.setdefault(outcome.arrived.get(way, ("?", "?")), []).append(way)
    lines = []
    for (origin, client), ways in by_text.items():
        names = "" if len(by_text) == 1 else f"{', '.join(ways)}: "
        client = _code(_printable(client))
        seen = f"{_code(_shortened(origin, 160))} → {client}" if origin else client
        lines.append(names + seen)
    return "<br>".join(lines)


def _verdict(outcome, ways):
    judged = [way for way in ways if way in outcome.case.ways]
    if not judged and outcome.case.together:
        return "pass (with edge)" if not outcome.faults else "**fails**"
    if not judged:
        return "-"
    if any(way in outcome.faults for way in judged):
        return "**fails**"
    return "pass" if len(ways) == 1 else f"pass ({', '.join(judged)})"
