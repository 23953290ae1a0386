#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "common/net/byte_stream.h"

namespace outhaul::net {

/// A stream of which the first bytes were read already: read() gives those, then the rest. All else
/// is the stream's own.
class PrefixedStream final : public ByteStream {
 public:
  PrefixedStream(std::string prefix, std::unique_ptr<ByteStream> stream);

  IoResult read(MutableBytes into) override;
  IoResult write(std::span<const Bytes> parts) override { return stream_->write(parts); }
  IoResult flush() override { return stream_->flush(); }
  IoResult shutdown_write() override { return stream_->shutdown_write(); }
  void reset() override;
  Readiness& readable() override { return stream_->readable(); }
  Readiness& writable() override { return stream_->writable(); }
  const Error& error() const override { return stream_->error(); }

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteStream> stream_;
};

}  // namespace outhaul::net
