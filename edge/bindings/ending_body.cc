#include "edge/bindings/ending_body.h"

namespace outhaul::edge {

Bytes EndingBody::peek() {
  const Bytes content = source_.peek();
  if (content.empty()) look_for_end();
  return content;
}

void EndingBody::consume(std::size_t count) {
  source_.consume(count);
  look_for_end();
}

void EndingBody::look_for_end() {
  if (source_.state() == http::BodyState::complete) ended_.set();
}

}  // namespace outhaul::edge
