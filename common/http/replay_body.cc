#include "common/http/replay_body.h"

#include <cassert>

namespace outhaul::http {

Bytes ReplayBody::peek() {
  if (position_ < kept_.size()) return as_bytes(kept_).subspan(position_);
  return source_.peek();
}

void ReplayBody::consume(std::size_t count) {
  if (count == 0) return;
  if (position_ < kept_.size()) {
    assert(count <= kept_.size() - position_);
    position_ += count;
    return;
  }
  if (keeping_ && (kept_.size() + count > limit_ || !budget_.take(count))) forget();
  if (keeping_) {
    reserved_ += count;
    kept_.append(as_text(source_.peek().first(count)));
    position_ = kept_.size();
  }
  source_.consume(count);
}

BodyState ReplayBody::state() const {
  return position_ < kept_.size() ? BodyState::open : source_.state();
}

void ReplayBody::forget() {
  keeping_ = false;
  budget_.give_back(reserved_);
  reserved_ = 0;
  if (position_ < kept_.size()) return;
  kept_ = {};
  position_ = 0;
}

}  // namespace outhaul::http
