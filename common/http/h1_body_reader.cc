#include "common/http/h1_body_reader.h"

#include <algorithm>
#include <utility>

namespace outhaul::http {

namespace {
const Fields no_trailers;
}

H1BodyReader::H1BodyReader(net::ByteStream& stream, ByteQueue& input, const Framing& framing)
    : stream_(stream), input_(input), kind_(framing.kind), left_(framing.length) {
  if (kind_ == BodyKind::chunked) decoder_.emplace();
  if (kind_ == BodyKind::none || (kind_ == BodyKind::content_length && left_ == 0)) {
    state_ = BodyState::complete;
  }
}

Bytes H1BodyReader::peek() {
  if (state_ != BodyState::open) return {};
  if (kind_ == BodyKind::chunked) return peek_chunked();
  if (input_.empty() && !fill()) return {};
  const Bytes front = input_.front();
  if (kind_ == BodyKind::until_close) return front;
  return front.first(static_cast<std::size_t>(std::min<std::uint64_t>(front.size(), left_)));
}

Bytes H1BodyReader::peek_chunked() {
  while (decoded_ == 0) {
    if (input_.empty() && !fill()) return {};
    const ChunkedDecoder::Step step = decoder_->next(input_.front());
    input_.consume(step.consumed - step.payload.size());
    if (step.status == ChunkedDecoder::Status::failed) {
      fail(response_error(decoder_->fault()));
      return {};
    }
    if (step.status == ChunkedDecoder::Status::complete) {
      state_ = BodyState::complete;
      return {};
    }
    decoded_ = step.payload.size();
  }
  return input_.front().first(decoded_);
}

void H1BodyReader::consume(std::size_t count) {
  input_.consume(count);
  if (kind_ == BodyKind::chunked) decoded_ -= count;
  if (kind_ == BodyKind::content_length) {
    left_ -= count;
    if (left_ == 0) state_ = BodyState::complete;
  }
}

const Fields& H1BodyReader::trailers() const {
  return decoder_ && state_ == BodyState::complete ? decoder_->trailers() : no_trailers;
}

bool H1BodyReader::fill() {
  const net::IoResult got = stream_.read(input_.prepare());
  switch (got.status) {
    case net::IoStatus::done:
      input_.commit(got.bytes);
      return true;
    case net::IoStatus::would_block:
      break;
    case net::IoStatus::end:
      ended();
      break;
    case net::IoStatus::failed:
      fail(stream_.error());
      break;
  }
  input_.release_unused();
  return false;
}

void H1BodyReader::ended() {
  if (kind_ == BodyKind::until_close) {
    state_ = BodyState::complete;
  } else {
    fail(Error{ErrorKind::closed, "the connection ended inside the body"});
  }
}

void H1BodyReader::fail(Error error) {
  state_ = BodyState::failed;
  error_ = std::move(error);
}

}  // namespace outhaul::http
