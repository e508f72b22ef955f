#include "families.hpp"

namespace cef::modules {

std::vector<Module> package_modules() {
  return {};
}

}  // namespace cef::modules
