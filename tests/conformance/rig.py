"""The programs under test, started once: an edge with an agent, and an agent at the scripted edge.
Every case has its origin, its service, and its listener at the edge, so cases share no state."""

import contextlib
import os
import uuid

from assertions import check
from case import H1, H2
from client import H1Connection, H2Exchange, connect
from h2_client import H2Client
from raw_origin import ADDRESS, CANARY_PATH, Origin
from request import Request
from scripted_edge import ScriptedEdge
from tunnel import Tunnel

# Short, for the cases about silence; still long enough for a busy machine.
LIMITS = ["--first-byte-timeout", "4s", "--idle-timeout", "4s", "--upload-stall-timeout", "4s",
          "--connect-timeout", "2s", "--dns-timeout", "2s"]
CANARY = Request(path=CANARY_PATH)


class Rig:
    def __init__(self, test, cases, connections):
        self.test = test
        self.slots = [Slot(test, self, number, case) for number, case in enumerate(cases)]
        listeners = [option for slot in self.slots
                     for option in ("--binding-listen", f"{slot.listener}?service={slot.name}")]
        self.websocket_service, self.websocket_port = "websocket", test.free_port()
        listeners += ["--binding-listen",
                      f"127.0.0.1:{self.websocket_port}?service={self.websocket_service}"]
        self.tunnel = Tunnel(test, edge_options=[*listeners, "--hold-time", "1s"])
        self.scripted = ScriptedEdge(test)
        options = ["--permit", ADDRESS, *LIMITS]
        self.agent = self.tunnel.start_agent(*options, connections=2)
        command = self.tunnel.agent_command(
            *options, "--edge", f"localhost:{self.scripted.port}", "--edge-ca",
            self.scripted.authority, connections=connections)
        self.lone_agent = test.start("lone-agent", command)
        self.lone_agent.wait_for_event("connection_up", deadline_s=30, count=connections)

    @property
    def tunnel_id(self):
        return self.tunnel.identity.id


class Slot:
    """What one case uses."""

    def __init__(self, test, rig, number, case):
        self.case = case
        self.name = f"case-{number}"
        # Only TCP has a reset, which a tunnel passes on; a unix socket needs no port of the machine.
        is_tunnel = case.service == "tcp" or getattr(case.request, "protocol", "")
        self.address = (("127.0.0.1", test.free_port()) if is_tunnel
                        else os.path.join(test.directory, f"{number}.sock"))
        self.origin = Origin(test, case.origin, case.service == "http")
        self._rig = rig
        self._id = str(uuid.UUID(int=(0xC0 << 120) + number))

    @property
    def tunnel_id(self):
        return self._rig.tunnel_id

    @property
    def listener(self):
        if isinstance(self.address, str):
            return f"unix:{self.address}"
        return f"{self.address[0]}:{self.address[1]}"

    def register(self):
        """Makes the service in the edge's directory."""
        kind = self.case.service
        self._rig.tunnel.change("service", "create", "--file", "-", text=_service_json(
            self.name, kind, self.origin.port, self._rig.tunnel_id))

    def descriptor(self):
        """What an edge would say about the service."""
        kind = self.case.service
        scheme = "http" if kind == "http" else "tcp"
        return (f'id="{self._id}", type={kind}, scheme={scheme}, ipv4="{ADDRESS}", '
                f'port={self.origin.port}, net="{self._rig.tunnel_id}"')

    @contextlib.contextmanager
    def client(self, way):
        """A client's connection: an object whose exchange(request) is an exchange of client.py."""
        if way == H1:
            connection = H1Connection(self.address)
            try:
                yield connection
            finally:
                connection.close()
        elif way == H2:
            with connect(self.address) as stream:
                yield H2Way(H2Client(stream))
        else:
            with self._rig.scripted.connection() as client:
                yield H2Way(client, [("tunnel-service", self.descriptor())])

    def check_canary(self, way, client):
        """Nothing of the case may be left in the way of another request: on the same client
        connection if it goes on, and to the same service in any case."""
        if client is not None:
            _ask_canary(client.exchange(CANARY))
        else:
            with self.client(way) as other:
                _ask_canary(other.exchange(CANARY))


class H2Way:
    def __init__(self, client, extra=()):
        self.client = client
        self._extra = extra

    def exchange(self, request):
        extra = self._extra
        if getattr(request, "complete", False):
            extra = ()
        return H2Exchange(self.client, request, extra)


def _ask_canary(exchange):
    exchange.open()
    events = [exchange.next_event()]
    while events[-1][0] not in ("end", "cut"):
        events.append(exchange.next_event())
    body = b"".join(event[1] for event in events if event[0] == "data")
    statuses = [event[1] for event in events if event[0] == "head"]
    check((statuses, body, events[-1]) == ([200], b"canary", ("end", [])),
          f"the request after it was disturbed: {events}")


def _service_json(name, kind, port, tunnel_id):
    return (f'{{"name": "{name}", "type": "{kind}", "{kind}_port": {port}, "host": '
            f'{{"ipv4": "{ADDRESS}", "network": {{"tunnel_id": "{tunnel_id}"}}}}}}')
