#include "tests/component/relay/relay_fixture.h"

#include <stdexcept>
#include <utility>

#include "common/net/io.h"
#include "common/tunnel/ptth_names.h"
#include "tests/support/run_task.h"

namespace outhaul::testing {

namespace {

constexpr std::string_view tunnel_id = "0191dce4-9ab4-7fce-b660-8e5dec5172da";
constexpr std::string_view service_id = "e6a0817c-79c5-40ca-9776-a1c019defe70";

agent::Policy permissive_policy() {
  agent::PolicyRules rules;
  rules.permits.push_back(*agent::Rule::parse("127.0.0.1"));
  return agent::Policy(std::move(rules));
}

std::shared_ptr<const agent::ServiceSettingsTable> settings_for(const Limits& limits) {
  return std::make_shared<const agent::ServiceSettingsTable>(agent::ServiceSettings(limits));
}

h2::SessionOptions options_for(h2::Role role) {
  h2::SessionOptions options;
  options.role = role;
  return options;
}

Task<void> send_body(h2::Stream& stream, std::string body) {
  Bytes rest = as_bytes(body);
  http::BodyWriter& writer = stream.writer();
  while (!rest.empty() && !writer.failed()) {
    rest = rest.subspan(writer.write(rest));
    if (!rest.empty()) co_await writer.writable().wait();
  }
  if (!writer.failed()) writer.finish(http::Fields());
}

}  // namespace

ScriptedOrigin::ScriptedOrigin(Loop& loop, Script script)
    : ScriptedOrigin(loop, std::move(script),
                     net::SocketAddress(*IpAddress::parse("127.0.0.1"), 0)) {}

ScriptedOrigin::ScriptedOrigin(Loop& loop, Script script, const net::SocketAddress& address)
    : loop_(loop), script_(std::move(script)), tasks_(loop) {
  auto opened = net::Listener::open(loop, address, net::ListenOptions());
  if (!opened) throw std::runtime_error(opened.error().message);
  listener_ = *std::move(opened);
  tasks_.spawn(accept_all());
}

Task<void> ScriptedOrigin::accept_all() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) co_return;
    tasks_.spawn(play(*std::move(accepted), count_++));
  }
}

Task<void> ScriptedOrigin::play(std::unique_ptr<net::TcpStream> stream, int index) {
  co_await script_(loop_, *stream, index);
}

Task<std::string> read_head_text(net::ByteStream& stream, std::string& rest) {
  std::string text = std::move(rest);
  std::byte buffer[4096];
  std::size_t end = text.find("\r\n\r\n");
  while (end == std::string::npos) {
    const auto got = co_await net::read_some(stream, MutableBytes(buffer));
    if (!got || *got == 0) co_return text;
    text += as_text(Bytes(buffer, *got));
    end = text.find("\r\n\r\n");
  }
  rest = text.substr(end + 4);
  co_return text.substr(0, end + 4);
}

Task<std::string> read_exactly(net::ByteStream& stream, std::string& rest, std::size_t size) {
  std::string text = std::move(rest);
  std::byte buffer[4096];
  while (text.size() < size) {
    const auto got = co_await net::read_some(stream, MutableBytes(buffer));
    if (!got || *got == 0) co_return text;
    text += as_text(Bytes(buffer, *got));
  }
  rest = text.substr(size);
  co_return text.substr(0, size);
}

Task<std::string> read_to_end(net::ByteStream& stream, std::string rest) {
  std::byte buffer[4096];
  for (;;) {
    const auto got = co_await net::read_some(stream, MutableBytes(buffer));
    if (!got) co_return rest + "<reset>";
    if (*got == 0) co_return rest;
    rest += as_text(Bytes(buffer, *got));
  }
}

Task<void> send_text(net::ByteStream& stream, std::string text) {
  const auto sent = co_await net::write_all(stream, as_bytes(text));
  (void)sent;  // a peer that has gone is part of some scripts
}

RelayFixture::RelayFixture(const Limits& limits)
    : limits_(limits),
      policy_(permissive_policy()),
      resolver_(loop_, {}),
      locator_(policy_, resolver_),
      connector_(loop_),
      pool_(loop_, limits_.streams_per_agent),
      context_{.loop = loop_,
               .log = log_,
               .limits = limits_,
               .tunnel_id = *Uuid::parse(tunnel_id),
               .locator = locator_,
               .connector = connector_,
               .pool = pool_,
               .services = agent::ServiceCache(settings_for(limits_))},
      server_(context_),
      transport_(net::MemoryStream::make_pair(loop_, {})),
      client_(std::make_unique<h2::Session>(loop_, *transport_.first, options_for(h2::Role::client),
                                            client_handler_)),
      agent_(std::make_unique<h2::Session>(loop_, *transport_.second, options_for(h2::Role::server),
                                           *this)),
      requests_(loop_),
      sessions_(loop_) {
  sessions_.spawn(run_session(*client_));
  sessions_.spawn(run_session(*agent_));
}

RelayFixture::~RelayFixture() {
  sessions_.cancel_all();
  requests_.cancel_all();
}

void RelayFixture::configure(agent::ServiceSettings settings) {
  context_.services.configure(
      std::make_shared<const agent::ServiceSettingsTable>(std::move(settings)));
}

void RelayFixture::on_request(std::unique_ptr<h2::Stream> stream) {
  h2::Stream& served = *stream;
  Cancellable& task = requests_.spawn(server_.serve("test", std::move(stream)));
  served.cancel_on_reset(&task);
}

Task<void> RelayFixture::run_session(h2::Session& session) {
  co_await session.run();
}

std::string RelayFixture::descriptor(std::uint16_t port, std::string_view type) const {
  std::string text = "id=\"" + std::string(service_id) + "\", type=" + std::string(type);
  text += ", scheme=" + std::string(type) + ", ipv4=\"127.0.0.1\", port=" + std::to_string(port);
  return text + ", net=\"" + std::string(tunnel_id) + "\"";
}

http::RequestHead RelayFixture::request(std::uint16_t port, std::string method, std::string path) {
  http::RequestHead head;
  head.method = std::move(method);
  head.scheme = "http";
  head.authority = "app.internal";
  head.path = std::move(path);
  head.fields.add(tunnel::service_field, descriptor(port, "http"));
  head.fields.add(tunnel::request_id_field, "r1");
  return head;
}

http::RequestHead RelayFixture::connect(std::uint16_t port) {
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = "127.0.0.1:" + std::to_string(port);
  head.fields.add(tunnel::service_field, descriptor(port, "tcp"));
  return head;
}

http::RequestHead RelayFixture::websocket(std::uint16_t port, std::string path) {
  http::RequestHead head = request(port, "CONNECT", std::move(path));
  head.protocol = "websocket";
  head.fields.add("sec-websocket-version", "13");
  head.fields.add("sec-websocket-protocol", "chat");
  return head;
}

Task<std::unique_ptr<h2::Stream>> RelayFixture::open(http::RequestHead head, bool has_body) {
  co_await client_handler_.ready.wait();
  auto opened = client_->open(head, has_body);
  if (!opened) throw std::runtime_error(opened.error().message);
  co_return *std::move(opened);
}

Task<Reply> RelayFixture::collect(h2::Stream& stream) {
  Reply reply;
  while (reply.status == 0) {
    auto head = stream.take_head();
    if (!head) {
      if (stream.failed()) {
        reply.reset = stream.peer_code();
        co_return reply;
      }
      co_await stream.head_readable().wait();
      continue;
    }
    if (head->status < 200) {
      reply.interim.push_back(head->status);
    } else {
      reply.status = head->status;
      reply.fields = std::move(head->fields);
    }
  }
  http::BodyReader& body = stream.body();
  for (;;) {
    const Bytes data = body.peek();
    if (!data.empty()) {
      reply.body += as_text(data);
      body.consume(data.size());
      continue;
    }
    if (body.state() != http::BodyState::open) break;
    co_await body.readable().wait();
  }
  reply.complete = body.state() == http::BodyState::complete;
  if (reply.complete) reply.trailers = body.trailers();
  reply.reset = stream.peer_code();
  co_return reply;
}

Task<Reply> RelayFixture::fetch(http::RequestHead head, std::string body, bool has_body) {
  auto stream = co_await open(std::move(head), has_body || !body.empty());
  Scope sending(loop_);
  if (has_body || !body.empty()) sending.spawn(send_body(*stream, std::move(body)));
  co_return co_await collect(*stream);
}

void RelayFixture::run(Task<void> task) {
  run_task(loop_, std::move(task));
}

}  // namespace outhaul::testing
