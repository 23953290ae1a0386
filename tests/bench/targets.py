"""The goals of performance.md beside what was measured: met or not, computed, never typed."""

from markdown import KIB, MIB, kib, mib, table


def _ratio(figures, scenario, peer):
    return figures["scenarios"][scenario]["ratios"][peer]


def _row_of_ratio(what, limit, each):
    quartiles = f"{each['median']:.2f} ({each['q1']:.2f}-{each['q3']:.2f})"
    return what, f"<= {limit:.2f}", quartiles, each["median"] <= limit


def small_to_nghttpx(figures):
    return _row_of_ratio("CPU of a 1 KiB request, access log off, to nghttpx (stretch 0.80)", 0.90,
                         _ratio(figures, "small", "nghttpx"))


def small_to_nginx(figures):
    return _row_of_ratio("the same, to nginx", 0.50, _ratio(figures, "small", "nginx"))


def logged(figures):
    to_nghttpx, to_nginx = (_ratio(figures, "small, log", peer) for peer in ("nghttpx", "nginx"))
    return ("the same, access log on in all, to nghttpx", "-",
            f"{to_nghttpx['median']:.2f} ({to_nghttpx['q1']:.2f}-{to_nghttpx['q3']:.2f}); "
            f"to nginx {to_nginx['median']:.2f}", None)


def four_connections(figures):
    pair = figures["pairs"]["4 connections to 1"]
    what, limit, cell, met = _row_of_ratio("4 connections against 1, same rounds", 1.10,
                                           pair["outhaul"])
    others = ", ".join(f"{name} {pair[name]['median']:.2f}" for name in ("nghttpx", "nginx"))
    return what, limit, f"{cell}; {others}", met


def download(figures):
    return _row_of_ratio("CPU of a GiB down, to nghttpx", 0.80,
                         _ratio(figures, "download", "nghttpx"))


def upload(figures):
    return _row_of_ratio("CPU of a GiB up, to nghttpx", 0.70, _ratio(figures, "upload", "nghttpx"))


def allocations(figures):
    each = figures["relay"]["small"]["allocations_per_request"]
    return "heap allocations of a request outside OpenSSL and nghttp2", "0", f"{each:g}", each == 0


def system_calls(figures):
    ours, theirs = (figures["system_calls"][name] for name in ("outhaul", "nghttpx"))
    return ("system calls of a small request at 100 streams", "<= 2.5",
            f"{ours['by_trace']:.2f} by perf trace, {ours['by_counter']:.2f} by the counter "
            f"(nghttpx {theirs['by_trace']:.2f}, {theirs['by_counter']:.2f})",
            max(ours["by_trace"], ours["by_counter"]) <= 2.5)


def _idle(figures, key, limit, what):
    builds = {name.removeprefix("outhaul, "): each[key]
              for name, each in figures["idle_memory"].items() if name.startswith("outhaul")}
    # What is installed counts, where it was measured.
    counted = builds.get("release build", builds["development build"])
    return (what, f"<= {limit // MIB} MiB", ", ".join(f"{mib(size)} ({name})"
                                                      for name, size in builds.items()),
            counted <= limit)


def idle_resident(figures):
    return _idle(figures, "rss_bytes", 10 * MIB, "resident memory, idle, 4 connections")


def idle_anonymous(figures):
    return _idle(figures, "anonymous_bytes", 4 * MIB, "of which anonymous")


def held_stream(figures):
    each = figures["bytes_per_held_stream"]["agent"]
    return ("an idle stream (1 000 requests that wait, each with its origin connection)",
            "<= 8 KiB", kib(each), each <= 8 * KIB)


def idle_origin(figures):
    each = figures["bytes_per_idle_origin_connection"]
    return "an idle origin connection outside the kernel", "<= 2 KiB", kib(each), each <= 2 * KIB


def large_bodies(figures):
    return ("1 000 streams of 1 MiB, peak resident", "-",
            mib(figures["peak_rss_bytes_1000_streams_of_1_mib"]), None)


def latency(figures):
    ours, theirs = (figures["latency"][name]["p50"]["added"] for name in ("outhaul", "nghttpx"))
    return ("latency added at one stream, p50, both behind the splice", "<= nghttpx's",
            f"{ours:.0f} us, nghttpx {theirs:.0f} us", ours <= theirs)


def wide_area(figures):
    # "skipped" instead of a list is no figure: a KeyError or TypeError, as for others.
    ratios = [(row[direction]["ratio"]["median"], direction) for row in figures["wan"]
              if row["rtt_ms"] == 100 for direction in ("download", "upload")]
    least, direction = min(ratios)
    return ("bulk at 100 ms, one connection, to one plain TLS stream", ">= 0.80",
            f"{least:.2f} at least ({direction})", least >= 0.8)


ROWS = (small_to_nghttpx, small_to_nginx, logged, four_connections, download, upload, allocations,
        system_calls, idle_resident, idle_anonymous, held_stream, idle_origin, large_bodies, latency,
        wide_area)
VERDICTS = {True: "met", False: "**not met**", None: ""}


def rows(figures):
    """(figure, goal, measured, whether it is met or None without a goal) of what was measured."""
    for row in ROWS:
        try:
            yield row(figures)
        except (KeyError, TypeError):
            continue


def targets(figures):
    some = [(what, goal, measured, VERDICTS[met]) for what, goal, measured, met in rows(figures)]
    return some and table(["figure", "goal", "measured", ""], some)
