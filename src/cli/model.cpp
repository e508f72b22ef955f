#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/core/duration.hpp"
#include "cef/operation/model.hpp"
#include "cef/report/model.hpp"

namespace cef::cli {

namespace {

int run_list(const operation::ModelListOptions& options, const Globals& globals, Console& console) {
  const auto result = operation::model_list(options);
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  switch (globals.output) {
    case OutputMode::table:
      console.out << report::model_list_text(*result, console.style);
      break;
    case OutputMode::json:
      console.out << core::dump_document(report::to_json(*result)) << '\n';
      break;
    case OutputMode::jsonl:
      for (const auto& model : result->models) {
        core::Json line = {{"event", "model"}};
        line.update(report::to_json(model));
        console.out << core::dump_line(line) << '\n';
      }
      break;
  }
  return 0;
}

/// A result that --jsonl gives as one last event.
template <class Result>
void write_result(const Result& result, std::string (*text)(const Result&, const report::Style&),
                  const Globals& globals, Console& console) {
  switch (globals.output) {
    case OutputMode::table:
      console.out << text(result, console.style);
      break;
    case OutputMode::json:
      console.out << core::dump_document(report::to_json(result)) << '\n';
      break;
    case OutputMode::jsonl: {
      core::Json line = {{"event", "result"}};
      line.update(report::to_json(result));
      console.out << core::dump_line(line) << '\n';
      break;
    }
  }
}

int run_show(const operation::ModelShowOptions& options, const Globals& globals, Console& console) {
  const auto result = operation::model_show(options);
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  write_result(*result, &report::model_show_text, globals, console);
  const bool damaged = result->digest_state == operation::DigestState::differs;
  return damaged ? exit_code(core::ErrorCode::integrity) : 0;
}

int run_fetch(const operation::ModelFetchOptions& options, const Globals& globals, Console& console) {
  constexpr auto k_interval = std::chrono::milliseconds(200);
  const bool draw = console.err_is_terminal && globals.verbosity >= 0;
  auto last = core::Clock::now() - k_interval;
  const auto result = operation::model_fetch(
      options,
      [&](const registry::DownloadProgress& progress) {
        if (core::Clock::now() - last < k_interval) {
          return;
        }
        last = core::Clock::now();
        if (draw) {
          console.err << "\r\x1b[K" << report::progress_line(options.name, progress) << std::flush;
        }
        if (globals.output == OutputMode::jsonl) {
          console.out << core::dump_line(report::to_json(progress)) << '\n' << std::flush;
        }
      },
      console.stop);
  if (draw) {
    console.err << "\r\x1b[K" << std::flush;
  }
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  write_result(*result, &report::model_fetch_text, globals, console);
  return 0;
}

template <class Options>
void add_catalog(CLI::App& app, Options& options) {
  app.add_option("--catalog", options.catalog, "another catalogue (default: the one that comes with cef)");
}

}  // namespace

void register_model(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("model", "list, show and fetch the models that cef knows");
  app->require_subcommand(1);
  app->footer("Examples:\n  cef model list\n  cef model fetch resnet18");

  auto list_options = std::make_shared<operation::ModelListOptions>();
  auto* list = app->add_subcommand("list", "all models of the catalogue, and which are on this machine");
  add_catalog(*list, *list_options);
  list->footer("Examples:\n  cef model list\n  cef model list --json");
  list->callback([list_options, &action] {
    action = [list_options](const Globals& globals, Console& console) {
      return run_list(*list_options, globals, console);
    };
  });

  auto show_options = std::make_shared<operation::ModelShowOptions>();
  auto* show = app->add_subcommand("show", "one model: numbers, source, digest; exit 10 when its file is damaged");
  show->add_option("name", show_options->name, "as 'cef model list' shows it")->required();
  add_catalog(*show, *show_options);
  show->footer("Examples:\n  cef model show resnet50\n  cef model show resnet50-w8 --json");
  show->callback([show_options, &action] {
    action = [show_options](const Globals& globals, Console& console) {
      return run_show(*show_options, globals, console);
    };
  });

  auto fetch_options = std::make_shared<operation::ModelFetchOptions>();
  auto* fetch = app->add_subcommand("fetch", "download a model's weights; resumes, verifies the digest");
  fetch->add_option("name", fetch_options->name, "as 'cef model list' shows it")->required();
  fetch->add_option("--to", fetch_options->to, "folder (default: cef's cache)");
  fetch->add_option("--url", fetch_options->url, "take it from there; the digest must be the catalogue's all the same");
  add_catalog(*fetch, *fetch_options);
  fetch->footer("Examples:\n  cef model fetch resnet18\n  cef model fetch resnet18 --to /srv/models --json");
  fetch->callback([fetch_options, &action] {
    action = [fetch_options](const Globals& globals, Console& console) {
      return run_fetch(*fetch_options, globals, console);
    };
  });
}

}  // namespace cef::cli
