#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::jinja {

class Value;

/// A map whose values are made when they are asked for: hostvars, vars.
class Object {
 public:
  virtual ~Object() = default;
  /// nullopt: there is no such key.
  [[nodiscard]] virtual core::Result<std::optional<Value>> item(const std::string& key) const = 0;
  [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
};

/// What an expression gives: JSON, a lazy map, or undefined. Copies share what they hold.
class Value {
 public:
  Value() : Value(core::Json(nullptr)) {}
  explicit Value(core::Json json) : json_(std::make_shared<const core::Json>(std::move(json))) {}
  explicit Value(std::shared_ptr<const core::Json> json) : json_(std::move(json)) {}
  explicit Value(std::shared_ptr<const Object> object) : Value(core::Json(nullptr)) { object_ = std::move(object); }
  /// `what` is said when the value is used: "'port' is undefined".
  static Value undefined(std::string what) {
    Value value(core::Json(nullptr));
    value.undefined_ = std::move(what);
    return value;
  }

  [[nodiscard]] bool is_undefined() const noexcept { return !undefined_.empty(); }
  /// Why it is undefined; empty when it is not.
  [[nodiscard]] const std::string& why() const noexcept { return undefined_; }
  /// null when undefined, and for a lazy map.
  [[nodiscard]] const core::Json& json() const noexcept { return *json_; }
  /// Shares the JSON: values inside it can be pointed at without a copy.
  [[nodiscard]] const std::shared_ptr<const core::Json>& shared_json() const noexcept { return json_; }
  /// nullptr when it is no lazy map.
  [[nodiscard]] const std::shared_ptr<const Object>& object() const noexcept { return object_; }

 private:
  std::shared_ptr<const core::Json> json_;
  std::shared_ptr<const Object> object_;
  std::string undefined_;
};

}  // namespace cef::jinja
