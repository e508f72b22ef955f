#include "docker_family.hpp"

#include "cef/core/shell.hpp"
#include "http.hpp"
#include "node_file.hpp"

namespace cef::modules {

using core::Json;

std::vector<Parameter> with_docker(std::vector<Parameter> parameters) {
  const std::vector<Parameter> more = {
      {.name = "docker_host", .aliases = {"docker_url"}},
      {.name = "tls_hostname"},
      {.name = "api_version", .fallback = "auto", .aliases = {"docker_api_version"}},
      {.name = "timeout", .type = Type::integer, .fallback = 60},
      {.name = "ca_path", .type = Type::path, .aliases = {"ca_cert", "tls_ca_cert", "cacert_path"}},
      {.name = "client_cert", .type = Type::path, .aliases = {"tls_client_cert", "cert_path"}},
      {.name = "client_key", .type = Type::path, .aliases = {"tls_client_key", "key_path"}},
      {.name = "tls", .type = Type::boolean, .fallback = false},
      {.name = "use_ssh_client", .type = Type::boolean, .fallback = false},
      {.name = "validate_certs", .type = Type::boolean, .fallback = false, .aliases = {"tls_verify"}},
      {.name = "debug", .type = Type::boolean, .fallback = false},
  };
  parameters.insert(parameters.end(), more.begin(), more.end());
  return parameters;
}

std::string docker_head(const Call& call) {
  std::string script = std::string(k_functions) + k_own_folder;
  if (call.given("docker_host")) {
    script += "DOCKER_HOST=" + core::shell_quote(call.text("docker_host")) + "; export DOCKER_HOST\n";
  }
  return script +
         "x() { \"$@\" >\"$d/out\" 2>\"$d/err\" </dev/null && return; r=$?; printf 'fail\\0%s\\0' \"$(cat "
         "\"$d/err\")\"; "
         "exit 0; }\n"
         "command -v docker >/dev/null || die 'Error connecting: this host has no docker; install it first'\n"
         "m=$(docker version --format '{{.Server.Version}}' 2>&1) || die \"Error connecting: $m\"\n";
}

std::optional<Json> docker_failure(Fields& fields, const ssh::ExecResult& ran) {
  const std::string word = fields.next();
  if (word == "ok") {
    return std::nullopt;
  }
  if (word == "die" || word == "fail") {
    return failure(valid_text(fields.next()));
  }
  return failure(task::script_error("docker", ran).message);
}

}  // namespace cef::modules
