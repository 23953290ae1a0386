"""What a benchmark measures: our agent behind the splice, and nghttpx doing the same work as a
forward proxy (TLS and HTTP/2 in front, HTTP/1.1 behind). Each start is a new process, and both get
the same origin, cipher and core."""

import os
import signal
import subprocess

from load import on_core, run_h2load
from ports import free_port, wait_for_port
from process_stats import peak_rss_bytes, rss_bytes

SERVICE_ID = "e6a0817c-79c5-40ca-9776-a1c019defe70"
CALLGRIND = ["valgrind", "--quiet", "--tool=callgrind"]


class Surroundings:
    """The origin and the splice, which live as long as the benchmark."""

    def __init__(self, test, build, subject_core, load_core):
        self.test = test
        self.build = build
        self.subject_core = subject_core
        self.load_core = load_core
        programs = os.path.join(build, "tests", "bench")
        self.origin_port = free_port()
        origin = test.start("origin", on_core(load_core, [
            os.path.join(programs, "origin"), "--listen", f"127.0.0.1:{self.origin_port}"]))
        wait_for_port(self.origin_port, process=origin)
        self.client_port = free_port()
        self.token = test.path("token")
        self.splice = test.start("splice", on_core(load_core, [
            os.path.join(programs, "splice"), "--listen", f"127.0.0.1:{free_port()}",
            "--client-listen", f"127.0.0.1:{self.client_port}", "--token-out", self.token]))
        self.tunnel_id = self.splice.wait_for_event("listening")["tunnel"]
        self.certificate = test.certificate_authority().issue("127.0.0.1")

    def start_subject(self, name, command, profile=None):
        """`profile`: run it under callgrind, which writes this file."""
        if profile:
            command = CALLGRIND + [f"--callgrind-out-file={profile}"] + command
        return self.test.start(name, on_core(self.subject_core, command))


class Subject:
    """One process under load, from its start to stop()."""

    headers = ()

    def __init__(self, process):
        self.process = process
        self.pid = process.pid  # taskset and valgrind become the program, so it is the same
        self.idle_rss_bytes = rss_bytes(self.pid)

    def peak_rss_bytes(self):
        return peak_rss_bytes(self.pid)

    def stop(self, gently=False):
        """`gently` lets it write callgrind's file. SIGTERM makes the agent drain, for which it
        waits for its peer; SIGINT behind it ends that, and ends nghttpx as well."""
        if gently:
            for number in (signal.SIGTERM, signal.SIGINT):
                if self.process.exit_code is None:
                    os.kill(self.pid, number)
            self.process.wait(20)
        self.process.kill()


class Agent(Subject):
    """Our agent, reached in plaintext through the splice, which is its TLS peer."""

    name = "outhaul"

    def __init__(self, surroundings, connections, profile=None):
        mark = surroundings.splice.mark()
        process = surroundings.start_subject(self.name, [
            os.path.join(surroundings.build, "agent", "outhaul"), "run",
            "--tunnel-id", surroundings.tunnel_id, "--token-file", surroundings.token,
            "--permit", f"127.0.0.1:{surroundings.origin_port}",
            "--connections", connections, "--log-level", "warn"], profile)
        surroundings.splice.wait_for_event("agent_waiting", since=mark, count=connections,
                                           deadline_s=30)
        super().__init__(process)
        self.url = f"http://127.0.0.1:{surroundings.client_port}"
        self.headers = (
            f'tunnel-service: id="{SERVICE_ID}", type=http, scheme=http, ipv4="127.0.0.1", '
            f'port={surroundings.origin_port}, net="{surroundings.tunnel_id}"',)


class Nghttpx(Subject):
    """nghttpx with one worker, reached over TLS by the load itself."""

    name = "nghttpx"

    def __init__(self, surroundings, connections, profile=None):
        del connections  # it takes as many as come
        port = free_port()
        certificate = surroundings.certificate
        process = surroundings.start_subject(self.name, [
            "nghttpx", "--single-process", "--workers=1", "--no-ocsp", "--log-level=WARN",
            "--conf=/dev/null", f"--frontend=127.0.0.1,{port}",
            f"--backend=127.0.0.1,{surroundings.origin_port}",
            "--tls13-ciphers=TLS_AES_128_GCM_SHA256", certificate.key, certificate.certificate], profile)
        wait_for_port(port, process=process, deadline_s=30)
        super().__init__(process)
        self.url = f"https://127.0.0.1:{port}"
        # It listens before it has finished starting, which takes it some 30 ms of CPU time that
        # are not the load's. Our agent has when the splice sees it.
        run_h2load(surroundings.load_core, self.url + "/bytes/1", 1, 1, 1)


def versions(build):
    """One line each: what was measured."""
    agent = subprocess.run([os.path.join(build, "agent", "outhaul"), "version"],
                           capture_output=True, text=True, check=True).stdout.strip()
    peer = subprocess.run(["nghttpx", "--version"], capture_output=True, text=True,
                          check=True).stdout.strip()
    return {"outhaul": agent, "nghttpx": peer}
