#include "attributes.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace cef::modules {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr unsigned k_directory = 0040000U;

std::string octal(unsigned mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

/// The bits of one permission letter for one of u, g, o; `shift` is 6, 3 or 0.
unsigned bits_of(char letter, unsigned before, unsigned allowed, unsigned shift) {
  const unsigned exec = (before & k_directory) != 0 || (before & 0111U) != 0 ? 1U : 0U;
  switch (letter) {
    case 'r':
      return (4U << shift) & allowed;
    case 'w':
      return (2U << shift) & allowed;
    case 'x':
      return (1U << shift) & allowed;
    case 'X':
      return exec << shift;
    case 's':
      return shift == 6 ? 04000U : shift == 3 ? 02000U : 0U;
    case 't':
      return shift == 0 ? 01000U : 0U;
    case 'u':
      return ((before >> 6U) & 7U) << shift;
    case 'g':
      return ((before >> 3U) & 7U) << shift;
    default:
      return (before & 7U) << shift;
  }
}

unsigned apply(unsigned mode, char operation, unsigned bits, unsigned shift) {
  if (operation == '+') {
    return mode | bits;
  }
  if (operation == '-') {
    return mode & ~bits;
  }
  const unsigned special = shift == 6 ? 04000U : shift == 3 ? 02000U : 01000U;
  return (mode & ~((7U << shift) | special)) | bits;
}

/// One part between commas: "u+rwX", "g=u", "a-w".
std::optional<unsigned> one_symbolic(std::string_view part, unsigned mode, unsigned before, unsigned umask) {
  std::size_t at = part.find_first_of("+-=");
  if (at == std::string_view::npos) {
    return mode;  // Ansible ignores it
  }
  std::string_view users = part.substr(0, at);
  const unsigned allowed = users.empty() ? ~umask & 07777U : 07777U;
  if (users.empty() || users == "a") {
    users = "ugo";
  }
  if (users.find_first_not_of("ugo") != std::string_view::npos) {
    return std::nullopt;
  }
  while (at < part.size()) {
    const char operation = part[at];
    const std::size_t end = std::min(part.find_first_of("+-=", at + 1), part.size());
    const std::string_view letters = part.substr(at + 1, end - at - 1);
    if (letters.find_first_not_of("rwxXstugo") != std::string_view::npos) {
      return std::nullopt;
    }
    for (const char user : users) {
      const unsigned shift = user == 'u' ? 6 : user == 'g' ? 3 : 0;
      unsigned bits = 0;
      for (const char letter : letters) {
        bits |= bits_of(letter, before, allowed, shift);
      }
      mode = apply(mode, operation, bits, shift);
    }
    at = end;
  }
  return mode;
}

Result<unsigned> symbolic(std::string_view text, unsigned before, unsigned umask) {
  unsigned mode = before & 07777U;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto next = one_symbolic(text.substr(0, comma), mode, before, umask);
    if (!next) {
      return fail(core::Error{ErrorCode::general,
                              "mode must be in octal or symbolic form",
                              {"bad symbolic permission for mode: " + std::string(text.substr(0, comma))}});
    }
    mode = *next;
    if (comma == std::string_view::npos) {
      return mode;
    }
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<Parameter> with_attributes(std::vector<Parameter> parameters) {
  parameters.push_back({.name = "mode", .type = Type::raw});
  for (const char* name : {"owner", "group", "seuser", "serole", "setype", "selevel"}) {
    parameters.push_back({.name = name});
  }
  parameters.push_back({.name = "attributes", .aliases = {"attr"}});
  parameters.push_back({.name = "unsafe_writes", .type = Type::boolean, .fallback = false});
  return parameters;
}

Result<unsigned> parse_mode(const core::Json& mode, unsigned before, unsigned umask) {
  if (mode.is_number_integer()) {
    const auto value = mode.get<std::int64_t>();
    return value >= 0 && value <= 07777
               ? Result<unsigned>(static_cast<unsigned>(value))
               : fail(ErrorCode::general, "Invalid mode supplied, only permission info is allowed");
  }
  std::string text = mode.is_string() ? mode.get<std::string>() : mode.dump();
  std::string_view digits = text;
  digits.remove_prefix(digits.starts_with("0o") ? 2 : 0);
  unsigned value = 0;
  const auto end = digits.data() + digits.size();
  if (const auto parsed = std::from_chars(digits.data(), end, value, 8);
      !digits.empty() && parsed.ec == std::errc{} && parsed.ptr == end) {
    return value <= 07777U ? Result<unsigned>(value)
                           : fail(ErrorCode::general, "Invalid mode supplied, only permission info is allowed");
  }
  return symbolic(text, before, umask);
}

WantedAttributes wanted_attributes(const Call& call) {
  const auto value = [&](const char* name) { return call.args.contains(name) ? call.args.at(name) : core::Json(); };
  const auto text = [&](const char* name) {
    return call.args.contains(name) && call.given(name) ? call.text(name) : std::string();
  };
  return {value("mode"), text("owner"), text("group")};
}

Result<AttributePlan> plan_attributes(const WantedAttributes& wanted, const FileState& state, const Inspection& seen) {
  AttributePlan plan;
  if (!wanted.owner.empty()) {
    if (!seen.owner) {
      return fail(ErrorCode::general, "chown failed: failed to look up user " + wanted.owner);
    }
    if (*seen.owner != state.uid) {
      plan.uid = *seen.owner;
      plan.before["owner"] = state.uid;
      plan.after["owner"] = *seen.owner;
    }
  }
  if (!wanted.group.empty()) {
    if (!seen.group) {
      return fail(ErrorCode::general, "chgrp failed: failed to look up group " + wanted.group);
    }
    if (*seen.group != state.gid) {
      plan.gid = *seen.group;
      plan.before["group"] = state.gid;
      plan.after["group"] = *seen.group;
    }
  }
  if (!wanted.mode.is_null()) {
    const auto mode = parse_mode(wanted.mode, state.mode, seen.umask);
    if (!mode) {
      return fail(mode.error());
    }
    if (*mode != state.permissions()) {
      plan.mode = *mode;
      plan.before["mode"] = mode_text(state.permissions());
      plan.after["mode"] = mode_text(*mode);
    }
  }
  return plan;
}

core::Json attribute_failure(const core::Error& error) {
  core::Json failed = failure(error.message);
  if (!error.context.empty()) {
    failed["details"] = error.context.front();
  }
  return failed;
}

std::string attribute_script(const AttributePlan& plan, const std::string& target) {
  std::string script;
  const auto because = [&](const char* what) {
    return std::string(" 2>&1) || because '") + what + " failed: ' " + target + "\n";
  };
  if (plan.uid) {
    script += "m=$(chown -h " + std::to_string(*plan.uid) + " " + target + because("chown");
  }
  if (plan.gid) {
    script += "m=$(chown -h :" + std::to_string(*plan.gid) + " " + target + because("chgrp");
  }
  if (plan.mode) {
    script += "[ -L " + target + " ] || m=$(chmod " + octal(*plan.mode) + " " + target + because("chmod");
  }
  return script;
}

std::string make_function(const AttributePlan& plan) {
  return "make() {\n  [ ! -e \"$1\" ] || return 0\n"
         "  case $1 in */*) [ -z \"${1%/*}\" ] || ( make \"${1%/*}\" ) || exit 3 ;; esac\n"
         "  [ ! -d \"$1\" ] || return 0\n"  // PATH/.
         "  m=$(mkdir -- \"$1\" 2>&1) || [ -d \"$1\" ] || because \"There was an issue creating $1 as requested: \" "
         "\"$1\"\n" +
         attribute_script(plan, "\"$1\"") + "}\n";
}

FileState new_state(const Inspection& seen, unsigned type, const std::string& path) {
  FileState state;
  state.path = path;
  state.exists = true;
  state.mode = type | ((type == k_directory ? 0777U : 0666U) & ~seen.umask);
  state.uid = seen.uid;
  state.gid = seen.gid;
  return state;
}

}  // namespace cef::modules
