#!/usr/bin/python3
"""Tests of the pure parts of scripts/bench: statistics, noise, tables, pictures, and that the
published page is what the published JSON says."""

import json
import os
import re
import sys
import xml.dom.minidom

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, HERE)
import charts  # noqa: E402
import comparison  # noqa: E402
import document  # noqa: E402
import fairness  # noqa: E402
import noise  # noqa: E402
import scenarios  # noqa: E402
import tables  # noqa: E402
import targets  # noqa: E402
from process_test import check, equal, run_test  # noqa: E402
from spreads import paired, percentile, ratio_cell, spread  # noqa: E402
from svg import bars  # noqa: E402

PUBLISHED = os.path.join(HERE, "..", "..", "docs", "benchmarks")
MIB = 1 << 20
CHARACTER = 6.6  # the width of one, on average, at 12 pixels


def samples(*costs):
    return [scenarios.Sample(cost, 1.0, 1 * MIB, 2 * MIB, 0.01, 5) for cost in costs]


def scenario_figures(ours, theirs):
    return {"what": "W", "unit": "us/request", "rounds": 3,
            "ratios": {"nghttpx": spread(paired(ours, theirs))},
            "outhaul": scenarios.summarize(samples(*ours)),
            "nghttpx": scenarios.summarize(samples(*theirs))}


def statistics(test):
    with test.case("median, least, most and quartiles"):
        equal(spread([1, 2, 3, 4, 100]),
              {"median": 3, "min": 1, "max": 100, "q1": 2, "q3": 4})
        equal(spread([7.0]), {"median": 7.0, "min": 7.0, "max": 7.0, "q1": 7.0, "q3": 7.0})
        equal(ratio_cell(spread([1, 2, 3, 4, 100])), "3.00 [2.00-4.00] (1.00-100.00)")
    with test.case("ratios are of the same round"):
        # The medians' ratio would be 1: a machine that slows down is in both of a pair.
        equal(paired([1, 10, 4], [2, 20, 8]), [0.5, 0.5, 0.5])
    with test.case("percentiles"):
        equal((percentile(range(100), 0.5), percentile(range(100), 0.99), percentile([3], 0.99)),
              (50, 99, 3))
    with test.case("two scenarios of a round, and the ratio of the ratios"):
        pair = comparison.compare({"outhaul": samples(12, 24), "nghttpx": samples(10, 20)},
                                  {"outhaul": samples(10, 20), "nghttpx": samples(5, 10)})
        equal((pair["outhaul"]["median"], pair["nghttpx"]["median"],
               pair["outhaul to"]["nghttpx"]["median"]), (1.2, 2.0, 0.6))
    with test.case("what a run of mixed_load says"):
        judged = fairness.judge({"seconds": 2.0, "bytes": 1 * MIB, "bulk_bytes": 3 * MIB,
                                 "times_us": [1000, 2000, 9000, 3000]})
        equal(judged, {"p50_ms": 3.0, "p99_ms": 9.0, "requests_per_second": 2.0,
                       "bulk_mib_per_second": 1.5, "share": 0.25})


def quietness(test):
    quiet = {"processors_used_by_others": 0.1, "steal_share": 0.0, "waited_share": 0.02}
    with test.case("a quiet machine has no warning"):
        equal(noise.warnings(quiet), [])
    for key, value, word in (("processors_used_by_others", 0.8, "0.80 processors"),
                             ("steal_share", 0.05, "5.0 %"), ("waited_share", 0.3, "30 %")):
        with test.case(f"a warning for {key}"):
            found = noise.warnings({**quiet, key: value})
            check(len(found) == 1 and word in found[0], str(found))
    with test.case("this process has waited and was watched"):
        waited, switches = noise.waiting(os.getpid())
        check(waited >= 0 and switches >= 0, f"{waited} {switches}")
        figures = noise.Watch().figures(0.0)
        check(figures["processors_used_by_others"] >= 0 and len(figures["load_average"]) == 2,
              str(figures))


def pages(test):
    figures = {"scenarios": {"small": scenario_figures([8.0, 9.0, 10.0], [10.0, 10.0, 10.0])}}
    with test.case("a table of scenarios"):
        equal(tables.scenarios(figures).splitlines()[-1],
              "| W | us/request | 9.00 (8.00-10.00) | 10.0 (10.0-10.0) "
              "| **0.90** 0.85-0.95 (0.80-1.00) | 3 |")
    with test.case("a goal is met at its limit, and not over it"):
        rows = {what: met for what, _, _, met in targets.rows(figures)}
        equal(list(rows.values()), [True])
        figures["scenarios"]["small"] = scenario_figures([9.1], [10.0])
        equal([met for _, _, _, met in targets.rows(figures)], [False])
        check("**not met**" in targets.targets(figures), "the verdict")
    page = "a\n<!-- bench:scenarios -->\nold\n<!-- /bench:scenarios -->\nb\n" \
           "<!-- bench:wan -->\nkept\n<!-- /bench:wan -->\n"
    with test.case("a block is replaced, one without figures stays, the rest as well"):
        written = document.filled(page, figures)
        check(written.startswith("a\n<!-- bench:scenarios -->\n| scenario |") and "old" not in written,
              written)
        check(written.endswith("b\n<!-- bench:wan -->\nkept\n<!-- /bench:wan -->\n"), written)
        equal(document.filled(written, figures), written)
    with test.case("an unknown block is an error"):
        try:
            document.filled("<!-- bench:nothing -->\n<!-- /bench:nothing -->", figures)
        except ValueError as error:
            check("bench:nothing" in str(error), str(error))
        else:
            check(False, "it was taken")


def pictures(test):
    group = {"label": {"outhaul": spread([1, 2, 3]), "nghttpx": spread([4, 5, 6])}}
    with test.case("a picture has title, unit and legend, and is well-formed"):
        drawn = bars("Title & more", group, "us a request", {"label": 1.5})
        xml.dom.minidom.parseString(drawn)
        for word in ("Title &amp; more", "us a request", "outhaul", "nghttpx", "dashed: goal",
                     "prefers-color-scheme: dark"):
            check(word in drawn, word)
    with test.case("what was not measured has no picture"):
        equal([name for name, draw in charts.PICTURES.items() if draw({"scenarios": {}})], [])


def check_labels(picture):
    """None leaves the picture at its left."""
    for text in xml.dom.minidom.parseString(picture).getElementsByTagName("text"):
        words = "".join(node.data for node in text.childNodes)
        if text.getAttribute("text-anchor") == "end":
            check(CHARACTER * len(words) <= float(text.getAttribute("x")), f"too long: {words}")


def published(test):
    with open(os.path.join(PUBLISHED, "figures.json"), encoding="utf-8") as file:
        figures = json.load(file)
    with open(os.path.join(PUBLISHED, "README.md"), encoding="utf-8") as file:
        page = file.read()
    with test.case("the published tables are what the published JSON says"):
        check(document.filled(page, figures) == page,
              "run tests/bench/document.py docs/benchmarks/figures.json docs/benchmarks/README.md")
    with test.case("every table has its place in the page"):
        equal(sorted(name for name in tables.BLOCKS if f"<!-- bench:{name} -->" not in page), [])
    with test.case("the published pictures are what the published JSON says, and are shown"):
        for name, draw in charts.PICTURES.items():
            with open(os.path.join(PUBLISHED, f"{name}.svg"), encoding="utf-8") as file:
                check(file.read() == draw(figures),
                      f"{name}.svg: run tests/bench/charts.py docs/benchmarks/figures.json "
                      "docs/benchmarks")
            check_labels(draw(figures))
            check(re.search(rf"!\[[^\]]+\]\({name}\.svg\)", page), f"{name}.svg is not shown")


def main(test):
    statistics(test)
    quietness(test)
    pages(test)
    pictures(test)
    published(test)


if __name__ == "__main__":
    run_test(main)
