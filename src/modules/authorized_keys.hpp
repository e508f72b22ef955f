#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cef::modules {

/// Options of a key in their order: "no-pty", "command=\"…\"". Two are the same when they hold the same, in any order.
struct KeyOptions {
  std::vector<std::pair<std::string, std::optional<std::string>>> items;
  [[nodiscard]] std::string text() const;
  friend bool operator==(const KeyOptions& a, const KeyOptions& b);
};
[[nodiscard]] KeyOptions parse_key_options(const std::string& text);

/// One line of authorized_keys.
struct AuthorizedKey {
  std::string key;   ///< of a line that is none: the whole line with its end
  std::string type;  ///< "" for a line that is none
  KeyOptions options{};
  std::string comment{};
  std::size_t rank = 0;  ///< its place in the file

  [[nodiscard]] std::string line() const;
  /// The same but for its place.
  [[nodiscard]] bool same(const AuthorizedKey& other) const {
    return key == other.key && type == other.type && options == other.options && comment == other.comment;
  }
};

/// Nothing when the text is no key; a comment has no type.
[[nodiscard]] std::optional<AuthorizedKey> parse_key(const std::string& line);

/// The keys of a file; the last one counts of those that are there twice.
class AuthorizedKeys {
 public:
  explicit AuthorizedKeys(const std::string& text);
  [[nodiscard]] const AuthorizedKey* find(const std::string& key) const;
  void set(AuthorizedKey key) { keys_[key.key] = std::move(key); }
  void remove(const std::string& key) { keys_.erase(key); }
  /// Removes all others; true when there were any.
  bool keep_only(const std::vector<std::string>& keys);
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::string, AuthorizedKey> keys_;
};

}  // namespace cef::modules
