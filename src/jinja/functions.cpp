#include "functions.hpp"

#include <algorithm>

#include "cef/core/near_name.hpp"

namespace cef::jinja {

namespace {

std::string plain_name(const std::string& name) {
  for (const std::string prefix : {"ansible.builtin.", "ansible.legacy."}) {
    if (name.rfind(prefix, 0) == 0) {
      return name.substr(prefix.size());
    }
  }
  return name;
}

template <class Function>
class Table {
 public:
  explicit Table(std::vector<std::vector<Function>> families) {
    for (auto& family : families) {
      for (Function& one : family) {
        names_.emplace_back(one.name);
        known_.emplace(one.name, one);
      }
    }
    std::sort(names_.begin(), names_.end());
  }
  [[nodiscard]] const Function* find(const std::string& name) const {
    const auto place = known_.find(plain_name(name));
    return place == known_.end() ? nullptr : &place->second;
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, Function, std::less<>> known_;
  std::vector<std::string> names_;
};

const Table<Filter>& filters() {
  static const Table<Filter> table({basic_filters(), list_filters(), set_filters(), map_filters(), regex_filters(),
                                    text_filters(), number_filters(), encoding_filters(), path_filters()});
  return table;
}

const Table<Test>& tests() {
  static const Table<Test> table({basic_tests(), result_tests(), regex_tests()});
  return table;
}

std::vector<std::string> words(const char* text) {
  std::vector<std::string> found;
  std::string word;
  for (const char* c = text; true; ++c) {
    if (*c == ' ' || *c == '\0') {
      if (!word.empty()) {
        found.push_back(std::move(word));
      }
      word.clear();
      if (*c == '\0') {
        return found;
      }
    } else {
      word += *c;
    }
  }
}

}  // namespace

Call::Call(Run& in, const std::string& what, const char* parameters, Value from, Arguments arguments)
    : run(in), input(std::move(from)), name_(what) {
  bool more = false;
  bool any_name = false;
  std::vector<std::string> names;
  std::size_t needed = 0;
  for (std::string& word : words(parameters)) {
    if (word == "*") {
      more = true;
    } else if (word == "**") {
      any_name = true;
    } else if (word[0] == '?') {
      names.push_back(word.substr(1));
    } else {
      names.push_back(std::move(word));
      ++needed;
    }
  }
  given_.resize(names.size());
  for (std::size_t at = 0; at < arguments.positional.size(); ++at) {
    if (at < names.size()) {
      given_[at] = std::move(arguments.positional[at]);
    } else if (more) {
      rest_.push_back(std::move(arguments.positional[at]));
    } else {
      fault("'" + what + "' takes at most " + std::to_string(names.size()) + " arguments, not " +
            std::to_string(arguments.positional.size()));
    }
  }
  for (auto& [name, value] : arguments.named) {
    const auto place = std::find(names.begin(), names.end(), name);
    if (place != names.end()) {
      given_[static_cast<std::size_t>(place - names.begin())] = std::move(value);
    } else if (any_name) {
      named_.emplace_back(name, std::move(value));
    } else {
      fault("'" + what + "' has no argument '" + name + "'" + core::did_you_mean(name, names));
    }
  }
  for (std::size_t at = 0; at < needed; ++at) {
    if (!given_[at]) {
      fault("'" + what + "' needs the argument '" + names[at] + "'");
    }
  }
}

const Value& Call::at(std::size_t at) const {
  refuse_undefined(*given_.at(at));
  return *given_[at];
}

std::string Call::text(std::size_t at, std::string otherwise) const {
  return has(at) ? str(this->at(at)) : std::move(otherwise);
}

std::int64_t Call::integer(std::size_t at, std::int64_t otherwise) const {
  if (!has(at) || is_none(this->at(at))) {
    return otherwise;
  }
  return integer_of(this->at(at));
}

bool Call::flag(std::size_t at, bool otherwise) const {
  return has(at) ? truth(this->at(at)) : otherwise;
}

std::vector<Value> Call::input_elements() const {
  auto found = elements(input);
  run.step(found.size());
  return found;
}

const Filter* find_filter(const std::string& name) {
  return filters().find(name);
}
const Test* find_test(const std::string& name) {
  return tests().find(name);
}
const std::vector<std::string>& filter_names() {
  return filters().names();
}
const std::vector<std::string>& test_names() {
  return tests().names();
}

std::string no_such_filter(const std::string& name) {
  return "there is no filter '" + name + "'" + core::did_you_mean(plain_name(name), filter_names());
}
std::string no_such_test(const std::string& name) {
  return "there is no test '" + name + "'" + core::did_you_mean(plain_name(name), test_names());
}

Value apply_filter(Run& run, const std::string& name, Value input, Arguments arguments) {
  const Filter* filter = find_filter(name);
  if (filter == nullptr) {
    fault_of_text(no_such_filter(name), run.place);
  }
  if (!filter->takes_undefined) {
    refuse_undefined(input);
  }
  run.step();
  Call call(run, filter->name, filter->parameters, std::move(input), std::move(arguments));
  return filter->apply(call);
}

bool apply_test(Run& run, const std::string& name, Value input, Arguments arguments) {
  const Test* test = find_test(name);
  if (test == nullptr) {
    fault_of_text(no_such_test(name), run.place);
  }
  if (!test->takes_undefined) {
    refuse_undefined(input);
  }
  run.step();
  Call call(run, test->name, test->parameters, std::move(input), std::move(arguments));
  return test->holds(call);
}

}  // namespace cef::jinja
