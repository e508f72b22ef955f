#pragma once

#include <map>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

/// What a script of a system module said with `say KEY VALUE`; "fail" is why the module failed.
struct Answers {
  std::map<std::string, std::string> values;
  std::vector<std::string> warnings;  ///< said as "warn"

  [[nodiscard]] bool has(const std::string& key) const { return values.contains(key); }
  [[nodiscard]] std::string text(const std::string& key) const { return has(key) ? values.at(key) : std::string(); }
  [[nodiscard]] bool yes(const std::string& key) const { return text(key) == "1"; }
  [[nodiscard]] core::Json number(const std::string& key) const;  ///< null when it is none
  /// The module's failure: "msg", and rc, stdout and stderr where they were said.
  [[nodiscard]] core::Json failed() const;
};

/// Runs a script with these shell functions before it:
///   say KEY VALUE; give_up MESSAGE (ends the script); need PROGRAM; has PROGRAM;
///   try COMMAND… (its status, stdout and stderr are then $rc, $out and $err; what it leaves running holds nothing);
///   try_or_fail COMMAND… (gives up with what it said); make_w (a folder of the script's own, $w);
///   receive SIZE (the input, that long, into $w/new); put PATH (that becomes the file, in one step).
/// $check is 1 in check mode, else empty. A script that ends without `finish` is a failure.
core::Result<Answers> ask(const Call& call, const std::string& script, std::string input = {});

/// NAME='value'
[[nodiscard]] std::string assign(const std::string& name, const std::string& value);
/// The parameter under its own name: text as it is, a boolean as 1 or 0, empty when it is not given.
[[nodiscard]] std::string assign_parameters(const Call& call, const std::vector<const char*>& names);

/// "warnings" when there are any.
void add_warnings(core::Json& result, const std::vector<std::string>& warnings);
/// "stdout" and "stderr" with their lines, each where it is not empty.
void add_said(core::Json& result, const Answers& answers);
/// The failure, with "name" when a program failed.
[[nodiscard]] core::Json failure_of(const Call& call, const Answers& answers);

}  // namespace cef::modules
