"""Broken configuration files, one kind of mistake each, and the exact words about it.

    broken_configurations/NN-name.toml      checked by outhaul, or by outhaul-edge for NN-edge-name
    broken_configurations/NN-name.expected  what `check config` prints, line by line

OUTHAUL_UPDATE_EXPECTED=1 writes the .expected files anew; read the difference before you commit."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "broken_configurations")
CONFIGURATION = 3  # exit code of outhaul help
SECRETS = ("hunter2", "eyJ0Ijoi")


def run(*command):
    """The finished command, run beside the files with none of the variables that have options."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("OUTHAUL", "TUNNEL"))}
    return subprocess.run([*command], cwd=DIRECTORY, env=environment, text=True, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def read(name):
    with open(os.path.join(DIRECTORY, name), encoding="utf-8") as file:
        return file.read()


def check_file(test, name):
    is_edge = "-edge-" in name and name > "41"
    binary = test.edge_binary if is_edge else test.agent_binary
    checked = run(binary, "check", "config", f"{name}.toml")
    if os.environ.get("OUTHAUL_UPDATE_EXPECTED") == "1":
        with open(os.path.join(DIRECTORY, f"{name}.expected"), "w", encoding="utf-8") as file:
            file.write(checked.stderr)
    equal(checked.stderr, read(f"{name}.expected"), "what check config prints")
    equal(checked.stdout, "", "standard output")
    equal(checked.returncode, CONFIGURATION, "exit code")
    for secret in SECRETS:
        check(secret not in checked.stderr, "it prints a secret")
    # The programs themselves end with the same problems, and show as many.
    used = run(binary, "serve" if is_edge else "run", "--config", f"{name}.toml")
    shown = [line for line in checked.stderr.splitlines() if "token" not in line]
    missing = [line for line in shown if line not in used.stderr.splitlines()]
    equal(missing, [], "problems that the program itself does not show")
    check(used.returncode in (CONFIGURATION, 2), f"exit code {used.returncode}")
    report = json.loads(run(binary, "check", "config", f"{name}.toml", "--json").stdout)
    equal([f"error: {problem['message']}" for problem in report["problems"]],
          checked.stderr.splitlines(), "the problems as JSON")
    equal(report["ok"], False)


def main(test):
    test.need_binaries()
    names = sorted(name[:-5] for name in os.listdir(DIRECTORY) if name.endswith(".toml"))
    check(len(names) >= 30, f"only {len(names)} broken files")
    for name in names:
        with test.case(name):
            check_file(test, name)
    with test.case("a file without a mistake: every value and where it comes from"):
        file = test.write("good.toml", 'tunnel_id = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"\n'
                                       'permit = ["127.0.0.1:80"]\n'
                                       '[service."e6a0817c-79c5-40ca-9776-a1c019defe70"]\n'
                                       'host = "api.internal"\n'
                                       'address = "api.internal:80"\n'
                                       '[[ingress]]\n'
                                       'service = "e6a0817c-79c5-40ca-9776-a1c019defe70"\n')
        checked = run(test.agent_binary, "check", "config", file)
        equal(checked.returncode, 0, checked.stderr)
        lines = [" ".join(line.split()) for line in checked.stdout.splitlines()]
        equal(lines[0], f"ok: {file}")
        for line in (f'permit = ["127.0.0.1:80"] # {file}:2:10', "connections = 4 # default",
                     f'[service."e6a0817c-79c5-40ca-9776-a1c019defe70"] # {file}:3:10',
                     f'host = "api.internal" # {file}:4:8', f"[[ingress]] # {file}:6:1",
                     f'service = "e6a0817c-79c5-40ca-9776-a1c019defe70" # {file}:7:11'):
            check(line in lines, f"no line {line}")
        report = json.loads(run(test.agent_binary, "check", "config", file, "--json").stdout)
        equal(report["ok"], True)
        values = {value["key"]: value for value in report["values"]}
        equal(values["connections"], {"key": "connections", "value": 4, "source": "default"})
        equal(values["permit"]["value"], ["127.0.0.1:80"])
        equal(report["sections"][0]["values"][1],
              {"key": "host", "value": "api.internal", "where": f"{file}:4:8"})
        equal([value["key"] for value in report["entries"][0]["values"]], ["service"])
    with test.case("a file that is named must exist; the default one need not"):
        missing = run(test.agent_binary, "check", "config", "/nonexistent/outhaul.toml")
        equal(missing.returncode, CONFIGURATION)
        check("/nonexistent/outhaul.toml: cannot read it" in missing.stderr, missing.stderr)
    with test.case("the files made from the option tables are up to date (scripts/generate)"):
        made = subprocess.run([os.path.join(test.repository, "scripts", "generate"), "--check"],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, check=False)
        equal(made.returncode, 0, made.stdout)


run_test(main)
