"""What the packages hold, as far as it can be checked without making them: units, manual pages,
default configuration, and the script that takes a running service over an upgrade."""

import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, skip  # noqa: E402

MOST_EXPOSURE = 1.5
PROGRAMS = (("agent", "outhaul"), ("edge", "outhaul-edge"))

# Tells what it was asked to do, and answers for a unit that runs.
FAKE_SYSTEMCTL = """#!/bin/sh
echo "$*" >> {calls}
case "$*" in
  *"--property MainPID"*) cat {pid} ;;
  kill*) kill -s USR2 "$(cat {pid})"; echo 99999 > {pid} ;;
esac
"""


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=60, **options)


def unit_path(test, part, program):
    return os.path.join(test.repository, "packaging", part, f"{program}.service")


def units(test):
    for part, program in PROGRAMS:
        with test.case(f"{program}.service: exposure at most {MOST_EXPOSURE}"):
            if run("systemd-analyze", "--version").returncode != 0:
                skip("systemd-analyze is not installed")
            answer = run("systemd-analyze", "security", "--offline=yes", "--no-pager",
                         unit_path(test, part, program))
            level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
            check(level, f"no level in: {answer.stdout[-300:]}")
            print(f"{program}.service: {level.group(1)}", flush=True)
            check(float(level.group(1)) <= MOST_EXPOSURE, f"exposure {level.group(1)}")
        with test.case(f"{program}.service: systemd understands every line"):
            with open(unit_path(test, part, program), encoding="utf-8") as file:
                text = file.read()
            # Neither the program nor its manual page is installed here.
            text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
            text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
            copy = test.write(f"units/{program}.service", text)
            answer = run("systemd-analyze", "verify", "--man=no", copy)
            complaints = [line for line in answer.stdout.splitlines() if f"{program}.service" in line]
            equal(complaints, [], "complaints")


def pages(test):
    tool = os.path.join(os.path.dirname(os.path.dirname(test.agent_binary)),
                        "packaging/pages/outhaul-pages")
    test.need_binaries(tool)
    directory = test.path("pages", "")
    equal(run(tool, directory, "2026-01-02").returncode, 0, "exit code of outhaul-pages")
    for part, names in (("agent", ("outhaul.1", "outhaul.toml.5")),
                        ("edge", ("outhaul-edge.1", "outhaul-edge.toml.5"))):
        for name in names:
            with test.case(f"{name}: mandoc has nothing to say"):
                answer = run("mandoc", "-T", "lint", "-W", "warning",
                             os.path.join(directory, part, "man", name))
                equal(answer.stdout, "", "warnings")
    for shell, name in (("bash", "bash/outhaul"), ("zsh", "zsh/_outhaul"),
                        ("fish", "fish/outhaul.fish")):
        with test.case(f"the package's completion is what `outhaul completion {shell}` prints"):
            printed = run(test.agent_binary, "completion", shell).stdout
            with open(os.path.join(directory, "agent/completion", name), encoding="utf-8") as file:
                equal(file.read() == printed, True, "the same")


class Upgrade:
    """packaging/common/service-upgrade with a systemctl that only takes notes."""

    def __init__(self, test, name):
        self.calls = test.write(f"{name}/calls", "")
        self.pid_file = test.write(f"{name}/pid", "")
        self.old_unit = test.path(name, "old-unit")
        self.unit = test.write(f"{name}/unit", "[Service]\n")
        systemctl = test.write(f"{name}/bin/systemctl", FAKE_SYSTEMCTL.format(
            calls=self.calls, pid=self.pid_file))
        os.chmod(systemctl, 0o755)
        with open(os.path.join(test.repository, "packaging/common/service-upgrade"),
                  encoding="utf-8") as file:
            text = file.read()
        for installed, here in (("/run/systemd/system", os.path.dirname(self.unit)),
                                ("/run/$program.unit-before-upgrade", self.old_unit),
                                ("/usr/lib/systemd/system/$program.service", self.unit)):
            check(installed in text, f"{installed} in service-upgrade")
            text = text.replace(installed, here)
        self.script = test.write(f"{name}/service-upgrade", text)
        self._path = os.path.dirname(systemctl) + ":" + os.environ["PATH"]

    def run(self, pid):
        with open(self.pid_file, "w", encoding="ascii") as file:
            file.write(f"{pid}\n")
        return run("/bin/sh", self.script, "outhaul", env={**os.environ, "PATH": self._path})

    def called(self, word):
        with open(self.calls, encoding="utf-8") as file:
            return any(line.startswith(word) for line in file)


def sleeper(test, name, setup):
    """A process that may or may not listen to SIGUSR2."""
    code = f"import signal; {setup}; print('{{\"event\": \"up\"}}', flush=True); [signal.pause() for _ in range(9)]"
    process = test.start(name, [sys.executable, "-c", code])
    process.wait_for_event("up")
    return process


def upgrade(test):
    with test.case("upgrade: a program that SIGUSR2 would end is restarted"):
        plain = sleeper(test, "plain", "signal.signal(signal.SIGUSR1, lambda *_: None)")
        attempt = Upgrade(test, "restart")
        answer = attempt.run(plain.pid)
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        check(attempt.called("restart outhaul.service"), "a restart")
        check(not attempt.called("kill"), "no SIGUSR2")
        plain.check_running()
    for how, setup in (("catches", "signal.signal(signal.SIGUSR2, lambda *_: None)"),
                       ("blocks", "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])")):
        with test.case(f"upgrade: a program that {how} SIGUSR2 is upgraded in place"):
            able = sleeper(test, f"able-{how}", setup)
            attempt = Upgrade(test, f"in-place-{how}")
            answer = attempt.run(able.pid)
            check("upgraded in place" in answer.stdout, answer.stdout)
            check(not attempt.called("restart"), "no restart")
            check("unit has changed" not in answer.stdout, answer.stdout)
            attempt.unit = test.write(f"in-place-{how}/old-unit", "[Service]\nUser=other\n")
            answer = attempt.run(able.pid)
            check("the unit has changed; for its new settings run: systemctl restart outhaul"
                  in answer.stdout, answer.stdout)
            check(not os.path.exists(attempt.old_unit), "the note of the old unit is gone")
            able.signal(signal.SIGKILL)


def main(test):
    test.need_binaries()
    test.need_tools("mandoc")
    units(test)
    pages(test)
    upgrade(test)


if __name__ == "__main__":
    run_test(main)
