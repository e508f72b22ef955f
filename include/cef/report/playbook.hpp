#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/playbook.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// What people see while a playbook runs, laid out as ansible-playbook does.
class PlaybookText {
 public:
  PlaybookText(const Style& style, int verbosity, bool diff) : style_(style), verbosity_(verbosity), diff_(diff) {}
  /// The lines of one event; "" when there is nothing to say.
  [[nodiscard]] std::string event(const playbook::Event& event);
  [[nodiscard]] std::string recap(const playbook::RunResult& result) const;

 private:
  [[nodiscard]] std::string banner(const std::string& text) const;
  [[nodiscard]] std::string task_banner(const playbook::Event& event);
  [[nodiscard]] std::string result(const playbook::Event& event);
  [[nodiscard]] std::string item(const playbook::Event& event) const;
  [[nodiscard]] std::string dump(const playbook::Event& event) const;

  Style style_;
  int verbosity_;
  bool diff_;
  std::string shown_;                         ///< the task whose banner was printed last
  std::map<std::string, std::size_t> items_;  ///< host → items of the task that were shown
};

/// One line of --jsonl.
[[nodiscard]] core::Json event_json(const playbook::Event& event);

/// Gathers events into the document of --json: plays with tasks with results.
class PlaybookJson {
 public:
  void event(const playbook::Event& event);
  [[nodiscard]] core::Json document(const operation::PlaybookResult& result) const;

 private:
  core::Json plays_ = core::Json::array();
};

/// Hosts with their counts, as in the recap; and their sums.
[[nodiscard]] core::Json recap_json(const operation::PlaybookResult& result);

/// Lines of a unified diff, three lines of context; "" when there is no difference.
[[nodiscard]] std::string unified_diff(const std::string& before, const std::string& after,
                                       const std::string& before_name, const std::string& after_name);

}  // namespace cef::report
