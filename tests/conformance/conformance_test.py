"""What agent and edge do with HTTP, WebSocket and TCP: every case of cases/, in every way, and that
docs/conformance.md says what this run has seen. scripts/conformance --write writes that page."""
# timeout: 240

import concurrent.futures
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
from process_test import check, run_test  # noqa: E402
from report import table  # noqa: E402
from rig import Rig  # noqa: E402
from runner import play  # noqa: E402
import websocket_clients  # noqa: E402
from websocket_clients import WebSocketClients  # noqa: E402

TOPICS = ["methods", "framing", "interim", "expect", "trailers", "no_content", "streaming", "early",
          "fields", "paths", "limits", "websocket", "tcp", "errors", "keepalive",
          "smuggled_requests", "smuggled_h2_requests", "smuggled_responses"]
PAGE = "docs/conformance.md"
JOBS = 4
SLOW_S = 2


def load_topics():
    """The modules of cases/, in the order of the page."""
    wanted = os.environ.get("OUTHAUL_CONFORMANCE_TOPICS")
    names = wanted.split(",") if wanted else TOPICS
    return [importlib.import_module(f"cases.{name}") for name in names]


def judge(test, outcome):
    with test.case(outcome.case.behaviour):
        check(not outcome.faults, "; ".join(f"{way}: {why}" for way, why in outcome.faults.items()))


def check_page(test, text):
    path = os.path.join(test.repository, PAGE)
    if os.environ.get("OUTHAUL_CONFORMANCE_WRITE") == "1":
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    with test.case(f"{PAGE} says what this run has seen"):
        with open(path, encoding="utf-8", newline="") as file:
            kept = file.read()
        different = [new for old, new in zip(kept.splitlines(), text.splitlines()) if old != new]
        check(kept == text, f"it does not; run scripts/conformance --write and look at the "
                            f"difference. The first line that differs: {(different or ['(end)'])[0]}")


def main(test):
    test.need_binaries()
    test.need_tools("openssl", "node")
    websocket_clients.need_ws(test)
    topics = load_topics()
    cases = [case for topic in topics for case in topic.CASES]
    rig = Rig(test, cases, connections=JOBS)
    websocket = WebSocketClients(test, rig)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda slot: slot.register(), rig.slots))
        with_ws = pool.submit(websocket.run)
        outcomes = list(pool.map(play, rig.slots))
        ws_outcomes = with_ws.result()
    for outcome in outcomes:
        if outcome.seconds > SLOW_S:
            print(f"{outcome.seconds:.1f} s: {outcome.case.behaviour}")
    by_case = {id(outcome.case): outcome for outcome in outcomes}
    for outcome in outcomes + ws_outcomes:
        judge(test, outcome)
    tables = [(topic.TITLE, [by_case[id(case)] for case in topic.CASES]) for topic in topics]
    text = table(tables + [(websocket_clients.TITLE, ws_outcomes)])
    if not os.environ.get("OUTHAUL_CONFORMANCE_TOPICS"):
        check_page(test, text)


if __name__ == "__main__":
    run_test(main)
