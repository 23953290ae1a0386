"""outhaul diag: what the archive holds, its mode, the list, and that no secret is in it."""
# timeout: 60

import json
import os
import re
import stat
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402

PASSWORD = "hunter2-secret-word"
OLD_TOKEN = "eyJ" + "x" * 60
KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----"
# What an operator may have written where it does not belong.
CONFIGURATION = f"""
# proxy = "http://user:{PASSWORD}@proxy.internal:3128"
# {OLD_TOKEN}
# api_token = "{PASSWORD}"
connections = 2
"""


def diag(test, tunnel, configuration, *arguments, environment=None):
    run = subprocess.run(
        [test.agent_binary, "diag", "--tunnel-id", tunnel.identity.id, "--token-file",
         tunnel.identity.token_file, "--config", configuration, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=test.directory, timeout=30,
        env={**os.environ, **(environment or {})}, check=False)
    return run


def main(test):
    test.need_binaries()
    tunnel = Tunnel(test)
    socket = f"unix:{test.path('status.sock')}"
    configuration = test.write("etc/outhaul.toml", CONFIGURATION + "".join(
        f"# {line}\n" for line in KEY.splitlines()))
    agent = test.start("agent", tunnel.agent_command("--status-listen", socket,
                                                     "--config", configuration))
    agent.wait_for_event("connection_up")
    archive = test.path("out.tar.gz")
    with test.case("one archive of mode 0600, and a list of what is inside"):
        run = diag(test, tunnel, configuration, "--status-listen", socket, "--output", archive)
        equal((run.returncode, run.stderr), (0, ""), run.stderr)
        equal(stat.S_IMODE(os.stat(archive).st_mode), 0o600, "mode")
        with tarfile.open(archive) as tar:
            members = {os.path.basename(member.name): tar.extractfile(member).read().decode()
                       for member in tar}
        for name in ("version.json", "configuration.toml", "check.json", "status.json",
                     "metrics.txt", "resolv.conf", "hosts.txt", "files.txt", "limits.txt",
                     "system.txt", "CONTENTS.txt"):
            check(name in members, f"{name} in {list(members)}")
            if name != "CONTENTS.txt":
                check(re.search(rf"^ *{len(members[name])}  {name}$", run.stdout, re.M),
                      run.stdout)
        check("left out  token: " in run.stdout, "why there is no token")
        check(("log.txt" in members) != ("left out  log.txt: journalctl" in run.stdout),
              "the log, or why there is none")
    with test.case("each part is what it says"):
        equal(json.loads(members["check.json"])["ok"], True)
        equal(json.loads(members["status.json"])["tunnel"], tunnel.identity.id)
        equal(json.loads(members["version.json"])["program"], "outhaul")
        check("outhaul_log_lines_dropped_total 0" in members["metrics.txt"], "metrics")
        check("glibc" in members["system.txt"] and "kernel Linux" in members["system.txt"],
              members["system.txt"])
        check("Max open files" in members["limits.txt"], "limits")
        check("100644" in members["files.txt"] and "outhaul.toml" in members["files.txt"],
              members["files.txt"])
        check("connections = 2" in members["configuration.toml"], "what is no secret stays")
    with test.case("no secret is in it, and what was masked is seen to be"):
        everything = run.stdout + "".join(members.values())
        for secret in [*tunnel.identity.secrets(), PASSWORD, OLD_TOKEN, "MC4CAQAwBQYDK2VwBCIEIJ"]:
            check(secret not in everything, "no secret")
        check('proxy = "http://***@proxy.internal:3128"' in members["configuration.toml"],
              members["configuration.toml"])
        check("# api_token = ***" in members["configuration.toml"], "the key stays")
    with test.case("a file that exists is not written over"):
        again = diag(test, tunnel, configuration, "--output", archive)
        equal(again.returncode, 1)
        check("--output FILE" in again.stderr, again.stderr)
    with test.case("without a running agent: the rest, and why the status is missing"):
        agent.terminate()
        run = diag(test, tunnel, configuration, "--status-listen", socket)
        equal(run.returncode, 0, run.stderr)
        check("left out  status.json: " in run.stdout, run.stdout)
        name = re.search(r"^wrote (outhaul-diag-\S+\.tar\.gz)$", run.stdout, re.M).group(1)
        check(os.path.exists(test.path(name)), "the file by its default name")
    with test.case("gzip and tar of this system read it"):
        listed = subprocess.run(["tar", "tvzf", archive], stdout=subprocess.PIPE, text=True,
                                check=True)
        check(len(listed.stdout.splitlines()) == len(members), listed.stdout)


if __name__ == "__main__":
    run_test(main)
