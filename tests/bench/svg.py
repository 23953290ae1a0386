"""Little of SVG: bars with whiskers. The pictures read on light and dark pages: they have a ground of
their own, which is dark for readers who prefer that."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP = 880, 260, 90, 62
BAR, GAP, GROUP_GAP = 13, 3, 14
COLOURS = ["#2f81f7", "#d29922", "#8b949e", "#a371f7"]

STYLE = """<style>
text { fill: #24292f; font: 12px sans-serif } .title { font-size: 15px; font-weight: bold }
.ground { fill: #ffffff } .faint { fill: #57606a }
.axis { stroke: #57606a; stroke-width: 1 } .whisker { stroke: #24292f }
.target { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .faint { fill: #9da7b1 } .axis { stroke: #9da7b1 }
.whisker { stroke: #e6edf3 } .target { stroke: #ff7b72 } }
</style>"""


def text(x, y, words, anchor="start", kind=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
            f"{escape(str(words))}</text>")


def open_svg(width, height):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">{STYLE}'
            f'<rect width="{width}" height="{height}" class="ground"/>')


def _legend(series):
    parts, x = [], LEFT
    for index, name in enumerate(series):
        parts.append(f'<rect x="{x}" y="{TOP - 26}" width="12" height="12" '
                     f'fill="{COLOURS[index]}"/>')
        parts.append(text(x + 17, TOP - 16, name))
        x += 40 + 7 * len(name)
    return parts


def _bar(x, y, each, index, scale, note):
    value = each["median"]
    middle = y + BAR / 2
    parts = [f'<rect x="{x}" y="{y}" width="{max(value * scale, 1):.1f}" height="{BAR}" '
             f'fill="{COLOURS[index]}"/>']
    end = value
    if each.get("max") is not None and each["max"] > each["min"]:
        end = each["max"]
        parts.append(f'<line x1="{x + each["min"] * scale:.1f}" x2="{x + each["max"] * scale:.1f}" '
                     f'y1="{middle}" y2="{middle}" class="whisker"/>')
    parts.append(text(x + end * scale + 6, y + BAR - 2, note, kind="faint"))
    return parts


def bars(title, groups, unit, targets=None, digits=1,
         bar="bar: median, line: least to most of the rounds"):
    """`groups`: {label: {series: {"median", "min", "max"}}}, drawn in that order, a bar from 0 to the
    median and a line from min to max. `targets`: {label: value}, a line across the group. `bar` says
    below the picture what a bar is."""
    series = list(dict.fromkeys(name for group in groups.values() for name in group))
    largest = max(max(each.get("max") or 0, each["median"]) for group in groups.values()
                  for each in group.values())
    scale = (WIDTH - LEFT - RIGHT) / largest
    parts, y = [], TOP
    for label, group in groups.items():
        top = y
        for name in series:
            if name in group:
                each = group[name]
                parts += _bar(LEFT, y, each, series.index(name), scale,
                              f"{each['median']:.{digits}f}")
                y += BAR + GAP
        parts.append(text(LEFT - 10, (top + y) / 2 + 3, label, "end"))
        target = (targets or {}).get(label)
        if target is not None:
            x = LEFT + target * scale
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{y}" '
                         'class="target"/>')
        y += GROUP_GAP
    parts.append(f'<line x1="{LEFT}" x2="{LEFT}" y1="{TOP - 6}" y2="{y - GROUP_GAP}" class="axis"/>')
    foot = f"{unit}; {bar}" + ("; dashed: goal" if targets else "")
    head = [open_svg(WIDTH, y + 22), text(12, 24, title, kind="title"), *_legend(series)]
    return "\n".join([*head, *parts, text(LEFT, y + 10, foot, kind="faint"), "</svg>\n"])
