#include "edge/bindings/binding_listener.h"

#include <utility>

#include "common/async/combinators.h"
#include "common/net/io.h"
#include "edge/bindings/h1_connection.h"
#include "edge/bindings/h2_connection.h"
#include "edge/bindings/protocol_choice.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::seconds closing_time{2};
/// Those that gave way may still be closing.
constexpr std::size_t closing_connections = 64;
/// Lines in the log about clients that were turned away.
constexpr RateLimit turned_away_lines{1, 1, std::chrono::seconds{10}};

/// A connection that has not said yet what it speaks.
class NewClient final : public Client {
 public:
  explicit NewClient(net::ByteStream& stream) : stream_(stream) {}
  void drain() override { give_way(); }
  bool give_way() override {
    stream_.reset();
    stream_.readable().set();
    return true;
  }

 private:
  net::ByteStream& stream_;
};

std::string take_all(ByteQueue& input) {
  std::string text;
  while (!input.empty()) {
    const Bytes front = input.front();
    text += as_text(front);
    input.consume(front.size());
  }
  return text;
}

}  // namespace

net::ListenOptions binding_listen_options(const Limits& limits) {
  net::ListenOptions options;
  // A client that takes nothing of what was sent for so long: the kernel ends the connection.
  options.tcp.user_timeout = limits.origin_idle_read;
  // Without it the kernel takes 4 MiB for each client that reads slowly.
  options.tcp.unsent_bytes_low_water = limits.unsent_bytes_low_water;
  options.tcp.keepalive = net::Keepalive{};
  return options;
}

BindingListener::BindingListener(ClientContext& context, std::unique_ptr<net::Listener> listener,
                                 std::string bound_service)
    : context_(context),
      listener_(std::move(listener)),
      address_(listener_->address().to_string()),
      bound_service_(std::move(bound_service)),
      turned_away_lines_(turned_away_lines),
      accepting_(context.loop),
      connections_(context.loop) {}

void BindingListener::start() {
  accepting_.spawn(accept_all());
}

void BindingListener::drain() {
  accepting_.cancel_all();
  listener_.reset();
  clients_.for_each([](Client& client) { client.drain(); });
}

Task<void> BindingListener::accept_all() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) {
      context_.log.error("binding_listener_failed",
                         {{"address", address_}, {"message", accepted.error().message}});
      co_return;
    }
    if (make_room()) {
      connections_.spawn(serve(std::move(*accepted)));
    } else {
      turn_away(**accepted);
    }
  }
}

bool BindingListener::make_room() {
  const std::size_t limit = context_.client_limits.connections;
  if (connections_.size() < limit) return true;
  if (connections_.size() >= limit + closing_connections) return false;
  Client* gone = nullptr;
  clients_.for_each([&gone](Client& client) {
    if (gone == nullptr && client.give_way()) gone = &client;
  });
  if (gone == nullptr) return false;
  gone->unlink();  // so that it does not give way twice
  return true;
}

void BindingListener::turn_away(net::TcpStream& stream) {
  if (turned_away_lines_.allow(context_.loop.now())) {
    context_.log.warn("client_turned_away",
                      {{"address", address_},
                       {"message", "all connections are busy; --client-connections is the limit"}});
  }
  stream.reset();
}

Task<void> BindingListener::serve(std::unique_ptr<net::TcpStream> stream) {
  const std::string address =
      stream->peer_address().is_unix() ? address_ : stream->peer_address().to_string();
  const ClientStream client{*stream, bound_service_, address};
  ByteQueue input;
  NewClient new_client(*stream);
  clients_.push_back(new_client);
  Task<Result<ClientProtocol>> choosing = choose_protocol(*stream, input);
  const Result<ClientProtocol> protocol = co_await with_deadline(
      context_.loop, std::move(choosing), context_.client_limits.idle, "the first request");
  if (!protocol) co_return;
  new_client.unlink();
  if (*protocol == ClientProtocol::http1) {
    H1Connection connection(context_, client, std::move(input));
    clients_.push_back(connection);
    co_await connection.run();
    co_return;
  }
  H2Connection connection(context_, client);
  clients_.push_back(connection);
  std::string early = take_all(input);
  co_await connection.run(std::move(early));
  Task<Result<void>> closing = net::shutdown(*stream);
  const Result<void> closed =
      co_await with_deadline(context_.loop, std::move(closing), closing_time, "closing");
  if (!closed) stream->reset();
}

}  // namespace outhaul::edge
