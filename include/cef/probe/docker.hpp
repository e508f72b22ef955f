#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::probe {

enum class DockerState {
  none,     ///< there is no docker
  running,  ///< the daemon answers
  down,     ///< there is docker, but its daemon does not answer
};
/// "running"
[[nodiscard]] const char* to_string(DockerState state) noexcept;

/// A container as `docker ps` lists it.
struct DockerContainer {
  std::string id;  ///< whole
  std::string name;
  std::string image;
  std::string state;    ///< "running", "exited", "created", "paused", "restarting", "dead"
  std::string status;   ///< as docker words it: "Exited (1) 2 hours ago"
  std::string created;  ///< RFC 3339; empty when docker does not say
  std::string command;
  std::vector<std::string> ports;  ///< "0.0.0.0:8080->80/tcp"
};

/// One line of `docker system df`. docker rounds sizes to four digits.
struct DockerUse {
  std::string type;  ///< "images", "containers", "local_volumes", "build_cache"
  std::uint64_t count = 0;
  std::uint64_t active = 0;
  std::optional<core::Bytes> size;
  std::optional<core::Bytes> reclaimable;
};

/// Text is empty where docker does not say.
struct DockerFacts {
  DockerState state = DockerState::none;
  std::string reason;  ///< why it is down, in one line
  std::string client_version;
  std::string server_version;
  std::string service;  ///< of systemd's docker.service: "active", "inactive", "failed"
  std::string storage_driver;
  std::string root_dir;
  std::optional<core::Bytes> root_size;
  std::optional<core::Bytes> root_free;
  std::vector<std::string> runtimes;  ///< "runc", "nvidia"
  std::vector<DockerUse> uses;
  std::vector<DockerContainer> containers;  ///< all, also those that ended
};

/// A POSIX shell fragment that prints what parse_docker reads; always exits 0. A daemon that hangs is given 10 s.
[[nodiscard]] std::string docker_fragment();
/// Error (host_failed) when the answer is not that of the fragment.
[[nodiscard]] core::Result<DockerFacts> parse_docker(std::string_view answer);

/// What `docker ps --no-trunc --format '{{json .}}'` prints. Error: host_failed.
[[nodiscard]] core::Result<std::vector<DockerContainer>> parse_docker_ps(std::string_view text);
/// What `docker system df --format '{{json .}}'` prints. Error: host_failed.
[[nodiscard]] core::Result<std::vector<DockerUse>> parse_docker_df(std::string_view text);
/// "1.23GB (45%)", "772.9kB", "0B": docker's units are powers of 1000, those with an i of 1024. Empty when it is none.
[[nodiscard]] std::optional<core::Bytes> parse_docker_size(std::string_view text);
/// "20.10.24+dfsg1" of "Docker version 20.10.24+dfsg1, build 297e128"; empty when it is no such line.
[[nodiscard]] std::string parse_docker_version(std::string_view text);

/// What docker said when it refused, as one line that names cause and fix.
[[nodiscard]] std::string docker_reason(std::string_view said);

}  // namespace cef::probe
