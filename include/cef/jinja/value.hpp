#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::jinja {

class Held;
class Object;

/// What an expression gives: JSON, undefined, or a map whose values are made when asked for. Copies share what they
/// hold.
class Value {
 public:
  Value() : Value(core::Json(nullptr)) {}
  explicit Value(core::Json json) : json_(std::make_shared<const core::Json>(std::move(json))) {}
  /// A part of a bigger document, which it keeps alive: shared_ptr's aliasing constructor makes such pointers.
  explicit Value(std::shared_ptr<const core::Json> part) : json_(std::move(part)) {}
  /// A map that is asked for its values one by one: hostvars, vars.
  explicit Value(std::shared_ptr<const Object> object);
  /// Of the room only: lists and maps made by expressions, functions, dates.
  explicit Value(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
  /// `what` is said when the value is used: "'port' is undefined".
  static Value undefined(std::string what);

  [[nodiscard]] bool is_undefined() const noexcept;
  /// Why it is undefined; empty when it is not.
  [[nodiscard]] const std::string& why() const noexcept;
  /// null when undefined. Of an Object it is made (null for what cannot be evaluated) and kept.
  [[nodiscard]] const core::Json& json() const;
  /// Shares the JSON: values inside it can be pointed at without a copy.
  [[nodiscard]] std::shared_ptr<const core::Json> shared_json() const;
  /// nullptr when it is no lazy map.
  [[nodiscard]] std::shared_ptr<const Object> object() const;

  /// nullptr: the value is JSON.
  [[nodiscard]] const std::shared_ptr<const Held>& held() const noexcept { return held_; }
  [[nodiscard]] const std::shared_ptr<const core::Json>& part() const noexcept { return json_; }
  /// Text that stays text, whatever it looks like (of |string, |to_json and their like).
  [[nodiscard]] bool stays_text() const noexcept { return stays_text_; }
  [[nodiscard]] Value as_text() && {
    stays_text_ = true;
    return std::move(*this);
  }
  /// Text that is HTML (of |escape, |safe), which is not escaped again.
  [[nodiscard]] bool is_markup() const noexcept { return markup_; }
  [[nodiscard]] Value as_markup() && {
    markup_ = true;
    return std::move(*this);
  }

 private:
  std::shared_ptr<const core::Json> json_;
  std::shared_ptr<const Held> held_;
  bool stays_text_ = false;
  bool markup_ = false;
};

/// A map whose values are made when they are asked for.
class Object {
 public:
  virtual ~Object() = default;
  /// nullopt: there is no such key. Error: it is there but cannot be evaluated.
  [[nodiscard]] virtual core::Result<std::optional<Value>> item(const std::string& key) const = 0;
  [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
  /// As Python calls it: "'dict object' has no attribute 'x'".
  [[nodiscard]] virtual std::string type() const { return "dict object"; }
};

}  // namespace cef::jinja
