"""A terminal's contents as an SVG picture, for docs/pictures, and the text of such a picture."""

import html
import re

COLUMN_PX, LINE_PX, MARGIN_PX, BAR_PX = 8, 18, 16, 30
LEAST_COLUMNS = 60
COLOUR = re.compile(r"\x1b\[([\d;]*)m")
OTHER_CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-ln-z]|\r")
REWRITE = re.compile(r"\r(?:\x1b\[\d?K)?")
CLASSES = {"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "34": "blue",
           "36": "cyan", "90": "dim"}
STYLE = """
    .ground { fill: #10151a; }
    .bar { fill: #222b33; }
    text { font: 13px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d7dfe5; white-space: pre; }
    .title { fill: #9fb0bd; }
    .bold { font-weight: bold; } .dim { fill: #8595a1; } .red { fill: #ff7b72; }
    .green { fill: #7ee787; } .yellow { fill: #e3b341; } .blue { fill: #79c0ff; } .cyan { fill: #76e3ea; }
"""


def _spans(line):
    """The line as SVG text, with a tspan for each colour."""
    pieces, active = [], ""
    for number, piece in enumerate(COLOUR.split(line)):
        if number % 2:
            active = " ".join(CLASSES[code] for code in piece.split(";") if code in CLASSES)
        elif piece:
            text = html.escape(piece, quote=False)
            pieces.append(f'<tspan class="{active}">{text}</tspan>' if active else text)
    return "".join(pieces)


def _last_written(line):
    """Without what a progress line showed before it was written over."""
    return REWRITE.split(line.rstrip("\r"))[-1]


def picture(command, output):
    """SVG text of a terminal in which this command printed this output, colours included."""
    lines = [OTHER_CONTROL.sub("", _last_written(line))
             for line in output.rstrip("\r\n").split("\n")]
    columns = max([LEAST_COLUMNS, *(len(COLOUR.sub("", line)) for line in lines)])
    width = columns * COLUMN_PX + 2 * MARGIN_PX
    height = BAR_PX + len(lines) * LINE_PX + 2 * MARGIN_PX
    rows = "\n".join(
        f'  <text x="{MARGIN_PX}" y="{BAR_PX + MARGIN_PX + (number + 1) * LINE_PX - 5}" '
        f'xml:space="preserve">{_spans(line)}</text>' for number, line in enumerate(lines))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="title">\n'
            f"  <title id=\"title\">What {html.escape(command)} prints</title>\n"
            f"  <style>{STYLE}  </style>\n"
            f'  <rect class="ground" width="{width}" height="{height}" rx="8"/>\n'
            f'  <rect class="bar" width="{width}" height="{BAR_PX}" rx="8"/>\n'
            f'  <text class="title" x="{MARGIN_PX}" y="20">$ {html.escape(command)}</text>\n'
            f"{rows}\n</svg>\n")


def picture_text(svg):
    """What the terminal of such a picture shows, without colours."""
    rows = re.findall(r'<text x=[^>]*xml:space="preserve">(.*)</text>', svg)
    return "\n".join(html.unescape(re.sub(r"</?tspan[^>]*>", "", row)) for row in rows)
