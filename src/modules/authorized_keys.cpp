#include "authorized_keys.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "text.hpp"

namespace cef::modules {

namespace {

constexpr std::array<std::string_view, 22> k_types = {
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "ssh-ed25519",
    "ssh-ed25519-cert-v01@openssh.com",
    "ssh-dss",
    "ssh-rsa",
    "ssh-xmss@openssh.com",
    "ssh-xmss-cert-v01@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "ssh-rsa-cert-v01@openssh.com",
    "rsa-sha2-256-cert-v01@openssh.com",
    "ssh-dss-cert-v01@openssh.com",
};

std::string joined(const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    text += (i == begin ? "" : " ") + words[i];
  }
  return text;
}

std::map<std::string, std::vector<std::optional<std::string>>> by_name(const KeyOptions& options) {
  std::map<std::string, std::vector<std::optional<std::string>>> names;
  for (const auto& [name, value] : options.items) {
    names[name].push_back(value);
  }
  return names;
}

}  // namespace

bool operator==(const KeyOptions& a, const KeyOptions& b) {
  return by_name(a) == by_name(b);
}

std::string KeyOptions::text() const {
  std::string text;
  for (const auto& [name, value] : items) {
    text += (text.empty() ? "" : ",") + name + (value ? "=" + *value : "");
  }
  return text;
}

KeyOptions parse_key_options(const std::string& text) {
  KeyOptions options;
  std::string part;
  char quote = 0;
  const auto end = [&] {
    if (const std::size_t sign = part.find('='); sign != std::string::npos) {
      options.items.emplace_back(part.substr(0, sign), part.substr(sign + 1));
    } else if (!part.empty()) {
      options.items.emplace_back(part, std::nullopt);
    }
    part.clear();
  };
  for (const char c : text) {
    if (c == ',' && quote == 0) {
      end();
      continue;
    }
    quote = quote == 0 && (c == '"' || c == '\'') ? c : quote == c ? '\0' : quote;
    part += c;
  }
  end();
  return options;
}

std::string AuthorizedKey::line() const {
  if (type.empty()) {
    return key;
  }
  const std::string before = options.text();
  return before + (before.empty() ? "" : " ") + type + " " + key + " " + comment + "\n";
}

std::optional<AuthorizedKey> parse_key(const std::string& line) {
  std::string text = line;
  for (std::size_t at = 0; (at = text.find("\\#", at)) != std::string::npos; ++at) {
    text.erase(at, 1);
  }
  const std::vector<std::string> words = words_of(text);
  if (!words.empty() && words.front() == "#") {
    return AuthorizedKey{text, ""};
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (std::find(k_types.begin(), k_types.end(), words[i]) != k_types.end()) {
      return AuthorizedKey{words[i + 1], words[i], parse_key_options(joined(words, 0, i)),
                           joined(words, i + 2, words.size())};
    }
  }
  return std::nullopt;
}

AuthorizedKeys::AuthorizedKeys(const std::string& text) {
  std::size_t rank = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string line = text.substr(at, end - at);
    AuthorizedKey key = parse_key(line).value_or(AuthorizedKey{line, ""});
    key.rank = rank++;
    set(std::move(key));
    at = end;
  }
}

const AuthorizedKey* AuthorizedKeys::find(const std::string& key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : &found->second;
}

bool AuthorizedKeys::keep_only(const std::vector<std::string>& keys) {
  return std::erase_if(
             keys_, [&](const auto& one) { return std::find(keys.begin(), keys.end(), one.first) == keys.end(); }) != 0;
}

std::string AuthorizedKeys::text() const {
  std::vector<const AuthorizedKey*> order;
  for (const auto& [name, key] : keys_) {
    order.push_back(&key);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const AuthorizedKey* a, const AuthorizedKey* b) { return a->rank < b->rank; });
  std::string text;
  for (const AuthorizedKey* key : order) {
    text += key->line();
  }
  return text;
}

}  // namespace cef::modules
