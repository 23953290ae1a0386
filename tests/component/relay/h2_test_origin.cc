#include "tests/component/relay/h2_test_origin.h"

#include <algorithm>
#include <utility>

namespace outhaul::testing {

/// One connection: a session in the server's role.
class H2TestOrigin::Connection final : public h2::SessionHandler {
 public:
  Connection(H2TestOrigin& origin, net::ByteStream& stream, int index)
      : origin_(origin),
        index_(index),
        session_(origin.loop_, stream, origin.options_, *this),
        requests_(origin.loop_) {
    const auto place = static_cast<std::size_t>(index);
    if (origin_.open_.size() <= place) origin_.open_.resize(place + 1);
    origin_.open_[place] = this;
  }
  ~Connection() {
    requests_.cancel_all();
    origin_.open_[static_cast<std::size_t>(index_)] = nullptr;
  }

  Task<void> run() { co_await session_.run(); }
  h2::Session& session() { return session_; }

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override {
    origin_.requests_.push_back(stream->request());
    origin_.most_at_once_ = std::max(origin_.most_at_once_, session_.active_streams());
    requests_.spawn(serve(std::move(stream)));
  }
  Task<void> serve(std::unique_ptr<h2::Stream> stream) {
    co_await origin_.script_(*stream, index_);
  }

  H2TestOrigin& origin_;
  int index_;
  h2::Session session_;
  Scope requests_;
};

H2TestOrigin::H2TestOrigin(Loop& loop, Script script, const h2::SessionOptions& options, Raw raw)
    : loop_(loop),
      script_(std::move(script)),
      options_(options),
      raw_(std::move(raw)),
      origin_(loop, [this](Loop& used, net::ByteStream& stream, int index) {
        return play(used, stream, index);
      }) {}

H2TestOrigin::~H2TestOrigin() = default;

Task<void> H2TestOrigin::play(Loop&, net::ByteStream& stream, int index) {
  if (raw_) {
    const bool played = co_await raw_(stream, index);
    if (played) co_return;
  }
  Connection connection(*this, stream, index);
  co_await connection.run();
}

h2::Session* H2TestOrigin::session(int connection) {
  const auto place = static_cast<std::size_t>(connection);
  if (place >= open_.size() || open_[place] == nullptr) return nullptr;
  return &open_[place]->session();
}

void H2TestOrigin::cut(int connection) {
  session(connection)->abort(Error{ErrorKind::cancelled, "cut by the test"});
}

Task<std::string> read_content(h2::Stream& stream) {
  std::string text;
  http::BodyReader& body = stream.body();
  for (;;) {
    const Bytes data = body.peek();
    if (!data.empty()) {
      text += as_text(data);
      body.consume(data.size());
    } else if (body.state() != http::BodyState::open) {
      break;
    } else {
      co_await body.readable().wait();
    }
  }
  if (body.state() == http::BodyState::failed) text += "<cut>";
  co_return text;
}

Task<void> write_content(h2::Stream& stream, std::string text) {
  Bytes rest = as_bytes(text);
  http::BodyWriter& writer = stream.writer();
  while (!rest.empty() && !writer.failed()) {
    rest = rest.subspan(writer.write(rest));
    if (!rest.empty()) co_await writer.writable().wait();
  }
}

Task<void> answer_with(h2::Stream& stream, int status, std::string content) {
  http::ResponseHead head;
  head.status = status;
  const bool has_body = !content.empty();
  if (!stream.respond(head, has_body)) co_return;
  co_await write_content(stream, std::move(content));
  if (has_body) stream.writer().finish({});
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

Task<void> wait_until_failed(h2::Stream& stream) {
  for (;;) {
    // A server's stream has no heads; asking re-arms the readiness, which a failure sets.
    (void)stream.take_head();
    if (stream.failed()) co_return;
    co_await stream.head_readable().wait();
  }
}

agent::ServiceSettings http2_only(const Limits& limits) {
  agent::ServiceSettings settings(limits);
  settings.protocol = agent::OriginProtocol::http2;
  return settings;
}

}  // namespace outhaul::testing
