#include "debian_version.hpp"

#include <cctype>
#include <string>

namespace cef::modules {
namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// '~' is before the end, the end before letters, letters before all else.
int order(std::string_view text, std::size_t at) {
  if (at >= text.size() || is_digit(text[at])) {
    return 0;
  }
  const char c = text[at];
  return c == '~' ? -1 : std::isalpha(static_cast<unsigned char>(c)) != 0 ? c : static_cast<unsigned char>(c) + 256;
}

std::string_view take_number(std::string_view text, std::size_t& at) {
  while (at < text.size() && text[at] == '0') {
    ++at;
  }
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) {
    ++at;
  }
  return text.substr(begin, at - begin);
}

int compare_part(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
      if (const int difference = order(a, i) - order(b, j); difference != 0) {
        return difference;
      }
      ++i;
      ++j;
    }
    const std::string_view left = take_number(a, i);
    const std::string_view right = take_number(b, j);
    if (left.size() != right.size()) {
      return left.size() < right.size() ? -1 : 1;
    }
    if (const int difference = left.compare(right); difference != 0) {
      return difference;
    }
  }
  return 0;
}

std::string_view take_epoch(std::string_view& version) {
  const std::size_t colon = version.find(':');
  if (colon == std::string_view::npos) {
    return "";
  }
  const std::string_view epoch = version.substr(0, colon);
  version.remove_prefix(colon + 1);
  return epoch;
}

std::string_view take_revision(std::string_view& version) {
  const std::size_t dash = version.rfind('-');
  if (dash == std::string_view::npos) {
    return "";
  }
  const std::string_view revision = version.substr(dash + 1);
  version = version.substr(0, dash);
  return revision;
}

}  // namespace

int compare_debian_versions(std::string_view a, std::string_view b) {
  if (const int epochs = compare_part(take_epoch(a), take_epoch(b)); epochs != 0) {
    return epochs;
  }
  const std::string_view left = take_revision(a);
  const std::string_view right = take_revision(b);
  const int upstream = compare_part(a, b);
  return upstream != 0 ? upstream : compare_part(left, right);
}

}  // namespace cef::modules
