#include "common/h2/head_receiver.h"

namespace outhaul::h2 {
namespace {

// What RFC 9113 section 6.5.2 adds to each line.
constexpr std::size_t line_overhead = 32;
constexpr std::size_t hopeless_factor = 4;

}  // namespace

void HeadReceiver::begin(Kind kind) {
  kind_ = kind;
  request_ = http::RequestHead();
  response_ = http::ResponseHead();
  trailers_.clear();
  list_size_ = 0;
  lines_ = 0;
  oversized_.reset();
  receiving_ = true;
  has_priority_ = false;
}

http::Fields& HeadReceiver::fields() {
  switch (kind_) {
    case Kind::request:
      return request_.fields;
    case Kind::response:
      return response_.fields;
    case Kind::trailers:
      break;
  }
  return trailers_;
}

void HeadReceiver::oversize(Oversize reason) {
  if (!oversized_) oversized_ = reason;
}

bool HeadReceiver::add(std::string_view name, std::string_view value) {
  const bool pseudo = name.starts_with(':');
  list_size_ += name.size() + value.size() + line_overhead;
  if (!pseudo) ++lines_;
  if (list_size_ / hopeless_factor > options_.max_header_list_size ||
      lines_ / hopeless_factor > options_.max_fields) {
    return false;
  }
  if (name == ":path" && value.size() > options_.max_path_size) {
    oversize(Oversize::path);
  } else if (list_size_ > options_.max_header_list_size) {
    oversize(Oversize::header_list);
  } else if (name.size() + value.size() > options_.max_field_size) {
    oversize(Oversize::field);
  } else if (lines_ > options_.max_fields) {
    oversize(Oversize::field_count);
  } else if (pseudo) {
    add_pseudo(name, value);
  } else {
    if (name == "priority") has_priority_ = true;
    fields().add_checked(name, value);  // by nghttp2, or it had not come here
  }
  return true;
}

void HeadReceiver::add_pseudo(std::string_view name, std::string_view value) {
  // nghttp2 has checked that each is known, comes once and fits the kind of message.
  if (kind_ == Kind::response) {
    response_.status = 0;
    for (const char digit : value)
      response_.status = response_.status * 10 + (digit - '0');
    return;
  }
  if (name == ":method") {
    request_.method = value;
  } else if (name == ":scheme") {
    request_.scheme = value;
  } else if (name == ":authority") {
    request_.authority = value;
  } else if (name == ":path") {
    request_.path = value;
  } else if (name == ":protocol") {
    request_.protocol = value;
  }
}

}  // namespace outhaul::h2
