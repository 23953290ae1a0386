#include "common/h2/field_block.h"

#include <cassert>
#include <cstdint>

namespace outhaul::h2 {
namespace {

constexpr std::size_t line_overhead = 32;

/// nghttp2 takes pointers to mutable bytes and does not write through them.
std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

nghttp2_nv line(std::string_view name, std::string_view value, int flags) {
  nghttp2_nv result;
  result.name = bytes_of(name);
  result.value = bytes_of(value);
  result.namelen = name.size();
  result.valuelen = value.size();
  result.flags = static_cast<std::uint8_t>(flags);
  return result;
}

}  // namespace

void FieldBlock::set(const http::RequestHead& request) {
  clear();
  const bool plain_connect = request.method == "CONNECT" && request.protocol.empty();
  add_pseudo(":method", request.method);
  if (!plain_connect) {
    // The pseudo-field is mandatory; who does not know the scheme cannot have had a plain one.
    add_pseudo(":scheme", request.scheme.empty() ? std::string_view("https")
                                                 : std::string_view(request.scheme));
    add_pseudo(":path", request.path);
  }
  if (!request.authority.empty()) add_pseudo(":authority", request.authority);
  if (!request.protocol.empty()) add_pseudo(":protocol", request.protocol);
  add_fields(request.fields);
}

void FieldBlock::set(const http::ResponseHead& response) {
  clear();
  assert(response.status >= 100 && response.status <= 999);
  int rest = response.status;
  for (std::size_t i = status_.size(); i-- > 0;) {
    status_.at(i) = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  add_pseudo(":status", {status_.data(), status_.size()});
  add_fields(response.fields);
}

void FieldBlock::set(const http::Fields& trailers) {
  clear();
  add_fields(trailers);
}

void FieldBlock::clear() {
  lines_.clear();
  list_size_ = 0;
}

void FieldBlock::add_pseudo(std::string_view name, std::string_view value) {
  lines_.push_back(line(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME));
  list_size_ += name.size() + value.size() + line_overhead;
}

void FieldBlock::add_fields(const http::Fields& fields) {
  lines_.reserve(lines_.size() + fields.size());
  for (const http::Field field : fields) {
    lines_.push_back(line(field.name, field.value,
                          field.has(http::field_traits::never_indexed) ? NGHTTP2_NV_FLAG_NO_INDEX
                                                                       : NGHTTP2_NV_FLAG_NONE));
  }
  list_size_ += fields.list_size();
}

}  // namespace outhaul::h2
