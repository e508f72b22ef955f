// The order of versions, and the bundle that "NAME@VERSION" means.
#include <algorithm>
#include <array>
#include <vector>

#include "cef/core/near_name.hpp"
#include "cef/registry/repository.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A number, word or mark of a version. The order of kinds is that of
/// versions: 1.0~x, 1.0-rc1, 1.0, 1.0-1, 1.0b, 1.0.1.
struct Part {
  enum class Kind { tilde, before, end, dash, word, number };
  Kind kind = Kind::end;
  std::string text;

  [[nodiscard]] int compare(const Part& other) const {
    if (kind != other.kind) {
      return kind < other.kind ? -1 : 1;
    }
    if (kind == Kind::number && text.size() != other.text.size()) {
      return text.size() < other.text.size() ? -1 : 1;
    }
    return text.compare(other.text);
  }
};

bool comes_before(const std::string& word) {
  constexpr std::array k_words = {"alpha", "beta", "dev", "pre", "preview", "rc", "snapshot"};
  return std::find(k_words.begin(), k_words.end(), word) != k_words.end();
}

std::vector<Part> parts_of(std::string_view version) {
  if (version.size() > 1 && (version[0] == 'v' || version[0] == 'V') && is_digit(version[1])) {
    version.remove_prefix(1);
  }
  std::vector<Part> parts;
  while (!version.empty()) {
    const auto take = [&](bool (*belongs)(char)) {
      const auto end = std::find_if_not(version.begin(), version.end(), belongs);
      std::string text(version.begin(), end);
      version.remove_prefix(text.size());
      return text;
    };
    if (is_digit(version.front())) {
      std::string digits = take(is_digit);
      digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
      parts.push_back({Part::Kind::number, std::move(digits)});
    } else if (is_letter(version.front())) {
      std::string word = take(is_letter);
      std::transform(word.begin(), word.end(), word.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      const bool before = comes_before(word);
      if (before && !parts.empty() && parts.back().kind == Part::Kind::dash) {
        parts.pop_back();  // 1.0-rc1 as 1.0rc1
      }
      parts.push_back({before ? Part::Kind::before : Part::Kind::word, std::move(word)});
    } else {
      if (version.front() == '~') {
        parts.push_back({Part::Kind::tilde, ""});
      } else if (version.front() == '-' || version.front() == '+') {
        parts.push_back({Part::Kind::dash, ""});
      }
      version.remove_prefix(1);
    }
  }
  return parts;
}

bool fits(const Bundle& bundle, const std::string& architecture) {
  return architecture.empty() || bundle.info.architecture == "any" || bundle.info.architecture == architecture;
}

/// For a host: its own architecture rather than any. Else what runs everywhere.
int rank(const Bundle& bundle, const std::string& architecture) {
  const bool any = bundle.info.architecture == "any";
  return any == architecture.empty() ? 1 : 0;
}

tl::unexpected<core::Error> no_such(const std::vector<Bundle>& bundles, const std::string& name,
                                    const std::string& version, const std::string& architecture) {
  std::vector<std::string> names;
  std::string versions;
  bool other_architecture = false;
  for (const Bundle& bundle : bundles) {
    names.push_back(bundle.info.name);
    if (bundle.info.name == name && fits(bundle, architecture)) {
      versions += (versions.empty() ? "" : ", ") + bundle.info.version;
    }
    other_architecture =
        other_architecture || (bundle.info.name == name && (version.empty() || bundle.info.version == version));
  }
  if (other_architecture) {
    return fail(ErrorCode::usage, "'" + name + (version.empty() ? "" : "@" + version) +
                                      "' is in the repository, but not for the architecture " + architecture);
  }
  if (!versions.empty()) {
    return fail(ErrorCode::usage, "'" + name + "' has no version '" + version + "'; there are " + versions);
  }
  return fail(ErrorCode::usage, "there is no model '" + name + "' in the repository" + core::did_you_mean(name, names));
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  const auto left = parts_of(a);
  const auto right = parts_of(b);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const int order = (i < left.size() ? left[i] : Part{}).compare(i < right.size() ? right[i] : Part{});
    if (order != 0) {
      return order;
    }
  }
  return a.compare(b);  // "1.0" and "v1.0" are two names: some order, always the same
}

Result<Bundle> find_bundle(const std::vector<Bundle>& bundles, const std::string& wanted,
                           const std::string& architecture) {
  const std::size_t at = wanted.find('@');
  const std::string name = wanted.substr(0, at);
  const std::string version = at == std::string::npos ? "" : wanted.substr(at + 1);
  if (name.empty() || (at != std::string::npos && version.empty())) {
    return fail(ErrorCode::usage, "'" + wanted + "' names no model: NAME or NAME@VERSION is expected");
  }
  const Bundle* best = nullptr;
  for (const Bundle& bundle : bundles) {
    if (bundle.info.name != name || (!version.empty() && bundle.info.version != version) ||
        !fits(bundle, architecture)) {
      continue;
    }
    const int order = best == nullptr ? 1 : compare_versions(bundle.info.version, best->info.version);
    if (order > 0 || (order == 0 && rank(bundle, architecture) > rank(*best, architecture))) {
      best = &bundle;
    }
  }
  return best != nullptr ? Result<Bundle>(*best) : no_such(bundles, name, version, architecture);
}

}  // namespace cef::registry
