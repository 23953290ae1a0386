#include "agent/connections/remote_director.h"

#include <functional>
#include <utility>

#include "common/async/loop_call.h"

namespace outhaul::agent {

using Routes = Result<std::vector<EdgeRoute>>;

Task<Routes> RemoteDirector::find(std::size_t edge, std::uint32_t slot, PortChoice choice) {
  std::function<Task<Routes>()> ask = [&director = director_, edge, slot, choice] {
    return director.find(edge, slot, choice);
  };
  return call_on(here_, there_, tasks_, std::move(ask));
}

void RemoteDirector::failed(std::uint32_t slot, tunnel::EdgeAddress target) {
  there_.post(
      [&director = director_, slot, target = std::move(target)] { director.failed(slot, target); });
}

void RemoteDirector::reached(std::size_t edge, std::uint32_t slot, tunnel::EdgeAddress target) {
  there_.post([&director = director_, edge, slot, target = std::move(target)] {
    director.reached(edge, slot, target);
  });
}

void RemoteDirector::deleted() {
  there_.post([&director = director_] { director.deleted(); });
}

}  // namespace outhaul::agent
