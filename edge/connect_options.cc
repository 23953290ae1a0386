#include "edge/connect_options.h"

#include "edge/options.h"

namespace outhaul::edge {

namespace {

Result<net::SocketAddress> read_address(const options::Values& values, std::string_view name) {
  const auto where = BindingListen::parse(values.text(name));
  if (!where) return values.error(name, where.error().message);
  if (!where->service.empty()) {
    return values.error(name, "?service= belongs to --binding-listen; give SERVICE alone");
  }
  return where->address;
}

}  // namespace

Result<ConnectOptions> read_connect_options(const options::Invocation& invocation) {
  const options::Values& values = invocation.values;
  ConnectOptions options;
  options.service = invocation.positionals.front();
  OUTHAUL_TRY(edge, read_address(values, "edge"));
  options.edge = edge;
  const bool listens = values.has("listen");
  if (listens == values.boolean("stdio")) {
    return values.error("listen", listens ? "--stdio is given too; choose one of them"
                                          : "give --listen 127.0.0.1:5432, or --stdio");
  }
  if (listens) {
    OUTHAUL_TRY(address, read_address(values, "listen"));
    options.listen = address;
  }
  options.token_file = values.path("token-file");
  options.data_dir = values.path("data-dir");
  options.admin_socket = admin_socket_path(values);
  return options;
}

}  // namespace outhaul::edge
