#include "lookup_password.hpp"

#include <map>
#include <mutex>

#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/text.hpp"
#include "cef/jinja/template.hpp"
#include "cef/playbook/read.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_nowhere = "/dev/null";
constexpr int k_longest = 4096;

/// The characters that Python's module `string` has under a name; the name itself where it has none.
std::string characters(const std::string& name) {
  const std::string lower = "abcdefghijklmnopqrstuvwxyz";
  const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string digits = "0123456789";
  const std::map<std::string, std::string> known = {
      {"ascii_letters", lower + upper},
      {"ascii_lowercase", lower},
      {"ascii_uppercase", upper},
      {"digits", digits},
      {"hexdigits", digits + "abcdefABCDEF"},
      {"octdigits", "01234567"},
      {"punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
  };
  const auto found = known.find(name);
  return found == known.end() ? name : found->second;
}

/// "digits,,,x": an empty word is the comma itself.
std::string alphabet_of(const Json& chars) {
  std::string all;
  if (chars.is_array()) {
    for (const Json& one : chars) {
      all += characters(core::text_of(one));
    }
  } else {
    std::string words = core::text_of(chars);
    if (const auto comma = words.find(",,"); comma != std::string::npos) {
      all = ",";
      words.erase(comma, 1);
    }
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find(',', at), words.size());
      all += characters(words.substr(at, end - at));
      at = end + 1;
    }
  }
  std::erase_if(all, [](char c) { return c == '"' || c == '\''; });
  return all;
}

struct Wanted {
  fs::path file;
  std::map<std::string, Json> options;
};

Result<Wanted> parse(const std::string& term, const Json& named, const fs::path& playbook) {
  Wanted wanted;
  wanted.options = {{"length", 20}, {"chars", {"ascii_letters", "digits", ".,:-_"}}, {"seed", nullptr}};
  for (const char* name : {"length", "chars", "seed", "encrypt"}) {
    if (named.contains(name)) {
      wanted.options[name] = named[name];
    }
  }
  const std::size_t space = std::min(term.find(' '), term.size());
  const auto words = read_key_values(term.substr(space));
  if (!words) {
    return fail(ErrorCode::general, "lookup of password: " + words.error().message);
  }
  for (const auto& [name, value] : *words) {
    if (name != "length" && name != "chars" && name != "seed" && name != "encrypt") {
      return fail(ErrorCode::general, "Unrecognized parameter(s) given to password lookup: " + name);
    }
    wanted.options[name] = value;
  }
  wanted.file = playbook / core::expand_home(term.substr(0, space));
  return wanted;
}

Result<std::string> made(const Wanted& wanted) {
  const std::string alphabet = alphabet_of(wanted.options.at("chars"));
  const int length = std::atoi(core::text_of(wanted.options.at("length")).c_str());
  if (alphabet.empty() || length < 1 || length > k_longest) {
    return fail(ErrorCode::general, "lookup of password: length is 1 to 4096, and there must be characters to choose");
  }
  return jinja::random_text(wanted.options.at("seed"), alphabet, static_cast<std::size_t>(length));
}

}  // namespace

Result<std::string> password_of(const std::string& term, const Json& named, const fs::path& playbook) {
  const auto wanted = parse(term, named, playbook);
  if (!wanted) {
    return fail(wanted.error());
  }
  static std::mutex one_at_a_time;  // hosts ask for the same file
  const std::lock_guard lock(one_at_a_time);
  const bool kept = wanted->file != k_nowhere;
  std::error_code ignored;
  const bool there = kept && fs::exists(wanted->file, ignored);
  auto password = there ? core::read_file(wanted->file, core::Bytes{65536}) : made(*wanted);
  if (!password) {
    return fail(password.error());
  }
  *password = there ? password->substr(0, password->find_last_not_of(" \t\r\n") + 1) : *password;
  const std::size_t mark = there ? password->rfind(" salt=") : std::string::npos;
  std::string salt = mark == std::string::npos ? "" : password->substr(mark + 6);
  salt = salt.substr(0, salt.find(" ident="));
  *password = password->substr(0, mark);
  const auto type = wanted->options.find("encrypt");
  const bool encrypts = type != wanted->options.end() && !type->second.is_null() && type->second != "";
  const bool salted = encrypts && salt.empty();
  if (salted) {
    salt = *jinja::random_text(nullptr, characters("ascii_letters") + characters("digits"), 16);
  }
  if (kept && (!there || salted)) {
    fs::create_directories(wanted->file.parent_path(), ignored);
    const std::string line = *password + (salt.empty() ? "" : " salt=" + salt) + "\n";
    if (auto written = core::write_file_atomically(wanted->file, line, 0600); !written) {
      return fail(written.error());
    }
  }
  if (!encrypts) {
    return password;
  }
  const jinja::Names names({{"password", *password}, {"type", type->second}, {"salt", salt}});
  const auto hash = jinja::render("{{ password | password_hash(type, salt) }}", names, {});
  return hash ? Result<std::string>(core::text_of(*hash)) : fail(hash.error());
}

}  // namespace cef::playbook
