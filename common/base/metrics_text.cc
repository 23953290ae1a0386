#include "common/base/metrics_text.h"

#include <cmath>
#include <utility>

#include "common/base/number_text.h"

namespace outhaul {

namespace {

/// A text that is read back as the same number.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text;
  append_number(text, value);
  return text;
}

/// Backslash and line feed have to be escaped everywhere, quotes in label values only.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

}  // namespace

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      break;
  }
  return "histogram";
}

void MetricsWriter::family(const MetricFamily& family) {
  name_ = family.name;
  text_.append("# HELP ").append(name_).append(" ");
  append_escaped(text_, family.help, false);
  text_.append("\n# TYPE ").append(name_).append(" ").append(to_string(family.type)).append("\n");
}

void MetricsWriter::begin_line(std::string_view suffix, Labels labels,
                               std::string_view upper_bound) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const MetricLabel& label : labels) {
    text_ += std::exchange(before, ',');
    text_.append(label.name).append("=\"");
    append_escaped(text_, label.value, true);
    text_ += '"';
  }
  if (!upper_bound.empty()) {
    text_ += std::exchange(before, ',');
    text_.append("le=\"").append(upper_bound).append("\"");
  }
  if (before == ',') text_ += '}';
  text_ += ' ';
}

void MetricsWriter::line(std::string_view suffix, Labels labels, std::string_view upper_bound,
                         double value) {
  begin_line(suffix, labels, upper_bound);
  text_.append(number(value)).append("\n");
}

void MetricsWriter::line(std::string_view suffix, Labels labels, std::string_view upper_bound,
                         std::uint64_t value) {
  begin_line(suffix, labels, upper_bound);
  text_.append(std::to_string(value)).append("\n");
}

void MetricsWriter::histogram(Labels labels, const Histogram& histogram) {
  this->histogram(labels, Histogram::bounds, histogram.buckets, histogram.sum);
}

void MetricsWriter::histogram(Labels labels, std::span<const double> bounds,
                              std::span<const std::uint64_t> counts, double sum) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    line("_bucket", labels, i < bounds.size() ? number(bounds[i]) : "+Inf", below);
  }
  line("_sum", labels, {}, sum);
  line("_count", labels, {}, below);
}

std::string markdown_table(std::span<const MetricFamily> families) {
  std::string text = "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n";
  for (const MetricFamily& family : families) {
    text.append("| `").append(family.name).append("` | ").append(to_string(family.type));
    text.append(" | ").append(family.labels.empty() ? "-" : family.labels);
    text.append(" | ").append(family.help).append(" |\n");
  }
  return text;
}

}  // namespace outhaul
