#include "agent/reach/srv_targets.h"

#include <tuple>

#include "common/base/stable_order.h"

namespace outhaul::agent {

std::string name_to_verify(const std::string& target, const std::string& domain, EdgeTrust trust) {
  const bool within = target == domain || target.ends_with("." + domain);
  return trust == EdgeTrust::pins || within ? target : domain;
}

std::string target_text(const dns::ServiceRecord& record) {
  return record.target + ":" + std::to_string(record.port);
}

void order_targets(std::vector<dns::ServiceTarget>& targets, const SrvPreferences& preferences) {
  const auto rank = [&](const dns::ServiceTarget& target) {
    const std::string text = target_text(target.record);
    return std::tuple(text == preferences.failed, target.record.priority,
                      text == preferences.crowded);
  };
  sort_in_order(targets, [&](const dns::ServiceTarget& left, const dns::ServiceTarget& right) {
    return rank(left) < rank(right);
  });
}

}  // namespace outhaul::agent
