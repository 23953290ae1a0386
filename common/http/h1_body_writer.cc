#include "common/http/h1_body_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/http/h1_chunked.h"

namespace outhaul::http {

H1BodyWriter::H1BodyWriter(net::ByteStream& stream, PooledText head, const Framing& framing)
    : stream_(stream), staged_(std::move(head)), kind_(framing.kind), left_(framing.length) {}

std::size_t H1BodyWriter::write(Bytes data) {
  if (failed() || data.empty()) return 0;
  if (kind_ == BodyKind::none || (kind_ == BodyKind::content_length && data.size() > left_)) {
    error_ = Error{ErrorKind::protocol, "the body is longer than its content-length"};
    return 0;
  }
  const std::size_t taken = kind_ == BodyKind::chunked ? write_chunk(data) : write_plain(data);
  if (kind_ == BodyKind::content_length) left_ -= taken;
  return taken;
}

std::size_t H1BodyWriter::write_plain(Bytes data) {
  const std::size_t before = staged_.size();
  const std::size_t sent = send(data, {}, {});
  return sent > before ? sent - before : 0;
}

std::size_t H1BodyWriter::write_chunk(Bytes data) {
  const Bytes content = data.first(std::min(data.size(), largest_chunk));
  const ChunkHeader header(content.size());
  const std::size_t before = staged_.size();
  const std::size_t sent = send(as_bytes(header.text()), content, as_bytes(chunk_end));
  if (failed()) return 0;
  if (sent <= before) return 0;  // the chunk has not begun
  // A chunk that has begun must be completed: what is left of it waits here.
  std::size_t skip = sent - before;
  for (const Bytes part : {as_bytes(header.text()), content, as_bytes(chunk_end)}) {
    const std::size_t gone = std::min(skip, part.size());
    staged_ += as_text(part.subspan(gone));
    skip -= gone;
  }
  return content.size();
}

std::size_t H1BodyWriter::send(Bytes first, Bytes second, Bytes third) {
  std::array<Bytes, 4> parts;
  std::size_t count = 0;
  std::size_t total = 0;
  for (const Bytes part : {as_bytes(staged_), first, second, third}) {
    if (part.empty()) continue;
    parts[count++] = part;
    total += part.size();
  }
  if (count == 0) return 0;
  const net::IoResult put = stream_.write(std::span<const Bytes>(parts.data(), count));
  if (put.status == net::IoStatus::failed) {
    error_ = stream_.error();
    return 0;
  }
  const std::size_t sent = put.status == net::IoStatus::done ? put.bytes : 0;
  sent_ += sent;
  staged_.erase(0, std::min(sent, staged_.size()));
  blocked_ = sent < total;
  flush();
  return sent;
}

void H1BodyWriter::flush() {
  const net::IoResult flushed = stream_.flush();
  if (flushed.status == net::IoStatus::failed) error_ = stream_.error();
  flushed_ = flushed.status == net::IoStatus::done;
}

void H1BodyWriter::finish(const Fields& trailers) {
  if (finished_ || failed()) return;
  finished_ = true;
  if (kind_ == BodyKind::content_length && left_ > 0) {
    error_ = Error{ErrorKind::protocol, "the body is shorter than its content-length"};
    return;
  }
  if (kind_ == BodyKind::chunked) append_last_chunk(staged_, trailers);
  drive();
}

void H1BodyWriter::drive() {
  if (failed()) return;
  if (!staged_.empty()) {
    send({}, {}, {});
    return;
  }
  if (!flushed_) flush();
  if (stream_.writable().is_set()) blocked_ = false;
}

}  // namespace outhaul::http
