"""Everything that an agent can be given wrong: credentials, options, and edges of every bad kind.
Each has one clear line with the fix, the documented exit code or the delay until the next attempt,
and no secret; where the fault can pass, the agent connects once it has.

The rules of the service descriptor are tests/common/tunnel's (unit tests).
"""
# timeout: 240

import base64
import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import CertificateAuthority, check, equal, run_test  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel, raw_exchange  # noqa: E402

USAGE, CONFIGURATION = 2, 3  # exit codes of outhaul help
TRACE = re.compile(r"terminate called|what\(\):|Sanitizer|Segmentation|#\d+ 0x|\.cc:\d+")


class Front:
    """What stands where the token says that the edge is: a bad edge, and later the way to the
    good one."""

    def __init__(self, test, tunnel):
        self.port = tunnel.public_port
        self._test = test
        self._server = None
        self._tunnel = tunnel

    def behave(self, script, **options):
        self.refuse()
        self._server = ScriptedServer(self._test, script, port=self.port, **options)

    def refuse(self):
        if self._server:
            self._server.stop()
        self._server = None

    def lead_to_edge(self):
        self.behave(self._pass_through)

    def _pass_through(self, connection):
        with socket.create_connection(("127.0.0.1", self._tunnel.agent_port)) as edge:
            thread = threading.Thread(target=_copy, args=(edge, connection.socket), daemon=True)
            thread.start()
            _copy(connection.socket, edge)
            thread.join()


def _copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def answering(text):
    """A script that reads the setup request and answers with these bytes."""

    def script(connection):
        connection.read_head()
        connection.send(text)
        connection.read_until_end()

    return script


def refusal(status, fields=""):
    return answering(f"HTTP/1.1 {status}\r\n{fields}Content-Length: 0\r\n\r\n")


class Checks:
    def __init__(self, test, tunnel):
        self.test = test
        self.tunnel = tunnel
        self.printed = []
        self.secrets = list(tunnel.identity.secrets())

    # --- what ends the program -----------------------------------------------------------------

    def ends(self, name, exit_code, *patterns, arguments, user=None, environment=None):
        """One case: the command ends with the code and one line that matches all patterns."""
        with self.test.case(name):
            run = subprocess.run([self.test.agent_binary, *arguments], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=30, check=False,
                                 user=user, env={**os.environ, **(environment or {})})
            self.printed.append(run.stdout)
            equal(run.returncode, exit_code, f"exit code (it printed: {run.stdout})")
            lines = [line for line in run.stdout.splitlines() if "TUNNEL_TOKEN" not in line
                     or "error" in line]
            equal(len(lines), 1, f"lines of output {lines}")
            for pattern in patterns:
                check(re.search(pattern, lines[0]), f"/{pattern}/ in: {lines[0]}")

    def run_arguments(self, *more, token_file=None, tunnel_id=None):
        return ["run", "--tunnel-id", tunnel_id or self.tunnel.identity.id, "--token-file",
                token_file or self.tunnel.identity.token_file, *more]

    # --- what it outlives ----------------------------------------------------------------------

    def outlives(self, name, front, *patterns, options=(), retry=(0, 61), recovers=True,
                 level="warn"):
        """One case: attempts fail with a reason that matches, the agent lives on, and connects when
        the front leads to the edge."""
        label = re.sub(r"\W+", "-", name)[:40]
        agent = self.test.start(label, self.tunnel.agent_command(*options, connections=1))
        try:
            with self.test.case(name):
                failed = agent.wait_for_event("connection_failed", deadline_s=30, level=level)
                for pattern in patterns:
                    check(re.search(pattern, failed["reason"], re.IGNORECASE),
                          f"/{pattern}/ in: {failed['reason']}")
                low, high = retry
                check(low <= failed["retry_s"] <= high,
                      f"retry_s {failed['retry_s']} is not within {retry}")
                agent.check_running()
                if recovers:
                    mark = agent.mark()
                    front.lead_to_edge()
                    agent.wait_for_event("connection_up", deadline_s=60, since=mark)
                equal(agent.terminate(), 0, "exit code at SIGTERM")
        finally:
            agent.kill()
            self.printed.append(agent.log())

    def no_secret_and_no_trace(self):
        with self.test.case("no secret and no stack trace in all output"):
            self.printed.append(self.tunnel.printed)
            self.printed.append(self.tunnel.edge.log())
            text = "\n".join(self.printed)
            check(len(text) > 10_000, "there is output to look at")
            for secret in self.secrets:
                check(secret not in text, "a secret was printed")
            check("Concealed" not in text, "an Authorization field was printed")
            found = TRACE.search(text)
            check(not found, f"a trace was printed: {found and found.group(0)}")


def altered_token(identity, **changes):
    contents = {**identity.contents, **changes}
    text = json.dumps({key: value for key, value in contents.items() if value is not None})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def bad_tokens(test, tunnel, checks):
    identity = tunnel.identity
    other = tunnel.create_tunnel("other")
    checks.secrets += other.secrets()
    missing = test.path("nowhere", "token")
    checks.ends("missing token file", CONFIGURATION, re.escape(missing), "does not exist",
                arguments=checks.run_arguments(token_file=missing))
    world = tunnel.write_token("world.token", identity.token, 0o644)
    checks.ends("world-readable token file", CONFIGURATION, re.escape(world), "chmod 0600",
                arguments=checks.run_arguments(token_file=world))
    writable = tunnel.write_token("writable.token", identity.token, 0o660)
    checks.ends("token file that its group may write", CONFIGURATION, "chmod",
                arguments=checks.run_arguments(token_file=writable))
    unreadable_token(test, tunnel, checks)
    checks.ends("a directory as the token file", CONFIGURATION, "regular file",
                arguments=checks.run_arguments(token_file=test.directory))
    for name, text, pattern in (
            ("truncated token", identity.token[:-20], "truncated or damaged"),
            ("truncated token, in the middle of base64", identity.token[:-3], "truncated or damaged"),
            ("empty token file", "", "empty"),
            ("a token of something else", "hello world", "truncated or damaged"),
            ("a token that is too long", "A" * 20_000, "16 KiB"),
            ("a token without a secret", altered_token(identity, s=None), "secret"),
            ("a token with a short secret", altered_token(identity, s="AAAA"), "32 bytes"),
            ("a token without edges", altered_token(identity, e=[]), "edges"),
            ("a token with a bad pin", altered_token(identity, pin=["sha256/x"]), "pin"),
            ("a token with a bad tunnel id", altered_token(identity, t="x"), "tunnel id")):
        path = tunnel.write_token("bad.token", text)
        checks.ends(name, CONFIGURATION, re.escape(path), pattern,
                    arguments=checks.run_arguments(token_file=path))
    checks.ends("the token of another tunnel", CONFIGURATION, "--tunnel-id", identity.id, other.id,
                arguments=checks.run_arguments(token_file=other.token_file))
    checks.ends("a bad TUNNEL_TOKEN", CONFIGURATION, "TUNNEL_TOKEN", "truncated or damaged",
                arguments=["run", "--tunnel-id", identity.id],
                environment={"TUNNEL_TOKEN": identity.token[:-20]})


def unreadable_token(test, tunnel, checks):
    """As another user: root may read everything."""
    if os.geteuid() != 0:
        path = tunnel.write_token("unreadable.token", tunnel.identity.token, 0o000)
        checks.ends("unreadable token file", CONFIGURATION, re.escape(path), "chown",
                    arguments=checks.run_arguments(token_file=path))
        return
    binary_reachable = subprocess.run([test.agent_binary, "version"], user="nobody", check=False,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if binary_reachable.returncode != 0:
        print("left out: unreadable token file: user nobody cannot run the build's programs")
        return
    os.chmod(test.directory, 0o711)
    checks.ends("unreadable token file", CONFIGURATION, "may not read it", "chown",
                arguments=checks.run_arguments(), user="nobody")
    os.chmod(test.directory, 0o700)


def bad_options(test, checks):
    arguments = checks.run_arguments
    no_ca = test.path("no-ca.pem")
    empty_ca = test.write("empty-ca.pem", "nothing here\n")
    for name, code, pattern, command in (
            ("unknown flag", USAGE, "--edgee.*--edge", arguments("--edgee", "a:1")),
            ("unknown command", USAGE, "serve", ["serve"]),
            ("no command", USAGE, "", ["--"]),
            ("flag without its value", USAGE, "--edge", arguments("--edge")),
            ("malformed tunnel id", USAGE, "--tunnel-id", arguments(tunnel_id="1234")),
            ("no tunnel id", USAGE, "--tunnel-id", ["run"]),
            ("malformed edge", USAGE, "--edge", arguments("--edge", "a:b:c")),
            ("edge port out of range", USAGE, "--edge", arguments("--edge", "a:70000")),
            ("malformed permit", USAGE, "--permit", arguments("--permit", "10.0.0.0/99")),
            ("malformed deny", USAGE, "--deny", arguments("--deny", "service:1")),
            ("too many connections", USAGE, "--connections", arguments("--connections", "99")),
            ("malformed time", USAGE, "--grace-period", arguments("--grace-period", "soon")),
            ("unknown log format", USAGE, "--log-format", arguments("--log-format", "xml")),
            ("unknown profile", USAGE, "--profile", arguments("--profile", "quic"))):
        checks.ends(name, code, pattern, arguments=command)
    checks.ends("missing --edge-ca file", CONFIGURATION, "--edge-ca|no-ca.pem",
                arguments=arguments("--edge-ca", no_ca))
    checks.ends("--edge-ca file without a certificate", CONFIGURATION, "empty-ca.pem",
                arguments=arguments("--log-format", "json", "--log-level", "error",
                                    "--edge-ca", empty_ca))
    checks.ends("--origin-ca file without a certificate", CONFIGURATION, "empty-ca.pem",
                arguments=arguments("--log-format", "json", "--log-level", "error",
                                    "--origin-ca", empty_ca))


def bad_transport(test, tunnel, checks, front, authority):
    """Edges that are not reached, or are no TLS, or another's."""
    good = f"localhost:{front.port}"
    front.lead_to_edge()
    checks.outlives("a name that does not resolve: named, and the next edge is used", front,
                    r"no-such-host\.invalid",
                    options=["--edge", "no-such-host.invalid:7844", "--edge", good])
    front.refuse()
    checks.outlives("refused", front, "refused", str(front.port))
    front.behave(answering("HTTP/1.1 400 Bad Request\r\n\r\n"))
    # A plain server that speaks first is seen at once.
    front.behave(lambda connection: connection.send("220 mail.test ready\r\n"))
    checks.outlives("not TLS", front, "does not speak TLS", "check the port")
    front.behave(lambda connection: None)
    checks.outlives("closes before TLS", front, "closed|reset|end")
    theirs = authority.issue("localhost")
    front.behave(refusal("404 Not Found"), tls=theirs, alpn=["http/1.1"])
    checks.outlives("certificate that is not pinned", front, "pin")
    front.behave(refusal("404 Not Found"), tls=theirs, alpn=["http/1.1"])
    edge_ca = ["--edge-ca", os.path.join(tunnel.data_dir, "ca.pem")]
    checks.outlives("certificate of another authority", front,
                    "issuer|authority|CA|chain|self-signed|trust", options=edge_ca)


def bundle(test, tunnel, authority):
    """Options that trust the real edge and the bad ones of the test."""
    text = ""
    for path in (os.path.join(tunnel.data_dir, "ca.pem"), authority.certificate):
        with open(path, encoding="ascii") as file:
            text += file.read()
    return ["--edge-ca", test.write("bundle.pem", text)]


def bad_tls(checks, front, authority, options):
    front.behave(refusal("404 Not Found"), tls=authority.issue("other.test"), alpn=["http/1.1"])
    checks.outlives("certificate for another name", front, "localhost", options=options)
    front.behave(refusal("404 Not Found"), alpn=["http/1.1"],
                 tls=authority.issue("localhost", valid_from_days=-30, valid_until_days=-1))
    checks.outlives("expired certificate", front, "expired", options=options)
    server = authority.issue("localhost")
    front.behave(refusal("404 Not Found"), tls=server, alpn=["h2"])
    checks.outlives("another ALPN", front, "ALPN|alpn", options=options)
    front.behave(refusal("404 Not Found"), tls=server, alpn=["http/1.1"],
                 maximum_tls=ssl.TLSVersion.TLSv1_2)
    checks.outlives("TLS 1.2 only", front, "TLS version|protocol version", options=options)


def bad_answers(checks, front, server, options):
    def behave(script):
        front.behave(script, tls=server, alpn=["http/1.1"])

    behave(refusal("404 Not Found"))
    checks.outlives("404: names the token", front, "404", "token", options=options)
    behave(refusal("404 Not Found"))
    checks.outlives("404 three times: loud", front, "404", options=options, level="error",
                    recovers=False)
    behave(refusal("403 Forbidden"))
    checks.outlives("403: disabled, slowly again", front, "disabled", options=options,
                    retry=(60, 121), recovers=False)
    behave(refusal("410 Gone"))
    checks.outlives("410: deleted, after 10 to 60 minutes again", front, "deleted",
                    options=options, retry=(600, 3600), recovers=False)
    with checks.test.case("410 with --exit-on-deleted: exit code 4"):
        agent = checks.test.start("exit-on-deleted", checks.tunnel.agent_command(
            *options, "--exit-on-deleted", connections=1))
        equal(agent.wait(), 4, "exit code")
        checks.printed.append(agent.log())
    behave(refusal("421 Misdirected Request"))
    checks.outlives("421: another edge", front, "--public-name", options=options)
    behave(refusal("426 Upgrade Required", 'Upgrade: ptth\r\nTunnel-Session: v=9\r\n'))
    checks.outlives("426: another version", front, "version", options=options, retry=(60, 121),
                    recovers=False)
    for status in ("503 Service Unavailable", "429 Too Many Requests"):
        behave(refusal(status, "Retry-After: 3\r\n"))
        checks.outlives(f"{status[:3]} with Retry-After: obeyed", front, status[:3],
                        options=options, retry=(3, 7))
    behave(refusal("302 Found", "Location: https://localhost/\r\n"))
    checks.outlives("a redirect is not followed", front, "302", options=options)
    behave(answering(b"\x00\x01\x02 garbage\r\n\r\n"))
    checks.outlives("garbage", front, "not valid|answer", options=options)
    behave(lambda connection: connection.read_head())
    checks.outlives("closes without an answer", front, "closed the connection", options=options)
    good = ("Connection: upgrade\r\nUpgrade: ptth\r\nALPN: h2\r\n"
            'Tunnel-Session: v=1, cid="x", edge="y", ping=20, life=86400\r\n')
    for name, fields, pattern in (
            ("a 101 without Upgrade", good.replace("Upgrade: ptth\r\n", ""), "Upgrade"),
            ("a 101 with another ALPN", good.replace("h2", "h3"), "ALPN"),
            ("a 101 without Tunnel-Session", good.split("Tunnel")[0], "Tunnel-Session"),
            ("a 101 of a later version", good.replace("v=1", "v=2"), "v"),
            ("a 101 with a length", good + "Content-Length: 0\r\n", "content"),
            ("a 101 that is too big", good + "X-Big: " + "x" * 17_000 + "\r\n", "large|big|long"),
            ("another 1xx", None, "103")):
        text = f"HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n"
        behave(answering(text if fields else "HTTP/1.1 103 Early Hints\r\n\r\n"))
        checks.outlives(name, front, pattern, options=options)
    behave(lambda connection: connection.read_until_end())
    checks.outlives("never answers: given up after 10 s", front, "10|time|answer", options=options)
    switching = f"HTTP/1.1 101 Switching Protocols\r\n{good}\r\n"
    behave(answering(switching + "no HTTP/2 at all, but bytes"))
    checks.outlives("a good 101, then garbage", front, "HTTP/2", options=options)
    behave(answering(switching))
    checks.outlives("a good 101, then no SETTINGS: given up after 10 s", front, "SETTINGS",
                    options=options)


def main(test):
    test.need_binaries()
    front_port = test.free_port()
    tunnel = Tunnel(test, public_port=front_port)
    authority = CertificateAuthority(test.path("bad-ca", ""), "bad-ca")
    checks = Checks(test, tunnel)
    front = Front(test, tunnel)
    bad_tokens(test, tunnel, checks)
    bad_options(test, checks)
    bad_transport(test, tunnel, checks, front, authority)
    options = bundle(test, tunnel, authority)
    bad_tls(checks, front, authority, options)
    bad_answers(checks, front, authority.issue("localhost"), options)
    with test.case("the edge is unharmed"):
        tunnel.edge.check_running()
        check(raw_exchange(tunnel.binding_port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                           half_close=True).startswith(b"HTTP/1.1 400 "), "it still answers")
    checks.no_secret_and_no_trace()


if __name__ == "__main__":
    run_test(main)
