"""docs/getting-started.md: every command runs as it stands there, in a network of its own, and prints
what the page shows. "From packages" runs with stand-ins for apt-get and systemctl here; with real
packages and systemd in tests/packages/getting_started_test.py. The commands of README.md exist.

The build itself takes minutes: here its targets and options are only checked against the tree.
OUTHAUL_TEST_PAGE_BUILD=1 runs it literally, in a clone."""
# timeout: 900

import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from documentation import read_blocks, run_page  # noqa: E402
from installed_machine import install  # noqa: E402
from private_network import PrivateNetwork, enter_private_network  # noqa: E402
from process_test import check, run_test  # noqa: E402

PAGE = "docs/getting-started.md"
TREE, PACKAGES = "From a built tree", "From packages"
# In place of the programs of the same name: they say whether the page's arguments make sense.
STAND_INS = {
    "scripts/setup": 'exec "{repository}/scripts/setup" "$@" --check',
    "bin/meson": '[ "$*" = "setup build" ]',
    "bin/ninja": 'exec {ninja} "$@" -n',
}


def clone(test, work):
    """The tree as it is committed, to be built as the page says."""
    subprocess.run(["git", "clone", "-q", "--shared", test.repository, work], check=True)


def stand_in_tree(test, work):
    """A directory in which the commands of the build are harmless and quick."""
    for name, command in STAND_INS.items():
        path = os.path.join(work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + command.format(repository=test.repository,
                                                      ninja=shutil.which("ninja")) + "\n")
        os.chmod(path, 0o755)
    os.symlink(os.path.dirname(os.path.dirname(test.edge_binary)), os.path.join(work, "build"))


def from_tree(test, blocks):
    work = os.path.join(test.directory, "tree")
    literally = os.environ.get("OUTHAUL_TEST_PAGE_BUILD") == "1"
    if literally:
        clone(test, work)
    else:
        os.makedirs(work)
        stand_in_tree(test, work)
    check(blocks and blocks[0].name == "build", f"{PAGE}: '{TREE}' begins with the build")
    run_page(test, PAGE, blocks,
             {"PATH": f"{work}/bin:{os.environ['PATH']}", "OUTHAUL_BUILD": ""},
             deadline_s=800 if literally else 60, work=work)


def in_short(test):
    """The front page's summary: its commands and their options exist."""
    blocks = read_blocks(os.path.join(test.repository, "README.md"))
    lines = next(block for block in blocks if block.section == "In short").text.splitlines()
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("outhaul")]
    check(len(commands) > 4, f"the commands of: {lines}")
    programs = {"outhaul": test.agent_binary, "outhaul-edge": test.edge_binary}
    for program, *words in commands:
        with test.case(f"README.md, {program} {' '.join(words)}"):
            names = [word for word in words if not word.startswith("-")][:2]
            known = [run_help(programs[program], names[:count]) for count in (2, 1)]
            text = next(text for text in known if text)
            for option in [word for word in words if word.startswith("--")]:
                check(re.search(rf"^  {option} ", text, re.MULTILINE), f"{option} is not in: {text}")


def run_help(program, names):
    """The help page of a command, or nothing."""
    done = subprocess.run([program, "help", *names], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else ""


def main(test):
    test.need_binaries()
    test.need_tools("curl", "ninja", "nginx")
    in_short(test)
    blocks = read_blocks(os.path.join(test.repository, PAGE))
    network = PrivateNetwork(test)
    network.write_resolv_conf("nameserver 192.0.2.53\n")
    from_tree(test, [block for block in blocks if block.section == TREE])
    environment = install(test, network)
    run_page(test, PAGE, [block for block in blocks if block.section == PACKAGES],
             {**environment, "LC_ALL": "C.UTF-8"})


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
