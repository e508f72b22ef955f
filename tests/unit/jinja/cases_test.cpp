// What Ansible made of each text (cases/*.json, written by make_cases.py) against what this room makes of it.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/jinja/template.hpp"
#include "scope.hpp"

namespace cef::jinja {
namespace {

using core::Json;

Json read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  auto parsed = core::parse_json(text.str(), file.string());
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed : Json();
}

core::Result<Json> answer(const std::string& mode, const std::string& text, const Scope& scope) {
  if (mode == "r") {
    return render(text, scope, {});
  }
  if (mode == "f") {
    auto made = render_file(text, scope, {}, {});
    return made ? core::Result<Json>(Json(*made)) : core::fail(made.error());
  }
  if (mode == "w") {
    const auto held = holds(text, scope, {});
    return held ? core::Result<Json>(Json(*held)) : core::fail(held.error());
  }
  const auto value = evaluate(text, scope, {});
  if (!value) {
    return core::fail(value.error());
  }
  if (value->is_undefined()) {
    return core::fail(core::ErrorCode::general, value->why());
  }
  return value->json();
}

class Cases : public testing::TestWithParam<const char*> {};

TEST_P(Cases, GiveWhatAnsibleGives) {
  const Json file =
      read(std::filesystem::path(CEF_SOURCE_DIR) / "tests/unit/jinja/cases" / (std::string(GetParam()) + ".json"));
  ASSERT_GT(file["cases"].size(), 10U);
  const test::JsonScope scope(file["variables"]);
  for (const Json& one : file["cases"]) {
    const std::string text = one["text"];
    const auto got = answer(one["mode"], text, scope);
    const std::string shown = one["mode"].get<std::string>() + " " + text + "\n  ansible: " + one.dump();
    if (one.contains("error")) {
      EXPECT_FALSE(got) << shown << "\n  cef: " << (got ? got->dump() : "");
      const std::string theirs = one["error"];
      if (!got && (theirs.find(" is undefined") != std::string::npos || theirs.find("has no ") != std::string::npos)) {
        const std::string ours = got.error().message;
        const std::size_t place = ours.find(": ");
        EXPECT_NE(theirs.find(place == std::string::npos ? ours : ours.substr(place + 2)), std::string::npos)
            << shown << "\n  cef: " << ours;
      }
      continue;
    }
    const Json& expected = one.contains("cef") ? one["cef"] : one["result"];
    EXPECT_TRUE(got && *got == expected) << shown << "\n  cef: " << (got ? got->dump() : got.error().message);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Cases, testing::Values("expressions", "conditions", "templates", "filters", "idioms"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace cef::jinja
