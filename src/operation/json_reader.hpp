#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cef/core/json.hpp"

namespace cef::operation {

/// Reads a document of a known schema: the first value that is not what the schema says is kept as the fault, by its
/// path; what is read after it is empty.
class JsonReader {
 public:
  JsonReader(const core::Json& value, std::string path, std::string& fault)
      : value_(value), path_(std::move(path)), fault_(fault) {}

  [[nodiscard]] const core::Json& value() const { return value_; }
  [[nodiscard]] bool is_object() const { return value_.is_object(); }

  /// Null when it is missing.
  [[nodiscard]] JsonReader at(const char* key) const {
    static const core::Json k_null;
    const bool has = value_.is_object() && value_.contains(key);
    return {has ? value_.at(key) : k_null, path_.empty() ? key : path_ + "." + key, fault_};
  }
  [[nodiscard]] bool has(const char* key) const {
    return value_.is_object() && value_.contains(key) && !value_.at(key).is_null();
  }
  [[nodiscard]] std::string text(const char* key) const {
    const JsonReader member = at(key);
    return member.value_.is_string() ? member.value_.get<std::string>() : (member.expected("text"), "");
  }
  [[nodiscard]] double number(const char* key) const {
    const auto found = optional_number(key);
    return found ? *found : (at(key).expected("a number"), 0.0);
  }
  [[nodiscard]] std::optional<double> optional_number(const char* key) const {
    return has(key) ? at(key).as_number() : std::nullopt;
  }
  /// A whole number, at least 0.
  [[nodiscard]] std::uint64_t count(const char* key) const {
    const JsonReader member = at(key);
    return member.value_.is_number_unsigned() ? member.value_.get<std::uint64_t>()
                                              : (member.expected("a whole number of 0 or more"), 0U);
  }
  [[nodiscard]] bool flag(const char* key) const {
    const JsonReader member = at(key);
    return member.value_.is_boolean() ? member.value_.get<bool>() : (member.expected("true or false"), false);
  }
  /// `read` is called with a reader of every element.
  template <class Read>
  [[nodiscard]] auto list(const char* key, const Read& read) const {
    std::vector<decltype(read(std::declval<const JsonReader&>()))> out;
    const JsonReader member = at(key);
    if (!member.value_.is_array()) {
      member.expected("a list");
      return out;
    }
    out.reserve(member.value_.size());
    std::size_t i = 0;
    for (const auto& element : member.value_) {
      out.push_back(read(JsonReader(element, member.path_ + "[" + std::to_string(i++) + "]", fault_)));
    }
    return out;
  }
  [[nodiscard]] std::string as_text() const {
    return value_.is_string() ? value_.get<std::string>() : (expected("text"), "");
  }
  [[nodiscard]] std::optional<double> as_number() const {
    if (value_.is_number() && std::isfinite(value_.get<double>())) {
      return value_.get<double>();
    }
    expected("a number");
    return std::nullopt;
  }
  void expected(const std::string& what) const {
    if (fault_.empty()) {
      fault_ = path_ + " is not " + what;
    }
  }

 private:
  const core::Json& value_;
  std::string path_;
  std::string& fault_;
};

}  // namespace cef::operation
