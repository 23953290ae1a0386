#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/origins/h2_origin.h"
#include "agent/origins/origin_key.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/uuid.h"

namespace outhaul::agent {

/// The HTTP/2 connections of one loop to origins, by OriginKey. Must outlive the relays.
class H2Origins {
 public:
  explicit H2Origins(Loop& loop) : serving_(loop) {}

  /// A connection for `key` with room for a request, the oldest such first so that others can
  /// become idle; not `avoided`. Null when there is none.
  std::shared_ptr<H2Origin> find(const OriginKey& key, const H2Origin* avoided) const;
  /// Runs the connection, and finds it for requests of `key` until it is over.
  void add(const OriginKey& key, std::shared_ptr<H2Origin> origin);

  bool empty() const { return count_ == 0; }
  std::size_t connections() const { return count_; }
  std::size_t idle() const;
  std::size_t requests() const;
  /// Retires a connection without requests, of `service` unless that is null. False: there is none.
  bool retire_idle(const Uuid* service);
  /// Every connection ends when its requests are done; none gets a new one.
  void retire_all();
  void close_all();

 private:
  using List = std::vector<std::shared_ptr<H2Origin>>;
  Task<void> serve(OriginKey key, std::shared_ptr<H2Origin> origin);
  void remove(const OriginKey& key, const H2Origin& origin);

  std::unordered_map<OriginKey, List, OriginKeyHash> origins_;
  std::size_t count_ = 0;
  Scope serving_;
};

}  // namespace outhaul::agent
