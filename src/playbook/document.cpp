#include "cef/playbook/document.hpp"

namespace cef::playbook {

std::string Place::text() const {
  if (line == 0) {
    return file ? *file : "";
  }
  return (file ? *file : "") + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace cef::playbook
