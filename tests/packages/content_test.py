"""The packages as files: lintian, rpmlint, the programs in them, the list of materials."""

import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402

DIST = os.environ["OUTHAUL_DIST"]
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECK_BINARY = os.path.join(REPOSITORY, "scripts/lib/packages/check_binary.py")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=300)


def main(test):
    debs = sorted(glob.glob(os.path.join(DIST, "*.deb")))
    rpms = sorted(glob.glob(os.path.join(DIST, "*.rpm")))
    equal((len(debs), len(rpms)), (2, 2), "debs and rpms")
    with test.case("lintian has nothing to say"):
        said = run("lintian", "--tag-display-limit", "0", "--fail-on", "warning", *debs)
        findings = [line for line in said.stdout.splitlines() if line.startswith(("E:", "W:"))]
        equal(findings, [], "findings")
    with test.case("rpmlint has nothing to say beyond packaging/rpm/rpmlint.toml"):
        said = run("rpmlint", "--config", os.path.join(REPOSITORY, "packaging/rpm/rpmlint.toml"),
                   *rpms)
        findings = [line for line in said.stdout.splitlines() if ": E: " in line or ": W: " in line]
        equal(findings, [], "findings")
    for deb in debs:
        program = os.path.basename(deb).split("_")[0]
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["dpkg-deb", "-x", deb, directory], check=True)
            binary = os.path.join(directory, "usr/bin", program)
            with test.case(f"{program}: libraries, C library, hardening"):
                said = run(sys.executable, CHECK_BINARY, binary)
                print(said.stdout, end="", flush=True)
                equal(said.returncode, 0, "exit code")
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
                check({"nghttp2", "c-ares", "libstdc++"} <= names, f"static libraries: {names}")
                with open(os.path.join(directory, "usr/share/doc", program, "copyright"),
                          encoding="utf-8") as file:
                    text = file.read()
                equal([name for name in names if f"==== {name} ====" not in text], [],
                      "licences that are missing")


if __name__ == "__main__":
    run_test(main)
