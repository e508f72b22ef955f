#include "cef/jinja/template.hpp"

namespace cef::jinja {

bool is_template(std::string_view text) noexcept {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '%' || text[at + 1] == '#')) {
      return true;
    }
  }
  return false;
}

}  // namespace cef::jinja
