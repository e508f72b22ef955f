#include "wrong_use.hpp"

#include <CLI/CLI.hpp>

#include "cef/core/near_name.hpp"

namespace cef::cli {

namespace {

using Words = std::vector<std::string>;

/// A command, and how it is called.
struct Level {
  const CLI::App* app;
  std::string command;
};

Level level_of(const CLI::App& app, const Words& arguments) {
  Level level{&app, app.get_name()};
  for (const auto& word : arguments) {
    for (const CLI::App* child : level.app->get_subcommands([](const CLI::App*) { return true; })) {
      if (child->get_name() == word) {
        level = {child, level.command + " " + word};
        break;
      }
    }
  }
  return level;
}

Words names_of_commands(const CLI::App& level) {
  Words names;
  for (const CLI::App* child : level.get_subcommands([](const CLI::App*) { return true; })) {
    if (!child->get_group().empty()) {
      names.push_back(child->get_name());
    }
  }
  return names;
}

bool takes_words(const CLI::App& level) {
  return !level.get_options([](const CLI::Option* one) { return one->get_positional(); }).empty();
}

/// The word that no command knows, and the one that it should have been.
std::string unknown_command(const CLI::App& app, const Words& arguments) {
  const CLI::App* level = &app;
  for (const auto& word : arguments) {
    if (!word.empty() && word.front() == '-') {
      continue;
    }
    const Words names = names_of_commands(*level);
    if (names.empty()) {
      return {};
    }
    const Level next = level_of(*level, {word});
    if (next.app != level) {
      level = next.app;
    } else {
      return takes_words(*level) ? "" : "there is no command '" + word + "'" + core::did_you_mean(word, names);
    }
  }
  return {};
}

/// What is not the command's own goes after "--" where a program of the hosts can be given.
bool takes_a_program(const CLI::App& level) {
  return !level.get_options([](const CLI::Option* one) { return one->get_description().starts_with("after --"); })
              .empty();
}

std::string unknown_option(const CLI::App& app, const CLI::App& level) {
  for (const auto& word : app.remaining(true)) {
    if (word.size() < 2 || word.front() != '-') {
      continue;
    }
    const std::string name = word.substr(0, word.find('='));
    Words names;
    for (const CLI::App* one = &level; one != nullptr; one = one->get_parent()) {
      for (const CLI::Option* option : one->get_options()) {
        for (const auto& known : option->get_lnames()) {
          names.push_back("--" + known);
        }
      }
    }
    std::string hint = name[1] == '-' ? core::did_you_mean(name, names) : "";
    if (hint.empty() && takes_a_program(level)) {
      hint = "; what belongs to the program on the hosts goes after '--'";
    }
    return "there is no option '" + name + "'" + hint;
  }
  return {};
}

std::string missing(const Level& level) {
  if (level.app->get_require_subcommand_min() > 0 && level.app->get_subcommands().empty()) {
    std::string list;
    for (const auto& name : names_of_commands(*level.app)) {
      list += (list.empty() ? "" : ", ") + name;
    }
    return level.command + " needs a command: " + list;
  }
  for (const CLI::Option* option : level.app->get_options()) {
    if (option->get_required() && option->count() == 0) {
      return option->get_name(option->get_positional()) + " is missing: " + option->get_description();
    }
  }
  return {};
}

}  // namespace

std::string wrong_use_message(const CLI::ParseError& error, const CLI::App& app, const Words& arguments) {
  const Level level = level_of(app, arguments);
  std::string message = unknown_command(app, arguments);
  if (message.empty()) {
    message = unknown_option(app, *level.app);
  }
  if (message.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    message = missing(level);
  }
  return message.empty() ? error.what() : message;
}

std::string help_of(const CLI::App& app, const Words& arguments) {
  return level_of(app, arguments).command + " --help";
}

}  // namespace cef::cli
