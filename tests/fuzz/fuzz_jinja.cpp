// Any text as a value of a playbook, a file, a condition, an expression, and to check(): it must neither crash nor run
// on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cef/jinja/template.hpp"

namespace {

using cef::core::Json;

class Names final : public cef::jinja::Scope {
 public:
  [[nodiscard]] cef::core::Result<std::optional<cef::jinja::Value>> find(const std::string& name) const override {
    static const auto variables =
        std::make_shared<const Json>(Json{{"n", 5},
                                          {"f", 1.5},
                                          {"s", "some text"},
                                          {"t", true},
                                          {"nil", nullptr},
                                          {"l", {3, 1, 2}},
                                          {"d", {{"a", 1}, {"b", {{"c", {1, 2}}}}}},
                                          {"users", {{{"name", "ann"}, {"uid", 1}}, {{"name", "bob"}}}}});
    if (name == "broken") {
      return cef::core::fail(cef::core::ErrorCode::general, "cannot be evaluated");
    }
    const auto place = variables->find(name);
    if (place == variables->end()) {
      return std::nullopt;
    }
    return cef::jinja::Value(std::shared_ptr<const Json>(variables, &*place));
  }
};

/// An error is one line.
template <class T>
void look_at(const cef::core::Result<T>& result) {
  if (!result && (result.error().message.empty() || result.error().message.find('\n') != std::string::npos)) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) {
    return 0;
  }
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Names scope;
  cef::jinja::Environment environment;
  environment.limits.steps = 100'000;
  environment.limits.output = cef::core::Bytes{256U * 1024};
  environment.limits.time = cef::core::Milliseconds{1000};
  environment.lookup = [](const std::string&, const Json& terms, const Json&) { return terms; };
  environment.include = [&text](const std::string&) { return text; };
  switch (data[0] - '0') {
    case 0:
      look_at(cef::jinja::render(text, scope, environment));
      break;
    case 1:
      look_at(cef::jinja::render_file(text, scope, environment, {}));
      break;
    case 2:
      look_at(cef::jinja::holds(text, scope, environment));
      break;
    case 3:
      look_at(cef::jinja::evaluate(text, scope, environment));
      break;
    default:
      look_at(cef::jinja::check(text, cef::jinja::Kind::text));
      look_at(cef::jinja::check(text, cef::jinja::Kind::expression));
  }
  return 0;
}
