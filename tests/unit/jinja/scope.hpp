#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cef/jinja/template.hpp"

namespace cef::jinja::test {

/// The variables of a test.
class JsonScope final : public Scope {
 public:
  explicit JsonScope(core::Json variables) : variables_(std::make_shared<const core::Json>(std::move(variables))) {}
  [[nodiscard]] core::Result<std::optional<Value>> find(const std::string& name) const override {
    const auto place = variables_->find(name);
    if (place == variables_->end()) {
      return std::nullopt;
    }
    return Value(std::shared_ptr<const core::Json>(variables_, &*place));
  }

 private:
  std::shared_ptr<const core::Json> variables_;
};

}  // namespace cef::jinja::test
