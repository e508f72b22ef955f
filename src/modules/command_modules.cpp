#include "families.hpp"

namespace cef::modules {

std::vector<Module> command_modules() {
  return {};
}

}  // namespace cef::modules
