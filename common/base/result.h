#pragma once

#include <utility>
#include <variant>

#include "common/base/error.h"

namespace outhaul {

/// A value, or the Error that explains why there is none.
///
///   Result<Token> token = parse_token(text);
///   if (!token) return token.error();
///   use(*token);
///
/// Asking for the side that is not there is a programming error and throws.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  Error& error() { return std::get<1>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : state_(std::in_place_index<0>) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  Error& error() { return std::get<1>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace outhaul

// Declares `name` from a Result expression, or returns its Error from the enclosing function.
// Declaring macros, not statement expressions: g++ 12 miscompiles co_await inside those.
#define OUTHAUL_TRY(name, ...)                                 \
  auto name##_result = (__VA_ARGS__);                          \
  if (!name##_result) return std::move(name##_result.error()); \
  auto name = std::move(*name##_result)

#define OUTHAUL_CHECK(...)                                  \
  do {                                                      \
    if (auto check_result = (__VA_ARGS__); !check_result) { \
      return std::move(check_result.error());               \
    }                                                       \
  } while (false)

// The same two inside a coroutine.
#define OUTHAUL_CO_TRY(name, ...)                                 \
  auto name##_result = __VA_ARGS__;                               \
  if (!name##_result) co_return std::move(name##_result.error()); \
  auto name = std::move(*name##_result)

#define OUTHAUL_CO_CHECK(name, ...) \
  auto name##_result = __VA_ARGS__; \
  if (!name##_result) co_return std::move(name##_result.error())
