#include "agent/install/settings_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul::agent;

TEST_CASE("a commented key is set in its place, and the rest stays as it is") {
  const std::string text = "# head\n\n# the tunnel\n#tunnel_id = \"UUID\"\n\n#edge = [\"HOST\"]\n";
  const std::string set = set_setting(text, "tunnel_id", toml_text("6f1d"));
  CHECK(set == "# head\n\n# the tunnel\ntunnel_id = \"6f1d\"\n\n#edge = [\"HOST\"]\n");
  CHECK(set_setting(set, "tunnel_id", toml_text("other")) ==
        "# head\n\n# the tunnel\ntunnel_id = \"other\"\n\n#edge = [\"HOST\"]\n");
  CHECK(unset_setting(set, "tunnel_id") ==
        "# head\n\n# the tunnel\n#tunnel_id = \"6f1d\"\n\n#edge = [\"HOST\"]\n");
}

TEST_CASE("a set key wins over one that is commented out before it") {
  CHECK(set_setting("# edge = 1\n  edge=2\n", "edge", "3") == "# edge = 1\nedge = 3\n");
}

TEST_CASE("a key that is nowhere comes first, so that it is in no table") {
  CHECK(set_setting("", "edge", "1") == "edge = 1\n");
  CHECK(set_setting("[service.\"a\"]\nedge = 2\n#edge = 3", "edge", "1") ==
        "edge = 1\n[service.\"a\"]\nedge = 2\n#edge = 3\n");
  CHECK(unset_setting("[service.\"a\"]\nedge = 2\n", "edge") == "[service.\"a\"]\nedge = 2\n");
}

TEST_CASE("a key is a whole word") {
  CHECK(set_setting("#edge_ca = 1\nedge_ca = 2\n", "edge", "3") ==
        "edge = 3\n#edge_ca = 1\nedge_ca = 2\n");
  CHECK(unset_setting("edge_ca = 2\n", "edge") == "edge_ca = 2\n");
}

TEST_CASE("text is quoted as TOML reads it") {
  CHECK(toml_text("a\"b\\c") == "\"a\\\"b\\\\c\"");
}
