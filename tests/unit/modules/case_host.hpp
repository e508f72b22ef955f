#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cef/core/json.hpp"
#include "cef/modules/module.hpp"
#include "cef/ssh/connection.hpp"
#include "cef/task/host.hpp"

namespace cef::modules {

/// This machine by the local connection, with an empty folder for a test. Not for two tests at once.
class CaseHost {
 public:
  CaseHost();
  ~CaseHost();
  CaseHost(const CaseHost&) = delete;
  CaseHost& operator=(const CaseHost&) = delete;

  /// Makes the folder anew and runs a script in it; what it printed.
  std::string fresh(const std::string& setup);
  std::string shell(const std::string& script) const;
  /// Runs a module with raw arguments as a task has them; an error of the arguments is its failure.
  core::Json run(const std::string& module, const core::Json& args, bool check = false, bool diff = false,
                 const std::map<std::string, std::string>& environment = {}) const;
  /// The same without waiting for its end.
  core::Json start(const std::string& module, const core::Json& args,
                   std::chrono::seconds limit = std::chrono::seconds(60)) const;
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// Scripts that were run so far.
  [[nodiscard]] std::size_t scripts() const;
  /// All programs of the scripts come from busybox from now on.
  [[nodiscard]] bool use_busybox();

  /// A PATH for a task's environment, with the programs of busybox before those of the system.
  [[nodiscard]] std::string with_busybox(const std::string& path) const;

  LocalFiles files;

 private:
  core::Json with_call(const std::string& module, const core::Json& args, bool check, bool diff,
                       const std::map<std::string, std::string>& environment,
                       const std::function<core::Result<core::Json>(const Module&, const Call&)>& what) const;
  std::string folder_;
  std::string path_before_;
  std::filesystem::path applets_;
  core::StopToken stop_;
  std::unique_ptr<ssh::Connector> connector_;
  std::unique_ptr<ssh::Connection> connection_;
};

}  // namespace cef::modules
