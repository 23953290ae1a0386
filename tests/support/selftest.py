"""Tests of the support library for process tests, against the real programs it starts."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from process_test import (CheckFailed, Site, check, cpu_seconds, equal, free_port,  # noqa: E402
                          open_files, peak_rss_bytes, rss_bytes, run_test, threads, wait_until)
from processes import ProcessEnded  # noqa: E402

PRINTS_EVENTS = """
import json, sys, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print("starting", flush=True)
print(json.dumps({"event": "access", "status": 200}), flush=True)
print(json.dumps({"event": "access", "status": 503, "error": "dns_error"}), flush=True)
signal.sigwait([signal.SIGUSR1])
print(json.dumps({"event": "again"}), flush=True)
signal.pause()
"""


def fails(function, *arguments, kind=CheckFailed, **named):
    """The message of the failure that the call must end in."""
    try:
        function(*arguments, **named)
    except kind as error:
        return str(error)
    raise CheckFailed(f"{function.__name__} should have failed")


def curl(*arguments):
    run = subprocess.run(["curl", "-sS", "--max-time", "10", *arguments], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    return run.stdout


def assertions(test):
    with test.case("assertions fail with a clear message"):
        equal(fails(equal, 1, 2, "answer"), "answer: expected 2, got 1")
        equal(fails(check, False, "no reply"), "no reply")
    with test.case("wait_until gives up and quotes the last check"):
        message = fails(wait_until, lambda: equal(1, 2), "they agree", deadline_s=0.05)
        equal(message, "not within 0.05 s: they agree (last: value: expected 2, got 1)")
    with test.case("ports differ"):
        equal(len({free_port() for _ in range(50)}), 50)


def processes(test):
    program = test.start("events", [sys.executable, "-c", PRINTS_EVENTS])
    with test.case("log lines and events"):
        program.wait_for_log("^starting$")
        equal(program.wait_for_event("access", status=503)["error"], "dns_error")
        program.wait_for_event("access", count=2)
        program.wait_for_event("access", status=lambda status: status >= 500)
        fails(program.wait_for_event, "access", deadline_s=0.05, count=3)
        fails(program.wait_for_event, "access", deadline_s=0.05, status=404)
    with test.case("only what is printed after a mark"):
        mark = program.mark()
        fails(program.wait_for_event, "access", deadline_s=0.05, since=mark)
        program.signal(signal.SIGUSR1)
        program.wait_for_event("again", since=mark)
    with test.case("what the kernel says"):
        check(rss_bytes(program.pid) > 1 << 20, "resident memory of a Python program > 1 MiB")
        check(peak_rss_bytes(program.pid) >= rss_bytes(program.pid) // 2, "peak memory")
        check(cpu_seconds(program.pid) >= 0, "processor time")
        equal((open_files(program.pid), threads(program.pid)), (3, 1), "files and threads")
    with test.case("an ended program ends every wait at once"):
        equal(program.terminate(), -signal.SIGTERM)
        fails(program.wait_for_event, "never", kind=ProcessEnded, deadline_s=60)
    with test.case("kill reaches what a program started"):
        parent = test.start("parent", ["/bin/sh", "-c", "sleep 600 & echo $!; wait"])
        child = int(parent.wait_for_log(r"^(\d+)$").group(1))
        parent.kill()
        wait_until(lambda: not running(child), "the child is gone")


def running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def peers(test):
    authority = test.certificate_authority()
    server = authority.issue("origin.test", "127.0.0.1")
    expired = authority.issue("origin.test", "127.0.0.1", valid_from_days=-30, valid_until_days=-1)
    plain, tls, late = free_port(), free_port(), free_port()
    nginx = test.nginx([Site(plain), Site(tls, {"/": 'return 200 "secret";'}, tls=server, http2=True),
                        Site(late, tls=expired)])
    test.write("nginx/www/a.txt", "hello")
    ca = ("--cacert", authority.certificate)
    with test.case("nginx serves a file, HTTPS and HTTP/2"):
        equal(curl(f"http://127.0.0.1:{plain}/a.txt"), "hello")
        equal(curl(*ca, "--http2", "-w", " %{http_version}", f"https://127.0.0.1:{tls}/"), "secret 2")
        wait_until(lambda: "GET /a.txt HTTP/1.1 200 5 127.0.0.1" in nginx.requests(), "access log")
    with test.case("an expired certificate is refused"):
        check("expired" in curl(*ca, f"https://127.0.0.1:{late}/"), "curl names the reason")
    with test.case("nginx takes new sites"):
        nginx.reconfigure([Site(plain, {"/": 'return 200 "new";'})])
        wait_until(lambda: curl(f"http://127.0.0.1:{plain}/") == "new", "the new site answers")
    dns = test.dns_server({"a.test": ["192.0.2.1", "192.0.2.2"]}, address="127.0.0.5")
    with test.case("dnsmasq answers and counts"):
        equal(sorted(dns.ask("a.test")), ["192.0.2.1", "192.0.2.2"])
        equal(dns.ask("b.test"), [])
        equal((dns.queries("a.test"), dns.queries("b.test"), dns.queries("c.test")), (1, 1, 0))
    with test.case("dnsmasq takes new records"):
        dns.replace({"b.test": ["192.0.2.9"]})
        equal((dns.ask("a.test"), dns.ask("b.test")), ([], ["192.0.2.9"]))


def outcomes(test):
    """Runs small scripts to see what a script's end looks like from outside."""
    header = "from process_test import *\ndef main(test):\n"
    for name, body, status, line in (
            ("a passing script", " with test.case('a'): equal(1, 1)\n", 0, "ok a"),
            ("a failing script", " with test.case('a'): equal(1, 2, 'n')\n"
             " with test.case('b'): pass\n", 1, "not ok a: n: expected 2, got 1\nok b"),
            ("a skipped script", " skip('no reason at all')\n", 77, "skipped: no reason at all"),
            ("a script without a case", " pass\n", 1, "not ok script: it has no case"),
            ("a script with a bug", " with test.case('a'): undefined()\n", 1,
             "not ok a: NameError"),
            ("a process that dies", " with test.case('a'):\n"
             "  test.start('p', ['/bin/false']).wait_for_log('x')\n", 1, "not ok a: p ended with 1")):
        with test.case(name):
            script = test.write("script.py", header + body + "run_test(main)\n")
            run = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, text=True,
                                 stderr=subprocess.STDOUT, check=False,
                                 env={**os.environ, "PYTHONPATH": os.path.dirname(__file__)})
            check(run.returncode == status and line in run.stdout,
                  f"expected {status} and '{line}', got {run.returncode} and '{run.stdout}'")


def main(test):
    test.need_tools("curl", "openssl", "nginx", "dnsmasq", "dig")
    assertions(test)
    processes(test)
    peers(test)
    outcomes(test)


if __name__ == "__main__":
    run_test(main)
