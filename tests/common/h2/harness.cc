#include "tests/common/h2/harness.h"

#include <algorithm>

namespace outhaul::h2::testing {
namespace {

Task<void> run_session(Session& session, std::optional<SessionEnd>& end) {
  end = co_await session.run();
}

}  // namespace

Peer::Peer(Loop& loop, Scope& scope, net::ByteStream& transport, const SessionOptions& options)
    : session(std::make_unique<Session>(loop, transport, options, handler)) {
  scope.spawn(run_session(*session, end));
}

void run_until(Loop& loop, const std::function<bool()>& done, int max_turns) {
  for (int turn = 0; turn < max_turns; ++turn) {
    if (done()) return;
    loop.run_turn(Duration::zero());
  }
  FAIL("the condition did not come true");
}

void run_turns(Loop& loop, int turns) {
  for (int turn = 0; turn < turns; ++turn)
    loop.run_turn(Duration::zero());
}

SessionOptions client_options() {
  SessionOptions options;
  options.role = Role::client;
  options.max_concurrent_streams = 1'000'000;  // the peer's limit is what counts
  return options;
}

SessionOptions server_options() {
  return {};
}

Connection::Connection(const SessionOptions& client_settings, const SessionOptions& server_settings,
                       const net::MemoryStreamOptions& transport)
    : ends(net::MemoryStream::make_pair(loop, transport)),
      client(loop, scope, *ends.first, client_settings),
      server(loop, scope, *ends.second, server_settings) {
  run_until([this] { return client.session->ready() && server.session->ready(); });
}

std::unique_ptr<Stream> Connection::open(const http::RequestHead& head, bool has_body) {
  Result<std::unique_ptr<Stream>> stream = client.session->open(head, has_body);
  REQUIRE_MESSAGE(stream.has_value(), (stream ? "" : stream.error().message));
  return std::move(*stream);
}

std::unique_ptr<Stream> Connection::next_request() {
  run_until([this] { return !server.handler.requests.empty(); });
  std::unique_ptr<Stream> stream = std::move(server.handler.requests.front());
  server.handler.requests.erase(server.handler.requests.begin());
  return stream;
}

http::RequestHead get(std::string_view path) {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "example.test";
  head.path = path;
  return head;
}

http::RequestHead post(std::string_view path) {
  http::RequestHead head = get(path);
  head.method = "POST";
  return head;
}

http::ResponseHead status(int code) {
  http::ResponseHead head;
  head.status = code;
  return head;
}

http::Fields fields(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  http::Fields result;
  for (const auto& [name, value] : lines)
    result.add(name, value);
  return result;
}

bool Sender::step(const http::Fields& trailers) {
  sent += stream.writer().write(as_bytes(content.substr(sent)));
  if (sent == content.size() && !finished) {
    finished = true;
    stream.writer().finish(trailers);
  }
  return finished && stream.writer().drained();
}

bool Receiver::step(std::size_t at_most) {
  while (at_most > 0) {
    const Bytes data = stream.body().peek();
    if (data.empty()) return stream.body().state() != http::BodyState::open;
    const Bytes part = data.first(std::min(data.size(), at_most));
    if (keep) content += as_text(part);
    count += part.size();
    at_most -= part.size();
    stream.body().consume(part.size());
  }
  return false;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : text) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return text;
}

}  // namespace outhaul::h2::testing
