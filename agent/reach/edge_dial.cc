#include "agent/reach/edge_dial.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "agent/reach/http_connect.h"
#include "agent/reach/socks5.h"
#include "common/async/combinators.h"
#include "common/net/dial.h"
#include "common/net/io.h"
#include "common/net/prefixed_stream.h"
#include "common/net/tls_stream.h"

namespace outhaul::agent {

namespace {

/// Of an edge whose name is resolved here; each takes a connection to the proxy.
constexpr std::size_t most_addresses_by_proxy = 4;

/// One dial; its members are the steps.
class Dialler {
 public:
  Dialler(Loop& loop, const EdgeRoute& route, const EdgeDialOptions& options)
      : loop_(loop), route_(route), options_(options) {}

  Task<EdgeDial> run() {
    if (!route_.proxy) {
      const Result<void> connected = co_await connect(ReachStage::tcp);
      if (!connected) result_.error = connected.error();
      co_return std::move(result_);
    }
    Result<void> opened = co_await through_proxy(0);
    // Only where the name is resolved here are there several places to ask for.
    const std::size_t places = std::min(route_.behind_proxy.size(), most_addresses_by_proxy);
    for (std::size_t i = 1; i < places; ++i) {
      if (opened || result_.stage != ReachStage::proxy_open) break;
      opened = co_await through_proxy(i);
    }
    if (!opened) {
      result_.tcp = nullptr;
      result_.stream.reset();
      result_.error = Error{opened.error().kind, about_proxy(opened.error().message)};
    }
    co_return std::move(result_);
  }

 private:
  Task<Result<void>> connect(ReachStage stage) {
    begin(stage);
    net::DialOptions dialling;
    dialling.connect_timeout = options_.stage_limit;
    dialling.tcp = options_.tcp;
    dialling.source = options_.source;
    OUTHAUL_CO_TRY(tcp, co_await net::dial(loop_, route_.addresses, dialling));
    result_.tcp = tcp.get();
    result_.stream = std::move(tcp);
    end();
    co_return Result<void>();
  }

  Task<Result<void>> through_proxy(std::size_t place) {
    result_.tcp = nullptr;
    result_.stream.reset();
    OUTHAUL_CO_CHECK(connected, co_await connect(ReachStage::proxy_tcp));
    if (route_.proxy->kind == ProxyKind::https) {
      begin(ReachStage::proxy_tls);
      OUTHAUL_CO_CHECK(secured, co_await secure());
      end();
    }
    const bool http =
        route_.proxy->kind == ProxyKind::http || route_.proxy->kind == ProxyKind::https;
    begin(ReachStage::proxy_login);
    Task<Result<void>> opening = http ? open_by_http() : open_by_socks(place);
    OUTHAUL_CO_CHECK(opened, co_await with_deadline(loop_, std::move(opening), options_.stage_limit,
                                                    "its answer"));
    end();
    co_return Result<void>();
  }

  /// TLS with the proxy. Its close_notify does not matter: the edge's does.
  Task<Result<void>> secure() {
    net::TlsStreamOptions tls;
    tls.truncation = net::Truncation::tolerated;
    const net::TlsTarget target{.name = route_.proxy->host, .sni = {}};
    auto stream = std::make_unique<net::TlsStream>(std::move(result_.stream), options_.proxy_tls,
                                                   target, tls);
    Task<Result<void>> handshake = stream->handshake();
    const Result<void> done = co_await with_deadline(loop_, std::move(handshake),
                                                     options_.stage_limit, "the TLS handshake");
    result_.stream = std::move(stream);
    co_return done;
  }

  Task<Result<void>> open_by_http() {
    const std::string authority = route_.target.to_string();
    Task<Result<std::string>> opening =
        open_http_tunnel(*result_.stream, authority, credentials(), result_.stage);
    OUTHAUL_CO_TRY(early, co_await std::move(opening));
    if (!early.empty()) {
      result_.stream =
          std::make_unique<net::PrefixedStream>(std::move(early), std::move(result_.stream));
    }
    co_return Result<void>();
  }

  Task<Result<void>> open_by_socks(std::size_t place) {
    std::string host = route_.target.host;
    if (place < route_.behind_proxy.size()) host = route_.behind_proxy[place].ip().to_string();
    Socks5Client socks(host, route_.target.port, credentials());
    while (!socks.done()) {
      const std::string output = socks.output();
      if (!output.empty()) {
        OUTHAUL_CO_CHECK(sent, co_await net::write_all(*result_.stream, as_bytes(output)));
      }
      std::array<std::byte, 512> buffer{};
      const MutableBytes room = MutableBytes(buffer).first(std::min(socks.wanted(), buffer.size()));
      OUTHAUL_CO_TRY(count, co_await net::read_some(*result_.stream, room));
      if (count == 0) {
        co_return Error{ErrorKind::closed, "closed the connection in the middle of SOCKS5"};
      }
      const Result<void> fed = socks.feed(room.first(count));
      if (socks.step() >= Socks5Client::Step::request) result_.stage = ReachStage::proxy_open;
      if (!fed) co_return fed.error();
    }
    co_return Result<void>();
  }

  const ProxyCredentials* credentials() const {
    return route_.proxy->credentials ? &*route_.proxy->credentials : nullptr;
  }

  void begin(ReachStage stage) {
    result_.stage = stage;
    began_ = LoopClock::now();
  }

  void end() const {
    if (options_.listener == nullptr) return;
    options_.listener->reached(result_.stage, LoopClock::now() - began_);
  }

  std::string about_proxy(const std::string& message) const {
    const std::string proxy = "proxy " + route_.proxy->to_string();
    switch (result_.stage) {
      case ReachStage::proxy_tcp:
        return proxy + " cannot be reached: " + message;
      case ReachStage::proxy_tls:
        return proxy + ": " + message + "; the option for its CA is --proxy-ca";
      case ReachStage::tcp:
      case ReachStage::proxy_login:
      case ReachStage::proxy_open:
        break;
    }
    return proxy + ", asked for " + route_.target.to_string() + ": " + message;
  }

  Loop& loop_;
  const EdgeRoute& route_;
  const EdgeDialOptions& options_;
  TimePoint began_{};
  EdgeDial result_;
};

}  // namespace

Task<EdgeDial> dial_edge(Loop& loop, EdgeRoute route, EdgeDialOptions options) {
  Dialler dialler(loop, route, options);
  EdgeDial dialled = co_await dialler.run();
  co_return dialled;
}

}  // namespace outhaul::agent
