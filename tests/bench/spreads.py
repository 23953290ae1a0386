"""Little statistics of a benchmark: what the values of several rounds come to."""

import statistics


def spread(values):
    """Median, least and most, and the quartiles, between which half of the rounds are: they say how
    far to trust the median, whatever a single bad round did."""
    values = list(values)
    low, high = values[0], values[0]
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "q1": low, "q3": high}


def paired(ours, theirs):
    """The ratio of each round: the two of a round ran one shortly after the other."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cell(each, digits=2):
    """"1.02 (0.97-1.05)": for tables."""
    return f"{each['median']:.{digits}f} ({each['min']:.{digits}f}-{each['max']:.{digits}f})"


def ratio_cell(each):
    """"1.02 [0.99-1.03] (0.97-1.05)": the quartiles as well."""
    return (f"{each['median']:.2f} [{each['q1']:.2f}-{each['q3']:.2f}] "
            f"({each['min']:.2f}-{each['max']:.2f})")
