"""The command line that the programs in scripts/checks share."""

import argparse
import os
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def check_main(description, find_problems):
    """Runs find_problems(root), which yields "path:line: what is wrong", and exits 1 if there
    were any. --root lets the self-test point a check at a small tree of its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=REPOSITORY, help="the tree to check")
    problems = list(find_problems(parser.parse_args().root))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
