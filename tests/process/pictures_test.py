"""The pictures of terminals in docs/pictures show what the programs print today. `--write` makes
them anew; what differs from run to run (ids, times, sizes) counts as the same."""
# timeout: 120

import contextlib
import os
import pty
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from documentation import check_shown, normalize  # noqa: E402
from installed_machine import TUNNEL, install  # noqa: E402
from private_network import enter_private_network  # noqa: E402
from process_test import check, run_test, wait_until  # noqa: E402
from terminal_picture import picture, picture_text  # noqa: E402

# The picture, the command in its title, and how it ends by itself, where it does not.
PICTURES = [
    ("help", "outhaul --help", ""),
    ("check", "outhaul check", ""),
    ("edge-check", "outhaul-edge check", ""),
    ("check-service", "outhaul check service 127.0.0.1:8080", ""),
    ("status-watch", "outhaul status --watch", "SERVICE"),
]
NEW_SCREEN = "\x1b[H"


def on_terminal(command, environment, until):
    """What the command prints on a terminal; of one that goes on, the first screen that holds
    `until`."""
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(["bash", "-c", f"stty cols 160; exec {command}"], stdin=other_end,
                               stdout=other_end, stderr=other_end, env=environment)
    os.close(other_end)
    printed = ""
    with contextlib.suppress(OSError):  # the end of a terminal
        while not (until and printed.partition(until)[2].count(NEW_SCREEN)):
            piece = os.read(terminal, 1 << 16)
            if not piece:
                break
            printed += piece.decode()
    os.close(terminal)
    process.terminate()
    process.wait(30)
    return first_screen(printed, until) if until else printed


def first_screen(printed, until):
    return next(screen for screen in printed.split(NEW_SCREEN) if until in screen)


def comparable(svg):
    """Its text without figures and pins: which connection a request took is not always the same."""
    text = re.sub(r"sha256/\S+", "sha256/PIN", "\n".join(normalize(picture_text(svg))))
    return re.sub(r"\b\d+\b", "0", text)


def start_programs(test, environment):
    """In a group of its own, which ends with the test."""
    script = test.write("start.sh", f"{TUNNEL}\necho \"$SERVICE\" > /run/service-id\n"
                        "curl -sS http://127.0.0.1:7880/ -H \"X-VPC-Service-Id: $SERVICE\" "
                        "-H \"X-VPC-Binding-Token: $BINDING\"\necho started\nwait\n")
    programs = test.start("programs", ["bash", "-e", script], environment)
    programs.wait_for_log("^started$", deadline_s=60)


def main(test):
    test.need_binaries()
    test.need_tools("nginx", "curl")
    environment = {**os.environ, **install(test)}
    start_programs(test, environment)
    wait_until(lambda: subprocess.run(["outhaul", "ready"], env=environment, check=False,
                                      stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL).returncode == 0, "it is ready")
    for name, command, until in PICTURES:
        path = os.path.join(test.repository, "docs", "pictures", f"{name}.svg")
        with test.case(f"docs/pictures/{name}.svg: {command}"):
            printed = on_terminal(command, environment, until)
            if "--write" in sys.argv:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(picture(command, printed))
            check(os.path.exists(path), "it is not there; run with --write")
            with open(path, encoding="utf-8") as file:
                check_shown(comparable(file.read()), comparable(picture(command, printed)))


if __name__ == "__main__":
    enter_private_network()
    run_test(main)
