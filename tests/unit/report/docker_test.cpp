#include "cef/report/docker.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace cef::report {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Compares with a file in tests/golden. With CEF_UPDATE_GOLDEN=1 in the environment it is written instead.
void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(CEF_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
  }
  EXPECT_EQ(slurp(path), actual) << "keys are stable: change " << name << " only on purpose";
}

template <class Host>
Host host_of(const std::string& name) {
  Host host;
  host.outcome.host = name;
  host.outcome.status = fleet::Status::ok;
  return host;
}
template <class Host>
Host failed_host(const std::string& name, const std::string& why) {
  Host host;
  host.outcome.host = name;
  host.outcome.status = fleet::Status::failed;
  host.outcome.error = core::Error{core::ErrorCode::host_failed, why, {}};
  return host;
}
template <class Host>
operation::FleetResult<Host> fleet_of(std::vector<Host> hosts) {
  operation::FleetResult<Host> result;
  result.hosts = std::move(hosts);
  return result;
}

operation::DockerStatusHost status_host() {
  auto host = host_of<operation::DockerStatusHost>("pi-1");
  const auto facts = probe::parse_docker(slurp(std::string(CEF_SOURCE_DIR) + "/tests/docker-cases/docker-20.10.txt"));
  EXPECT_TRUE(facts);
  host.report.facts = *facts;
  return host;
}

operation::DockerInstallHost install_host() {
  auto host = host_of<operation::DockerInstallHost>("pi-1");
  host.report.changed = host.report.installed = host.report.user_added = true;
  host.report.version_after = "20.10.24+dfsg1";
  host.report.method = "package";
  host.report.user = "edge";
  host.report.packages = {{"docker.io", "", "20.10.24+dfsg1-1"}, {"iptables", "1.8.8-1", "1.8.9-2"}};
  return host;
}

operation::DockerBuildHost build_host() {
  auto host = host_of<operation::DockerBuildHost>("pi-1");
  host.report.changed = true;
  host.report.tag = "net:1";
  host.report.directory = "/home/edge/models/net/releases/1.0-0123456789ab";
  host.report.image_after = "sha256:294ef6ee731d00000000000000000000000000000000000000000000000000aa";
  host.report.output = "Step 1/2 : FROM base:1\nSuccessfully tagged net:1\n";
  return host;
}

operation::DockerRunHost run_host() {
  auto host = host_of<operation::DockerRunHost>("pi-1");
  host.report.changed = true;
  host.report.action = "replace";
  host.report.name = "web";
  host.report.container = "1e1eabb03d0300000000";
  host.report.image_id = "sha256:294ef6ee731d00";
  return host;
}

operation::DockerProgramHost program_host() {
  auto host = failed_host<operation::DockerProgramHost>("gpu-1", "the program exited with status 7");
  host.report.program.ran = true;
  host.report.program.result.exit_status = 7;
  host.report.program.result.out = "it works\n";
  host.report.program.result.err = "or \x1b[2Jnot\n";
  return host;
}

operation::DockerPsHost ps_host() {
  auto host = host_of<operation::DockerPsHost>("pi-1");
  host.report.containers = status_host().report.facts.containers;
  return host;
}

operation::DockerStopHost stop_host() {
  auto host = host_of<operation::DockerStopHost>("pi-1");
  host.report.changed = true;
  host.report.containers = {{"web", "running", "exited"}, {"old", "exited", "exited"}};
  return host;
}

TEST(DockerReport, KeysOfAllCommands) {
  const core::Json all = {{"status", host_json(status_host())},   {"install", host_json(install_host())},
                          {"build", host_json(build_host())},     {"run", host_json(run_host())},
                          {"program", host_json(program_host())}, {"ps", host_json(ps_host())},
                          {"stop", host_json(stop_host())}};
  expect_golden("docker.json", core::dump_document(all) + "\n");
}

TEST(DockerReport, TablesOfAllCommands) {
  const Style style{false, 160};
  auto down = failed_host<operation::DockerStatusHost>("gpu-1", "the docker daemon does not run");
  down.report.facts.state = probe::DockerState::down;
  const std::string text =
      docker_text(
          fleet_of<operation::DockerStatusHost>({status_host(), host_of<operation::DockerStatusHost>("pi-2"), down}),
          style) +
      "\n" + docker_text(fleet_of<operation::DockerInstallHost>({install_host()}), style) + "\n" +
      docker_text(fleet_of<operation::DockerBuildHost>({build_host()}), BuildOutput::all, style) + "\n" +
      docker_text(fleet_of<operation::DockerRunHost>(
                      {run_host(), failed_host<operation::DockerRunHost>("pi-2", "there is no docker on this host")}),
                  Folding::each, style) +
      "\n" + docker_text(fleet_of<operation::DockerProgramHost>({program_host()}), Folding::each, style) + "\n" +
      docker_text(fleet_of<operation::DockerPsHost>({ps_host(), host_of<operation::DockerPsHost>("pi-2")}), style) +
      "\n" + docker_text(fleet_of<operation::DockerStopHost>({stop_host()}), style);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "what a host says cannot reach the terminal's controls";
  expect_golden("docker.txt", text);
}

TEST(DockerReport, ABuildThatFailsShowsItsLastLines) {
  auto host = failed_host<operation::DockerBuildHost>("pi-1", "docker build failed");
  for (int i = 1; i <= 30; ++i) {
    host.report.output += "line " + std::to_string(i) + "\n";
  }
  const auto result = fleet_of<operation::DockerBuildHost>({host});
  const std::string text = docker_text(result, BuildOutput::of_failures, {false, 160});
  EXPECT_NE(text.find("  (the last 20 lines)\n  line 11\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("line 10\n"), std::string::npos);
  EXPECT_NE(docker_text(result, BuildOutput::all, {false, 160}).find("  line 1\n"), std::string::npos);
  const auto good = fleet_of<operation::DockerBuildHost>({build_host()});
  EXPECT_EQ(docker_text(good, BuildOutput::of_failures, {false, 160}).find("Step 1/2"), std::string::npos);
}

}  // namespace
}  // namespace cef::report
