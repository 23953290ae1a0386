"""What a process test needs: cases, assertions, processes, peers. One import for a test script.

    from process_test import check, equal, run_test

    def main(test):
        nginx = test.nginx([Site(test.free_port(), locations={"/": 'return 200 "hello";'})])
        edge = test.start("edge", [test.edge_binary, "--listen", ...])
        edge.wait_for_event("listening")
        with test.case("a request reaches the origin"):
            equal(fetch(...), "hello")

    run_test(main)

Prints "ok NAME" or "not ok NAME: why" for each case; exits 0, 1, or 77 when skipped.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import traceback

from assertions import CheckFailed, Skipped, check, equal, pause, skip, wait_until
from certificates import Certificate, CertificateAuthority
from dns_server import DnsServer
from origin import Nginx, Site
from ports import free_port, wait_for_port
from process_stats import cpu_seconds, open_files, peak_rss_bytes, rss_bytes, threads
from processes import Process, ProcessEnded

__all__ = [
    "Certificate", "CertificateAuthority", "CheckFailed", "DnsServer", "Nginx", "Process",
    "ProcessEnded", "Site", "Test", "check", "cpu_seconds", "equal", "free_port", "open_files",
    "pause", "peak_rss_bytes", "rss_bytes", "run_test", "skip", "threads", "wait_for_port",
    "wait_until",
]

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Test:
    """One running test script: its directory, its processes and its cases. All that it started
    has ended, and its directory is gone, when run_test returns."""

    def __init__(self, directory):
        build = os.environ.get("OUTHAUL_BUILD", os.path.join(REPOSITORY, "build"))
        self.repository = REPOSITORY
        self.directory = directory
        self.agent_binary = os.path.join(build, "agent", "outhaul")
        self.edge_binary = os.path.join(build, "edge", "outhaul-edge")
        self.passed = 0
        self.failed = 0
        self._processes = []
        self._cleanup = contextlib.ExitStack()

    def path(self, *names):
        """A path in the test's directory; its parent directories exist."""
        path = os.path.join(self.directory, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, text):
        """Writes a file in the test's directory and returns its path."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def free_port(self):
        return free_port()

    def on_exit(self, function, *arguments):
        """Calls function(*arguments) at the end, the latest first."""
        self._cleanup.callback(function, *arguments)

    def need_binaries(self, *paths):
        """Fails the script with a clear message unless these programs were built."""
        for path in paths or (self.agent_binary, self.edge_binary):
            check(os.access(path, os.X_OK), f"{path} is not built; run: ninja -C build")

    def need_tools(self, *names):
        """Skips the script when a tool is not installed."""
        for name in names:
            if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                skip(f"{name} is not installed; run scripts/setup")

    def start(self, name, command, environment=None, directory=None):
        """Starts a program whose output goes to NAME.log; see processes.Process."""
        process = Process(name, command, self.path("logs", f"{name}.{len(self._processes)}.log"),
                          environment, directory or self.directory)
        self._processes.append(process)
        self.on_exit(process.kill)
        return process

    def nginx(self, sites, name="nginx"):
        return Nginx(self, sites, name)

    def dns_server(self, records, port=None, address="127.0.0.1", ttl_s=60):
        return DnsServer(self, records, port or free_port(), address, ttl_s)

    def certificate_authority(self, name="test-ca"):
        return CertificateAuthority(self.path(name, ""), name)

    @contextlib.contextmanager
    def case(self, name):
        """One counted case. A failure in it is reported, and the script goes on behind it."""
        try:
            yield
        except Skipped:
            raise
        except (CheckFailed, ProcessEnded) as error:
            self.fail(name, str(error))
        except Exception as error:  # pylint: disable=broad-except; a bug fails its case only
            traceback.print_exc(file=sys.stdout)
            self.fail(name, f"{type(error).__name__}: {error}")
        else:
            self.passed += 1
            print(f"ok {name}", flush=True)

    def fail(self, name, why):
        self.failed += 1
        print(f"not ok {name}: {' '.join(why.split())}", flush=True)

    def show_logs(self):
        for process in self._processes:
            print(f"---- {process.name} (pid {process.pid}): end of its output")
            print(process.log_tail())

    def close(self):
        self._cleanup.close()


def run_test(main):
    """Runs main(test) in a new directory and exits. OUTHAUL_KEEP=1 keeps the directory."""
    # The driver's time limit arrives as SIGTERM: leave through the clean-up all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))
    # A shell starts background jobs with SIGINT ignored, and the programs would inherit that: what
    # is caught here has its default in them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    script = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    directory = tempfile.mkdtemp(prefix=f"outhaul-{script}-")
    test = Test(directory)
    status = 1
    try:
        status = _run(main, test, script)
    finally:
        if status == 1:
            test.show_logs()
        test.close()
        if os.environ.get("OUTHAUL_KEEP") == "1":
            print(f"kept {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    sys.exit(status)


def _run(main, test, script):
    try:
        main(test)
    except Skipped as reason:
        if test.failed == 0:
            print(f"skipped: {reason}", flush=True)
            return 77
    except Exception as error:  # pylint: disable=broad-except; whatever it is fails the script
        if not isinstance(error, (CheckFailed, ProcessEnded)):
            traceback.print_exc(file=sys.stdout)
        test.fail(script, str(error) or type(error).__name__)
    if test.passed + test.failed == 0:
        test.fail(script, "it has no case")
    return 1 if test.failed else 0
