#include "cef/report/playbook.hpp"

#include <gtest/gtest.h>

namespace cef::report {
namespace {

using core::Json;
using playbook::Event;
using playbook::Verdict;

Event event_of(const char* module, Verdict verdict, Json result, bool shown) {
  Event event;
  event.kind = Event::Kind::result;
  event.module = module;
  event.host = "pi";
  event.verdict = verdict;
  event.result = std::move(result);
  event.shown = shown;
  return event;
}

std::string text_of(const Event& event) {
  PlaybookText text(Style{}, 0, false);
  return text.event(event);
}

TEST(PlaybookText, ShowsOfDebugItsMessageAlone) {
  const Json result = {{"changed", false}, {"msg", "hello"}, {"item", 1}, {"ansible_loop", {{"index", 1}}}};
  EXPECT_EQ(text_of(event_of("debug", Verdict::ok, result, true)), "ok: [pi] => {\n    \"msg\": \"hello\"\n}\n");
}

TEST(PlaybookText, ShowsOfDebugTheVariable) {
  const Json result = {{"changed", false}, {"x", 1}};
  EXPECT_EQ(text_of(event_of("debug", Verdict::ok, result, true)), "ok: [pi] => {\n    \"x\": 1\n}\n");
}

TEST(PlaybookText, OfARecapNothingPlaysWithTheTerminal) {
  playbook::RunResult result;
  result.recaps["\x1b[2Jpi"] = {};
  const std::string text = PlaybookText(Style{}, 0, false).recap(result);
  EXPECT_NE(text.find("\n\\x1b[2Jpi "), std::string::npos) << text;
}

TEST(PlaybookText, ShowsAssertionsOverSeveralLines) {
  EXPECT_EQ(text_of(event_of("assert", Verdict::ok, {{"changed", false}, {"msg", "All"}}, true)),
            "ok: [pi] => {\n    \"changed\": false,\n    \"msg\": \"All\"\n}\n");
  const Json failed = {{"assertion", "n == 3"}, {"changed", false}, {"evaluated_to", false}, {"failed", true}};
  EXPECT_EQ(text_of(event_of("assert", Verdict::failed, failed, true)),
            "fatal: [pi]: FAILED! => {\n    \"assertion\": \"n == 3\",\n    \"changed\": false,\n"
            "    \"evaluated_to\": false\n}\n");
  EXPECT_EQ(text_of(event_of("assert", Verdict::ok, {{"changed", false}, {"msg", "All"}}, false)), "ok: [pi]\n");
}

TEST(PlaybookText, SaysWhereATaskWasDelegatedToUnlessItWasSkipped) {
  Event event = event_of("command", Verdict::changed, {{"changed", true}}, false);
  event.delegated_to = "localhost";
  EXPECT_EQ(text_of(event), "changed: [pi -> localhost]\n");
  event.verdict = Verdict::skipped;
  EXPECT_EQ(text_of(event), "skipping: [pi]\n");
}

TEST(PlaybookText, ShowsNothingThatIsHidden) {
  EXPECT_EQ(text_of(event_of("debug", Verdict::ok, {{"censored", "hidden"}, {"changed", false}}, false)), "ok: [pi]\n");
}

TEST(PlaybookText, ShowsDifferencesOfNamesThatAreNoText) {
  const Json diff = {{"before", {{"src", "a\xFF"}}}, {"after", {{"src", "b"}}}};
  PlaybookText text(Style{}, 0, true);
  const std::string shown = text.event(event_of("file", Verdict::changed, {{"changed", true}, {"diff", diff}}, false));
  EXPECT_NE(shown.find("-    \"src\": \"a\xEF\xBF\xBD\""), std::string::npos) << shown;
}

}  // namespace
}  // namespace cef::report
