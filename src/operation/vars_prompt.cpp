#include "vars_prompt.hpp"

#include "cef/jinja/template.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

Result<Json> encrypted(const Json& answer, const playbook::Prompt& prompt) {
  const std::string salt = prompt.salt.empty() ? "salt_size=" + std::to_string(prompt.salt_size)
                                               : "salt=" + core::dump_line(Json(prompt.salt));
  return jinja::render("{{ answer | string | password_hash('" + prompt.encrypt + "', " + salt + ") }}",
                       jinja::Names({{"answer", answer}}), {});
}

/// What the user types; twice the same where that is asked for. Without a terminal the default, as in Ansible.
Result<std::string> answer_of(const PlaybookOptions& options, const playbook::Prompt& prompt, const std::string& text,
                              const std::string& fallback) {
  if (!options.ask) {
    return "";
  }
  const std::string question = text + (fallback.empty() ? "" : " [" + fallback + "]") + ": ";
  auto answer = options.ask(question, !prompt.hidden);
  auto again = answer && prompt.confirm ? options.ask("confirm " + question, !prompt.hidden) : answer;
  while (answer && again && *answer != *again) {
    answer = options.ask("***** VALUES ENTERED DO NOT MATCH ****\n" + question, !prompt.hidden);
    again = answer ? options.ask("confirm " + question, !prompt.hidden) : answer;
  }
  return answer ? again : answer;
}

}  // namespace

Result<void> ask_prompts(const PlaybookOptions& options, const playbook::Playbook& book,
                         const inventory::Inventory& inventory, playbook::RunOptions& run, bool runs) {
  for (const auto& play : book.plays) {
    for (const auto& prompt : play.prompts) {
      if (run.extra_vars.count(prompt.name) > 0 || run.prompted.count(prompt.name) > 0) {
        continue;
      }
      const auto render = [&](const Json& value) {
        return playbook::render_in_play(value, play, inventory, run).value_or(value);
      };
      const Json fallback = prompt.fallback.given() ? render(prompt.fallback.value) : Json("");
      const Json text = render(prompt.text.empty() ? prompt.name : prompt.text);
      const auto shown = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
      const auto answer = runs ? answer_of(options, prompt, shown(text), shown(fallback)) : Result<std::string>("");
      if (!answer) {
        return fail(answer.error());
      }
      Json value = answer->empty() ? fallback : Json(*answer);
      if (runs && !prompt.encrypt.empty()) {
        auto hash = encrypted(value, prompt);
        if (!hash) {
          return fail(ErrorCode::usage, "vars_prompt '" + prompt.name + "': " + hash.error().message);
        }
        value = std::move(*hash);
      }
      run.prompted[prompt.name] = std::move(value);
    }
  }
  return {};
}

}  // namespace cef::operation
