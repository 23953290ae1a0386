"""The whole path under test: an edge, its directory, agents, and clients of its bindings."""

import base64
import contextlib
import http.client
import json
import mmap
import os
import re
import socket
import subprocess
from dataclasses import dataclass, field

from assertions import check, equal, wait_until
from ports import free_port

__all__ = ["Identity", "Response", "Service", "Tunnel", "is_sanitized", "raw_exchange"]


@dataclass(frozen=True)
class Identity:
    """A tunnel of the directory, and the file with its token."""

    id: str
    token: str
    token_file: str

    @property
    def contents(self):
        """The JSON within the token."""
        padded = self.token + "=" * (-len(self.token) % 4)
        return json.loads(base64.urlsafe_b64decode(padded))

    def secrets(self):
        """Every spelling of the secret that could be printed by mistake."""
        secret = base64.b64decode(self.contents["s"])
        return [self.token, self.contents["s"].rstrip("="), secret.hex(),
                base64.urlsafe_b64encode(secret).decode().rstrip("=")]


@dataclass(frozen=True)
class Service:
    id: str
    name: str
    token: str

    @property
    def headers(self):
        return {"X-VPC-Service-Id": self.id, "X-VPC-Binding-Token": self.token}


@dataclass
class Response:
    status: int
    fields: dict
    body: bytes
    complete: bool = True  # false when the connection was cut inside the body
    lines: list = field(default_factory=list)  # the fields as they came

    @property
    def error(self):
        """The error type of the last member of Proxy-Status, or None."""
        found = re.search(r"error=([a-z_]+)", self.fields.get("proxy-status", "").split(",")[-1])
        return found.group(1) if found else None

    @property
    def detail(self):
        return json.loads(self.body)["detail"]


class Tunnel:
    """An edge with one tunnel; agents are started as needed. All output of the programs is kept by
    their processes, that of commands in `printed`."""

    def __init__(self, test, edge_options=(), public_port=None, edge_environment=None,
                 name="edge-data", agent_address=None):
        """agent_address: where agents reach the edge, if it is not 127.0.0.1 (see wan.py)."""
        self.test = test
        self.agent_address = agent_address
        self.data_dir = os.path.join(test.directory, name)
        self.agent_port = free_port()
        self.public_port = public_port or self.agent_port
        self.binding_port = free_port()
        self.printed = ""
        self.edge_wrapper = []  # what runs the edge: a shell with other limits
        self._edge_options = edge_options
        self._edge_environment = edge_environment
        self.edge = None
        self.start_edge()
        self.identity = self.create_tunnel("office")

    # --- the edge and its directory -----------------------------------------------------------

    def edge_command(self):
        return [*self.edge_wrapper, self.test.edge_binary, "serve", "--data-dir", self.data_dir,
                "--agent-listen", f"{self.agent_address or '127.0.0.1'}:{self.agent_port}",
                "--binding-listen", f"127.0.0.1:{self.binding_port}",
                "--public-name", f"{self.agent_address or 'localhost'}:{self.public_port}",
                "--log-format", "json",
                *self._edge_options]

    def start_edge(self):
        """Starts it, again if need be, on the same ports and data."""
        self.edge = self.test.start("edge", self.edge_command(), self._edge_environment)
        self.edge.wait_for_event("edge_start", deadline_s=30)

    def directory(self, *arguments, text=None):
        """Runs `outhaul-edge ARGUMENTS`; the finished process with stdout and stderr."""
        run = subprocess.run([self.test.edge_binary, *arguments, "--data-dir", self.data_dir],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             input=text or "", check=False, timeout=30)
        self.printed += run.stderr
        return run

    def change(self, *arguments, text=None):
        """The same for what must succeed; the line that it prints."""
        run = self.directory(*arguments, text=text)
        check(run.returncode == 0, f"outhaul-edge {' '.join(arguments)}: {run.stderr.strip()}")
        return run.stdout.strip()

    def create_tunnel(self, name):
        made = json.loads(self.change("tunnel", "create", name, "--json"))
        path = self.write_token(f"{name}.token", made["token"])
        return Identity(made["id"], made["token"], path)

    def write_token(self, name, text, mode=0o600):
        path = self.test.write(name, text + "\n")
        os.chmod(path, mode)
        return path

    def create_service(self, specification):
        """Registers the JSON object and makes a binding to it."""
        service_id = self.change("service", "create", "--file", "-",
                                 text=json.dumps(specification))
        return Service(service_id, specification["name"], self.bind(service_id))

    def bind(self, service):
        return self.change("binding", "create", service)

    def address_service(self, name, port, address="127.0.0.1", **more):
        return self.create_service({
            "name": name, "type": "http", "http_port": port,
            "host": {"ipv4": address, "network": {"tunnel_id": self.identity.id}}, **more})

    def https_service(self, name, port, hostname=None, resolver=None, mode="verify_full"):
        """An HTTPS service by name with its resolver, or at 127.0.0.1."""
        host = {"ipv4": "127.0.0.1", "network": {"tunnel_id": self.identity.id}}
        if hostname:
            host = self.named_host(hostname, resolver)
        return self.create_service({"name": name, "type": "http", "https_port": port, "host": host,
                                    "tls_settings": {"cert_verification_mode": mode}})

    def named_service(self, name, port, hostname, resolver):
        return self.create_service({"name": name, "type": "http", "http_port": port,
                                    "host": self.named_host(hostname, resolver)})

    def named_host(self, hostname, resolver):
        return {"hostname": hostname, "resolver_network": {"tunnel_id": self.identity.id,
                                                           "resolver_ips": [resolver]}}

    # --- agents -------------------------------------------------------------------------------

    def agent_command(self, *options, connections=4, identity=None, token_file=None):
        identity = identity or self.identity
        return [self.test.agent_binary, "run", "--tunnel-id", identity.id,
                "--token-file", token_file or identity.token_file, "--log-format", "json",
                "--connections", str(connections), *options]

    def start_agent(self, *options, permit=(), connections=4, name="agent", identity=None):
        """Starts an agent that may dial these ports of 127.0.0.1; returns when the edge uses all
        its connections."""
        permits = [part for port in permit for part in ("--permit", f"127.0.0.1:{port}")]
        mark = self.edge.mark()
        agent = self.test.start(name, self.agent_command(*permits, *options, identity=identity,
                                                         connections=connections))
        agent.wait_for_event("connection_up", deadline_s=30, count=connections)
        self.edge.wait_for_event("agent_up", deadline_s=30, since=mark, count=connections)
        return agent

    # --- clients ------------------------------------------------------------------------------

    def connect(self, deadline_s=60):
        return http.client.HTTPConnection("127.0.0.1", self.binding_port, timeout=deadline_s)

    def request(self, service, path="/", method="GET", body=None, headers=None, deadline_s=60,
                on_head=None):
        """One request on a connection of its own. on_head() is called when the response's head is
        there and its body may not be."""
        fields = {**service.headers, "Host": "service.test", **(headers or {})}
        with contextlib.closing(self.connect(deadline_s)) as client:
            # An early answer ends the upload; it is there to be read all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.request(method, path, body=body, headers=fields)
            response = client.getresponse()
            if on_head:
                on_head()
            return read_response(response)

    def logged(self, agent, path, since_edge=0):
        """The lines of edge and agent about the request with this path, once both are there; they
        must carry the same request id."""
        at_edge = self.edge.wait_for_event("request", since=since_edge, path=path)
        at_agent = agent.wait_for_event("request", id=at_edge["id"])
        equal(at_agent["path"], path, "the path in the agent's line")
        return at_edge, at_agent

    def wait_serving(self, service, path="/", deadline_s=60):
        """Returns the first response with status 200."""

        def served():
            with contextlib.suppress(OSError, http.client.HTTPException):
                response = self.request(service, path)
                return response if response.status == 200 else None
            return None

        return wait_until(served, f"{path} is served", deadline_s)


def read_response(response):
    complete = True
    try:
        body = response.read()
    except http.client.IncompleteRead as cut:
        body, complete = cut.partial, False
    except ConnectionResetError:
        body, complete = b"", False
    lines = response.getheaders()
    fields = {}
    for name, value in lines:
        known = fields.get(name.lower())
        fields[name.lower()] = value if known is None else f"{known}, {value}"
    return Response(response.status, fields, body, complete, lines)


def raw_exchange(port, data, deadline_s=30, half_close=False):
    """Sends the bytes and returns everything until the peer ends or resets the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=deadline_s) as client:
        received = b""
        try:
            client.sendall(data)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            while piece := client.recv(1 << 16):
                received += piece
        except ConnectionError:
            pass
        return received


def is_sanitized(path):
    """Whether a program was built with AddressSanitizer, which keeps freed memory."""
    with open(path, "rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
            return image.find(b"__asan_init") >= 0
