#include "families.hpp"

namespace cef::modules {

std::vector<Module> transfer_modules() {
  return {};
}

}  // namespace cef::modules
