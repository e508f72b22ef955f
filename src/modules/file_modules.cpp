#include "families.hpp"

namespace cef::modules {

std::vector<Module> file_modules() {
  return {};
}

}  // namespace cef::modules
