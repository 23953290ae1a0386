"""scripts/bench runs, with another agent by command line, and writes the JSON and the pictures that
it promises. What the figures are is no matter here."""
# timeout: 180

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, skip  # noqa: E402

SCENARIOS = ["small", "small4", "download", "upload"]
OTHER_AGENT = ("{agent} run --edge {{edge}} --tunnel-id {{tunnel_id}} --token-file {{token_file}} "
               "--permit {{origin}} --connections {{connections}} --status-listen none "
               "--log-level warn")


def main(test):
    test.need_tools("nghttpx", "nginx", "h2load", "taskset")
    build = os.path.dirname(os.path.dirname(test.agent_binary))
    if not os.access(os.path.join(build, "tests", "bench", "splice"), os.X_OK):
        skip("this build has no benchmarks (-Dbench=false)")
    if len(os.sched_getaffinity(0)) < 2:
        skip("the benchmark needs two processors")
    figures_path, pictures = test.path("figures.json"), test.path("pictures", "")
    with test.case("one short round of all subjects"):
        done = subprocess.run([
            os.path.join(test.repository, "scripts", "bench"), "--build", build, "--rounds", "1",
            "--requests", "1000", "--bulk-mib", "1", "--json", figures_path, "--charts", pictures,
            "--agent-command", OTHER_AGENT.format(agent=test.agent_binary)],
            capture_output=True, text=True, timeout=170, check=False)
        check(done.returncode == 0, f"scripts/bench: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    with open(figures_path, encoding="utf-8") as file:
        figures = json.load(file)
    for peer in ("nghttpx", "nginx", "other_agent"):
        with test.case(f"ratio_to_{peer}, with the medians behind it"):
            equal(sorted(figures[f"ratio_to_{peer}"]), sorted(SCENARIOS), "scenarios")
            for name in SCENARIOS:
                cost = figures["scenarios"][name][peer.replace("_", " ")]["cost"]
                check(0 < cost["min"] <= cost["median"] <= cost["max"], f"{name}: {cost}")
    with test.case("the pictures are there and are XML"):
        names = sorted(os.listdir(pictures))
        equal(names, ["bulk.svg", "memory.svg", "small-requests.svg"], "pictures")
        for name in names:
            ElementTree.parse(os.path.join(pictures, name))


if __name__ == "__main__":
    run_test(main)
