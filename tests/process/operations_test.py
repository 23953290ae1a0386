"""docs/operations.md: every command runs as it stands there, with the paths of the packages, in a
network and a file system of its own (installed_machine.py). The packages themselves are tested in
tests/packages."""
# timeout: 240

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from documentation import Block, read_blocks, run_page  # noqa: E402
from installed_machine import TUNNEL, install  # noqa: E402
from private_network import enter_private_network  # noqa: E402
from process_test import run_test  # noqa: E402

PAGE = "docs/operations.md"


def main(test):
    test.need_binaries()
    test.need_tools("curl", "nginx")
    environment = install(test)
    blocks = [Block("sh", TUNNEL, 0, "", "", ""),
              *read_blocks(os.path.join(test.repository, PAGE))]
    run_page(test, PAGE, blocks, environment, deadline_s=60)


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
