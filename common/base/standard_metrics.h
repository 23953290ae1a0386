#pragma once

#include <array>
#include <string_view>

#include "common/base/memory_budget.h"
#include "common/base/metrics_text.h"
#include "common/base/traffic.h"

namespace outhaul {

/// The names under which a program shows a TrafficTable.
struct RequestFamilies {
  MetricFamily requests;
  MetricFamily errors;
  MetricFamily active;
  MetricFamily bytes;
  MetricFamily first_byte;
  MetricFamily duration;
};

void write_requests(MetricsWriter& writer, const RequestFamilies& families,
                    const TrafficTable& table);

/// The names under which a program shows its MemoryBudget.
struct MemoryFamilies {
  MetricFamily limit;
  MetricFamily used;
  MetricFamily refused;
};

void write_memory(MetricsWriter& writer, const MemoryFamilies& families,
                  const MemoryBudget& budget);

/// What both programs say of their process, under the names that Prometheus has for it, and of
/// their build.
inline constexpr std::array process_families{
    MetricFamily{"process_resident_memory_bytes", MetricType::gauge, "", "Resident memory"},
    MetricFamily{"process_virtual_memory_bytes", MetricType::gauge, "", "Virtual memory"},
    MetricFamily{"process_open_fds", MetricType::gauge, "", "Open file descriptors"},
    MetricFamily{"process_max_fds", MetricType::gauge, "", "Limit of open file descriptors"},
    MetricFamily{"process_cpu_seconds_total", MetricType::counter, "", "CPU time, user and system"},
    MetricFamily{"process_start_time_seconds", MetricType::gauge, "",
                 "When the process began, in seconds since 1970"}};

/// process_families, read from the kernel now, and `build_info`.
void write_process(MetricsWriter& writer, const MetricFamily& build_info);

}  // namespace outhaul
