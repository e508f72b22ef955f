#include "cef/report/repo.hpp"

#include "cef/core/duration.hpp"

namespace cef::report {

using core::Json;

namespace {

std::string label(const registry::Bundle& bundle) {
  return printable(bundle.info.name + "@" + bundle.info.version);
}

}  // namespace

Json to_json(const operation::RepoInitResult& result) {
  return {{"schema", "cef.repo-init/1"}, {"folder", result.folder.string()}};
}

Json to_json(const operation::RepoAddResult& result) {
  return {{"schema", "cef.repo-add/1"},
          {"changed", result.added.changed},
          {"replaced", result.added.replaced},
          {"bundle", registry::to_json(result.added.bundle)}};
}

Json to_json(const operation::RepoListResult& result) {
  Json bundles = Json::array();
  for (const auto& bundle : result.bundles) {
    bundles.push_back(registry::to_json(bundle));
  }
  return {{"schema", "cef.repo-list/1"}, {"bundles", std::move(bundles)}};
}

Json to_json(const operation::RepoVerifyResult& result) {
  Json problems = Json::array();
  for (const auto& problem : result.problems) {
    problems.push_back({{"kind", registry::to_string(problem.kind)},
                        {"bundle", problem.bundle.empty() ? Json(nullptr) : Json(problem.bundle)},
                        {"path", problem.path.string()},
                        {"message", problem.message}});
  }
  return {{"schema", "cef.repo-verify/1"}, {"bundles", result.bundles}, {"problems", std::move(problems)}};
}

std::string repo_text(const operation::RepoInitResult& result, const Style& /*style*/) {
  return "The model repository is " + printable(result.folder.string()) + "\n";
}

std::string repo_text(const operation::RepoAddResult& result, const Style& style) {
  const registry::Bundle& bundle = result.added.bundle;
  const std::string what = result.added.replaced  ? paint("replaced", Colour::yellow, style)
                           : result.added.changed ? paint("added", Colour::green, style)
                                                  : "there already";
  return label(bundle) + ": " + what + ", " + std::to_string(bundle.files) + " files, " + core::to_human(bundle.size) +
         ", sha256 " + bundle.sha256 + "\n";
}

std::string repo_text(const operation::RepoListResult& result, const Style& style) {
  Table table({{"MODEL"}, {"TASK"}, {"ARCH"}, {"SIZE", Align::right}, {"FILES", Align::right}, {"ADDED"}, {"SHA256"}});
  for (const auto& bundle : result.bundles) {
    table.add_row({label(bundle), bundle.info.task.empty() ? "-" : printable(bundle.info.task),
                   printable(bundle.info.architecture), core::to_human(bundle.size), std::to_string(bundle.files),
                   core::to_rfc3339(bundle.added).substr(0, 16), bundle.sha256.substr(0, 12)});
  }
  return result.bundles.empty() ? "The repository is empty; cef repo add FILE.zip puts a model in.\n"
                                : table.str(style);
}

std::string repo_text(const operation::RepoVerifyResult& result, const Style& style) {
  std::string text;
  for (const auto& problem : result.problems) {
    text += paint(registry::to_string(problem.kind), Colour::red, style) + "  " +
            printable((problem.bundle.empty() ? problem.path.string() : problem.bundle) + ": " + problem.message) +
            "\n";
  }
  return text + std::to_string(result.bundles) + (result.bundles == 1 ? " bundle: " : " bundles: ") +
         (result.problems.empty() ? paint("all whole", Colour::green, style)
                                  : std::to_string(result.problems.size()) + " problems") +
         "\n";
}

}  // namespace cef::report
