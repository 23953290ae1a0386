#include "common/dns/channel.h"

#include <array>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <ares.h>
#include <openssl/rand.h>
#include <sys/epoll.h>

#include "common/dns/resolver_limits.h"

namespace outhaul::dns {

namespace {

// Only the end of a query depends on c-ares' clock, and nobody waits for that.
constexpr Duration tick_interval = std::chrono::milliseconds(500);

Delivery delivery_of(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return Delivery::received;
    case ARES_ETIMEOUT:
      return Delivery::silent;
    case ARES_ENOMEM:
    case ARES_EBADQUERY:
      return Delivery::failed;
    default:
      return Delivery::unreachable;
  }
}

ares_addr_port_node address_node(const ServerAddress& server) {
  ares_addr_port_node node{};
  if (server.ip.is_v4()) {
    node.family = AF_INET;
    node.addr.addr4 = server.ip.v4();
  } else {
    node.family = AF_INET6;
    const in6_addr v6 = server.ip.v6();
    std::memcpy(&node.addr.addr6, &v6, sizeof v6);
  }
  node.udp_port = node.tcp_port = server.port;
  return node;
}

}  // namespace

struct Query::Slot {
  Slot(Channel& owner, Query& user, std::uint16_t query_id)
      : channel(owner), query(&user), id(query_id) {}
  Channel& channel;
  /// Null when nobody waits any more.
  Query* query;
  std::uint16_t id;
};

Query::~Query() {
  if (slot_ != nullptr) slot_->query = nullptr;
}

/// One of c-ares' sockets in the loop.
class Channel::Socket final : public FdHandler {
 public:
  Socket(Channel& channel, int fd) : channel_(channel), fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (watched_) channel_.loop_.remove(fd_, *this);
  }

  // Level-triggered: c-ares reads TCP in small steps and asks for writability only when it waits.
  void watch(std::uint32_t events) {
    if (watched_) {
      channel_.loop_.modify(fd_, events, *this);
    } else {
      channel_.loop_.add(fd_, events, *this);
      watched_ = true;
    }
  }
  std::uint32_t take_events() { return std::exchange(events_, 0U); }

 private:
  void on_fd_events(std::uint32_t events) override {
    events_ |= events;
    channel_.loop_.ready(channel_.process_);
  }

  Channel& channel_;
  int fd_;
  bool watched_ = false;
  std::uint32_t events_ = 0;
};

Channel::Library::Library() {
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
    throw std::runtime_error("ares_library_init failed");
  }
}

Channel::Library::~Library() {
  ares_library_cleanup();
}

void Channel::Destroy::operator()(ares_channeldata* channel) const {
  ares_destroy(channel);
}

Channel::Channel(Loop& loop, const ServerAddress& server, Transport transport,
                 std::chrono::milliseconds time_limit)
    : loop_(loop), created_(loop.now()) {
  // Everything is given, so that c-ares has no reason to look at files or the environment.
  std::string no_file = "/dev/null";
  std::string lookups = "b";
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
                  ARES_FLAG_EDNS | (transport == Transport::tcp ? ARES_FLAG_USEVC : 0);
  options.timeout = static_cast<int>(time_limit.count());
  options.tries = 1;
  options.ndots = 1;
  options.lookups = lookups.data();
  options.ednspsz = edns_payload_size;
  options.resolvconf_path = no_file.data();
  options.sock_state_cb = &Channel::on_socket_state;
  options.sock_state_cb_data = this;
  constexpr int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                        ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_SERVERS |
                        ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE | ARES_OPT_RESOLVCONF |
                        ARES_OPT_SOCK_STATE_CB;
  ares_channel channel = nullptr;
  // Without a channel every query fails, like one that could not be sent.
  if (ares_init_options(&channel, &options, given) != ARES_SUCCESS) return;
  channel_.reset(channel);
  ares_addr_port_node node = address_node(server);
  if (ares_set_servers_ports(channel, &node) != ARES_SUCCESS) channel_.reset();
}

Channel::~Channel() {
  channel_.reset();
}

// RAND_bytes rather than c-ares' generator, which falls back to rand() when /dev/urandom cannot be
// opened.
std::uint16_t Channel::unused_id() const {
  while (true) {
    std::array<unsigned char, 2> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      throw std::runtime_error("RAND_bytes failed: the system gives no random numbers");
    }
    const auto id = static_cast<std::uint16_t>((unsigned{bytes[0]} << 8) | bytes[1]);
    if (!slots_.contains(id)) return id;
  }
}

void Channel::send(const Question& question, Edns edns, Query& query) {
  assert(query.slot_ == nullptr && !query.deliver_.linked());
  ++used_;
  const std::uint16_t id = unused_id();
  auto bytes = build_query(question, id, edns);
  if (!bytes || channel_ == nullptr) return deliver(query, Delivery::failed, {});
  auto slot = std::make_unique<Query::Slot>(*this, query, id);
  query.slot_ = slot.get();
  Query::Slot* argument = slot.get();
  slots_.emplace(id, std::move(slot));
  if (!tick_.armed()) tick_.arm(loop_, tick_interval);
  ares_send(channel_.get(), bytes->data(), static_cast<int>(bytes->size()), &Channel::on_reply,
            argument);
}

void Channel::deliver(Query& query, Delivery delivery, Bytes message) {
  query.slot_ = nullptr;
  query.delivery_ = delivery;
  query.message_.assign(message.begin(), message.end());
  loop_.ready(query.deliver_);
}

void Channel::on_reply(void* slot, int status, int, unsigned char* message, int size) {
  const auto& done = *static_cast<Query::Slot*>(slot);
  Channel& channel = done.channel;
  if (done.query != nullptr) {
    if (status == ARES_EDESTRUCTION) {
      done.query->slot_ = nullptr;
    } else {
      const Delivery delivery = delivery_of(status);
      const bool received = delivery == Delivery::received && message != nullptr && size > 0;
      const Bytes bytes =
          received ? std::as_bytes(std::span(message, static_cast<unsigned>(size))) : Bytes();
      channel.deliver(*done.query, delivery, bytes);
    }
  }
  channel.slots_.erase(done.id);
}

void Channel::on_socket_state(void* channel, int fd, int readable, int writable) {
  static_cast<Channel*>(channel)->watch_socket(fd, readable != 0, writable != 0);
}

void Channel::watch_socket(int fd, bool readable, bool writable) {
  if (!readable && !writable) {
    sockets_.erase(fd);
    return;
  }
  auto& socket = sockets_[fd];
  if (!socket) socket = std::make_unique<Socket>(*this, fd);
  const std::uint32_t events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
  try {
    socket->watch(events);
  } catch (const std::system_error&) {
    // No exception may pass through c-ares. Unwatched, the query ends by its time limit.
  }
}

void Channel::process_sockets() {
  std::vector<std::pair<int, std::uint32_t>> events;
  for (const auto& [fd, socket] : sockets_) {
    if (const std::uint32_t seen = socket->take_events(); seen != 0) events.emplace_back(fd, seen);
  }
  constexpr std::uint32_t trouble = EPOLLERR | EPOLLHUP;
  for (const auto& [fd, seen] : events) {
    if (!sockets_.contains(fd)) continue;
    ares_process_fd(channel_.get(), (seen & (EPOLLIN | trouble)) != 0 ? fd : ARES_SOCKET_BAD,
                    (seen & (EPOLLOUT | trouble)) != 0 ? fd : ARES_SOCKET_BAD);
  }
}

void Channel::process_time() {
  ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  if (!idle()) tick_.arm(loop_, tick_interval);
}

}  // namespace outhaul::dns
