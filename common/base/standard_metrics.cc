#include "common/base/standard_metrics.h"

#include <openssl/crypto.h>

#include "common/base/process_figures.h"

namespace outhaul {

namespace {

void write_totals(MetricsWriter& writer, const RequestFamilies& families,
                  const TrafficTable& table) {
  writer.family(families.requests);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    for (std::size_t i = 0; i < traffic.statuses.size(); ++i) {
      writer.sample({{"service", service}, {"status", status_class_name(i)}}, traffic.statuses[i]);
    }
  });
  writer.family(families.errors);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    for (const auto& [error, count] : traffic.errors)
      writer.sample({{"service", service}, {"error", error}}, count);
  });
  writer.family(families.active);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    writer.sample({{"service", service}}, traffic.active);
  });
  writer.family(families.bytes);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    writer.sample({{"service", service}, {"direction", "up"}}, traffic.bytes_up);
    writer.sample({{"service", service}, {"direction", "down"}}, traffic.bytes_down);
  });
}

}  // namespace

void write_requests(MetricsWriter& writer, const RequestFamilies& families,
                    const TrafficTable& table) {
  write_totals(writer, families, table);
  writer.family(families.first_byte);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    writer.histogram({{"service", service}}, traffic.first_byte);
  });
  writer.family(families.duration);
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    writer.histogram({{"service", service}}, traffic.total);
  });
}

void write_memory(MetricsWriter& writer, const MemoryFamilies& families,
                  const MemoryBudget& budget) {
  writer.family(families.limit);
  writer.sample(std::uint64_t{budget.limit()});
  writer.family(families.used);
  writer.sample(std::uint64_t{budget.used()});
  writer.family(families.refused);
  writer.sample({{"for", "request"}}, budget.refused());
  writer.sample({{"for", "window"}}, budget.spare_refused());
}

void write_process(MetricsWriter& writer, const MetricFamily& build_info) {
  const ProcessFigures process = process_figures();
  const std::array<double, process_families.size()> values{
      static_cast<double>(process.resident_bytes),
      static_cast<double>(process.virtual_bytes),
      static_cast<double>(process.open_files),
      static_cast<double>(process.open_files_maximum),
      process.cpu_seconds,
      process.start_time};
  for (std::size_t i = 0; i < values.size(); ++i) {
    writer.family(process_families[i]);
    writer.sample(values[i]);
  }
  writer.family(build_info);
  writer.sample({{"version", OUTHAUL_VERSION},
                 {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
                 {"compiler", __VERSION__}},
                std::uint64_t{1});
}

}  // namespace outhaul
