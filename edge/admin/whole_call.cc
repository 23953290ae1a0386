#include "edge/admin/answer_text.h"
#include "edge/admin/api_caller.h"

namespace outhaul::edge {

Result<ApiResponse> call_whole(ApiCaller& api, const AdminCommand& command,
                               const std::string& input) {
  int page = 1;
  OUTHAUL_TRY(response, api.call(request_for(command, input, page)));
  bool more = has_more(response);
  while (more) {
    OUTHAUL_TRY(next, api.call(request_for(command, input, ++page)));
    more = has_more(next);
    response = join_pages(response, next);
  }
  return response;
}

}  // namespace outhaul::edge
