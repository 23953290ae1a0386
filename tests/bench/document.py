#!/usr/bin/python3
"""Writes the tables of a Markdown page from the JSON of scripts/bench, so that no figure in them is
typed. A block of the page is what stands between

    <!-- bench:NAME -->
    <!-- /bench:NAME -->

with a NAME of tables.py. A block for which the JSON has no figures stays as it is.

    /usr/bin/python3 tests/bench/document.py FIGURES.json docs/benchmarks/README.md
"""

import json
import re
import sys

from tables import BLOCKS

BLOCK = re.compile(r"(<!-- bench:([\w-]+) -->\n)(.*?)(<!-- /bench:\2 -->)", re.DOTALL)


def filled(page, figures):
    """The page with the blocks' content replaced."""
    def replace(found):
        begin, name, old, end = found.groups()
        if name not in BLOCKS:
            raise ValueError(f"bench:{name} is no table; there are {', '.join(BLOCKS)}")
        new = BLOCKS[name](figures)
        return begin + (f"{new}\n" if new else old) + end

    return BLOCK.sub(replace, page)


def fill(path, figures):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(filled(page, figures))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        fill(sys.argv[2], json.load(source))
