"""gRPC through edge and agent: all four kinds, errors, deadlines and cancellation, with grpcio."""
# timeout: 120

import concurrent.futures
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test, skip, wait_until  # noqa: E402
from tunnel import Tunnel  # noqa: E402

try:
    import grpc
except ImportError:
    grpc = None

DEADLINE_S = 20
SHORT_DEADLINE_S = 1
LARGE_BYTES = 2 << 20


class Calls:
    """The methods of the test's service; messages are bytes as they are."""

    def __init__(self):
        self.cancelled = threading.Event()
        self.metadata = {}
        self.time_remaining = None

    def unary(self, request, context):
        self.metadata = dict(context.invocation_metadata())
        self.time_remaining = context.time_remaining()
        context.set_trailing_metadata((("x-late", "trailer"),))
        return request[::-1]

    def collect(self, requests, context):
        return b"+".join(requests)

    def count(self, request, context):
        for number in range(int(request)):
            yield str(number).encode()

    def talk(self, requests, context):
        for request in requests:
            yield b"re: " + request

    def refuse(self, request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ä")

    def refuse_stream(self, requests, context):
        next(requests)
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "enough")

    def half(self, request, context):
        yield b"first"
        context.abort(grpc.StatusCode.DATA_LOSS, "lost in the middle")

    def hang(self, request, context):
        context.add_callback(self.cancelled.set)
        yield b"begun"
        self.cancelled.wait(DEADLINE_S)

    def serve(self):
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Collect": grpc.stream_unary_rpc_method_handler(self.collect),
            "Count": grpc.unary_stream_rpc_method_handler(self.count),
            "Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            "Refuse": grpc.unary_unary_rpc_method_handler(self.refuse),
            "RefuseStream": grpc.stream_unary_rpc_method_handler(self.refuse_stream),
            "Half": grpc.unary_stream_rpc_method_handler(self.half),
            "Hang": grpc.unary_stream_rpc_method_handler(self.hang),
        }
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("test.Calls", handlers),))
        return server


class Client:
    """Calls with the binding's credentials as metadata, over HTTP/2 with prior knowledge."""

    def __init__(self, tunnel, service):
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{tunnel.binding_port}", options=(("grpc.enable_retries", 0),))
        self._metadata = [(name.lower(), value) for name, value in service.headers.items()]

    def _arguments(self, more=(), deadline_s=DEADLINE_S):
        return {"metadata": [*self._metadata, *more], "timeout": deadline_s}

    def unary(self, method, request, **more):
        return self._channel.unary_unary(f"/test.Calls/{method}").with_call(
            request, **self._arguments(**more))

    def collect(self, method, requests):
        return self._channel.stream_unary(f"/test.Calls/{method}")(requests, **self._arguments())

    def receive(self, method, request, **more):
        return self._channel.unary_stream(f"/test.Calls/{method}")(
            request, **self._arguments(**more))

    def talk(self, requests):
        return self._channel.stream_stream("/test.Calls/Talk")(requests, **self._arguments())

    def close(self):
        self._channel.close()


def error_of(call):
    """Status code and details of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError("the call succeeded")


def four_kinds(test, client, calls):
    with test.case("unary, with metadata, deadline and trailing metadata"):
        answer, call = client.unary("Unary", b"abc", more=(("x-mark", "1"), ("x-bin", b"\x00\xff")))
        equal(answer, b"cba", "the answer")
        equal(dict(call.trailing_metadata()).get("x-late"), "trailer", "trailing metadata")
        equal(calls.metadata["x-mark"], "1", "metadata")
        equal(calls.metadata["x-bin"], b"\x00\xff", "binary metadata")
        check(calls.time_remaining and calls.time_remaining <= DEADLINE_S, "grpc-timeout arrives")
        check(not any(name.startswith(("tunnel-", "x-vpc-")) for name in calls.metadata),
              f"no field of the tunnel's own: {sorted(calls.metadata)}")
    with test.case("unary, large both ways"):
        message = os.urandom(LARGE_BYTES)
        equal(client.unary("Unary", message)[0] == message[::-1], True, "equal")
    with test.case("client streaming"):
        parts = [str(number).encode() for number in range(1000)]
        equal(client.collect("Collect", iter(parts)), b"+".join(parts), "the answer")
    with test.case("server streaming"):
        equal(list(client.receive("Count", b"1000")),
              [str(number).encode() for number in range(1000)], "the messages")
    with test.case("bidirectional: each answer is there before the next question"):
        questions, answers = [b"one", b"two", b"three"], []
        asked = threading.Semaphore(1)

        def ask():
            for question in questions:
                check(asked.acquire(timeout=DEADLINE_S), "the answer before this question")
                yield question

        for answer in client.talk(ask()):
            answers.append(answer)
            asked.release()
        equal(answers, [b"re: " + question for question in questions], "the answers")
    with test.case("50 calls at a time"):
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            results = list(pool.map(lambda number: client.unary("Unary", b"x%d" % number)[0],
                                    range(200)))
        equal(results, [(b"x%d" % number)[::-1] for number in range(200)], "the answers")


def errors(test, client, calls):
    with test.case("an error before any message (trailers only)"):
        equal(error_of(lambda: client.unary("Refuse", b"")),
              (grpc.StatusCode.NOT_FOUND, "no such thing: ä"), "status")
    with test.case("an error while the client still sends"):
        parts = (b"x" * 1000 for _ in range(10_000))
        equal(error_of(lambda: client.collect("RefuseStream", parts)),
              (grpc.StatusCode.RESOURCE_EXHAUSTED, "enough"), "status")
    with test.case("an error after a message"):
        received = []
        equal(error_of(lambda: received.extend(client.receive("Half", b""))),
              (grpc.StatusCode.DATA_LOSS, "lost in the middle"), "status")
    with test.case("an unknown method"):
        equal(error_of(lambda: client.unary("Nothing", b""))[0], grpc.StatusCode.UNIMPLEMENTED,
              "status")
    with test.case("a deadline that passes is a deadline at the client and ends the call behind"):
        calls.cancelled.clear()
        code, _ = error_of(lambda: list(client.receive("Hang", b"", deadline_s=SHORT_DEADLINE_S)))
        equal(code, grpc.StatusCode.DEADLINE_EXCEEDED, "status")
        check(calls.cancelled.wait(DEADLINE_S), "the server's call ends")
    with test.case("a call that the client cancels is cancelled at the server"):
        calls.cancelled.clear()
        call = client.receive("Hang", b"")
        equal(next(call), b"begun", "the first message")
        call.cancel()
        check(calls.cancelled.wait(DEADLINE_S), "the server's call is cancelled")


def main(test):
    if grpc is None:
        skip("python3-grpcio is not installed; run scripts/setup")
    test.need_binaries()
    calls = Calls()
    server = calls.serve()
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    test.on_exit(lambda: server.stop(0).wait(DEADLINE_S))
    tunnel = Tunnel(test)
    service = tunnel.address_service("calls", port)
    agent = tunnel.start_agent("--origin-protocol", "http2", permit=[port])
    client = Client(tunnel, service)
    test.on_exit(client.close)
    four_kinds(test, client, calls)
    errors(test, client, calls)
    with test.case("a server that stops and comes back: calls fail as unavailable, then succeed"):
        server.stop(0).wait(DEADLINE_S)
        equal(error_of(lambda: client.unary("Unary", b"abc"))[0], grpc.StatusCode.UNAVAILABLE,
              "status")
        again = calls.serve()
        equal(again.add_insecure_port(f"127.0.0.1:{port}"), port, "the port")
        again.start()
        test.on_exit(lambda: again.stop(0).wait(DEADLINE_S))

        def served():
            try:
                return client.unary("Unary", b"abc")[0] == b"cba"
            except grpc.RpcError:
                return False

        wait_until(served, "a call succeeds")
        agent.check_running()


if __name__ == "__main__":
    run_test(main)
