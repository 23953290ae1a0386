"""The configuration of a running edge: reload by SIGHUP and by itself, all of it or nothing; what
needs a restart is named."""
# timeout: 60

import json
import os
import signal
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from load import Load  # noqa: E402
from process_test import Site, check, equal, run_test  # noqa: E402
from tunnel import Tunnel  # noqa: E402


class Configuration:
    def __init__(self, test):
        self.path = test.path("edge.toml")
        self._test = test

    def put(self, text):
        os.replace(self._test.write("edge.new", text), self.path)


def main(test):
    configuration = Configuration(test)
    configuration.put('access_log = "all"\n')
    status_port = test.free_port()
    tunnel = Tunnel(test, edge_options=["--config", configuration.path, "--status-listen",
                                        f"127.0.0.1:{status_port}"])
    edge = tunnel.edge
    origin = test.free_port()
    test.nginx([Site(origin, {"/": 'return 200 "hello";'})])
    service = tunnel.address_service("api", origin)
    tunnel.start_agent(permit=[origin], connections=2)
    load = Load(service, [tunnel.binding_port], post=True)

    def page():
        with urllib.request.urlopen(f"http://127.0.0.1:{status_port}/status", timeout=10) as got:
            return json.load(got)

    def reloaded(text):
        mark = edge.mark()
        configuration.put(text)
        return edge.wait_for_event("config_reloaded", since=mark)

    with test.case("keys that can change under way take effect with the next request"):
        event = reloaded('access_log = "off"\nfield_size = "2KiB"\nlog_level = "debug"\n')
        equal(set(event["changed"].split(",")), {"access_log", "field_size", "log_level"})
        equal(event["needs_restart"], "none")
        equal(page()["log_level"], "debug")
        mark = edge.mark()
        equal(tunnel.request(service, "/quiet").status, 200)
        equal(tunnel.request(service, "/big", headers={"X-Big": "x" * 3000}).status, 431)
        equal(edge.events("request", since=mark), [])
    with test.case("keys that cannot are named; the others take effect beside them"):
        event = reloaded('access_log = "all"\nzone = "east"\npublic_name = ["x.example"]\n')
        # The names are given by a flag, which wins.
        equal(event["needs_restart"], "zone")
        mark = edge.mark()
        equal(tunnel.request(service, "/loud").status, 200)
        edge.wait_for_event("request", since=mark, path="/loud")
        equal(page()["last_reload"]["restart"], ["zone"])
    with test.case("a file with mistakes changes nothing, and every mistake is logged"):
        mark = edge.mark()
        configuration.put('access_log = "off"\nclient_conections = 3\nhold_time = "9h"\n')
        equal(edge.wait_for_event("config_refused", since=mark)["problems"], 2)
        problems = [line["message"] for line in edge.events("config_problem", since=mark)]
        check("did you mean client_connections" in problems[0], problems)
        check("hold_time" in problems[1], problems)
        mark = edge.mark()
        equal(tunnel.request(service, "/still").status, 200)
        edge.wait_for_event("request", since=mark, path="/still")
        equal(page()["last_reload"]["ok"], False)
    with test.case("a file that is gone: the same; SIGHUP reads again without a change"):
        mark = edge.mark()
        os.remove(configuration.path)
        edge.wait_for_event("config_refused", since=mark)
        reloaded('access_log = "all"\n')
        mark = edge.mark()
        edge.signal(signal.SIGHUP)
        equal(edge.wait_for_event("config_reloaded", since=mark)["changed"], "none")
    load.wait_for_more()
    load.stop()
    with test.case("no request failed meanwhile"):
        equal(load.bad, [], "failed requests")


if __name__ == "__main__":
    run_test(main)
