#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cef/probe/docker.hpp"
#include "cef/task/apt.hpp"
#include "cef/task/docker_context.hpp"
#include "cef/task/host.hpp"

/// docker on one host: as the login user where the socket lets it, else by sudo (or by become, where that is wanted).
/// Errors, where nothing else is said: host_failed, with what docker said as one line.
namespace cef::task {

/// False for what docker could take for an option, or could not be a name or a reference of an image.
[[nodiscard]] bool is_docker_name(const std::string& name) noexcept;

struct DockerStatusReport {
  probe::DockerFacts facts;
};
/// A host without docker is no error; a daemon that does not answer is one, and the report says what is known.
core::Result<void> docker_status(const Host& host, DockerStatusReport& report);

struct DockerInstallOptions {
  std::optional<std::string> script;  ///< its text; else the package of the distribution
  bool add_user = false;              ///< to the group docker
  std::string user;                   ///< empty: the login user
  bool check = false;
};
struct DockerInstallReport {
  bool changed = false;
  std::string version_before;  ///< empty: there was none
  std::string version_after;
  std::string method;  ///< "none" (it was there), "package", "script"
  bool installed = false;
  bool started = false;     ///< the daemon, or enabled at boot
  bool user_added = false;  ///< as root a user needs no group
  std::string user;
  std::vector<PackageChange> packages;  ///< of apt; in a check those that would come
  std::string output;                   ///< of the script
};
/// Docker, its daemon running now and at boot, the user in its group: only what is missing is done.
core::Result<void> docker_install(const Host& host, const DockerInstallOptions& options, DockerInstallReport& report);

struct DockerBuildOptions {
  std::string tag;
  std::string model;                     ///< what `cef deploy` put on the host: DEST/MODEL/current
  std::string dest = "models";           ///< relative: to the home of the login user
  std::string directory;                 ///< or any folder of the host
  std::optional<DockerContext> context;  ///< or a folder of this machine
  bool check = false;
};
struct DockerBuildReport {
  bool changed = false;
  std::string tag;
  std::string directory;  ///< of the host, all links followed; empty when the context came from here
  std::string image_before;
  std::string image_after;
  std::uint64_t sent_bytes = 0;
  std::string output;
};
/// Error: usage. To be asked before docker_build and docker_run, which take the names as they are.
core::Result<void> check(const DockerBuildOptions& options);
core::Result<void> docker_build(const Host& host, const DockerBuildOptions& options, DockerBuildReport& report);

struct DockerRunOptions {
  std::string image;
  std::vector<std::string> command;
  std::string name;
  bool detach = false;
  bool remove = false;
  bool replace = false;
  std::vector<std::string> publish;
  std::vector<std::string> volumes;
  std::optional<core::Secret> environment;  ///< lines KEY=VALUE; goes over stdin
  std::string restart;
  std::string gpus;
  bool check = false;
};
/// What a program in a container said; `ran` when it did.
struct DockerProgram {
  bool ran = false;
  ssh::ExecResult result;
};
struct DockerRunReport {
  bool changed = false;
  std::string action;  ///< "none" (it runs already), "run", "start", "replace"
  std::string name;
  std::string container;  ///< id of one that is detached
  std::string image_id;
  DockerProgram program;  ///< of one that is not detached
};
core::Result<void> check(const DockerRunOptions& options);
/// Pulls the image when the host has none. A detached container with a name is left as it is when it runs with the same
/// image and options; with others it is an error, or replaced: the old one comes back if the new one does not stay up.
core::Result<void> docker_run(const Host& host, const DockerRunOptions& options, DockerRunReport& report);

struct DockerProgramReport {
  DockerProgram program;
};
core::Result<void> docker_exec(const Host& host, const std::string& container, const std::vector<std::string>& command,
                               DockerProgramReport& report);
struct DockerLogsOptions {
  std::string container;
  std::optional<std::uint64_t> tail;  ///< the last lines only
  std::optional<core::Milliseconds> since;
};
core::Result<void> docker_logs(const Host& host, const DockerLogsOptions& options, DockerProgramReport& report);

struct DockerPsReport {
  std::vector<probe::DockerContainer> containers;
};
core::Result<void> docker_ps(const Host& host, bool all, DockerPsReport& report);

struct DockerStopReport {
  struct Container {
    std::string name;
    std::string before;
    std::string after;
  };
  bool changed = false;
  std::vector<Container> containers;
};
/// Stops those that run. One that is not known is an error, and nothing is stopped.
core::Result<void> docker_stop(const Host& host, const std::vector<std::string>& containers, bool check,
                               DockerStopReport& report);

}  // namespace cef::task
