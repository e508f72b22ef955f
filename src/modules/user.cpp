#include <array>
#include <cmath>
#include <ctime>

#include "cef/core/text.hpp"
#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"
#include "user_script.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// "a,b" of a list whose items may hold commas themselves.
std::string joined(const Json& list, bool clean) {
  std::string text;
  for (const Json& item : list) {
    const std::string word = item.is_string() ? item.get<std::string>() : item.dump();
    text += (text.empty() ? "" : ",") + word;
  }
  if (!clean) {
    return text;
  }
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string word = core::trim(text.substr(at, comma - at));
    out += word.empty() ? "" : (out.empty() ? "" : ",") + word;
    at = comma + 1;
  }
  return out;
}

bool looks_hashed(const std::string& password) {
  if (password.empty() || password == "*" || password == "!" || password == "*************") {
    return true;
  }
  if (password.find_first_of(":*!") != std::string::npos) {
    return false;
  }
  std::vector<std::string> fields(1);
  for (const char c : password) {
    if (c == '$') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (fields.size() < 3) {
    return false;
  }
  constexpr const char* k_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./=";
  const std::string& hash = fields.back();
  if (hash.find_first_not_of(k_letters) != std::string::npos) {
    return false;
  }
  return !((fields[1] == "1" && hash.size() != 22) || (fields[1] == "5" && hash.size() != 43) ||
           (fields[1] == "6" && hash.size() != 86));
}

std::string assign_expiry(const Call& call) {
  if (!call.given("expires")) {
    return assign("has_expires", "");
  }
  const double expires = call.args.at("expires").get<double>();
  const auto days = static_cast<long long>(std::floor(expires / 86400));
  const std::time_t seconds = days * 86400;
  std::array<char, 32> date{};
  std::tm when{};
  if (expires >= 0 && ::gmtime_r(&seconds, &when) != nullptr) {
    std::strftime(date.data(), date.size(), "%Y-%m-%d", &when);
  }
  return assign("has_expires", "1") + assign("expires_date", date.data()) +
         assign("expires_days", std::to_string(days));
}

std::string variables(const Call& call) {
  const auto has = [&](const char* name) { return assign(std::string("has_") + name, call.given(name) ? "1" : ""); };
  std::string key_file = call.text("ssh_key_file");
  if (key_file.empty()) {
    key_file = ".ssh/id_" + call.text("ssh_key_type");
  }
  return assign_parameters(call, {"name",
                                  "state",
                                  "uid",
                                  "non_unique",
                                  "group",
                                  "comment",
                                  "shell",
                                  "local",
                                  "force",
                                  "remove",
                                  "create_home",
                                  "move_home",
                                  "skeleton",
                                  "system",
                                  "append",
                                  "seuser",
                                  "umask",
                                  "password_lock",
                                  "update_password",
                                  "generate_ssh_key",
                                  "ssh_key_bits",
                                  "ssh_key_type",
                                  "ssh_key_comment",
                                  "password_expire_min",
                                  "password_expire_max"}) +
         "home=" + (call.given("home") ? path_word(call.text("home")) : "''") + "\n" +
         "ssh_key_file=" + path_word(key_file) + "\n" +
         assign("groups", call.given("groups") ? joined(call.args.at("groups"), true) : "") + has("groups") +
         has("comment") + has("password") + assign("has_passphrase", call.given("ssh_key_passphrase") ? "1" : "") +
         assign_expiry(call);
}

std::string secrets(const Call& call) {
  std::string input;
  for (const char* name : {"password", "ssh_key_passphrase"}) {
    input += call.given(name) ? call.text(name) + "\n" : "";
  }
  return input;
}

void add_key(Json& result, const Answers& answers) {
  if (answers.has("key_file")) {
    result["ssh_key_file"] = answers.text("key_file");
    result["ssh_fingerprint"] = core::trim(answers.text("fingerprint"));
    result["ssh_public_key"] = answers.has("public_key") ? Json(core::trim(answers.text("public_key"))) : Json();
  }
}

Json user_result(const Call& call, const Answers& answers) {
  Json result = {{"changed", answers.yes("changed")}, {"name", call.text("name")}, {"state", call.text("state")}};
  add_said(result, answers);
  if (call.text("state") == "absent") {
    if (answers.yes("changed")) {
      result["force"] = call.flag("force");
      result["remove"] = call.flag("remove");
    }
    return result;
  }
  if (answers.has("made")) {
    result["system"] = call.flag("system");
    result["create_home"] = call.flag("create_home");
  } else {
    result["append"] = call.flag("append");
    result["move_home"] = call.flag("move_home");
  }
  if (call.given("password")) {
    result["password"] = "NOT_LOGGING_PASSWORD";
  }
  result["uid"] = answers.number("uid");
  result["group"] = answers.number("gid");
  for (const char* name : {"comment", "home", "shell"}) {
    result[name] = valid_text(answers.text(name));
  }
  if (call.given("groups")) {
    result["groups"] = joined(call.args.at("groups"), false);
  }
  add_key(result, answers);
  return result;
}

}  // namespace

Result<Json> run_user(const Call& call) {
  if (call.given("umask") && call.flag("local")) {
    return failure("'umask' can not be used with 'local'");
  }
  for (const char* name : {"password", "ssh_key_passphrase"}) {
    if (call.text(name).find('\n') != std::string::npos) {
      return failure(std::string(name) + " must be one line");
    }
  }
  auto answers = ask(call, variables(call) + k_user_look + k_user_create + k_user_modify + k_user_key + k_user_main,
                     secrets(call));
  if (!answers) {
    return fail(answers.error());
  }
  if (call.flag("append") && !call.given("groups")) {
    answers->warnings.emplace_back(
        "'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups."
        "This will change to an error in Ansible 2.14.");
  }
  if (call.given("password") && !looks_hashed(call.text("password"))) {
    answers->warnings.emplace_back(
        "The input password appears not to have been hashed. The 'password' argument must be encrypted for this module "
        "to work properly.");
  }
  if (answers->has("fail")) {
    return failure_of(call, *answers);
  }
  Json result = answers->has("only") ? Json{{"changed", true}} : user_result(call, *answers);
  add_warnings(result, answers->warnings);
  return result;
}

}  // namespace cef::modules
