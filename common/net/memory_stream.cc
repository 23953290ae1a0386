#include "common/net/memory_stream.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace outhaul::net {

MemoryStream::Pair MemoryStream::make_pair(Loop& loop, const MemoryStreamOptions& options) {
  assert(options.capacity > 0 && options.read_cut.size > 0 && options.write_cut.size > 0);
  auto link = std::make_shared<Link>();
  // Private constructors keep std::make_unique out.
  return {std::unique_ptr<MemoryStream>(new MemoryStream(loop, link, 0, options)),
          std::unique_ptr<MemoryStream>(new MemoryStream(loop, link, 1, options))};
}

MemoryStream::MemoryStream(Loop& loop, std::shared_ptr<Link> link, std::size_t index,
                           const MemoryStreamOptions& options)
    : link_(std::move(link)),
      index_(index),
      options_(options),
      random_(options.seed + static_cast<std::uint32_t>(index)),
      readable_(loop),
      writable_(loop) {
  link_->ends[index_] = this;
  writable_.set();
}

MemoryStream::~MemoryStream() {
  link_->ends[index_] = nullptr;
  outgoing().ended = true;
  outgoing().held = false;
  if (peer() == nullptr) return;
  peer()->readable_.set();
  peer()->writable_.set();
}

std::size_t MemoryStream::cut(const Cut& cut, std::size_t size) {
  switch (cut.mode) {
    case Cut::Mode::whole:
      return size;
    case Cut::Mode::fixed:
      return std::min(size, cut.size);
    case Cut::Mode::random:
      return std::min(size, std::uniform_int_distribution<std::size_t>(1, cut.size)(random_));
  }
  return size;
}

IoResult MemoryStream::read(MutableBytes into) {
  if (dead_) return {IoStatus::failed, 0};
  if (into.empty()) return {IoStatus::done, 0};
  Direction& direction = incoming();
  if (direction.held || (direction.bytes.empty() && !direction.ended)) {
    readable_.clear();
    return {IoStatus::would_block, 0};
  }
  if (direction.bytes.empty()) return {IoStatus::end, 0};
  const std::size_t limit = cut(options_.read_cut, std::min(into.size(), direction.bytes.size()));
  std::size_t count = 0;
  while (count < limit) {
    const Bytes front = direction.bytes.front();
    const std::size_t part = std::min(front.size(), limit - count);
    std::memcpy(into.data() + count, front.data(), part);
    direction.bytes.consume(part);
    count += part;
  }
  bytes_read_ += count;
  if (peer() != nullptr) peer()->writable_.set();
  return {IoStatus::done, count};
}

IoResult MemoryStream::write(std::span<const Bytes> parts) {
  if (dead_) return {IoStatus::failed, 0};
  std::size_t total = 0;
  for (const Bytes& part : parts)
    total += part.size();
  if (total == 0) return {IoStatus::done, 0};
  if (peer() == nullptr || outgoing().ended) {
    fail(Error{ErrorKind::reset, "write to a memory stream: broken pipe"});
    return {IoStatus::failed, 0};
  }
  ByteQueue& queue = outgoing().bytes;
  if (queue.size() >= options_.capacity) {
    writable_.clear();
    return {IoStatus::would_block, 0};
  }
  std::size_t room = cut(options_.write_cut, std::min(total, options_.capacity - queue.size()));
  const std::size_t count = room;
  for (const Bytes& part : parts) {
    const std::size_t size = std::min(part.size(), room);
    queue.append(part.first(size));
    room -= size;
  }
  bytes_written_ += count;
  wake_peer_reader();
  return {IoStatus::done, count};
}

IoResult MemoryStream::shutdown_write() {
  if (dead_) return {IoStatus::failed, 0};
  outgoing().ended = true;
  wake_peer_reader();
  return {IoStatus::done, 0};
}

void MemoryStream::reset() {
  if (dead_) return;
  fail(Error{ErrorKind::cancelled, "memory stream was reset here"});
  if (peer() != nullptr) {
    peer()->fail(Error{ErrorKind::reset, "memory stream: connection reset by peer"});
  }
}

void MemoryStream::inject_failure(Error error) {
  fail(std::move(error));
  if (peer() != nullptr) {
    peer()->fail(Error{ErrorKind::reset, "memory stream: connection reset by peer"});
  }
}

void MemoryStream::inject_end() {
  incoming().ended = true;
  readable_.set();
}

void MemoryStream::hold() {
  outgoing().held = true;
}

void MemoryStream::release() {
  outgoing().held = false;
  if (peer() != nullptr) peer()->readable_.set();
}

void MemoryStream::fail(Error error) {
  dead_ = true;
  error_ = std::move(error);
  readable_.set();
  writable_.set();
}

void MemoryStream::wake_peer_reader() {
  if (!outgoing().held && peer() != nullptr) peer()->readable_.set();
}

}  // namespace outhaul::net
