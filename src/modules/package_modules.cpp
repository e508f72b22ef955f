#include "docker_family.hpp"
#include "families.hpp"
#include "package_family.hpp"

namespace cef::modules {
namespace {

std::vector<Parameter> apt_parameters() {
  const auto boolean = [](const char* name, std::vector<std::string> aliases = {}) {
    return Parameter{.name = name, .type = Type::boolean, .fallback = false, .aliases = std::move(aliases)};
  };
  return {
      {.name = "state", .fallback = "present", .choices = {"absent", "build-dep", "fixed", "latest", "present"}},
      {.name = "update_cache", .type = Type::boolean, .aliases = {"update-cache"}},
      {.name = "update_cache_retries", .type = Type::integer, .fallback = 5},
      {.name = "update_cache_retry_max_delay", .type = Type::integer, .fallback = 12},
      {.name = "cache_valid_time", .type = Type::integer, .fallback = 0},
      boolean("purge"),
      {.name = "package", .type = Type::list, .aliases = {"pkg", "name"}},
      {.name = "deb", .type = Type::path},
      {.name = "default_release", .aliases = {"default-release"}},
      {.name = "install_recommends", .type = Type::boolean, .aliases = {"install-recommends"}},
      boolean("force"),
      {.name = "upgrade", .fallback = "no", .choices = {"dist", "full", "no", "safe", "yes"}},
      {.name = "dpkg_options", .fallback = "force-confdef,force-confold"},
      boolean("autoremove"),
      boolean("autoclean"),
      boolean("fail_on_autoremove"),
      {.name = "policy_rc_d", .type = Type::integer},
      boolean("only_upgrade"),
      boolean("force_apt_get"),
      boolean("clean"),
      boolean("allow_unauthenticated", {"allow-unauthenticated"}),
      boolean("allow_downgrade", {"allow-downgrade", "allow_downgrades", "allow-downgrades"}),
      boolean("allow_change_held_packages"),
      {.name = "lock_timeout", .type = Type::integer, .fallback = 60},
  };
}

std::vector<Parameter> apt_repository_parameters() {
  return {
      {.name = "repo", .required = true},
      {.name = "state", .fallback = "present", .choices = {"absent", "present"}},
      {.name = "mode", .type = Type::raw},
      {.name = "update_cache", .type = Type::boolean, .fallback = true, .aliases = {"update-cache"}},
      {.name = "update_cache_retries", .type = Type::integer, .fallback = 5},
      {.name = "update_cache_retry_max_delay", .type = Type::integer, .fallback = 12},
      {.name = "filename"},
      {.name = "install_python_apt", .type = Type::boolean, .fallback = true},
      {.name = "validate_certs", .type = Type::boolean, .fallback = true},
      {.name = "codename"},
  };
}

}  // namespace

std::vector<Module> package_modules() {
  return {
      {.name = "apt",
       .parameters = apt_parameters(),
       .run = run_apt,
       .at_most_one_of = {{"deb", "package", "upgrade"}}},
      {.name = "apt_repository", .parameters = apt_repository_parameters(), .run = run_apt_repository},
      {.name = "package",
       .parameters = {{.name = "name", .type = Type::list}, {.name = "state"}, {.name = "use", .fallback = "auto"}},
       .run = run_package,
       .any_parameter = true},
      {.name = "docker_image", .parameters = docker_image_parameters(), .run = run_docker_image},
      {.name = "docker_container", .parameters = docker_container_parameters(), .run = run_docker_container},
  };
}

}  // namespace cef::modules
