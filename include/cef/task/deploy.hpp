#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/task/host.hpp"
#include "cef/task/send.hpp"

namespace cef::task {

/// A bundle on its way to hosts: a plain tar of regular files and folders.
///
/// On a host a model lives in DEST/NAME: `releases/VERSION-DIGEST` folders, `current`, a link to one of them that is
/// replaced in one step, and `.cef/` with what cef has to remember. DEST is relative to the home unless it begins with
/// /.
struct Release {
  std::string name;
  std::string version;
  std::string architecture;  ///< "any", "amd64", "arm64"
  std::string sha256;        ///< of the tar
  core::Bytes size;          ///< of the tar
  core::Bytes unpacked;

  [[nodiscard]] std::string folder() const { return version + "-" + sha256.substr(0, 12); }
};

/// What a host has of one model before anything is done.
struct DeployState {
  std::string machine;  ///< as uname -m says
  std::string path;     ///< DEST/NAME, absolute
  std::string current;  ///< name of the release; empty for none
  std::vector<std::string> releases;
  std::map<std::string, std::uint64_t> parts;  ///< bytes of transfers that broke, by "SHA256.part" of the tar
  core::Bytes free;
  /// "amd64", "arm64" …, as bundles name it.
  [[nodiscard]] std::string architecture() const;
};
core::Result<DeployState> deploy_state(const Host& host, const std::string& dest, const std::string& name);

struct DeployOptions {
  std::string dest = "models";
  std::optional<Parcel> parcel;  ///< pushed over the connection; else pulled from `url` by the host
  std::string url;               ///< of the tar, http or https
  std::string verify_command;    ///< runs in the release's folder before the switch; it must exit 0
  unsigned keep = 3;             ///< releases that stay, the current one among them
  bool check = false;
  core::Milliseconds transfer_deadline{60 * 60'000};  ///< of a pull
};

struct DeployReport {
  bool changed = false;
  std::string model;
  std::string version;
  std::string sha256;
  std::string path;          ///< of the release
  std::string previous;      ///< the release that was current before; empty for none
  std::string via = "none";  ///< "push", "pull", or "none" when it was on the host already
  std::uint64_t transferred_bytes = 0;
  std::uint64_t resumed_from = 0;
  std::vector<std::string> pruned;
};

/// Brings a release to the host and makes it current: free space first, then the transfer (which goes on where an
/// earlier one broke), the digest, unpacking aside, the verify command, and one atomic switch. Whatever breaks at
/// whatever step, `current` is the old release or the new one, whole; the next run finishes the work. Errors:
/// host_failed (wrong architecture, no space, no tool to pull with, the verify command), integrity, unreachable,
/// timeout, interrupted.
core::Result<void> deploy(const Host& host, const Release& release, const DeployState& state,
                          const DeployOptions& options, DeployReport& report);

/// One model as `deploy status` tells it.
struct DeployedModel {
  std::string name;
  std::string current;
  std::vector<std::string> releases;  ///< in the order in which they were deployed
  std::vector<std::string> damaged;  ///< files of the current release that are not as they were deployed; when verified
};
struct DeployStatusReport {
  std::vector<DeployedModel> models;
  std::string path;
};
/// All models, or those named; with `verify` every file of the current releases is read. Error: host_failed when a file
/// is damaged or a model that was named is not there.
core::Result<void> deploy_status(const Host& host, const std::string& dest, const std::string& name, bool verify,
                                 DeployStatusReport& report);

struct RollbackReport {
  bool changed = false;
  std::string model;
  std::string from;
  std::string to;
};
/// Makes the release that was current before the present one current again, or the newest one of version `to`. Error:
/// host_failed when there is none.
core::Result<void> deploy_rollback(const Host& host, const std::string& dest, const std::string& name,
                                   const std::string& to, bool check, RollbackReport& report);

struct PruneReport {
  bool changed = false;
  std::vector<std::string> removed;  ///< "NAME/RELEASE"
};
/// Removes all but the `keep` releases last deployed, never the current one, and what broken transfers left.
core::Result<void> deploy_prune(const Host& host, const std::string& dest, const std::string& name, unsigned keep,
                                bool check, PruneReport& report);

/// Names as bundles have them: no slash, no leading dot.
[[nodiscard]] bool is_model_name(const std::string& name);

}  // namespace cef::task
