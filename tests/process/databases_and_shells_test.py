"""Real programs over TCP services: PostgreSQL with psql and COPY both ways, OpenSSH through
`outhaul-edge connect --stdio`, and an origin that reads the PROXY protocol.

OUTHAUL_TRANSFER_MIB: size of the COPY; 64 unless given."""
# timeout: 300

import glob
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ports import free_port  # noqa: E402
from process_test import check, equal, run_test, skip, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

MIB = int(os.environ.get("OUTHAUL_TRANSFER_MIB", "64"))
ROW = 1024  # bytes of one line of the COPY, its end included


def tcp_service(tunnel, name, port):
    return tunnel.create_service({
        "name": name, "type": "tcp", "tcp_port": port,
        "host": {"ipv4": "127.0.0.1", "network": {"tunnel_id": tunnel.identity.id}}})


def token_file(test, service):
    path = test.write(f"{service.name}.binding", service.token + "\n")
    os.chmod(path, 0o600)
    return path


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **more)
    check(done.returncode == 0, f"{command[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


class Postgres:
    """A server of its own in the test's directory; it refuses to run as root."""

    def __init__(self, test):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            skip("postgresql is not installed")
        self._bin = found[-1]
        self.port = free_port()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.directory = os.path.join(test.directory, "postgres")
        os.makedirs(self.directory)
        os.chmod(test.directory, 0o755)
        shutil.chown(self.directory, self._user)
        run(self._as_user(["initdb", "-D", f"{self.directory}/data", "-U", "outhaul", "-A", "trust"]))
        command = self._as_user(["postgres", "-D", f"{self.directory}/data", "-p", str(self.port),
                                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                                 "-c", f"unix_socket_directories={self.directory}"])
        test.start("postgres", command, directory=self.directory)
        wait_until(self._listens, "the database listens", deadline_s=30)

    def _as_user(self, command):
        command = [os.path.join(self._bin, command[0]), *command[1:]]
        if os.geteuid() == 0:
            return ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups",
                    *command]
        return command

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def databases(test, tunnel, postgres, service):
    local = free_port()
    connect = test.start("connect", [
        test.edge_binary, "connect", service.id, "--token-file", token_file(test, service),
        "--edge", f"127.0.0.1:{tunnel.binding_port}", "--listen", f"127.0.0.1:{local}"])
    wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", local)) == 0, "connect listens")
    psql = ["psql", "-h", "127.0.0.1", "-p", str(local), "-U", "outhaul", "-d", "postgres", "-v",
            "ON_ERROR_STOP=1", "-Atq"]
    with test.case("psql works through the tunnel"):
        equal(run([*psql, "-c", "select 6 * 7"]).strip(), "42", "the answer")
    path = os.path.join(test.directory, "rows")
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for number in range(MIB * (1 << 20) // ROW):
            line = (f"{number:012d}\t" * 80)[:ROW - 1].rstrip("\t").ljust(ROW - 1, "x")
            line = line.replace("\t", ":").encode() + b"\n"
            digest.update(line)
            file.write(line)
    with test.case(f"COPY of {MIB} MiB into the database"):
        run([*psql, "-c", "create table lines (number bigserial, line text)"])
        run([*psql, "-c", f"\\copy lines (line) from '{path}'"])
        rows = MIB * (1 << 20) // ROW
        equal(run([*psql, "-c", "select count(*) from lines"]).strip(), str(rows), "rows")
    with test.case(f"COPY of {MIB} MiB out of the database, the same bytes"):
        back = path + ".back"
        run([*psql, "-c", f"\\copy (select line from lines order by number) to '{back}'"])
        found = hashlib.sha256()
        with open(back, "rb") as file:
            while piece := file.read(1 << 20):
                found.update(piece)
        equal(found.hexdigest(), digest.hexdigest(), "SHA-256")
    connect.check_running()
    check(postgres.port, "the server")


def shells(test, tunnel, service, ssh_port):
    """sshd in its foreground, one connection at a time (-D with -p), with keys of the test."""
    for name in ("host", "client"):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", test.path("ssh", name)])
    shutil.copy(test.path("ssh", "client.pub"), test.path("ssh", "authorized"))
    os.makedirs("/run/sshd", exist_ok=True)
    test.start("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-p", str(ssh_port),
                        "-o", "ListenAddress=127.0.0.1", "-o", "UsePAM=no", "-o", "PidFile=none",
                        "-o", f"HostKey={test.path('ssh', 'host')}", "-o", "StrictModes=no",
                        "-o", f"AuthorizedKeysFile={test.path('ssh', 'authorized')}"])
    wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", ssh_port)) == 0, "sshd listens")
    proxy = (f"{test.edge_binary} connect {service.id} --token-file {token_file(test, service)} "
             f"--edge 127.0.0.1:{tunnel.binding_port} --stdio")
    ssh = ["ssh", "-F", "/dev/null", "-o", f"ProxyCommand={proxy}", "-o", "BatchMode=yes",
           "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
           "LogLevel=ERROR", "-i", test.path("ssh", "client"), "anywhere"]
    with test.case("a command by ssh through the tunnel"):
        equal(run([*ssh, "echo $((6 * 7))"]).strip(), "42", "the answer")
    with test.case("8 MiB through cat by ssh, both ways, and its end"):
        data = os.urandom(8 << 20)
        done = subprocess.run([*ssh, "cat"], input=data, capture_output=True, timeout=120,
                              check=False)
        equal((done.returncode, hashlib.sha256(done.stdout).hexdigest()),
              (0, hashlib.sha256(data).hexdigest()), "exit code and SHA-256")


def proxy_protocol(test, tunnel):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    received = []

    def serve():
        connection, _ = listener.accept()
        with connection:
            received.append(connection.recv(4096))
            connection.sendall(b"seen")

    threading.Thread(target=serve, daemon=True).start()
    agent = tunnel.start_agent("--proxy-protocol", "v2", permit=[port], connections=1,
                               name="agent-proxy")
    service = tcp_service(tunnel, "proxied", port)
    with test.case("PROXY protocol v2 tells the origin the client's address, before its first byte"):
        with socket.create_connection(("127.0.0.1", tunnel.binding_port), timeout=30) as client:
            source = client.getsockname()
            head = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
            client.sendall(f"CONNECT proxied:1 HTTP/1.1\r\nHost: proxied:1\r\n{head}\r\n".encode())
            answer = client.recv(4096)
            check(answer.startswith(b"HTTP/1.1 200"), answer)
            wait_until(lambda: received, "the origin has the header")
        expected = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + socket.inet_aton(source[0])
                    + socket.inet_aton("127.0.0.1") + source[1].to_bytes(2, "big")
                    + port.to_bytes(2, "big"))
        equal(received[0], expected, "the header")
    equal(agent.terminate(), 0, "exit code")


def main(test):
    tunnel = Tunnel(test)
    proxy_protocol(test, tunnel)
    if not os.path.exists("/usr/sbin/sshd"):
        skip("openssh-server is not installed")
    postgres = Postgres(test)
    ssh_port = free_port()
    tunnel.start_agent(permit=[postgres.port, ssh_port], connections=2)
    databases(test, tunnel, postgres, tcp_service(tunnel, "database", postgres.port))
    shells(test, tunnel, tcp_service(tunnel, "shell", ssh_port), ssh_port)


run_test(main)
