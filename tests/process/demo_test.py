"""scripts/demo: every step behaves, with and without a namespace, and nothing is left behind."""
# timeout: 240

import glob
import os
import re
import signal
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, wait_until  # noqa: E402

HELLO = "200  Hello from {address}: GET {url}"
STEP_LIMIT_S = 60
WORKERD = "tests/node/node_modules/@cloudflare/workerd-linux-*/bin/workerd"


class Demo:
    """One run of scripts/demo with a temporary directory of its own."""

    def __init__(self, test, name, *arguments, build=None):
        self.temporary = os.path.dirname(test.path(name, "tmp", "x"))
        environment = {"TMPDIR": self.temporary, "NO_COLOR": "1"}
        environment["OUTHAUL_BUILD"] = build or os.path.dirname(os.path.dirname(test.edge_binary))
        script = os.path.join(test.repository, "scripts", "demo")
        if not glob.glob(os.path.join(test.repository, WORKERD)):
            arguments = ("--curl", *arguments)
        self.process = test.start(name, [script, *arguments], environment)

    def finish(self):
        """Its exit status and its output."""
        return self.process.wait(STEP_LIMIT_S), self.process.log()

    def check_nothing_left(self, output):
        equal(os.listdir(self.temporary), [], "what is left in TMPDIR")
        self.check_no_process()
        interface = re.search(r"veth (outhaul\d+):", output)
        if interface:
            wait_until(lambda: not os.path.exists(f"/sys/class/net/{interface.group(1)}"),
                       "the veth interface is gone")

    def check_no_process(self):
        """Everything that a demo starts has its directory on the command line or in TMPDIR."""
        def left():
            return [pid for pid in os.listdir("/proc") if pid.isdigit() and self._is_ours(pid)]

        wait_until(lambda: not left(), f"no process is left of the demo in {self.temporary}")

    def _is_ours(self, pid):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return f"TMPDIR={self.temporary}\0".encode() in file.read()
        except OSError:
            return False


def step_line(output, text):
    """The line of the step whose title has this text, and the lines below it."""
    found = re.search(rf"^ *\d+  [^\n]*{re.escape(text)}[^\n]*\n(?:      [^\n]*\n)*", output, re.M)
    check(found, f"a step named {text!r} in:\n{output}")
    return found.group()


def check_logged_at_both_ends(step):
    edge = re.search(r"^ *edge +request id=(\w+)\s", step, re.M)
    agent = re.search(r"^ *agent +request id=(\w+)\s", step, re.M)
    check(edge and agent, f"a line of the edge and one of the agent in:\n{step}")
    equal(agent.group(1), edge.group(1), "request id in the agent's line")


def check_answers(output):
    inside = re.search(r"inside ([\d.]+) to ", output)
    check(inside, f"the addresses inside in:\n{output}")
    for title, url in (("http://internal-host.com", "http://internal-host.com/"),
                       ("https://internal-host.com", "https://internal-host.com/"),
                       ("lands on internal-api", "http://payroll.internal/")):
        step = step_line(output, title)
        check(HELLO.format(url=url, address=inside.group(1)) in step, f"the answer in:\n{step}")
        if "internal-host" in title:
            check_logged_at_both_ends(step)
    refusal = step_line(output, "is refused")
    check(re.search(r"403  proxy-status: .*error=http_request_denied", refusal),
          f"a refusal in:\n{refusal}")
    check("200  Everybody's salary" in refusal, f"payroll's own binding in:\n{refusal}")


def complete_runs(test):
    """The runs without root or namespaces take the same way as --no-namespaces, and say so."""
    for name, arguments in (("whole", []), ("loopback", ["--no-namespaces"]),
                            ("curl", ["--no-namespaces", "--curl"])):
        demo = Demo(test, name, "--once", *arguments)
        status, output = demo.finish()
        with test.case(f"{name}: all steps behave"):
            equal(status, 0, f"exit status (output: {output})")
            check(re.search(r"^all \d+ steps behaved", output, re.M), f"the last line of:\n{output}")
            check("FAILED" not in output, f"no failed step in:\n{output}")
        with test.case(f"{name}: the answers and the log lines"):
            check_answers(output)
        if "a namespace, nftables" in output:
            with test.case(f"{name}: outside is shut out"):
                step = step_line(output, "does not answer")
                check("curl: (28)" in step, f"curl's time-out in:\n{step}")
                step = step_line(output, "no answer about internal-host.com")
                check(re.search("nftables inside has dropped [1-9]", step), step)
        else:
            with test.case(f"{name}: says that it does without a namespace"):
                check("loopback addresses instead" in output, output)
        with test.case(f"{name}: nothing is left"):
            demo.check_nothing_left(output)


def agent_that_ends(test):
    """A build whose agent ends at once: the demo must notice, name the log, and clean up."""
    build = test.path("broken", "")
    os.makedirs(os.path.join(build, "edge"))
    os.symlink(test.edge_binary, os.path.join(build, "edge", "outhaul-edge"))
    agent = test.write("broken/agent/outhaul", "#!/bin/sh\necho broken on purpose\nexit 3\n")
    os.chmod(agent, stat.S_IRWXU)
    demo = Demo(test, "ends", "--once", "--no-namespaces", "--curl", build=build)
    status, output = demo.finish()
    with test.case("an agent that ends fails the demo at once, and its log is named and kept"):
        equal(status, 1, "exit status")
        found = re.search(r"agent ended before .*; see (\S+/logs/agent\.log)", output)
        check(found, f"the agent's log in:\n{output}")
        with open(found.group(1), encoding="ascii") as log:
            equal(log.read(), "broken on purpose\n", "the agent's log")
        directory = os.path.dirname(os.path.dirname(found.group(1)))
        equal(os.listdir(directory), ["logs"], f"what stays in {directory}")
        demo.check_no_process()


def stays_up(test):
    demo = Demo(test, "stays")
    demo.process.wait_for_log("stays up until Ctrl-C", STEP_LIMIT_S)
    output = demo.process.log()
    with test.case("it stays up, and the curl line works"):
        line = wait_until(lambda: re.search(r"without a Worker +(curl .*)$", demo.process.log(),
                                            re.M), "the curl line").group(1)
        run = subprocess.run(["/bin/sh", "-c", line], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.STDOUT, check=False, timeout=30)
        check("200 OK" in run.stdout and "Hello from" in run.stdout, f"{line}: {run.stdout}")
    with test.case("Ctrl-C ends it with 0 and nothing is left"):
        demo.process.signal(signal.SIGINT)
        equal(demo.process.wait(30), 0, "exit status")
        demo.check_nothing_left(output)


def killed(test):
    """Even then the kernel takes back what was started; only the directory in TMPDIR stays."""
    demo = Demo(test, "killed")
    demo.process.wait_for_log("stays up until Ctrl-C", STEP_LIMIT_S)
    output = demo.process.log()
    with test.case("kill -9: no process and no interface is left"):
        os.kill(demo.process.pid, signal.SIGKILL)
        demo.process.wait()
        demo.check_no_process()
        interface = re.search(r"veth (outhaul\d+):", output)
        if interface:
            wait_until(lambda: not os.path.exists(f"/sys/class/net/{interface.group(1)}"),
                       "the veth interface is gone")


def wrong_usage(test):
    demo = Demo(test, "usage", "--onec")
    status, output = demo.finish()
    with test.case("an unknown option is named"):
        equal((status, output.splitlines()[0]), (2, "demo: unknown option '--onec'"))


def main(test):
    test.need_binaries()
    # The demo would install these.
    test.need_tools("curl", "openssl", "nginx", "dnsmasq", "dig", "ip", "nft", "nsenter")
    complete_runs(test)
    agent_that_ends(test)
    stays_up(test)
    killed(test)
    wrong_usage(test)


if __name__ == "__main__":
    run_test(main)
