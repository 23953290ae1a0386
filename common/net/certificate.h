#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "common/base/result.h"

namespace outhaul::net {

/// "sha256/<standard base64>" of the certificate's SubjectPublicKeyInfo (protocol.md section 2.1).
std::string spki_pin(const X509* certificate);

/// The same of the first certificate of a PEM text.
Result<std::string> pem_spki_pin(std::string_view pem);

/// Whether `text` has the form of a pin. The message shows the form, not the input.
Result<void> check_pin(std::string_view text);

/// The time after which the first certificate of a PEM text is no longer valid.
Result<std::chrono::system_clock::time_point> pem_not_after(std::string_view pem);

/// The time after which it is no longer valid.
Result<std::chrono::system_clock::time_point> not_after(const X509* certificate);

/// The time before which it is not valid yet.
Result<std::chrono::system_clock::time_point> not_before(const X509* certificate);

/// The subject alternative names, for people and for identities: "DNS:a.example", "IP:10.0.0.5",
/// "URI:urn:uuid:...". Names of other types, or with a NUL or a control character, are left out.
std::vector<std::string> subject_names(const X509* certificate);

/// The first common name of the subject, or "" when there is none or it is not printable ASCII.
std::string common_name(const X509* certificate);

/// A subject or issuer on one line, e.g. "CN=edge", cut at 200 bytes; other characters than
/// printable ASCII are escaped.
std::string name_text(const X509_NAME* name);

}  // namespace outhaul::net
