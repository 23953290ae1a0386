#include "common/dns/server.h"

#include <utility>

namespace outhaul::dns {

Server::Server(Loop& loop, const ServerAddress& address, Transport transport, const Limits& limits)
    : loop_(loop), address_(address), transport_(transport), limits_(limits) {}

Channel& Server::channel() {
  std::erase_if(retired_, [](const auto& channel) { return channel->idle(); });
  const bool worn =
      channel_ != nullptr && (channel_->used() >= limits_.channel_queries ||
                              loop_.now() - channel_->created() >= limits_.channel_time);
  if (worn) {
    if (!channel_->idle()) retired_.push_back(std::move(channel_));
    channel_.reset();
  }
  if (!channel_) {
    channel_ = std::make_unique<Channel>(loop_, address_, transport_, limits_.total);
  }
  return *channel_;
}

void Server::send(const Question& question, Query& query) {
  ++statistics_.queries;
  channel().send(question, edns_, query);
}

void Server::answered() {
  ++statistics_.answers;
  bad_until_ = TimePoint();
}

void Server::stayed_silent() {
  ++statistics_.timeouts;
  bad_until_ = loop_.now() + limits_.bad_server;
}

void Server::was_unreachable() {
  ++statistics_.unreachable;
  bad_until_ = loop_.now() + limits_.bad_server;
}

}  // namespace outhaul::dns
