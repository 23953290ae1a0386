#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "common/base/histogram.h"

namespace outhaul {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// "counter", "gauge", "histogram".
std::string_view to_string(MetricType type);

/// A metric by its name, with what its labels and its value mean. Programs keep theirs in tables of
/// constants, from which the pages and the reference in docs/ come.
struct MetricFamily {
  std::string_view name;
  MetricType type;
  /// Label names with commas; empty for none.
  std::string_view labels;
  /// One sentence without a full stop.
  std::string_view help;
};

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// Writes a page in the Prometheus text format 0.0.4:
///
///   MetricsWriter writer;
///   writer.family(connections_serving);
///   writer.sample({{"slot", "0"}}, 1);
///
/// Samples belong to the family that was begun last, and each family is begun once: the format
/// wants its lines together.
class MetricsWriter {
 public:
  using Labels = std::initializer_list<MetricLabel>;

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  void family(const MetricFamily& family);
  void sample(Labels labels, double value) { line("", labels, {}, value); }
  void sample(Labels labels, std::uint64_t value) { line("", labels, {}, value); }
  void sample(double value) { sample({}, value); }
  void sample(std::uint64_t value) { sample({}, value); }
  void histogram(Labels labels, const Histogram& histogram);
  /// The same of buckets kept elsewhere: `counts` has one more than `bounds`, for what is above
  /// them all.
  void histogram(Labels labels, std::span<const double> bounds,
                 std::span<const std::uint64_t> counts, double sum);

  std::string take() { return std::move(text_); }

 private:
  void begin_line(std::string_view suffix, Labels labels, std::string_view upper_bound);
  void line(std::string_view suffix, Labels labels, std::string_view upper_bound, double value);
  void line(std::string_view suffix, Labels labels, std::string_view upper_bound,
            std::uint64_t value);

  std::string text_;
  std::string_view name_;
};

/// A Markdown table of the families, for docs/.
std::string markdown_table(std::span<const MetricFamily> families);

}  // namespace outhaul
