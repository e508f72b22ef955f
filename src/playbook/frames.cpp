#include "frames.hpp"

#include <algorithm>

#include "cef/core/text.hpp"

namespace cef::playbook {

const Field* nearest(const Frame* frame, Field Keywords::*keyword) {
  for (; frame != nullptr; frame = frame->parent.get()) {
    if ((frame->keywords.*keyword).given()) {
      return &(frame->keywords.*keyword);
    }
  }
  return nullptr;
}

std::optional<bool> boolean_word(const core::Json& value) {
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  const std::string word = value.is_string() || value.is_number_integer() ? core::lower(core::text_of(value)) : "";
  const auto is_one_of = [&](const std::initializer_list<const char*>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return is_one_of({"y", "yes", "on", "1", "true", "t"})    ? std::optional(true)
         : is_one_of({"n", "no", "off", "0", "false", "f"}) ? std::optional(false)
                                                            : std::nullopt;
}

namespace {

std::vector<const Frame*> outermost_first(const Frame& frame) {
  std::vector<const Frame*> chain;
  for (const Frame* one = &frame; one != nullptr; one = one->parent.get()) {
    chain.push_back(one);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

bool has(const std::set<std::string>& tags, const std::vector<std::string>& any_of) {
  return std::any_of(any_of.begin(), any_of.end(), [&](const std::string& tag) { return tags.count(tag) > 0; });
}

bool has(const std::vector<std::string>& list, const std::string& tag) {
  return std::find(list.begin(), list.end(), tag) != list.end();
}

}  // namespace

std::vector<const Field*> conditions(const Frame& frame) {
  std::vector<const Field*> all;
  for (const Frame* one : outermost_first(frame)) {
    for (const Field& condition : one->keywords.when) {
      all.push_back(&condition);
    }
  }
  return all;
}

std::set<std::string> tags_of(const Frame& frame) {
  std::set<std::string> tags;
  for (const Frame* one = &frame; one != nullptr; one = one->parent.get()) {
    tags.insert(one->keywords.tags.begin(), one->keywords.tags.end());
  }
  return tags;
}

bool is_selected(const std::set<std::string>& own, const std::vector<std::string>& wanted,
                 const std::vector<std::string>& skipped) {
  static const std::set<std::string> k_untagged = {"untagged"};
  static const std::vector<std::string> k_all = {"all"};
  const auto& tags = own.empty() ? k_untagged : own;
  const auto& only = wanted.empty() ? k_all : wanted;
  const bool always = tags.count("always") > 0;
  const bool never = tags.count("never") > 0;
  if (!(always || has(tags, only) || (!never && (has(only, "all") || (has(only, "tagged") && !own.empty()))))) {
    return false;
  }
  if (has(skipped, "all")) {
    return always && !has(skipped, "always");
  }
  return !has(tags, skipped) && !(has(skipped, "tagged") && !own.empty());
}

std::vector<const Field*> environments(const Frame& frame) {
  std::vector<const Field*> all;
  for (const Frame* one : outermost_first(frame)) {
    if (one->keywords.environment.given()) {
      all.push_back(&one->keywords.environment);
    }
  }
  return all;
}

}  // namespace cef::playbook
