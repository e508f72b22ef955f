#include "fleet_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <sys/wait.h>
#include <unistd.h>

#include "cef/core/shell.hpp"

namespace cef::e2e {

namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string k_fleet = std::string(CEF_SOURCE_DIR) + "/tests/fleet/fleet";

fs::path scratch() {
  return fs::temp_directory_path() / ("cef-e2e-" + std::to_string(::getpid()));
}

/// Takes the fleet down after the last case; the fleet's own watch does it when this program is killed.
class Environment : public ::testing::Environment {
 public:
  void TearDown() override {
    shell(core::shell_quote(k_fleet) + " down");
    fs::remove_all(scratch());
  }
};
const auto* const k_environment = ::testing::AddGlobalTestEnvironment(new Environment);

}  // namespace

core::Json Outcome::json() const {
  const auto parsed = core::parse_json(out, "stdout");
  EXPECT_TRUE(parsed) << out << err;
  return parsed ? *parsed : core::Json::object();
}

Outcome shell(const std::string& line) {
  fs::create_directories(scratch());
  const fs::path out = scratch() / "out";
  const fs::path err = scratch() / "err";
  const std::string bounded = "timeout -k 5 120 sh -c " + core::shell_quote(line) + " </dev/null >" +
                              core::shell_quote(out.string()) + " 2>" + core::shell_quote(err.string());
  const int status = std::system(bounded.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out), slurp(err)};
}

void Fleet::SetUpTestSuite() {
  ::setenv("CEF_FLEET_STATE", (fs::temp_directory_path() / ("cef-fleet-" + std::to_string(::getpid()))).c_str(), 1);
  if (!fs::exists(state() / "inventory.yaml")) {
    const Outcome up = fleet("up --owner " + std::to_string(::getpid()));
    ASSERT_EQ(up.code, 0) << up.err;
  }
}

fs::path Fleet::state() {
  return std::getenv("CEF_FLEET_STATE");
}

Outcome Fleet::cef(const std::vector<std::string>& arguments) {
  std::vector<std::string> line = {k_fleet, "exec", CEF_BINARY_DIR "/cef"};
  line.insert(line.end(), arguments.begin(), arguments.begin() + 2);  // the command and its pattern
  line.insert(line.end(), {"-i", state() / "inventory.yaml"});
  line.insert(line.end(), arguments.begin() + 2, arguments.end());
  return shell(core::shell_join(line));
}

Outcome Fleet::fleet(const std::string& arguments) {
  return shell(core::shell_quote(k_fleet) + " " + arguments);
}

bool Fleet::in_namespaces() {
  return slurp(state() / "mode") == "namespaces\n";
}

core::Json Fleet::host(const core::Json& document, const std::string& name) {
  if (document.contains("hosts")) {
    for (const auto& entry : document["hosts"]) {
      if (entry["host"] == name) {
        return entry;
      }
    }
  }
  ADD_FAILURE() << "no host " << name << " in " << core::dump_line(document);
  return {{"status", "missing"}, {"error", {{"message", ""}}}};
}

}  // namespace cef::e2e
