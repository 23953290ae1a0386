"""outhaul install and uninstall: into another system's tree, and on this machine with /etc covered
by a copy and a systemctl that takes notes. The real service is for scripts/package-test."""

import grp
import os
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, skip  # noqa: E402
from tunnel import Tunnel  # noqa: E402

FAKE_SYSTEMCTL = """#!/bin/sh
echo "$*" >> {calls}
case "$1" in
  show) cat {state} ;;
  restart) cat {state} | grep -q failed-to-start && {{ echo "Job failed"; exit 1; }} ;;
esac
exit 0
"""

# Runs a command with an /etc of its own.
COVERED_ETC = """set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" overlay /etc
covered="$1"; shift
"$@" && code=0 || code=$?
cat /etc/outhaul/outhaul.toml 2>/dev/null || true
ls /etc/outhaul 2>/dev/null || true
exit $code
"""

DEFAULT = '# the service\n\n# the tunnel\n#tunnel_id = "UUID"\n\n# edge to dial\n#edge = ["HOST"]\n'


class Installation:
    def __init__(self, test, tunnel):
        self.test, self.tunnel = test, tunnel
        self.root = test.path("root", "")
        self.calls = test.write("calls", "")
        self.state = test.write("state", "")
        systemctl = test.write("bin/systemctl", FAKE_SYSTEMCTL.format(calls=self.calls,
                                                                      state=self.state))
        os.chmod(systemctl, 0o755)
        self.environment = {**os.environ,
                            "PATH": os.path.dirname(systemctl) + ":" + os.environ["PATH"]}
        self.group = grp.getgrgid(os.getegid()).gr_name

    def command(self, *options):
        return [self.test.agent_binary, *options]

    def install(self, *options):
        return self.command("install", "--tunnel-id", self.tunnel.identity.id, "--token-file",
                            self.tunnel.identity.token_file, "--group", self.group, *options)

    def run(self, command):
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=60, env=self.environment)

    def covered(self, command):
        """The same as root with its own /etc; its output ends with the configuration."""
        over = self.test.path("covered", "")
        return self.run(["unshare", "--mount", "/bin/sh", "-c", COVERED_ETC, "covered", over,
                         *command])

    def called(self):
        with open(self.calls, encoding="utf-8") as file:
            return file.read().splitlines()

    def says(self, active, status):
        with open(self.state, "w", encoding="utf-8") as file:
            file.write(f"ActiveState={active}\nStatusText={status}\n")

    def file(self, name):
        return os.path.join(self.root, "etc/outhaul", name)

    def configuration(self):
        with open(self.file("outhaul.toml"), encoding="utf-8") as file:
            return file.read()


def other_tree(test, tunnel, here):
    test.write("root/etc/outhaul/outhaul.toml", DEFAULT)
    with test.case("install --root: token 0640, configuration keeps its comments, unit enabled"):
        answer = here.run(here.install("--root", here.root, "--edge", "edge.example.net"))
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        equal(stat.S_IMODE(os.stat(here.file("token")).st_mode), 0o640, "mode of the token")
        with open(here.file("token"), encoding="ascii") as file:
            equal(file.read().strip() == tunnel.identity.token, True, "the same token")
        equal(here.configuration(),
              f'# the service\n\n# the tunnel\ntunnel_id = "{tunnel.identity.id}"\n\n'
              '# edge to dial\nedge = ["edge.example.net:7844"]\n', "configuration")
        equal(here.called(), [f"--root {here.root} enable --quiet outhaul.service"], "calls")
        for secret in tunnel.identity.secrets():
            check(secret not in answer.stdout, "no secret in the output")
    with test.case("install again, without an edge: the token's is used"):
        equal(here.run(here.install("--root", here.root)).returncode, 0, "exit code")
        check('\n#edge = ["edge.example.net:7844"]\n' in here.configuration(),
              here.configuration())
    with test.case("uninstall --root undoes it"):
        answer = here.run(here.command("uninstall", "--root", here.root))
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        equal(os.listdir(os.path.dirname(here.file("token"))), ["outhaul.toml"], "files")
        settings = [line for line in here.configuration().splitlines()
                    if line and not line.startswith("#")]
        equal(settings, [], "settings that are left")
        equal(here.run(here.command("uninstall", "--root", here.root)).returncode, 0,
              "exit code of a second time")


def given_configuration(test, here):
    certificate = test.certificate_authority().issue("agent")
    text = ('# ours\nprofile = "rhttp"\n'
            'tunnel_id = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"\nedge = ["haproxy.corp:443"]\n'
            f'client_certificate = "{certificate.certificate}"\n'
            f'client_key = "{certificate.key}"\nedge_ca = "{certificate.ca}"\n')
    path = test.write("rhttp.toml", text)
    with test.case("install --config: a whole configuration is copied, no token is needed"):
        before = here.configuration()
        answer = here.run(here.command("install", "--config", path, "--root", here.root))
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        equal(here.configuration(), text, "configuration")
        with open(here.file("outhaul.toml.old"), encoding="utf-8") as file:
            equal(file.read(), before, "the one before")
        check(os.path.exists(here.file("outhaul.env")), "what lets the unit start")
        equal(here.run(here.command("uninstall", "--root", here.root)).returncode, 0)
        check(not os.path.exists(here.file("outhaul.env")), "uninstall undoes it")
    with test.case("install --config with a token: it is written into the copy"):
        own = test.write("own.toml", "# ours\nconnections = 2\n")
        answer = here.run(here.install("--config", own, "--root", here.root))
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        equal(here.configuration(), f'tunnel_id = "{here.tunnel.identity.id}"\n# ours\n'
                                    "connections = 2\n", "configuration")
        check(not os.path.exists(here.file("outhaul.env")), "a token lets the unit start")
        here.run(here.command("uninstall", "--root", here.root))
    for name, contents, code, message in (
            ("mistakes in it", "conections = 2\nstreams = 0\n", 3, "more: outhaul check config"),
            ("a configuration without any token", text.replace('"rhttp"', '"ptth"')
             .replace("client_", "#client_"), 3, "give --tunnel-id and --token-file")):
        with test.case(f"install --config refuses {name}, and changes nothing"):
            before = here.configuration()
            answer = here.run(here.command("install", "--root", here.root, "--config",
                                           test.write("bad.toml", contents)))
            equal(answer.returncode, code, f"exit code; {answer.stdout}")
            check(message in answer.stdout, answer.stdout)
            equal(here.configuration(), before, "configuration")
    with test.case("install without token and configuration is wrong usage, and says what to give"):
        answer = here.run(here.command("install", "--root", here.root))
        equal(answer.returncode, 2, f"exit code; {answer.stdout}")
        check("--config FILE" in answer.stdout, answer.stdout)
    if os.geteuid() == 0:
        with test.case("install --config names a key that the service's group cannot read"):
            answer = here.covered(here.command("install", "--config", path, "--group", "nogroup"))
            equal(answer.returncode, 3, f"exit code; {answer.stdout}")
            check(f"chgrp nogroup {certificate.key}" in answer.stdout
                  or f"chgrp nogroup {certificate.certificate}" in answer.stdout, answer.stdout)


def mistakes(test, tunnel, here):
    other = tunnel.create_tunnel("other")
    for name, options, code, message in (
            ("a token of another tunnel", ("--token-file", other.token_file), 3,
             f"the token is of tunnel {other.id}"),
            ("a token file that is not there", ("--token-file", test.path("none")), 3,
             "it does not exist"),
            ("an edge that is no address", ("--edge", "a b"), 3, "--edge"),
            ("a group that does not exist", ("--group", "no-such-group"), 3,
             "install the outhaul package")):
        with test.case(f"install refuses {name}, and changes nothing"):
            command = here.command("install", "--tunnel-id", tunnel.identity.id, "--root",
                                   here.root)
            given = dict(zip(options[::2], options[1::2]))
            for flag, value in {"--token-file": tunnel.identity.token_file, "--group": here.group,
                                **given}.items():
                command += [flag, value]
            before = here.configuration()
            answer = here.run(command)
            equal(answer.returncode, code, f"exit code; {answer.stdout}")
            check(message in answer.stdout, answer.stdout)
            equal(here.configuration(), before, "configuration")
            check(not os.path.exists(here.file("token")), "no token")


def this_machine(test, here):
    if os.geteuid() != 0:
        with test.case("install on this machine needs root, and says so"):
            answer = here.run(here.install())
            equal(answer.returncode, 3, "exit code")
            check("run it as root" in answer.stdout, answer.stdout)
        with test.case("install with the service"):
            skip("only root can cover /etc")
    with test.case("install: enabled, restarted, and it waits until connected"):
        here.says("active", "3 of 4 connections up")
        answer = here.covered(here.install())
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        check("outhaul.service is enabled and running: 3 of 4 connections up" in answer.stdout,
              answer.stdout)
        check(f'tunnel_id = "{here.tunnel.identity.id}"' in answer.stdout, answer.stdout)
        equal(here.called()[-3:], ["enable --quiet outhaul.service", "restart outhaul.service",
                                   "show --property ActiveState,StatusText outhaul.service"],
              "calls")
    with test.case("install: an edge that does not answer is told, with what to look at"):
        here.says("active", "0 of 4 connections up")
        answer = here.covered(here.install("--wait", "0s"))
        equal(answer.returncode, 5, f"exit code; {answer.stdout}")
        check("not connected after 0 s, and it goes on trying (active, 0 of 4 connections up); "
              "see journalctl -u outhaul" in answer.stdout, answer.stdout)
    with test.case("install: a service that fails is told at once"):
        here.says("failed", "")
        answer = here.covered(here.install())
        equal(answer.returncode, 5, f"exit code; {answer.stdout}")
        check("the service has failed; see journalctl -u outhaul" in answer.stdout, answer.stdout)
        here.says("failed-to-start", "")
        answer = here.covered(here.install())
        equal(answer.returncode, 1, f"exit code; {answer.stdout}")
        check("systemctl restart outhaul.service failed: Job failed" in answer.stdout,
              answer.stdout)
    with test.case("uninstall: stopped and disabled"):
        answer = here.covered(here.command("uninstall"))
        equal(answer.returncode, 0, f"exit code; {answer.stdout}")
        equal(here.called()[-1], "disable --quiet --now outhaul.service", "call")


def main(test):
    test.need_binaries()
    tunnel = Tunnel(test)
    here = Installation(test, tunnel)
    other_tree(test, tunnel, here)
    given_configuration(test, here)
    mistakes(test, tunnel, here)
    this_machine(test, here)


if __name__ == "__main__":
    run_test(main)
