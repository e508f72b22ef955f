#include "fleet_fixture.hpp"

#include <algorithm>
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

constexpr int k_no_nodes = 3;
std::string g_why_not;  // set once, when there can be no fleet

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

Outcome shell(const std::string& line, int seconds) {
  fs::create_directories(scratch());
  const fs::path out = scratch() / "out";
  const fs::path err = scratch() / "err";
  const std::string bounded = "timeout -k 5 " + std::to_string(seconds) + " sh -c " + core::shell_quote(line) +
                              " </dev/null >" + core::shell_quote(out.string()) + " 2>" +
                              core::shell_quote(err.string());
  const int status = std::system(bounded.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out), slurp(err)};
}

void Fleet::bring_up(const std::string& kind) {
  ::setenv("CEF_FLEET_STATE", (fs::temp_directory_path() / ("cef-fleet-" + std::to_string(::getpid()))).c_str(), 1);
  if (!is_up() && g_why_not.empty()) {
    const Outcome up =
        shell(core::shell_quote(k_fleet) + " up --kind " + kind + " --owner " + std::to_string(::getpid()), 900);
    if (up.code == k_no_nodes) {
      g_why_not = up.err;
      return;
    }
    ASSERT_EQ(up.code, 0) << up.err;
  }
}

bool Fleet::is_up() {
  return fs::exists(state() / "inventory.yaml");
}

std::string Fleet::why_not() {
  return g_why_not;
}

Outcome Fleet::daily(const std::vector<std::string>& arguments, int seconds) {
  std::vector<std::string> line = {k_fleet, "exec", CEF_BINARY_DIR "/cef"};
  const auto program = std::find(arguments.begin(), arguments.end(), "--");
  line.insert(line.end(), arguments.begin(), program);
  line.insert(line.end(), {"-i", state() / "inventory.yaml", "--become-password-file", state() / "become-password"});
  line.insert(line.end(), program, arguments.end());
  return shell("CEF_DATA_DIR=" CEF_SOURCE_DIR " " + core::shell_join(line), seconds);
}

Outcome Fleet::on_node(const std::string& node, const std::string& script) {
  return fleet("node " + node + " sh -c " + core::shell_quote(script));
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
