#pragma once

#include "run.hpp"

namespace cef::jinja {

// Statements that bring in other templates.
void execute_include(Run& run, const Node& node, Pieces& out);
void execute_import(Run& run, const Node& node);
void execute_block(Run& run, const Node& node, Pieces& out);
void execute_extends(Run& run, const Node& node, Pieces& out);

}  // namespace cef::jinja
