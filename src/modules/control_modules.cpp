#include "families.hpp"

namespace cef::modules {

std::vector<Module> control_modules() {
  return {};
}

}  // namespace cef::modules
