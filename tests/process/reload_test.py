"""The configuration of a running agent: reload by SIGHUP and by itself, under load and without a
failed request; a broken file keeps what is in force; mutual TLS with files that change; services
behind a unix socket."""
# timeout: 120

import http.server
import os
import shutil
import signal
import socketserver
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import Site, check, equal, run_test, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CLIENTS = 8
SLOW_SIZE = 16 << 20  # more than all buffers on the way


class Load:
    """Clients that ask one service all the time; every answer but 200 counts as failed."""

    def __init__(self, tunnel, service):
        self._tunnel, self._service = tunnel, service
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.done, self.failed = 0, []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stop.is_set():
            try:
                status = self._tunnel.request(self._service, "/load").status
            except OSError as error:
                status = str(error)
            with self._lock:
                self.done += 1
                if status != 200:
                    self.failed.append(status)

    def wait_for_more(self, count=50):
        target = self.done + count
        wait_until(lambda: self.done >= target, f"{count} more requests", 30)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Configuration:
    """The agent's file, changed in each of the ways in which people change files."""

    def __init__(self, test, service):
        self.path = test.path("etc", "outhaul.toml")
        self._test = test
        self._service = service

    def text(self, host, more=""):
        return f'{more}\n[service."{self._service.id}"]\nhost = "{host}"\n'

    def edit(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def replace(self, text):
        os.replace(self._test.write("etc/new.toml", text), self.path)

    def swap_link(self, text):
        target = self._test.write(f"etc/target-{len(os.listdir(os.path.dirname(self.path)))}", text)
        link = self._test.path("etc", "link")
        os.symlink(target, link)
        os.replace(link, self.path)


def check_reloads(test, tunnel, agent, service, configuration):
    """Each way of changing the file, with requests under way all the time."""
    load = Load(tunnel, service)

    def reloaded(change, host, more="", changed=None):
        load.wait_for_more()
        mark = agent.mark()
        change(configuration.text(host, more))
        event = agent.wait_for_event("config_reloaded", since=mark)
        if changed:
            equal(event["changed"], changed)
        equal(tunnel.request(service, "/host").body.decode(), host, "the Host that the origin sees")
        return event

    section = f"service.{service.id}"
    with test.case("edited in place, replaced by rename, swapped as a link"):
        reloaded(configuration.edit, "edited.test", changed=section)
        reloaded(configuration.replace, "replaced.test", changed=section)
        reloaded(configuration.swap_link, "link-one.test", changed=section)
        reloaded(configuration.swap_link, "link-two.test", changed=section)
    with test.case("SIGHUP reloads, also without a change"):
        mark = agent.mark()
        agent.signal(signal.SIGHUP)
        equal(agent.wait_for_event("config_reloaded", since=mark)["changed"], "none")
    with test.case("what cannot change under way is named, and the rest takes effect"):
        event = reloaded(configuration.replace, "live.test", 'log_level = "debug"\nstreams = 9')
        equal(event["changed"], f"log_level,{section}")
        equal(event["needs_restart"], "streams")
    with test.case("the access log follows the file, and the requests after it"):
        reloaded(configuration.replace, "quiet.test", 'access_log = "off"',
                 f"log_level,access_log,{section}")
        mark = agent.mark()
        tunnel.request(service, "/no-line?with=query")
        reloaded(configuration.replace, "query.test", "access_log_query = true",
                 f"access_log,access_log_query,{section}")
        tunnel.request(service, "/line?with=query")
        agent.wait_for_event("request", since=mark, path="/line?with=query")
        equal([line for line in agent.events("request", since=mark)
               if line["path"].startswith("/no-line")], [], "lines while it was off")
        reloaded(configuration.replace, "live.test", changed=f"access_log_query,{section}")
    with test.case("a broken file: every problem is logged, and all stays as it was"):
        load.wait_for_more()
        mark = agent.mark()
        configuration.replace(configuration.text("broken.test", "conections = 1\nstreams = 0"))
        equal(agent.wait_for_event("config_refused", since=mark)["problems"], 2)
        problems = [event["message"] for event in agent.events("config_problem", since=mark)]
        equal(len(problems), 2)
        check(problems[0].endswith(':1:1: unknown key "conections"; did you mean connections?'),
              problems[0])
        equal(tunnel.request(service, "/host").body.decode(), "live.test")
    with test.case("a file that is gone: the same"):
        mark = agent.mark()
        os.remove(configuration.path)
        agent.wait_for_event("config_refused", since=mark)
        equal(tunnel.request(service, "/host").body.decode(), "live.test")
        reloaded(configuration.replace, "back.test")
    with test.case("none of the requests under way failed"):
        load.wait_for_more()
        load.stop()
        equal(load.failed, [], f"failed of {load.done}")
        print(f"# {load.done} requests", flush=True)


def check_policy(test, tunnel, agent, service, configuration):
    with test.case("a new policy is for the next request; the one under way finishes"):
        heads = threading.Event()
        go = threading.Event()
        answers = []

        def download():
            answers.append(tunnel.request(service, "/slow", on_head=lambda: (heads.set(),
                                                                             go.wait(30))))

        thread = threading.Thread(target=download, daemon=True)
        thread.start()
        check(heads.wait(30), "the download began")
        mark = agent.mark()
        configuration.replace(configuration.text("a.test", 'deny = ["127.0.0.0/8"]'))
        equal(agent.wait_for_event("config_reloaded", since=mark)["changed"],
              f"deny,service.{service.id}")
        refused = tunnel.request(service, "/denied")
        equal((refused.status, refused.error), (502, "destination_ip_prohibited"))
        go.set()
        thread.join(30)
        equal((answers[0].status, answers[0].complete, len(answers[0].body)), (200, True, SLOW_SIZE))
        configuration.replace(configuration.text("a.test"))
        agent.wait_for_event("config_reloaded", since=mark, changed="deny")
        equal(tunnel.request(service, "/host").status, 200)


def copy_certificate(certificate, directory):
    shutil.copy(certificate.key, os.path.join(directory, "client.key"))
    shutil.copy(certificate.certificate, os.path.join(directory, "client.pem"))


def check_mutual_tls(test, tunnel):
    authority = test.certificate_authority()
    port = test.free_port()
    test.nginx([Site(port, tls=authority.issue("secure.test"),
                     locations={"/": 'return 200 "$ssl_client_s_dn";'},
                     directives=f"ssl_client_certificate {authority.certificate}; "
                                "ssl_verify_client on;")], name="mtls")
    service = tunnel.https_service("secure", port)
    etc = test.path("mtls-etc", "")
    copy_certificate(authority.issue("first-agent", client=True), etc)
    shutil.copy(authority.certificate, os.path.join(etc, "ca.pem"))
    path = test.write("mtls.toml", f"""
[service."{service.id}"]
origin_ca = "{etc}ca.pem"
origin_client_cert = "{etc}client.pem"
origin_client_key = "{etc}client.key"
server_name = "secure.test"
""")
    agent = test.start("agent-mtls", tunnel.agent_command(
        "--config", path, "--permit", f"127.0.0.1:{port}", connections=1))
    agent.wait_for_event("connection_up", deadline_s=30)

    def ask():
        return tunnel.request(service, headers={"X-Forwarded-Proto": "https"})

    with test.case("mutual TLS: the origin sees the service's certificate"):
        equal(ask().body.decode(), "CN=first-agent")
    with test.case("a new certificate is shown to the origin as soon as it is there"):
        mark = agent.mark()
        copy_certificate(authority.issue("second-agent", client=True), etc)
        agent.wait_for_event("config_reloaded", since=mark, changed="certificates")
        equal(ask().body.decode(), "CN=second-agent")
    with test.case("a certificate that cannot be used is refused, and the one before it stays"):
        mark = agent.mark()
        with open(os.path.join(etc, "client.pem"), "w", encoding="ascii") as file:
            file.write("not a certificate\n")
        message = agent.wait_for_event("config_problem", since=mark)["message"]
        check("origin_client_cert: " in message and "client.pem" in message, message)
        equal(ask().body.decode(), "CN=second-agent")
        copy_certificate(authority.issue("third-agent", client=True), etc)
        agent.wait_for_event("config_reloaded", since=mark)
        equal(ask().body.decode(), "CN=third-agent")
    with test.case("CAs that do not know the origin any more count at once"):
        mark = agent.mark()
        shutil.copy(test.certificate_authority("other-ca").certificate,
                    os.path.join(etc, "ca.pem"))
        agent.wait_for_event("config_reloaded", since=mark, changed="certificates")
        answer = ask()
        equal((answer.status, answer.error), (502, "tls_certificate_error"))
    equal(agent.terminate(deadline_s=30), 0, "exit code")


class UnixHttpServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass


def check_unix(test, tunnel):
    path = test.path("app.sock")
    server = UnixHttpServer(path, Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    test.on_exit(server.shutdown)
    service = tunnel.address_service("unix", 1)
    agent = test.start("agent-unix", tunnel.agent_command(connections=1), environment={
        "OUTHAUL_CONFIG": test.write("unix.toml", f'[service."{service.id}"]\n'
                                                  f'address = "unix:{path}"\n')})
    agent.wait_for_event("connection_up", deadline_s=30)
    with test.case("a service behind a unix socket, by a file that a variable names"):
        answer = tunnel.wait_serving(service, "/unix")
        equal(answer.body, b"hello service.test")
        equal(agent.wait_for_event("request", path="/unix")["address"], f"unix:{path}")
    equal(agent.terminate(deadline_s=30), 0, "exit code")


def main(test):
    test.need_binaries()
    test.need_tools("nginx", "openssl")
    tunnel = Tunnel(test)
    port = test.free_port()
    www = test.path("nginx", "www", "")
    test.nginx([Site(port, locations={"/": 'return 200 "$host";', "/slow": f"root {www};"})])
    with open(os.path.join(www, "slow"), "wb") as file:
        file.write(bytes(SLOW_SIZE))
    service = tunnel.address_service("web", port)
    configuration = Configuration(test, service)
    configuration.edit(configuration.text("first.test"))
    agent = tunnel.start_agent("--config", configuration.path, permit=[port])
    with test.case("the file is in force from the start"):
        equal(tunnel.wait_serving(service, "/host").body.decode(), "first.test")
    check_reloads(test, tunnel, agent, service, configuration)
    check_policy(test, tunnel, agent, service, configuration)
    equal(agent.terminate(deadline_s=30), 0, "exit code")
    check_mutual_tls(test, tunnel)
    check_unix(test, tunnel)


run_test(main)
