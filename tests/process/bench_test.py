"""scripts/bench, with loads as small as can be: it runs, and its JSON has what docs/benchmarks and
other programs read in it. No figure is judged."""

import json
import os
import subprocess
import sys

from process_test import REPOSITORY, check, equal, run_test, skip

BENCH = os.path.join(REPOSITORY, "scripts", "bench")
TINY = ("--no-build", "--rounds", "2", "--requests", "1000", "--bulk-mib", "1")
MAIN = ["download", "small", "small4", "upload"]
SPREAD = {"median", "min", "max", "q1", "q3"}
SUBJECT = {"cost", "requests_per_second", "idle_rss_bytes", "peak_rss_bytes", "waited_share",
           "involuntary_switches"}


def bench(*options):
    return subprocess.run([sys.executable, BENCH, *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=120)


def measured(build, path, *options):
    """The JSON of a run that has to succeed."""
    run = bench(*TINY, "--build", build, "--json", path, *options)
    check(run.returncode == 0, run.stdout[-2000:])
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def quick(test, build):
    page = test.write("page.md", "".join(f"<!-- bench:{name} -->\n<!-- /bench:{name} -->\n"
                                         for name in ("machine", "scenarios", "targets")))
    figures = measured(build, test.path("quick.json"), "--quick", "--charts", test.path("charts"),
                       "--document", page)
    with test.case("the ratios to nghttpx are those of the four main scenarios"):
        equal(sorted(figures["ratio_to_nghttpx"]), MAIN)
        equal(sorted(figures["scenarios"]), MAIN)
        for name, ratio in figures["ratio_to_nghttpx"].items():
            scenario = figures["scenarios"][name]
            equal(ratio, round(scenario["ratios"]["nghttpx"]["median"], 3), name)
            equal(set(scenario["ratios"]["nghttpx"]), SPREAD)
    with test.case("behind each are the medians of the three programs"):
        for scenario in figures["scenarios"].values():
            for subject in ("outhaul", "nghttpx", "nginx"):
                equal(set(scenario[subject]), SUBJECT)
                check(scenario[subject]["cost"]["median"] > 0, f"{subject} did nothing")
    with test.case("4 connections against 1 is of the same rounds"):
        pair = figures["pairs"]["4 connections to 1"]
        equal((set(pair), set(pair["outhaul to"])),
              ({"outhaul", "nghttpx", "nginx", "outhaul to"}, {"nghttpx", "nginx"}))
    with test.case("it says how quiet the machine was"):
        check({"load_average", "processors_used_by_others", "steal_share", "waited_share",
               "warnings"} == set(figures["noise"]), str(figures["noise"]))
    with test.case("tables and pictures are written"):
        with open(page, encoding="utf-8") as file:
            text = file.read()
        check("| 1 KiB, 1 connection x 100 streams | us/request |" in text and "Load average" in text
              and "stretch 0.80" in text, text)
        check({"small-requests.svg", "bulk.svg"} <= set(os.listdir(test.path("charts"))), "pictures")


def more(test, build):
    path = test.path("quick.json")
    figures = measured(build, path, "--only", "download,log", "--update")
    with test.case("parts are chosen by name, and added to what was there"):
        equal(sorted(figures["scenarios"]), sorted([*MAIN, "small, log"]))
        check({"outhaul", "nghttpx", "nginx"} < set(figures["pairs"]["access log on to off"]),
              str(figures["pairs"]))
        equal(sorted(figures["ratio_to_nghttpx"]), MAIN)
    with test.case("an unknown part is refused by name"):
        run = bench("--only", "nothing")
        check(run.returncode == 2 and "nothing" in run.stdout, run.stdout)


def main(test):
    build = os.path.dirname(os.path.dirname(test.agent_binary))
    test.need_tools("nghttpx", "nginx", "h2load", "taskset", "openssl")
    if not os.access(os.path.join(build, "tests", "bench", "splice"), os.X_OK):
        skip("this build has no benchmark programs (-Dbench=false)")
    if os.cpu_count() < 2:
        skip("it needs two processors")
    quick(test, build)
    more(test, build)


if __name__ == "__main__":
    run_test(main)
