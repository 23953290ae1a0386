#include "edge/settings/configuration.h"

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "edge/option_table.h"
#include "tests/edge/temporary_folder.h"

namespace outhaul::edge {
namespace {

class File {
 public:
  File() { write(""); }
  void write(std::string_view text) const { std::ofstream(path()) << text; }
  std::string path() const { return folder_.file("edge.toml"); }
  ConfigurationSource source() const {
    options::GivenValues given;
    given.flags["config"] = {path()};
    return ConfigurationSource(edge_program(), std::move(given));
  }

 private:
  TemporaryFolder folder_;
};

/// What turns the first configuration into the second.
ConfigurationChanges change(std::string_view from, std::string_view to) {
  const File file;
  file.write(from);
  const auto before = file.source().load(false);
  REQUIRE(before.problems.empty());
  file.write(to);
  const auto after = file.source().load(true);
  REQUIRE(after.problems.empty());
  const options::Values& values = before.configuration.values;
  return compare(values, values, after.configuration.values);
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("keys take effect at once or need a restart") {
  CHECK(change("", "").live.empty());
  const auto live = change("",
                           "log_level = \"debug\"\nhold_time = \"1s\"\nclient_streams = 9\n"
                           "trust_forwarded = true\ngrace_period = \"3s\"\nfields = 9\n");
  CHECK(live.live.size() == 6);
  CHECK(live.restart.empty());
  const auto both = change("zone = \"a\"\nhold_time = \"1s\"", "zone = \"b\"\nhold_time = \"2s\"");
  CHECK(both.live == Keys{"hold_time"});
  CHECK(both.restart == Keys{"zone"});
  const auto restart =
      change("",
             "data_dir = \"/x\"\nadmin_socket = \"/y\"\nagent_listen = [\"127.0.0.1:1\"]\n"
             "binding_listen = [\"127.0.0.1:2\"]\npublic_name = [\"a.test\"]\n"
             "log_format = \"json\"\nstatus_listen = [\"127.0.0.1:3\"]\n");
  CHECK(restart.live.empty());
  CHECK(restart.restart.size() == 7);
}

TEST_CASE("what was live is compared with what is in force, the rest with the start") {
  const File file;
  const auto values = [&file](std::string_view text) {
    file.write(text);
    return file.source().load(true).configuration.values;
  };
  const auto started = values("zone = \"a\"\nfields = 10");
  const auto current = values("zone = \"b\"\nfields = 20");
  const auto back = compare(started, current, values("zone = \"a\"\nfields = 10"));
  CHECK(back.live == Keys{"fields"});
  CHECK(back.restart.empty());
  CHECK(compare(started, current, current).restart == Keys{"zone"});
}

TEST_CASE("every mistake of a file is found, and a file that is gone is one") {
  const File file;
  file.write("hold_time = \"9h\"\nzone = \"a b\"\nnonsense = 1\ncertificate = \"/none\"\n");
  const auto loaded = file.source().load(false);
  CHECK(loaded.problems.size() == 5);  // the key that belongs to the certificate is missing, too
  CHECK(loaded.exit_code == exit_configuration);
  const File gone;
  const ConfigurationSource source = gone.source();
  std::remove(gone.path().c_str());
  CHECK(source.load(true).problems.size() == 1);
}

}  // namespace outhaul::edge
