"""The WebSocket client and server of npm's `ws`, through edge and agent: frames, fragments, pings,
closings. tests/node/websocket_client.js does what the rows say, against websocket_server.js."""

import json
import os
import subprocess

from assertions import check
from case import H1, Case
from raw_origin import ADDRESS
from runner import Outcome

TITLE = "WebSocket: the client and the server of npm ws"
SIZES = "0, 1, 125, 126, 127, 65535, 65536, 1048576, 16777216"
DEADLINE_S = 60

# The check's name in websocket_client.js, the behaviour, RFC, what is sent, what must arrive.
ROWS = [
    ("text", "a text that is not ASCII", "6455 5.6", "5 characters, sent back", "5"),
    ("sizes", "frames from 0 bytes to 16 MiB", "6455 5.2", "one frame of each size, sent back",
     SIZES),
    ("order", "many frames at once", "6455 5", "500 frames, sent back", "500 in order"),
    ("fragments", "a message in fragments, by the server", "6455 5.4", "three fragments", "abc"),
    ("fragmentsUp", "a message in fragments, by the client", "6455 5.4",
     "three fragments, sent back", "one two three"),
    ("pingByClient", "ping by the client", "6455 5.5.2", "ping abc", "pong abc"),
    ("pingByServer", "ping by the server", "6455 5.5.2", "ping xyz", "pong xyz"),
    ("subprotocol", "a subprotocol is chosen", "6455 1.9", "offers a and b, the server takes b",
     "b"),
    ("deflate", "permessage-deflate", "7692", "1 MiB compressed, sent back",
     "permessage-deflate, 1 MiB as sent"),
    ("refused", "a handshake that the server refuses", "6455 4.1", "401",
     "Unexpected server response: 401"),
    ("idle", "a connection that is silent longer than every limit of HTTP", "protocol 8",
     "nothing for 6 s, then a frame, sent back", "still here"),
    ("terminatedByServer", "the server ends without a closing frame", "6455 7.1.7", "FIN",
     "1006"),
    ("terminatedByClient", "the client ends without a closing frame", "6455 7.1.7", "FIN",
     "1006"),
    *[row for code, reason in (("1000", "done"), ("1001", "away"), ("3000", ""), ("4999", "grün"))
      for text in [f"{code} {reason}".strip()]
      for row in ((f"closeByServer {code}", f"the server closes with {code}", "6455 7.1.5",
                   f"close {text}", text),
                  (f"closeByClient {code}", f"the client closes with {code}", "6455 7.1.5",
                   f"close {text}", f"{text}, at the server {text}"))],
    ("closeByServer without a code", "the server closes without a code", "6455 7.1.5", "close",
     "1005"),
]


class WebSocketClients:
    """Starts the server; run() gives the outcomes."""

    def __init__(self, test, rig):
        self._test = test
        self._rig = rig
        self._node = os.path.join(test.repository, "tests", "node")
        server = test.start("ws-server", ["node", os.path.join(self._node, "websocket_server.js"),
                                          ADDRESS])
        port = int(server.wait_for_log(r"^(\d+)$").group(1))
        rig.tunnel.address_service(rig.websocket_service, port, ADDRESS)

    def run(self):
        command = ["node", os.path.join(self._node, "websocket_client.js"),
                   f"ws://127.0.0.1:{self._rig.websocket_port}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=DEADLINE_S, check=False)
        seen = {}
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                seen[entry["name"]] = entry["arrived"]
        return [self._outcome(row, seen.get(row[0], f"nothing: {done.stdout[-300:]}"))
                for row in ROWS]

    @staticmethod
    def _outcome(row, arrived):
        _, behaviour, rfc, sent, expected = row
        case = Case(behaviour, rfc, ways=(H1,), sent=sent, at_origin="", at_client=expected,
                    together=True)
        outcome = Outcome(case, {H1: ("", arrived)})
        if arrived != expected:
            outcome.faults[H1] = f"expected '{expected}', arrived '{arrived}'"
        return outcome


def need_ws(test):
    path = os.path.join(test.repository, "tests", "node", "node_modules", "ws")
    check(os.path.isdir(path), f"{path} is not installed; run scripts/setup")
