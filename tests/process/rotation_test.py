"""The tunnel's token changes while the agent runs and requests go on: rotation at the edge, a new
file, make before break, revocation; an answer that was lost; files that must not be used; other
edges in the token. No request fails."""
# timeout: 120

import base64
import json
import os
import signal
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from ports import free_port  # noqa: E402
from process_test import Site, check, equal, pause, run_test, wait_until  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from tunnel import Tunnel  # noqa: E402

CONNECTIONS = 4
NEW = "the agent has new credentials"


class Rotation:
    """An agent whose token file changes."""

    def __init__(self, test, slow_port):
        self.test = test
        self.second_port = free_port()
        self.tunnel = Tunnel(test, edge_options=[
            "--grace-period", "1s",
            "--agent-listen", f"127.0.0.1:{self.second_port}",
            "--public-name", f"localhost:{self.second_port}"])
        origin_port = test.free_port()
        self.origin_port = origin_port
        self.origin = test.nginx([Site(origin_port, {"/": 'return 200 "hello";'})])
        self.service = self.tunnel.address_service("api", origin_port)
        self.status = f"unix:{test.path('status.sock')}"
        self.agent = self.tunnel.start_agent("--status-listen", self.status, permit=[origin_port, slow_port],
                                             connections=CONNECTIONS)
        self.load = Load(self.service, [self.tunnel.binding_port], post=True)
        self.load.wait_for_more()

    def put(self, text):
        """Replaces the token file, as an operator should."""
        new = self.tunnel.write_token("new.token", text)
        os.replace(new, self.tunnel.identity.token_file)

    def contents(self):
        """What the token file holds."""
        with open(self.tunnel.identity.token_file, encoding="ascii") as file:
            token = file.read().strip()
        return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))

    def encoded(self, **changes):
        """The same token with other edges or pins."""
        text = json.dumps({**self.contents(), **changes})
        return base64.urlsafe_b64encode(text.encode()).decode()

    def rotate(self):
        return self.tunnel.change("tunnel", "rotate", "office")

    def keys(self):
        return json.loads(self.tunnel.change("tunnel", "keys", "office", "--json"))

    def uses(self):
        """Connections by key, oldest key first."""
        return [key["connections"] for key in self.keys()]

    def wait_for_uses(self, *uses):
        wait_until(lambda: self.uses() == list(uses), f"keys are used {uses} times", 30)

    def shown(self):
        run = self.test.start("status", [self.test.agent_binary, "status", "--json",
                                         "--status-listen", self.status])
        equal(run.wait(), 0, "exit code of status")
        return json.loads(run.log())


def whole_procedure(rotation):
    tunnel, agent = rotation.tunnel, rotation.agent
    with rotation.test.case("rotate, write the file: the connections move one at a time"):
        mark, began = agent.mark(), time.monotonic()
        rotation.put(rotation.rotate())
        equal(agent.wait_for_event("credentials_reloaded", since=mark)["changed"], "secret")
        agent.wait_for_event("connection_replaced", since=mark, reason=NEW, count=CONNECTIONS,
                             deadline_s=30)
        print(f"moved {CONNECTIONS} connections in {time.monotonic() - began:.2f} s", flush=True)
        rotation.wait_for_uses(0, CONNECTIONS)
    with rotation.test.case("revoke the old key: nobody notices"):
        mark = agent.mark()
        tunnel.change("tunnel", "revoke", "office", rotation.keys()[0]["key"][:8])
        equal(rotation.uses(), [CONNECTIONS])
        rotation.load.wait_for_more()
        equal(agent.events("connection_lost", since=mark), [])
    with rotation.test.case("the only key cannot be revoked"):
        run = tunnel.directory("tunnel", "revoke", "office", rotation.keys()[0]["key"])
        check(run.returncode != 0 and "only key" in run.stderr, run.stderr)


def long_request(rotation, origin):
    """The edge's grace period is 1 s; a replaced connection is not in a hurry."""
    tunnel, agent = rotation.tunnel, rotation.agent
    with rotation.test.case("a download that takes longer than a grace period goes through it"):
        slow = tunnel.address_service("slow", origin.port)
        answers = []
        client = threading.Thread(
            target=lambda: answers.append(tunnel.request(slow, "/slow").body), daemon=True)
        client.start()
        wait_until(lambda: origin.under_way, "the download has begun")
        mark = agent.mark()
        rotation.put(rotation.rotate())
        agent.wait_for_event("connection_replaced", since=mark, reason=NEW, count=CONNECTIONS,
                             deadline_s=30)
        rotation.wait_for_uses(1, CONNECTIONS)
        pause(2.5, "longer than the grace period; nothing may happen meanwhile")
        equal(rotation.uses(), [1, CONNECTIONS], "the old connection carries it still")
        origin.go.set()
        client.join(30)
        equal(answers, [b"begin end"])
        rotation.wait_for_uses(0, CONNECTIONS)
        tunnel.change("tunnel", "revoke", "office", rotation.keys()[0]["key"])


class SlowOrigin:
    """Answers in two parts, the second once `go` is set."""

    def __init__(self, test, go):
        self.go = go
        self.under_way = False
        self.port = ScriptedServer(test, self.serve).port

    def serve(self, connection):
        connection.read_head()
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin ")
        self.under_way = True
        self.go.wait(60)
        connection.send("end")


def lost_reply(rotation):
    tunnel, agent = rotation.tunnel, rotation.agent
    with rotation.test.case("a rotation whose answer was lost is repeated; the agents stay"):
        mark = agent.mark()
        in_use = rotation.keys()[0]["key"]
        rotation.rotate()
        lost = rotation.keys()[1]["key"]
        token = rotation.rotate()
        keys = [key["key"] for key in rotation.keys()]
        equal(len(keys), 2)
        equal(keys[0], in_use, "the key that the agent uses")
        check(lost not in keys, "the key of the lost answer is gone")
        equal(agent.events("connection_lost", since=mark), [])
        rotation.put(token)
        agent.signal(signal.SIGHUP)
        agent.wait_for_event("connection_replaced", since=mark, reason=NEW, count=CONNECTIONS,
                             deadline_s=30)
        rotation.wait_for_uses(0, CONNECTIONS)
    with rotation.test.case("with both keys in use a rotation is refused, and cuts nobody"):
        old = tunnel.write_token("other.token", rotation.old_token)
        mark = tunnel.edge.mark()
        other = tunnel.test.start("other", tunnel.agent_command(connections=1, token_file=old))
        # Its token is of a key that is gone by now: the second agent takes a new one.
        tunnel.edge.wait_for_event("agent_refused", since=mark)
        other.kill()
        tunnel.change("tunnel", "revoke", "office", rotation.keys()[0]["key"])
        fresh = tunnel.write_token("fresh.token", rotation.rotate())
        other = tunnel.test.start("other", tunnel.agent_command(
            "--permit", f"127.0.0.1:{rotation.origin_port}", connections=1, token_file=fresh))
        rotation.wait_for_uses(CONNECTIONS, 1)
        run = tunnel.directory("tunnel", "rotate", "office")
        check(run.returncode != 0 and "revoke one first" in run.stderr, run.stderr)
        equal(rotation.uses(), [CONNECTIONS, 1])
        equal(other.terminate(), 0, "exit code of the second agent")
        rotation.wait_for_uses(CONNECTIONS, 0)


def refused_files(rotation):
    tunnel, agent = rotation.tunnel, rotation.agent
    with open(tunnel.identity.token_file, encoding="ascii") as file:
        good = file.read().strip()
    other = tunnel.create_tunnel("another")
    mark = agent.mark()
    with rotation.test.case("a token of another tunnel is refused and named"):
        rotation.put(other.token)
        message = agent.wait_for_event("credentials_refused", since=mark)["message"]
        check(other.id in message and tunnel.identity.id in message, message)
        check("needs a restart" in message, message)
        check(other.id in rotation.shown()["credentials_problem"], "status shows it")
    with rotation.test.case("a broken file, a file that others can read, no file: the same"):
        for text, mode in (("no token", 0o600), (good, 0o644)):
            mark = agent.mark()
            os.replace(tunnel.write_token("new.token", text, mode), tunnel.identity.token_file)
            agent.wait_for_event("credentials_refused", since=mark)
        mark = agent.mark()
        os.remove(tunnel.identity.token_file)
        agent.wait_for_event("credentials_refused", since=mark)
        rotation.load.wait_for_more()
        equal(rotation.uses()[0], CONNECTIONS)
    with rotation.test.case("the good file is back: nothing was lost, the problem is gone"):
        mark = agent.mark()
        rotation.put(good)
        equal(agent.wait_for_event("credentials_reloaded", since=mark)["changed"], "none")
        check("credentials_problem" not in rotation.shown(), "no problem is left")
        equal(agent.events("connection_replaced", since=mark), [])


def other_pins(rotation):
    tunnel, agent = rotation.tunnel, rotation.agent
    with rotation.test.case("another pin counts from the next connection on"):
        mark = agent.mark()
        pins = rotation.contents()["pin"]
        rotation.put(rotation.encoded(pin=[*pins, "sha256/" + "A" * 43 + "="]))
        equal(agent.wait_for_event("credentials_reloaded", since=mark)["changed"], "pins")
        equal(agent.events("connection_replaced", since=mark), [])
        equal(rotation.uses()[0], CONNECTIONS)
        check(tunnel.edge.exit_code is None, "the edge runs")


def other_edges(rotation):
    agent = rotation.agent
    with rotation.test.case("a token with other edges moves the connections there"):
        mark = agent.mark()
        rotation.put(rotation.encoded(e=[f"localhost:{rotation.second_port}"]))
        equal(agent.wait_for_event("credentials_reloaded", since=mark)["changed"], "edges")
        moved = [agent.wait_for_event("connection_replaced", since=mark, reason=NEW, count=count,
                                      deadline_s=30) for count in range(1, CONNECTIONS + 1)]
        equal(Counter(line["to"] for line in moved),
              {f"localhost:{rotation.second_port}": CONNECTIONS})


def main(test):
    slow = SlowOrigin(test, threading.Event())
    rotation = Rotation(test, slow.port)
    rotation.old_token = rotation.tunnel.identity.token
    began, good = time.monotonic(), rotation.load.good
    whole_procedure(rotation)
    long_request(rotation, slow)
    lost_reply(rotation)
    refused_files(rotation)
    other_pins(rotation)
    other_edges(rotation)
    rate = (rotation.load.good - good) / (time.monotonic() - began)
    rotation.load.wait_for_more()
    rotation.load.stop()
    with test.case("no request failed, and no POST came twice"):
        print(f"{rotation.load.good} requests, {rate:.0f}/s, {len(rotation.load.bad)} failed",
              flush=True)
        equal(rotation.load.bad, [], "failed requests")
        posts = Counter(line.split()[1] for line in rotation.origin.requests()
                        if line.startswith("POST"))
        check(posts, "there were POSTs")
        equal([path for path, count in posts.items() if count > 1], [], "POSTs that came twice")
    with test.case("no secret was logged"):
        log = rotation.agent.log() + rotation.tunnel.edge.log()
        for secret in rotation.tunnel.identity.secrets():
            check(secret not in log, "a secret is in a log")


if __name__ == "__main__":
    run_test(main)
