#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/fault.h"
#include "common/http/message.h"

namespace outhaul::http {

/// The versions this side speaks on a plain byte stream (RFC 9112 section 2.3).
enum class H1Version : std::uint8_t { http10, http11 };

/// The four forms of RFC 9112 section 3.2.
enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

struct RequestLine {
  H1Version version = H1Version::http11;
  TargetForm form = TargetForm::origin;
};

/// Parses `method SP request-target SP HTTP-version` (without CRLF) into `line` and into the
/// control data of `head`. Origin- and asterisk-form leave authority and scheme empty.
/// absolute-form is http or https only; authority-form belongs to CONNECT and has a port;
/// asterisk-form belongs to OPTIONS.
std::optional<Fault> parse_request_line(std::string_view text, RequestLine& line,
                                        RequestHead& head);

struct StatusLine {
  H1Version version = H1Version::http11;
  int status = 0;  ///< 100..599
};

/// Parses `HTTP-version SP status-code [SP reason-phrase]` (without CRLF). The SP behind the
/// status may be missing with the phrase, as many servers have it; the phrase is dropped.
std::optional<Fault> parse_status_line(std::string_view text, StatusLine& line);

}  // namespace outhaul::http
