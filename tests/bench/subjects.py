"""What a benchmark measures: our agent behind the splice, any other agent that speaks to the same
splice, and nghttpx and nginx doing the same work as forward proxies (TLS and HTTP/2 in front, the
origin behind). Each start is a new process, and all get the same origin, cipher and core."""

import os
import shlex
import signal
import subprocess

from load import cpu_seconds, on_core, run_h2load
from origins import Origins
from ports import free_port, wait_for_port
from process_stats import peak_rss_bytes, rss_bytes
from processes import ProcessEnded
from assertions import wait_until

SERVICE_ID = "e6a0817c-79c5-40ca-9776-a1c019defe70"
CALLGRIND = ["valgrind", "--quiet", "--tool=callgrind"]


class Surroundings:
    """The origins and the splice, which live as long as the benchmark."""

    def __init__(self, test, build, subject_core, load_core):
        self.test = test
        self.build = build
        self.subject_core = subject_core
        self.load_core = load_core
        self.splice_program = os.path.join(build, "tests", "bench", "splice")
        self.certificate = test.certificate_authority().issue("127.0.0.1")
        self.origins = Origins(test, build, load_core, self.certificate)
        self.client_port = free_port()
        self.agent_port = free_port()
        self.token = test.path("token")
        self.splice = test.start("splice", on_core(load_core, [
            self.splice_program, "--listen", f"127.0.0.1:{self.agent_port}",
            "--client-listen", f"127.0.0.1:{self.client_port}", "--token-out", self.token]))
        self.tunnel_id = self.splice.wait_for_event("listening")["tunnel"]

    def start_subject(self, name, command, profile=None):
        """`profile`: run it under callgrind, which writes this file."""
        if profile:
            command = CALLGRIND + [f"--callgrind-out-file={profile}"] + command
        return self.test.start(name, on_core(self.subject_core, command))

    def agent_fields(self, origin):
        """The descriptor that an edge would add to each request."""
        tls = ", tls=disabled" if origin.tls else ""
        scheme = "https" if origin.tls else "http"
        return (f'tunnel-service: id="{SERVICE_ID}", type=http, scheme={scheme}, '
                f'ipv4="127.0.0.1", port={origin.port}, net="{self.tunnel_id}"{tls}',)


class Subject:
    """One process under load, from its start to stop()."""

    headers = ()

    def __init__(self, process, pid=None):
        self.process = process
        # taskset and valgrind become the program, so it is the same.
        self.pid = pid or process.pid
        self.idle_rss_bytes = rss_bytes(self.pid)

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

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

    def __init__(self, surroundings, scenario, profile=None, options=(), build=None):
        """`build`: another build's program."""
        mark = surroundings.splice.mark()
        origin = surroundings.origins.get(scenario.origin)
        log = ["--access-log", "all", "--log-level", "info"] if scenario.access_log else [
            "--access-log", "off", "--log-level", "warn"]
        process = surroundings.start_subject(self.name, [
            os.path.join(build or surroundings.build, "agent", "outhaul"), "run",
            "--tunnel-id", surroundings.tunnel_id, "--token-file", surroundings.token,
            "--permit", f"127.0.0.1:{origin.port}", "--status-listen", "none",
            "--connections", scenario.connections, *log, *scenario.agent_options, *options],
            profile)
        surroundings.splice.wait_for_event("agent_waiting", since=mark,
                                           count=scenario.connections, deadline_s=30)
        super().__init__(process)
        self.url = f"http://127.0.0.1:{surroundings.client_port}"
        self.headers = surroundings.agent_fields(origin)


class OtherAgent(Subject):
    """A program that dials the splice as an agent does, given as a command with the words
    {edge} {token_file} {tunnel_id} {origin} {connections}. It takes its origin from its own
    configuration or from the descriptor, as it likes."""

    name = "other agent"
    command = ""

    def __init__(self, surroundings, scenario, profile=None):
        mark = surroundings.splice.mark()
        origin = surroundings.origins.get(scenario.origin)
        words = {"edge": f"127.0.0.1:{surroundings.agent_port}",
                 "token_file": surroundings.token, "tunnel_id": surroundings.tunnel_id,
                 "origin": f"127.0.0.1:{origin.port}", "connections": scenario.connections}
        process = surroundings.start_subject("other-agent", [
            part.format(**words) for part in shlex.split(self.command)], profile)
        surroundings.splice.wait_for_event("agent_waiting", since=mark,
                                           count=scenario.connections, deadline_s=30)
        super().__init__(process)
        self.url = f"http://127.0.0.1:{surroundings.client_port}"
        self.headers = surroundings.agent_fields(origin)


class Nghttpx(Subject):
    """nghttpx with one worker, reached over TLS by the load itself."""

    name = "nghttpx"

    def __init__(self, surroundings, scenario, profile=None):
        self.port = free_port()
        origin = surroundings.origins.get(scenario.origin)
        certificate = surroundings.certificate
        backend = f"127.0.0.1,{origin.port};" + (";proto=h2" if origin.http2 else "") + (
            ";tls" if origin.tls else "")
        log = [f"--accesslog-file={surroundings.test.path('nghttpx.access')}"
               ] if scenario.access_log else []
        process = surroundings.start_subject(self.name, [
            "nghttpx", "--single-process", "--workers=1", "--no-ocsp", "--log-level=WARN",
            "--conf=/dev/null", f"--frontend=127.0.0.1,{self.port}", f"--backend={backend}",
            "--insecure", *log, "--frontend-http2-max-concurrent-streams=1000",
            "--tls13-ciphers=TLS_AES_128_GCM_SHA256", certificate.key, certificate.certificate],
            profile)
        wait_for_port(self.port, process=process, deadline_s=30)
        super().__init__(process)
        self.url = f"https://127.0.0.1:{self.port}"
        # It listens before it has finished starting, which takes it some 30 ms of CPU time that
        # are not the load's. Our agent has when the splice sees it.
        run_h2load(surroundings.load_core, self.url + "/bytes/1", 1, 1, 1)


class NghttpxBehindSplice(Nghttpx):
    """The same, reached in plaintext through a splice, as an agent is: for latency, where what
    stands between counts."""

    def __init__(self, surroundings, scenario, profile=None):
        super().__init__(surroundings, scenario, profile)
        client_port = free_port()
        self._splice = surroundings.test.start("proxy-splice", on_core(surroundings.load_core, [
            surroundings.splice_program, "--dial", f"127.0.0.1:{self.port}",
            "--client-listen", f"127.0.0.1:{client_port}"]))
        self._splice.wait_for_event("listening")
        self.url = f"http://127.0.0.1:{client_port}"

    def stop(self, gently=False):
        super().stop(gently)
        self._splice.kill()


NGINX_CONFIGURATION = """{user}
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log {access_log};
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 0;
  keepalive_requests 100000000;
  http2_max_concurrent_streams 1000;
  upstream origin {{
    server 127.0.0.1:{origin_port};
    keepalive 1024;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    location / {{
      proxy_pass {scheme}://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }}
  }}
}}
"""


class NginxForward(Subject):
    """nginx with one worker, whose CPU time and memory count; nothing goes through its disk."""

    name = "nginx"

    def __init__(self, surroundings, scenario, profile=None):
        port = free_port()
        origin = surroundings.origins.get(scenario.origin)
        directory = surroundings.test.path("nginx-forward", "")
        access_log = f"{directory}/access.log" if scenario.access_log else "off"
        configuration = surroundings.test.write("nginx-forward/nginx.conf",
                                                NGINX_CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "", directory=directory,
            access_log=access_log, origin_port=origin.port, port=port,
            certificate=surroundings.certificate.certificate, key=surroundings.certificate.key,
            scheme="https" if origin.tls else "http"))
        process = surroundings.start_subject(self.name, [
            "nginx", "-p", directory, "-e", "stderr", "-c", configuration], profile)
        wait_for_port(port, process=process, deadline_s=30)
        super().__init__(process, wait_until(lambda: _only_child(process), "nginx has a worker"))
        self.url = f"https://127.0.0.1:{port}"
        run_h2load(surroundings.load_core, self.url + "/bytes/1", 1, 1, 1)

    def stop(self, gently=False):
        # Its master ends its worker and waits for it, so that the worker's time is not lost.
        if self.process.exit_code is None:
            self.process.terminate()
        super().stop()


def _only_child(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        children = file.read().split()
    if process.exit_code is not None:
        raise ProcessEnded(f"{process.name} ended:\n{process.log_tail()}")
    return int(children[0]) if children else None


def versions(build):
    """One line each: what was measured."""
    agent = subprocess.run([os.path.join(build, "agent", "outhaul"), "version"],
                           capture_output=True, text=True, check=True).stdout.splitlines()[0]
    nghttpx = subprocess.run(["nghttpx", "--version"], capture_output=True, text=True,
                             check=True).stdout.splitlines()[0]
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True,
                           check=True).stderr.strip().partition(": ")[2]
    return {"outhaul": agent, "nghttpx": nghttpx, "nginx": nginx}
