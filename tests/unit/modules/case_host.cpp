#include "case_host.hpp"

#include <cstdlib>

#include <unistd.h>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"

namespace cef::modules {

namespace fs = std::filesystem;

namespace {

class Counting final : public ssh::Connection {
 public:
  explicit Counting(std::unique_ptr<ssh::Connection> connection) : connection_(std::move(connection)) {}
  core::Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& stop) override {
    ++scripts;
    return connection_->exec(request, stop);
  }
  core::Result<std::unique_ptr<ssh::Stream>> start(const std::string& command) override {
    return connection_->start(command);
  }
  core::Result<void> upload(const fs::path& from, const std::string& to, unsigned mode, core::Milliseconds deadline,
                            const core::StopToken& stop) override {
    return connection_->upload(from, to, mode, deadline, stop);
  }
  core::Result<void> download(const std::string& from, const fs::path& to, core::Milliseconds deadline,
                              const core::StopToken& stop) override {
    return connection_->download(from, to, deadline, stop);
  }
  std::size_t scripts = 0;

 private:
  std::unique_ptr<ssh::Connection> connection_;
};

}  // namespace

CaseHost::CaseHost() : connector_(ssh::make_connector({})) {
  std::string name = "/tmp/cef-case-XXXXXX";  // as long as the folder of the recorded cases
  folder_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
  ssh::Target target;
  target.name = target.address = "localhost";
  target.transport = ssh::Transport::local;
  auto connection = connector_->connect(target, stop_);
  EXPECT_TRUE(connection);
  connection_ = std::make_unique<Counting>(std::move(*connection));
  files.find = [](const std::string&, const std::string& file) -> core::Result<fs::path> {
    return fs::exists(file) ? core::Result<fs::path>(file)
                            : core::fail(core::ErrorCode::usage, "Could not find or access '" + file + "'");
  };
  files.read = [](const fs::path& file) { return core::read_file(file, core::Bytes{64U << 20U}); };
}

CaseHost::~CaseHost() {
  std::error_code error;
  fs::remove_all(folder_, error);
  if (!applets_.empty()) {
    ::setenv("PATH", path_before_.c_str(), 1);
    fs::remove_all(applets_, error);
  }
}

bool CaseHost::use_busybox() {
  if (!fs::exists("/usr/bin/busybox")) {
    return false;
  }
  applets_ = folder_ + ".busybox";
  fs::create_directories(applets_);
  shell("for a in $(busybox --list); do ln -s /usr/bin/busybox " + applets_.string() + "/$a; done");
  path_before_ = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ::setenv("PATH", (applets_.string() + ":" + path_before_).c_str(), 1);
  return true;
}

std::string CaseHost::with_busybox(const std::string& path) const {
  const std::size_t own = path.starts_with(folder_) ? path.find(':') + 1 : 0;
  return applets_.empty() ? path : path.substr(0, own) + applets_.string() + ":" + path.substr(own);
}

std::string CaseHost::shell(const std::string& script) const {
  ssh::ExecRequest request;
  request.command = "umask 022\n" + script;
  request.deadline = std::chrono::seconds(60);
  const auto answer = connection_->exec(request, stop_);
  EXPECT_TRUE(answer);
  EXPECT_EQ(answer->exit_status, 0) << answer->err;
  return answer->out;
}

std::size_t CaseHost::scripts() const {
  return static_cast<const Counting&>(*connection_).scripts;
}

std::string CaseHost::fresh(const std::string& setup) {
  fs::remove_all(folder_);
  fs::create_directory(folder_);
  return shell("cd " + folder_ + "\n" + setup);
}

core::Json CaseHost::run(const std::string& module, const core::Json& args, bool check, bool diff,
                         const std::map<std::string, std::string>& environment) const {
  return with_call(module, args, check, diff, environment,
                   [](const Module& found, const Call& call) { return found.run(call); });
}

core::Json CaseHost::start(const std::string& module, const core::Json& args, std::chrono::seconds limit) const {
  return with_call(module, args, false, false, {},
                   [&](const Module& found, const Call& call) { return start_job(found, call, limit); });
}

core::Json CaseHost::with_call(const std::string& module, const core::Json& args, bool check, bool diff,
                               const std::map<std::string, std::string>& environment,
                               const std::function<core::Result<core::Json>(const Module&, const Call&)>& what) const {
  const Module* found = find(module);
  if (found == nullptr || found->run == nullptr) {
    return failure("no module " + module);
  }
  const auto complete = complete_arguments(*found, args);
  if (!complete) {
    return failure(complete.error().message);
  }
  const task::Host host(*connection_, {}, std::chrono::seconds(60), stop_);
  const core::Json facts = core::Json::object();
  const Call call{*complete,
                  host,
                  check,
                  diff,
                  environment,
                  facts,
                  files,
                  [](const std::string& text, const core::Json&) -> core::Result<std::string> {
                    std::string out = text;
                    for (std::size_t at = 0; (at = out.find("{{ who }}", at)) != std::string::npos;) {
                      out.replace(at, 9, "world");
                    }
                    return out;
                  },
                  [](core::Milliseconds) -> core::Result<void> { return {}; },
                  "localhost",
                  true};
  auto result = what(*found, call);
  return result ? *result : failure(result.error().line());
}

}  // namespace cef::modules
