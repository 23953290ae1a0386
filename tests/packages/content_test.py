"""The packages as files: lintian, rpmlint, the programs in them, the list of materials."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402

DIST = os.environ["OUTHAUL_DIST"]
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RPMLINT = os.path.join(REPOSITORY, "packaging/rpm/rpmlint.toml")
MOST_EXPOSURE = 1.5
CHECK_BINARY = os.path.join(REPOSITORY, "scripts/lib/packages/check_binary.py")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=300)


def tools(test, debs, rpms):
    with test.case("lintian has nothing to say"):
        said = run("lintian", "--tag-display-limit", "0", "--show-overrides", "--fail-on", "warning",
                   *debs)
        show("lintian", said.stdout)
        findings = [line for line in said.stdout.splitlines() if line.startswith(("E:", "W:"))]
        equal(findings, [], "findings")
    with test.case("rpmlint has nothing to say beyond packaging/rpm/rpmlint.toml"):
        said = run("rpmlint", "--config", RPMLINT, *rpms)
        show("rpmlint", said.stdout)
        findings = [line for line in said.stdout.splitlines() if ": E: " in line or ": W: " in line]
        equal(findings, [], "findings")


def show(what, text):
    for line in text.splitlines():
        if line.strip(" ="):
            print(f"{what}: {line}", flush=True)


def sizes(deb, rpm, program):
    installed = run("rpm", "-qp", "--qf", "%{SIZE}", rpm).stdout.split()[-1]
    print(f"{program}: deb {os.path.getsize(deb)} bytes, rpm {os.path.getsize(rpm)} bytes, "
          f"installed {installed} bytes", flush=True)


def unit(test, directory, program):
    with test.case(f"{program}.service: exposure at most {MOST_EXPOSURE}, reload, runtime directory"):
        path = os.path.join(directory, f"usr/lib/systemd/system/{program}.service")
        said = run("systemd-analyze", "security", "--offline=yes", "--no-pager", path)
        level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
        check(level, f"no level in: {said.stdout[-300:]}")
        print(f"{program}.service: systemd-analyze security --offline=yes: {level.group(1)}",
              flush=True)
        check(float(level.group(1)) <= MOST_EXPOSURE, f"exposure {level.group(1)}")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        check("\nExecReload=" in text and f"\nRuntimeDirectory={program}\n" in text, "the settings")


def configuration(test, directory, binary, program):
    with test.case(f"{program}.toml: every key and its manual page, and the program accepts it"):
        path = os.path.join(directory, "etc", program, f"{program}.toml")
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line]
        equal([line for line in lines if not line.startswith("#")], [], "lines in force")
        check(os.path.exists(os.path.join(directory, f"usr/share/man/man5/{program}.toml.5.gz")),
              "the manual page")
        said = run(binary, "check", "config", path)
        if program == "outhaul":
            # It names no tunnel yet, which is all that is wrong with it.
            problems = said.stdout.splitlines()
            check(said.returncode == 3 and len(problems) == 1 and "--tunnel-id" in problems[0],
                  said.stdout)
        else:
            equal(said.returncode, 0, f"exit code; {said.stdout}")


def materials(test, directory, binary, program):
    with test.case(f"{program}: the list of materials names what is built in"):
        built_in = json.loads(run(binary, "version", "--json").stdout)["built_in"]
        path = os.path.join(directory, "usr/share/doc", program, f"{program}.spdx.json")
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        linked = {relation["relatedSpdxElement"] for relation in document["relationships"]
                  if relation["relationshipType"] == "STATIC_LINK"}
        names = {package["name"] for package in document["packages"]
                 if package["SPDXID"] in linked}
        equal(names, set(built_in), "materials")
        check({"nghttp2", "c-ares", "libstdc++", "toml++"} <= names, f"static libraries: {names}")
        with open(os.path.join(directory, "usr/share/doc", program, "copyright"),
                  encoding="utf-8") as file:
            text = file.read()
        equal([name for name in names if f"==== {name} ====" not in text], [],
              "licences that are missing")
        check("has not chosen a licence" in text, "the project's own licence")


def main(test):
    debs = sorted(glob.glob(os.path.join(DIST, "*.deb")))
    rpms = sorted(glob.glob(os.path.join(DIST, "*.rpm")))
    equal((len(debs), len(rpms)), (2, 2), "debs and rpms")
    tools(test, debs, rpms)
    for deb, rpm in zip(sorted(debs, key=program_of), sorted(rpms, key=program_of)):
        program = program_of(deb)
        sizes(deb, rpm, program)
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["dpkg-deb", "-x", deb, directory], check=True)
            binary = os.path.join(directory, "usr/bin", program)
            with test.case(f"{program}: libraries, C library, hardening"):
                said = run(sys.executable, CHECK_BINARY, binary)
                print(said.stdout, end="", flush=True)
                equal(said.returncode, 0, "exit code")
            unit(test, directory, program)
            configuration(test, directory, binary, program)
            materials(test, directory, binary, program)


def program_of(path):
    """"outhaul-edge" of "outhaul-edge_0.1.0_amd64.deb" and "outhaul-edge-0.1.0-1.x86_64.rpm"."""
    return re.match(r"([a-z-]+?)[-_][0-9]", os.path.basename(path)).group(1)


if __name__ == "__main__":
    run_test(main)
