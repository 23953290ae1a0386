"""docs/getting-started.md, "From packages": every command runs as it stands there, as root, on a
bare Debian 12 with systemd, with edge and agent on this one machine."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assertions import check  # noqa: E402
from documentation import check_shown, read_blocks, steps  # noqa: E402
from machine import Machine, Transcript  # noqa: E402
from process_test import run_test  # noqa: E402

WORK = os.environ.get("OUTHAUL_PACKAGE_WORK", "/var/tmp/outhaul-packages")
DIST = os.environ["OUTHAUL_DIST"]
PAGE = "docs/getting-started.md"
SECTION = "From packages"
VARIABLES = "/root/variables"


def run_block(machine, text):
    """One block; what it sets is there for the next one, as in one shell."""
    return machine.quietly(f"set -ae; cd /root/packages; test ! -e {VARIABLES} || . {VARIABLES}\n"
                           f"{text}\nset | grep -E '^[A-Z_]+=' | "
                           f"grep -E '^(EDGE_NAME|TUNNEL|SERVICE)=' > {VARIABLES} || true")


def main(test):
    machine = Machine(WORK, DIST, Transcript(os.path.join(WORK, "getting-started.txt")))
    test.on_exit(machine.stop)
    done = machine.quietly("mkdir -p /srv/www; echo hello from the private side > "
                           "/srv/www/index.html; busybox httpd -p 127.0.0.1:8080 -h /srv/www")
    check(done.returncode == 0, f"the private service: {done.stdout}")
    blocks = [block for block in read_blocks(os.path.join(test.repository, PAGE))
              if block.section == SECTION]
    check(len(steps(blocks)) > 5, f"{PAGE} has the commands of '{SECTION}'")
    for block, shown in steps(blocks):
        with test.case(f"{PAGE}, {block.title}"):
            done = run_block(machine, block.text)
            check(done.returncode == 0, f"exit code {done.returncode}: {done.stdout[-600:]}")
            if shown is not None:
                check_shown(shown, done.stdout)
            if block.text.startswith("curl "):
                check("hello from the private side" in done.stdout, done.stdout)


if __name__ == "__main__":
    run_test(main)
