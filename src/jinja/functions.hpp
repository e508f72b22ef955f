#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run.hpp"

namespace cef::jinja {

/// One call of a filter or test, its arguments in the order of its parameters.
class Call {
 public:
  /// `parameters`: names parted by spaces; "?name" may be left out, "*" takes more positional ones, "**" any named one.
  Call(Run& run, const std::string& what, const char* parameters, Value input, Arguments arguments);

  Run& run;
  Value input;

  [[nodiscard]] bool has(std::size_t at) const { return at < given_.size() && given_[at].has_value(); }
  /// Fault when it is undefined.
  [[nodiscard]] const Value& at(std::size_t at) const;
  [[nodiscard]] const Value& raw(std::size_t at) const { return *given_.at(at); }
  [[nodiscard]] Value or_else(std::size_t at, Value otherwise) const { return has(at) ? this->at(at) : otherwise; }
  [[nodiscard]] std::string text(std::size_t at, std::string otherwise = "") const;
  [[nodiscard]] std::int64_t integer(std::size_t at, std::int64_t otherwise = 0) const;
  [[nodiscard]] bool flag(std::size_t at, bool otherwise = false) const;
  /// The positional arguments beyond the parameters.
  [[nodiscard]] const std::vector<Value>& rest() const { return rest_; }
  [[nodiscard]] const std::vector<std::pair<std::string, Value>>& named() const { return named_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Input as Python's str(); fault when undefined.
  [[nodiscard]] std::string input_text() const { return str(input); }
  [[nodiscard]] std::vector<Value> input_elements() const;

 private:
  std::string name_;
  std::vector<std::optional<Value>> given_;
  std::vector<Value> rest_;
  std::vector<std::pair<std::string, Value>> named_;
};

struct Filter {
  const char* name;
  const char* parameters;
  Value (*apply)(Call& call);
  bool takes_undefined = false;
};
struct Test {
  const char* name;
  const char* parameters;
  bool (*holds)(Call& call);
  bool takes_undefined = false;
};

/// Without "ansible.builtin." before it; nullptr: there is none.
[[nodiscard]] const Filter* find_filter(const std::string& name);
[[nodiscard]] const Test* find_test(const std::string& name);
[[nodiscard]] const std::vector<std::string>& filter_names();
[[nodiscard]] const std::vector<std::string>& test_names();
/// "there is no filter 'uper'; did you mean 'upper'?"
[[nodiscard]] std::string no_such_filter(const std::string& name);
[[nodiscard]] std::string no_such_test(const std::string& name);

[[nodiscard]] Value apply_filter(Run& run, const std::string& name, Value input, Arguments arguments);
[[nodiscard]] bool apply_test(Run& run, const std::string& name, Value input, Arguments arguments);

// The families; each file of them gives its own.
using Filters = std::vector<Filter>;
using Tests = std::vector<Test>;
[[nodiscard]] Filters basic_filters();
[[nodiscard]] Filters list_filters();
[[nodiscard]] Filters set_filters();
[[nodiscard]] Filters map_filters();
[[nodiscard]] Filters regex_filters();
[[nodiscard]] Filters text_filters();
[[nodiscard]] Filters number_filters();
[[nodiscard]] Filters encoding_filters();
[[nodiscard]] Filters path_filters();
[[nodiscard]] Tests basic_tests();
[[nodiscard]] Tests regex_tests();
[[nodiscard]] Tests result_tests();

}  // namespace cef::jinja
