#include "cef/core/shell.hpp"
#include "command.hpp"
#include "docker_family.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

struct Seen {
  Json container;  ///< null: there is none
  Json image;      ///< null: the host has none
  bool pulled = false;
  [[nodiscard]] bool running() const { return container.is_object() && container["State"].value("Running", false); }
};

Json first_of(const std::string& text) {
  auto list = core::parse_json(text, "docker inspect");
  return list && list->is_array() && !list->empty() ? list->at(0) : Json();
}

/// Pulls when that is asked for, then tells container and image.
std::string look_script(const Call& call) {
  const std::string image = core::shell_quote(call.text("image"));
  std::string script = docker_head(call);
  const bool needs = call.given("image") && call.text("state") != "absent";
  if (needs && !call.check) {
    const std::string pull = call.text("pull");
    const bool always = pull == "true" || pull == "always" || pull == "yes" || pull == "True";
    script += "i=$(docker image inspect --format '{{.Id}}' " + image + " 2>/dev/null)\n";
    script +=
        pull == "never" ? "" : (always ? "x" : "[ -n \"$i\" ] || x") + std::string(" docker pull -q ") + image + "\n";
    script +=
        "n=$(docker image inspect --format '{{.Id}}' " + image + " 2>/dev/null)\n[ \"$i\" = \"$n\" ] && n= || n=1\n";
  } else {
    script += "n=\n";
  }
  script += "printf 'ok\\0%s\\0' \"$n\"; docker container inspect " + core::shell_quote(call.text("name")) +
            " 2>/dev/null; printf '\\0'\n";
  return script + (needs ? "docker image inspect " + image + " 2>/dev/null\n" : "") + "exit 0\n";
}

class Container {
 public:
  Container(const Call& call, Seen seen)
      : call_(call), seen_(std::move(seen)), name_(core::shell_quote(call.text("name"))) {}
  Result<Json> run();

 private:
  void stop() {
    const Json& signal = call_.args.at("kill_signal");
    if (call_.flag("force_kill")) {
      script_ += "x docker kill" + (signal.is_null() ? "" : " -s " + core::shell_quote(python_json(signal))) + " " +
                 name_ + "\n";
    } else {
      script_ += "x docker stop" +
                 (call_.given("stop_timeout") ? " -t " + core::shell_quote(call_.text("stop_timeout")) : "") + " " +
                 name_ + "\n";
    }
  }
  void remove() {
    if (seen_.running()) {
      stop();
    }
    script_ += std::string("x docker rm -f") + (call_.flag("keep_volumes") ? " " : " -v ") + name_ + "\n";
    changed_ = true;
  }
  void create();
  void start() {
    script_ += "x docker start " + name_ + "\n";
    changed_ = true;
  }
  void join_networks();
  Json absent();
  std::optional<Json> plan();
  Result<Json> act();

  const Call& call_;
  Seen seen_;
  std::string name_;
  std::string script_, input_;
  bool changed_ = false, created_ = false;
  std::vector<DockerDifference> differences_;
};

void Container::create() {
  std::string environment;
  if (call_.given("env")) {
    for (const auto& [name, value] : call_.args.at("env").items()) {
      environment += name + "=" + python_json(value) + "\n";
    }
  }
  input_ = environment;
  script_ += "(umask 077; cat >\"$d/env\")\n";
  script_ += "x docker create --name " + name_ + " --env-file \"$d/env\"" +
             (call_.given("env_file") ? " --env-file " + path_word(call_.text("env_file")) : "");
  for (const std::string& word : docker_create_options(call_.args)) {
    script_ += " " + core::shell_quote(word);
  }
  script_ += " " + core::shell_quote(call_.given("image") ? call_.text("image")
                                                          : seen_.container["Config"].value("Image", ""));
  std::vector<std::string> words = docker_words(call_.args.at("entrypoint"));
  if (!words.empty()) {
    words.erase(words.begin());  // the first is --entrypoint
  }
  for (const std::string& word : docker_words(call_.args.at("command"))) {
    words.push_back(word);
  }
  for (const std::string& word : words) {
    script_ += " " + core::shell_quote(word);
  }
  script_ += "\n";
  changed_ = true;
  created_ = true;
}

void Container::join_networks() {
  if (!call_.given("networks")) {
    return;
  }
  Json there = Json::object();
  if (!created_ && seen_.container.is_object()) {
    there = seen_.container["NetworkSettings"].value("Networks", Json::object());
  }
  bool first = created_;
  for (const Json& network : call_.args.at("networks")) {
    const std::string name = network.is_object() ? network.value("name", "") : python_json(network);
    const bool at_creation = first;  // docker create has it already
    first = false;
    if (at_creation || there.contains(name)) {
      continue;
    }
    script_ += "x docker network connect";
    for (const auto& [key, option] : {std::pair("ipv4_address", "--ip"), std::pair("ipv6_address", "--ip6")}) {
      script_ += network.is_object() && network.contains(key)
                     ? std::string(" ") + option + " " + core::shell_quote(python_json(network[key]))
                     : "";
    }
    for (const auto& [key, option] : {std::pair("aliases", "--alias"), std::pair("links", "--link")}) {
      for (const Json& one : network.is_object() ? network.value(key, Json::array()) : Json::array()) {
        script_ += std::string(" ") + option + " " + core::shell_quote(python_json(one));
      }
    }
    script_ += " " + core::shell_quote(name) + " " + name_ + "\n";
    changed_ = true;
  }
}

/// What is to be done for present, started and stopped; a failure when it cannot be.
std::optional<Json> Container::plan() {
  const std::string state = call_.text("state");
  const bool exists = seen_.container.is_object();
  if (!exists) {
    if (!call_.given("image")) {
      return failure("Cannot create container when image is not specified!");
    }
    create();
  } else {
    differences_ = docker_differences(call_.args, seen_.container, seen_.image);
    if (call_.flag("recreate") || !differences_.empty()) {
      if (!call_.given("image")) {
        script_ += "# the image of the old one\n";
      }
      remove();
      create();
    }
  }
  join_networks();
  if (state == "started") {
    if (created_ || !seen_.running()) {
      start();
    } else if (call_.flag("restart")) {
      script_ += "x docker restart " + name_ + "\n";
      changed_ = true;
    }
  } else if (state == "stopped" && !created_ && seen_.running()) {
    stop();
    changed_ = true;
  }
  return std::nullopt;
}

Result<Json> Container::act() {
  const bool waits = call_.text("state") == "started" && call_.given("detach") && !call_.flag("detach") && changed_;
  std::string end = "e=\n";
  if (waits) {
    end = "e=$(docker wait " + name_ + ")\ndocker logs " + name_ + " >\"$d/log\" 2>&1\n";
  }
  end += "printf 'ok\\0%s\\0' \"$e\"; docker container inspect " + name_ +
         " 2>/dev/null; printf '\\0'; cat \"$d/log\" 2>/dev/null\n";
  end += waits && call_.flag("cleanup") ? "docker rm -f " + name_ + " >/dev/null 2>&1\n" : "";
  const auto ran = call_.run(docker_head(call_) + script_ + end + "exit 0\n", input_);
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  if (auto failed = docker_failure(fields, *ran)) {
    return *failed;
  }
  const std::string status = fields.next();
  Json container = first_of(fields.next());
  Json result = {{"changed", true}};
  if (container.is_object()) {
    if (waits) {
      container["Output"] = valid_text(fields.rest());
    }
    result["container"] = std::move(container);
  }
  if (waits) {
    result["status"] = std::atoi(status.c_str());
    if (status != "0") {
      result["failed"] = true;
      result["changed"] = true;
      result["msg"] = valid_text(fields.rest());
    }
  }
  return result;
}

Result<Json> Container::run() {
  if (call_.text("state") == "absent") {
    if (seen_.container.is_object()) {
      remove();
    }
  } else if (auto failed = plan()) {
    return *failed;
  }
  Json diff = {{"before", Json::object()}, {"after", Json::object()}};
  for (const DockerDifference& one : differences_) {
    diff["before"][one.name] = one.is;
    diff["after"][one.name] = one.wanted;
  }
  Json result = {{"changed", changed_ || seen_.pulled}};
  if (changed_ && !call_.check) {
    auto done = act();
    if (!done || done->contains("failed")) {
      return done;
    }
    result = std::move(*done);
  } else if (seen_.container.is_object() && call_.text("state") != "absent") {
    result["container"] = seen_.container;
  }
  if (call_.diff) {
    result["diff"] = std::move(diff);
  }
  return result;
}

}  // namespace

Result<Json> run_docker_container(const Call& call) {
  const auto ran = call.run(look_script(call));
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  if (auto failed = docker_failure(fields, *ran)) {
    return *failed;
  }
  Seen seen;
  seen.pulled = !fields.next().empty();
  seen.container = first_of(fields.next());
  seen.image = first_of(std::string(fields.rest()));
  return Container(call, std::move(seen)).run();
}

}  // namespace cef::modules
