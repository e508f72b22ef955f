#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "text.hpp"

namespace cef::modules {

core::Result<core::Json> run_docker_image(const Call& call);
core::Result<core::Json> run_docker_container(const Call& call);
[[nodiscard]] std::vector<Parameter> docker_image_parameters();
[[nodiscard]] std::vector<Parameter> docker_container_parameters();

/// `parameters` and those of all modules of docker: docker_host, timeout, tls, …
[[nodiscard]] std::vector<Parameter> with_docker(std::vector<Parameter> parameters);
/// Shell: "$d", `die MESSAGE`, `x PROGRAM …` whose failure ends the task; ends when there is no docker that answers.
[[nodiscard]] std::string docker_head(const Call& call);
/// The failure that a script told before its field "ok".
[[nodiscard]] std::optional<core::Json> docker_failure(Fields& fields, const ssh::ExecResult& ran);

/// A way in which a container is not what is asked for.
struct DockerDifference {
  std::string name;
  core::Json wanted, is;
};
/// What of the parameters that are given `container` (of docker inspect) has not; `image`: the one it should run.
[[nodiscard]] std::vector<DockerDifference> docker_differences(const core::Json& args, const core::Json& container,
                                                               const core::Json& image);
/// "512m" in bytes; nullopt when it is none.
[[nodiscard]] std::optional<long long> docker_bytes(const std::string& text);
/// Words of `docker create` for the parameters; those of the environment are not there.
[[nodiscard]] std::vector<std::string> docker_create_options(const core::Json& args);
/// A command or entrypoint: a list, or a text that is taken apart as a shell does.
[[nodiscard]] std::vector<std::string> docker_words(const core::Json& value);

}  // namespace cef::modules
