#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/result.h"

namespace outhaul::edge {

/// Reading JSON that people write. Internal: only for .cc files of the edge that parse a body.

/// Parses a whole text that must be one object. Repeated keys are an error, at any depth. Errors
/// (invalid) say line and column (in bytes, from 1) and never repeat the text, which may hold a
/// secret.
Result<nlohmann::json> parse_json_object(std::string_view text);

/// Takes the members of one object and collects every problem, each named by its JSON path:
///
///   ObjectReader reader(body, "", {"name", "host"}, problems);
///   std::string name = reader.text("name").value_or("");
///   if (const auto* host = reader.object("host")) { ObjectReader inner(*host, "host", ...); }
///
/// A member that is null counts as absent. A key outside the list is a problem of its own, with
/// the nearest known key when one is close. The object must outlive the reader.
class ObjectReader {
 public:
  ObjectReader(const nlohmann::json& object, std::string path,
               std::initializer_list<std::string_view> known_keys,
               std::vector<std::string>& problems);

  /// The member, or null when absent.
  const nlohmann::json* find(std::string_view key) const;

  // Absent, or of the wrong type (which is then a problem): nothing.
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::uint16_t> port(std::string_view key);
  const nlohmann::json* object(std::string_view key);
  const nlohmann::json* array(std::string_view key);

  /// "path.key: problem"
  void report(std::string_view key, std::string_view problem);
  /// Reports the key if it is present.
  void forbid(std::string_view key, std::string_view problem);

 private:
  const nlohmann::json* of_type(std::string_view key, nlohmann::json::value_t type,
                                std::string_view problem);

  const nlohmann::json& object_;
  std::string path_;
  std::vector<std::string>& problems_;
};

}  // namespace outhaul::edge
