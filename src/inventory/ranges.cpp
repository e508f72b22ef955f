#include "ranges.hpp"

#include <charconv>
#include <optional>

namespace cef::inventory {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_max_hosts = 1'000'000;

std::optional<long> to_number(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 9 || error != std::errc{} || end != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

bool is_letter(const std::string& text) {
  return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

/// The words that "[FROM:TO]" or "[FROM:TO:STEP]" stands for.
Result<std::vector<std::string>> words_of(const std::string& inside, const std::string& pattern) {
  const auto bad = [&pattern](const std::string& what) {
    return fail(ErrorCode::usage,
                "bad range in '" + pattern + "': " + what + "; write for example web[01:20] or db[a:f]");
  };
  std::vector<std::string> parts(1);
  for (const char c : inside) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() < 2 || parts.size() > 3) {
    return bad("it needs a first and a last value");
  }
  const std::string first = parts[0].empty() ? "0" : parts[0];
  const std::string& last = parts[1];
  const auto step = parts.size() == 3 ? to_number(parts[2]) : 1;
  if (last.empty() || !step || *step == 0) {
    return bad(last.empty() ? "the last value is missing" : "the step is not a number above 0");
  }
  std::vector<std::string> words;
  if (is_letter(first) && is_letter(last) && first[0] <= last[0]) {
    for (long c = static_cast<unsigned char>(first[0]); c <= static_cast<unsigned char>(last[0]); c += *step) {
      words.emplace_back(1, static_cast<char>(c));
    }
    return words;
  }
  const auto from = to_number(first);
  const auto to = to_number(last);
  if (!from || !to) {
    return bad("'" + first + "' to '" + last + "' are neither two numbers nor two letters in order");
  }
  const std::size_t width = first.size() > 1 && first[0] == '0' ? first.size() : 0;
  if (width != 0 && last.size() != width) {
    return bad("'" + first + "' and '" + last + "' have different numbers of digits");
  }
  if (*from > *to) {
    return bad("it runs backwards");
  }
  if (static_cast<std::size_t>((*to - *from) / *step) >= k_max_hosts) {
    return bad("it stands for more than a million hosts");
  }
  for (long value = *from; value <= *to; value += *step) {
    std::string word = std::to_string(value);
    word.insert(0, width > word.size() ? width - word.size() : 0, '0');
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

Result<std::vector<std::string>> expand_range(const std::string& pattern) {
  std::vector<std::string> names = {""};
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('[', at);
    for (auto& name : names) {
      name += pattern.substr(at, open - at);
    }
    if (open == std::string::npos) {
      break;
    }
    const std::size_t close = pattern.find(']', open);
    if (close == std::string::npos) {
      return fail(ErrorCode::usage, "bad range in '" + pattern + "': ']' is missing");
    }
    const auto words = words_of(pattern.substr(open + 1, close - open - 1), pattern);
    if (!words) {
      return words;
    }
    if (names.size() * words->size() > k_max_hosts) {
      return fail(ErrorCode::usage, "bad range in '" + pattern + "': it stands for more than a million hosts");
    }
    std::vector<std::string> longer;
    for (const auto& name : names) {
      for (const auto& word : *words) {
        longer.push_back(name + word);
      }
    }
    names = std::move(longer);
    at = close + 1;
  }
  return names;
}

}  // namespace cef::inventory
