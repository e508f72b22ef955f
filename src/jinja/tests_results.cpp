// The tests of results of tasks, of sets, and of paths on this machine.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "functions.hpp"
#include "version.hpp"

namespace cef::jinja {

namespace {

namespace fs = std::filesystem;

bool flag_of(Call& call, const char* key) {
  if (!is_map(call.input)) {
    fault("The '" + call.name() + "' test expects a dictionary");
  }
  const auto found = member(call.input, key);
  return found && truth(*found);
}

bool changed(Call& call) {
  if (!is_map(call.input)) {
    fault("The 'changed' test expects a dictionary");
  }
  if (member(call.input, "changed")) {
    return flag_of(call, "changed");
  }
  const auto results = member(call.input, "results");
  if (!results || !is_list(*results) || size_of(*results) == 0 || !is_map(element(*results, 0))) {
    return false;
  }
  const auto all = elements(*results);
  return std::any_of(all.begin(), all.end(), [](const Value& one) {
    const auto found = is_map(one) ? member(one, "changed") : std::nullopt;
    return found && truth(*found);
  });
}

/// Of asynchronous tasks; others count as done.
bool is_one(Call& call, const char* key) {
  if (!is_map(call.input)) {
    fault("The '" + call.name() + "' test expects a dictionary");
  }
  const auto found = member(call.input, key);
  return !found || equals(*found, make(1));
}

Tests of_results() {
  const auto failed = [](Call& call) { return flag_of(call, "failed"); };
  const auto succeeded = [](Call& call) { return !flag_of(call, "failed"); };
  const auto skipped = [](Call& call) { return flag_of(call, "skipped"); };
  return {
      {"failed", "", failed},
      {"failure", "", failed},
      {"succeeded", "", succeeded},
      {"success", "", succeeded},
      {"successful", "", succeeded},
      {"changed", "", changed},
      {"change", "", changed},
      {"skipped", "", skipped},
      {"skip", "", skipped},
      {"unreachable", "", [](Call& call) { return flag_of(call, "unreachable"); }},
      {"reachable", "", [](Call& call) { return !flag_of(call, "unreachable"); }},
      {"started", "", [](Call& call) { return is_one(call, "started"); }},
      {"finished", "", [](Call& call) { return is_one(call, "finished"); }},
  };
}

/// Whether all items of `small` are in `big`.
bool within(Call& call, const Value& small, const Value& big) {
  std::unordered_map<std::string, bool> ids;
  for (const Value& item : elements(big)) {
    call.run.step();
    ids.emplace(key_id(item), true);
  }
  const auto all = elements(small);
  call.run.step(all.size());
  return std::all_of(all.begin(), all.end(), [&](const Value& item) { return ids.contains(key_id(item)); });
}

bool has_truth(Call& call, bool all) {
  const auto items = call.input_elements();
  return all ? std::all_of(items.begin(), items.end(), truth) : std::any_of(items.begin(), items.end(), truth);
}

bool truthy(Call& call) {
  if (call.flag(0)) {
    const std::string text = lower(trim(str(call.input)));
    for (const char* yes : {"y", "yes", "on", "1", "true", "t", "1.0"}) {
      if (text == yes) {
        return true;
      }
    }
    for (const char* no : {"n", "no", "off", "0", "false", "f", "0.0"}) {
      if (text == no) {
        return false;
      }
    }
  }
  return truth(call.input);
}

Tests of_sets() {
  const auto subset = [](Call& call) { return within(call, call.input, call.at(0)); };
  const auto superset = [](Call& call) { return within(call, call.at(0), call.input); };
  const auto nan = [](Call& call) { return is_number(call.input) && std::isnan(number_of(call.input)); };
  return {
      {"subset", "b", subset},
      {"issubset", "b", subset},
      {"superset", "b", superset},
      {"issuperset", "b", superset},
      {"contains", "value", [](Call& call) { return contains(call.input, call.at(0)); }},
      {"any", "", [](Call& call) { return has_truth(call, false); }},
      {"all", "", [](Call& call) { return has_truth(call, true); }},
      {"truthy", "?convert_bool", truthy},
      {"falsy", "?convert_bool", [](Call& call) { return !truthy(call); }},
      {"nan", "", nan},
      {"isnan", "", nan},
      {"vault_encrypted", "",
       [](Call& call) { return is_text(call.input) && text_of(call.input).rfind("$ANSIBLE_VAULT;", 0) == 0; }},
      {"version", "version ?operator ?strict ?version_type", version_holds},
      {"version_compare", "version ?operator ?strict ?version_type", version_holds},
  };
}

fs::path path_of(Call& call) {
  return fs::path(text_of(call.input));
}

template <class Question>
bool asked(Call& call, Question question) {
  std::error_code error;
  return question(path_of(call), error);
}

Tests of_paths() {
  const auto exists = [](Call& call) {
    return asked(call, [](const fs::path& path, std::error_code& error) { return fs::exists(path, error); });
  };
  const auto file = [](Call& call) {
    return asked(call, [](const fs::path& path, std::error_code& error) { return fs::is_regular_file(path, error); });
  };
  const auto folder = [](Call& call) {
    return asked(call, [](const fs::path& path, std::error_code& error) { return fs::is_directory(path, error); });
  };
  const auto link = [](Call& call) {
    return asked(call, [](const fs::path& path, std::error_code& error) { return fs::is_symlink(path, error); });
  };
  const auto link_exists = [](Call& call) {
    return asked(call, [](const fs::path& path, std::error_code& error) {
      return fs::symlink_status(path, error).type() != fs::file_type::not_found;
    });
  };
  const auto absolute = [](Call& call) { return path_of(call).is_absolute(); };
  const auto same = [](Call& call) {
    std::error_code error;
    return fs::equivalent(path_of(call), fs::path(text_of(call.at(0))), error);
  };
  return {
      {"exists", "", exists}, {"file", "", file},       {"is_file", "", file},        {"directory", "", folder},
      {"is_dir", "", folder}, {"link", "", link},       {"is_link", "", link},        {"link_exists", "", link_exists},
      {"abs", "", absolute},  {"is_abs", "", absolute}, {"same_file", "other", same},
  };
}

}  // namespace

Tests result_tests() {
  Tests all = of_results();
  for (const Tests& more : {of_sets(), of_paths()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace cef::jinja
