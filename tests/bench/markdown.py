"""Markdown tables, and the cells of them."""

KIB, MIB = 1 << 10, 1 << 20


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def number(value, digits=2):
    """With separators from 10 000 on."""
    return f"{value:,.{digits}f}" if abs(value) >= 10000 else f"{value:.{digits}f}"


def spread(each, digits=2):
    return (f"{number(each['median'], digits)} "
            f"({number(each['min'], digits)}-{number(each['max'], digits)})")


def digits_for(each):
    """So that about three figures show."""
    return 0 if each["median"] >= 1000 else 1 if each["median"] >= 10 else 2


def cost(each):
    return spread(each, digits_for(each))


def ratio(each):
    """Median, quartiles, least and most."""
    return f"**{each['median']:.2f}** {each['q1']:.2f}-{each['q3']:.2f} ({each['min']:.2f}-{each['max']:.2f})"


def kib(size):
    return f"{size / KIB:.1f} KiB"


def mib(size):
    return f"{size / MIB:.1f} MiB"
