#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cef/core/json.hpp"

namespace cef::jinja {

/// What an expression gives: JSON, or undefined. Copies share the JSON.
class Value {
 public:
  Value() : Value(core::Json(nullptr)) {}
  explicit Value(core::Json json) : json_(std::make_shared<const core::Json>(std::move(json))) {}
  /// `what` is said when the value is used: "'port' is undefined".
  static Value undefined(std::string what) {
    Value value(core::Json(nullptr));
    value.undefined_ = std::move(what);
    return value;
  }

  [[nodiscard]] bool is_undefined() const noexcept { return !undefined_.empty(); }
  /// Why it is undefined; empty when it is not.
  [[nodiscard]] const std::string& why() const noexcept { return undefined_; }
  /// null when undefined.
  [[nodiscard]] const core::Json& json() const noexcept { return *json_; }

 private:
  std::shared_ptr<const core::Json> json_;
  std::string undefined_;
};

}  // namespace cef::jinja
