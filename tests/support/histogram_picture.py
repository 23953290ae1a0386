"""A histogram as an SVG that reads on light and dark pages."""

__all__ = ["histogram_svg"]

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 860, 300, 50, 50, 45


def histogram_svg(title, counts, bin_s, mean):
    """Bars of `counts`, each bin_s seconds wide from 0, and a line at `mean`."""
    top = max(max(counts), 1)
    inner_width, inner_height = WIDTH - LEFT - 20, HEIGHT - TOP - BOTTOM
    step = inner_width / len(counts)

    def y(count):
        return TOP + inner_height * (1 - count / top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="25" font-size="15">{title}</text>']
    for index, count in enumerate(counts):
        if count:
            parts.append(f'<rect x="{LEFT + index * step:.1f}" y="{y(count):.1f}" '
                         f'width="{max(step - 1, 1):.1f}" height="{y(0) - y(count):.1f}" '
                         'fill="#2b6cb0"/>')
    for level in sorted({0, top // 2, top}):
        parts.append(f'<text x="{LEFT - 8}" y="{y(level) + 4:.1f}" text-anchor="end">{level}</text>')
    for level, name, colour in ((mean, "mean", "#2f855a"), (3 * mean, "3 x mean", "#c53030")):
        if level <= top:
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(level):.1f}" '
                         f'y2="{y(level):.1f}" stroke="{colour}" stroke-dasharray="5 4"/>')
            parts.append(f'<text x="{WIDTH - 24}" y="{y(level) - 4:.1f}" text-anchor="end" '
                         f'fill="{colour}">{name}</text>')
    seconds = len(counts) * bin_s
    for tick in range(0, int(seconds) + 1, max(1, int(seconds / 10))):
        parts.append(f'<text x="{LEFT + tick / bin_s * step:.1f}" y="{HEIGHT - BOTTOM + 18}" '
                     f'text-anchor="middle">{tick}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">seconds since the '
                 'edge listens again</text></svg>')
    return "\n".join(parts) + "\n"
