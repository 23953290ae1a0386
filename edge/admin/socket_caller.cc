#include <utility>

#include "common/http/single_exchange.h"
#include "common/net/fd.h"
#include "common/net/socket_address.h"
#include "edge/admin/api_caller.h"

namespace outhaul::edge {

namespace {

http::WholeRequest whole_request(const ApiRequest& request) {
  http::WholeRequest whole;
  whole.head.method = request.method;
  whole.head.authority = "localhost";
  whole.head.path = request.path + (request.query.empty() ? "" : "?" + request.query);
  if (!request.body.empty()) whole.head.fields.add("content-type", "application/json");
  whole.body = request.body;
  return whole;
}

/// One call a connection.
class SocketCaller final : public ApiCaller {
 public:
  SocketCaller(net::SocketAddress address, net::Fd first)
      : address_(std::move(address)), connected_(std::move(first)) {}

  Result<ApiResponse> call(const ApiRequest& request) override;
  std::string note() const override { return {}; }

 private:
  net::SocketAddress address_;
  net::Fd connected_;
};

Result<ApiResponse> SocketCaller::call(const ApiRequest& request) {
  if (!connected_) {
    OUTHAUL_TRY(again, http::connect_blocking(address_));
    connected_ = std::move(again);
  }
  OUTHAUL_TRY(answer, http::call_blocking(std::move(connected_), whole_request(request),
                                          "the edge at " + address_.to_string()));
  ApiResponse response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  return response;
}

}  // namespace

Result<std::unique_ptr<ApiCaller>> call_running_edge(const std::filesystem::path& admin_socket) {
  OUTHAUL_TRY(address, net::SocketAddress::unix_path(admin_socket.string()));
  OUTHAUL_TRY(socket, http::connect_blocking(address));
  return std::unique_ptr<ApiCaller>(
      std::make_unique<SocketCaller>(std::move(address), std::move(socket)));
}

}  // namespace outhaul::edge
