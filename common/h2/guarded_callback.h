#pragma once

#include <tuple>

#include <nghttp2/nghttp2.h>

#include "common/h2/session_core.h"

namespace outhaul::h2 {

/// `guarded<callback>` is what nghttp2 gets in place of `callback`, whose last argument is the
/// SessionCore: no exception may pass through nghttp2's frames, which are C. It is kept, nghttp2
/// returns NGHTTP2_ERR_CALLBACK_FAILURE, and SessionCore throws it again behind that.
template <auto callback, typename Signature = decltype(callback)>
struct Guarded;

template <auto callback, typename Returned, typename... Arguments>
struct Guarded<callback, Returned (*)(Arguments...)> {
  static Returned call(Arguments... arguments) noexcept {
    try {
      return callback(arguments...);
    } catch (...) {
      void* const core = std::get<sizeof...(Arguments) - 1>(std::tie(arguments...));
      static_cast<SessionCore*>(core)->keep_exception();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
};

template <auto callback>
inline constexpr auto guarded = &Guarded<callback>::call;

}  // namespace outhaul::h2
