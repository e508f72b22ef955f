#include "families.hpp"

namespace cef::modules {

std::vector<Module> system_modules() {
  return {};
}

}  // namespace cef::modules
