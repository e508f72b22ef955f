#include "cef/core/shell.hpp"
#include "command.hpp"
#include "docker_family.hpp"
#include "http.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

std::string option(const char* name, const Json& value) {
  return std::string(" ") + name + "=" + core::shell_quote(python_json(value));
}

Json sub(const Call& call, const char* group, const char* name) {
  const Json& map = call.args.at(group);
  return map.is_object() && map.contains(name) ? map.at(name) : Json();
}

Json sub_map(const Call& call, const char* group, const char* name) {
  Json map = sub(call, group, name);
  return map.is_object() ? map : Json::object();
}

bool on(const Json& value) {
  return value.is_boolean() ? value.get<bool>() : value.is_string() && (value == "yes" || value == "true");
}

std::string build_command(const Call& call, const std::string& image) {
  std::string command = "docker build -t " + core::shell_quote(image);
  for (const auto& [key, name] : {std::pair("dockerfile", "--file"), std::pair("network", "--network"),
                                  std::pair("target", "--target"), std::pair("platform", "--platform")}) {
    const Json value = sub(call, "build", key);
    if (!value.is_null()) {
      command += std::string(key) == "dockerfile"
                     ? " --file \"$(cd \"$b\" 2>/dev/null; f=" + path_word(python_json(value)) +
                           "; case $f in /*) ;; *) f=$b/$f ;; esac; echo \"$f\")\""
                     : option(name, value);
    }
  }
  for (const auto& [key, name] : {std::pair("args", "--build-arg"), std::pair("labels", "--label")}) {
    const Json map = sub_map(call, "build", key);
    for (const auto& [label, value] : map.items()) {
      command += std::string(" ") + name + " " + core::shell_quote(label + "=" + python_json(value));
    }
  }
  const Json hosts = sub_map(call, "build", "etc_hosts");
  for (const auto& [host, address] : hosts.items()) {
    command += " --add-host " + core::shell_quote(host + ":" + python_json(address));
  }
  const Json caches = sub(call, "build", "cache_from");
  for (const Json& cache : caches.is_array() ? caches : Json::array()) {
    command += option("--cache-from", cache);
  }
  command += on(sub(call, "build", "pull")) ? " --pull" : "";
  command += on(sub(call, "build", "nocache")) ? " --no-cache" : "";
  return command + " \"$b\"";
}

/// "NAME:TAG"; a tag or digest in the name wins.
std::string with_tag(const std::string& name, const std::string& tag) {
  const std::size_t slash = name.rfind('/');
  const bool tagged = name.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
  return tagged || name.find('@') != std::string::npos ? name : name + ":" + tag;
}

/// Shell that brings the image; `what` becomes the action.
std::string source_script(const Call& call, const std::string& image, std::string& what) {
  const std::string source = call.text("source");
  const std::string word = core::shell_quote(image);
  if (source == "pull") {
    what = "Pulled image " + image;
    const Json platform = sub(call, "pull", "platform");
    return "x docker pull -q" + (platform.is_null() ? "" : option("--platform", platform)) + " " + word + "\n";
  }
  if (source == "build") {
    const std::string path = python_json(sub(call, "build", "path"));
    what = "Built image " + image + " from " + path;
    return "b=" + path_word(path) + "\n[ -d \"$b\" ] || die \"\\\"build.path\\\" does not point to a folder: $b\"\nx " +
           build_command(call, image) + "\ncat \"$d/out\" \"$d/err\" >\"$d/log\"\n";
  }
  if (source == "load") {
    what = "Loaded image " + image + " from " + call.text("load_path");
    return "f=" + path_word(call.text("load_path")) +
           "\n[ -r \"$f\" ] || die \"Error opening image $f - no such file\"\nx "
           "docker load -q -i \"$f\"\n[ -n \"$(docker image inspect --format x " +
           word + " 2>/dev/null)\" ] || die " + core::shell_quote("The archive did not contain image '" + image + "'") +
           "\n";
  }
  return "die " + core::shell_quote("Cannot find the image " + image + " locally.") + "\n";
}

std::string present_script(const Call& call, const std::string& image, std::string& what) {
  const std::string fetch = source_script(call, image, what);
  std::string script =
      std::string("if [ -z \"$before\" ]") + (call.flag("force_source") ? " || true" : "") + "; then\n" +
      (call.check && call.text("source") != "local" ? "did source\n" : fetch + "did source\n") + "fi\n";
  if (call.given("archive_path")) {
    script += std::string("a=") + path_word(call.text("archive_path")) + "\nif [ ! -e \"$a\" ]; then did archive; " +
              (call.check ? ":" : "x docker save -o \"$a\" " + core::shell_quote(image)) + "; fi\n";
  }
  if (call.given("repository")) {
    const std::string target = core::shell_quote(with_tag(call.text("repository"), call.text("tag")));
    script += "if [ \"$(id_of " + target + ")\" != \"$(id_of " + core::shell_quote(image) + ")\" ]" +
              (call.flag("force_tag") ? " || true" : "") + "; then did tag; " +
              (call.check ? std::string(":") : "x docker tag " + core::shell_quote(image) + " " + target) + "; fi\n";
  }
  if (call.flag("push")) {
    const std::string target =
        core::shell_quote(call.given("repository") ? with_tag(call.text("repository"), call.text("tag")) : image);
    script += std::string("did push\n") + (call.check ? "" : "x docker push -q " + target + "\n");
  }
  return script;
}

std::optional<Json> missing(const Call& call) {
  const std::string source = call.text("source");
  if (source.empty()) {
    return failure("state is present but all of the following are missing: source");
  }
  if (source == "build" && sub(call, "build", "path").is_null()) {
    return failure("source is build but all of the following are missing: build.path");
  }
  if (source == "load" && !call.given("load_path")) {
    return failure("source is load but all of the following are missing: load_path");
  }
  return std::nullopt;
}

}  // namespace

Result<Json> run_docker_image(const Call& call) {
  const std::string image = with_tag(call.text("name"), call.text("tag"));
  const bool present = call.text("state") == "present";
  if (auto refused = present ? missing(call) : std::nullopt) {
    return *refused;
  }
  const std::string word = core::shell_quote(image);
  std::string what;
  std::string script = docker_head(call) +
                       "id_of() { docker image inspect --format '{{.Id}}' \"$1\" 2>/dev/null; }\nacts=; did() { "
                       "acts=\"$acts $1\"; }\n: >\"$d/log\"\nbefore=$(id_of " +
                       word + ")\n";
  if (present) {
    script += present_script(call, image, what);
  } else {
    script += "if [ -n \"$before\" ]; then did remove; " +
              (call.check ? std::string(":")
                          : std::string("x docker image rm") + (call.flag("force_absent") ? " -f " : " ") + word) +
              "; fi\n";
  }
  script += "printf 'ok\\0%s\\0%s\\0%s\\0' \"$acts\" \"$before\" \"$(id_of " + word +
            ")\"; cat \"$d/log\"; printf '\\0'; docker image inspect " + word + " 2>/dev/null\nexit 0\n";
  const auto ran = call.run(script);
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  if (auto failed = docker_failure(fields, *ran)) {
    return *failed;
  }
  const std::string acts = fields.next() + " ";
  const std::string before = fields.next();
  const std::string after = fields.next();
  const std::string log = fields.next();
  const auto seen = core::parse_json(fields.rest(), "docker image inspect");
  Json actions = Json::array();
  const auto did = [&](const char* act, const std::string& text) {
    if (acts.find(std::string(" ") + act + " ") != std::string::npos) {
      actions.push_back(text);
    }
  };
  did("source", what);
  did("archive", "Archived image " + image + " to " + call.text("archive_path"));
  did("tag", "Tagged image " + image + " to " + with_tag(call.text("repository"), call.text("tag")));
  did("push", "Pushed image " + image);
  did("remove", "Removed image " + image);
  const bool only_source = acts == " source ";
  Json result = {{"changed", !actions.empty() && !(only_source && !call.check && before == after)},
                 {"actions", std::move(actions)}};
  result["image"] = seen && seen->is_array() && !seen->empty() ? seen->at(0) : Json::object();
  if (!present && result["changed"].get<bool>()) {
    result["image"] = {{"state", "Deleted"}};
  }
  if (call.text("source") == "build" && present) {
    result["stdout"] = valid_text(log);
    result["stdout_lines"] = split_lines(valid_text(log));
  }
  return result;
}

std::vector<Parameter> docker_image_parameters() {
  const auto boolean = [](const char* name) {
    return Parameter{.name = name, .type = Type::boolean, .fallback = false};
  };
  return with_docker({
      {.name = "name", .required = true},
      {.name = "tag", .fallback = "latest"},
      {.name = "state", .fallback = "present", .choices = {"absent", "present"}},
      {.name = "source", .choices = {"build", "load", "pull", "local"}},
      {.name = "build", .type = Type::map},
      {.name = "pull", .type = Type::map},
      boolean("push"),
      {.name = "repository"},
      {.name = "archive_path", .type = Type::path},
      {.name = "load_path", .type = Type::path},
      boolean("force_source"),
      boolean("force_absent"),
      boolean("force_tag"),
  });
}

}  // namespace cef::modules
