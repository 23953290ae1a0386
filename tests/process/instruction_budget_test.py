"""The relay of one request takes no more instructions and heap allocations than recorded.

What is recorded, how and when to record again: tests/bench/instruction_budget --help."""
# timeout: 180

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import budget  # noqa: E402
from process_test import check, run_test, skip  # noqa: E402


def main(test):
    test.need_tools("valgrind")
    build = os.path.dirname(os.path.dirname(test.agent_binary))
    program = os.path.join(build, "tests", "bench", "relay_instructions")
    if not os.access(program, os.X_OK):
        skip(f"{program} is not built: this build has no benchmarks (-Dbench=false)")
    record = budget.load_record()
    for name, recorded in record["workloads"].items():
        result = budget.measure(program, name)
        why = budget.comparable(result, record)
        if why:
            skip(why)
        with test.case(f"{name}: {budget.WORKLOADS[name]['what']}"):
            complaint = budget.over_budget(result, recorded)
            check(not complaint, complaint)


if __name__ == "__main__":
    run_test(main)
