#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cef::cli {

/// What is wrong with a command line that CLI11 refused, in one line: the word that nobody knows with the one it should
/// have been, or what is missing.
std::string wrong_use_message(const CLI::ParseError& error, const CLI::App& app,
                              const std::vector<std::string>& arguments);
/// The command whose --help tells what is right: as far as the command line names one.
std::string help_of(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace cef::cli
