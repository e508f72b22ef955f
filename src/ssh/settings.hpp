#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cef/ssh/connection.hpp"

namespace cef::ssh {

/// What is needed for one hop, after the inventory, the options and ssh_config have been put together.
struct Settings {
  std::string name;     ///< for messages and for known_hosts: what the user wrote
  std::string address;  ///< to connect to
  int port = 22;
  std::string user;
  std::vector<std::filesystem::path> identity_files;  ///< to try first
  bool identities_only = false;                       ///< no agent, no default files
  std::optional<core::Secret> password;
  std::vector<std::string> jumps;  ///< "user@host:port", nearest first
  std::optional<std::string> host_key;
  std::optional<HostKeyChecking> host_key_checking;
  std::filesystem::path known_hosts;  ///< empty: the default
};

/// ssh_config(5), the keywords that matter here: HostName, Port, User, IdentityFile, IdentitiesOnly, ProxyJump,
/// StrictHostKeyChecking, UserKnownHostsFile, Include; Host with patterns, Match all. Others are passed over.
class ConfigFile {
 public:
  /// A file that is not there is empty. Error: usage, with file and line.
  static core::Result<ConfigFile> read(const std::filesystem::path& path);
  /// Values for a host, first one wins; IdentityFile collects.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> lookup(const std::string& host) const;

 private:
  struct Line {
    std::vector<std::string> patterns;  ///< of the Host section it stands in
    std::string keyword;
    std::string value;
  };
  core::Result<void> read_into(const std::filesystem::path& path, int depth, const std::vector<std::string>& outer);
  std::vector<Line> lines_;
};

/// Target over options of ansible_ssh_common_args over ssh_config over defaults.
core::Result<Settings> settle(const Target& target, const ConfigFile& config);
/// The same for one hop of ProxyJump, "user@host:port".
core::Result<Settings> settle_jump(const std::string& hop, const Target& behind, const ConfigFile& config);

}  // namespace cef::ssh
