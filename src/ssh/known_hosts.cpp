// sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
#include "known_hosts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/file.h>
#include <unistd.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// Takes off what stands before the separator, and the separator.
std::string_view cut(std::string_view& text, std::string_view separators) {
  const std::size_t end = std::min(text.find_first_of(separators), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view word(std::string_view& line) {
  constexpr std::string_view blanks = " \t\r\v\f";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  return cut(line, blanks);
}

bool is_plain(const std::string& pattern) {
  return pattern.find_first_of("*?!|") == std::string::npos;
}

/// Salt and digest of a name's hash; no salt where it is none.
std::pair<std::string, std::string> hash_of(const std::string& pattern) {
  const std::size_t bar = pattern.find('|', 3);
  if (pattern.rfind("|1|", 0) != 0 || bar == std::string::npos) {
    return {};
  }
  return {core::base64_decode(pattern.substr(3, bar - 3)), core::base64_decode(pattern.substr(bar + 1))};
}

bool matches_hashed(const std::string& pattern, const std::string& name) {
  const auto [salt, digest] = hash_of(pattern);
  return !salt.empty() && core::hmac_sha1(salt, name) == digest;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

std::string known_hosts_name(const std::string& host, int port) {
  return port == 22 ? host : "[" + host + "]:" + std::to_string(port);
}

std::string fingerprint(const std::string& key_base64) {
  const std::string digest = from_hex(core::sha256(core::base64_decode(key_base64)));
  std::string text = core::base64_encode(std::as_bytes(std::span(digest)));
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

Result<std::shared_ptr<KnownHosts>> KnownHosts::open(const std::filesystem::path& user,
                                                     const std::filesystem::path& system) {
  auto hosts = std::make_shared<KnownHosts>();
  hosts->user_ = user;
  for (const auto& file : {user, system}) {
    if (auto done = hosts->read(file); !done) {
      return fail(done.error());
    }
  }
  return hosts;
}

Result<void> KnownHosts::read(const std::filesystem::path& path) {
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error) || path == "/dev/null") {
    return {};
  }
  const auto text = core::read_file(path, core::Bytes{64U * 1024U * 1024U});
  if (!text) {
    return fail(text.error());
  }
  const std::string file = path.string() + ":";
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    std::string_view raw = cut(rest, "\n");
    std::string_view names = word(raw);
    Line line;
    if (names.empty() || names[0] == '#') {
      continue;
    }
    if (names == "@cert-authority") {
      continue;  // host certificates are not supported: such a host is unknown, never wrongly trusted
    }
    if (names == "@revoked") {
      line.revoked = true;
      names = word(raw);
    }
    line.type = word(raw);
    line.key = word(raw);
    if (line.key.empty()) {
      continue;  // as ssh does: a damaged line says nothing
    }
    line.where = file + std::to_string(number);
    while (!names.empty()) {
      line.patterns.emplace_back(cut(names, ","));
    }
    if (!line.revoked && std::all_of(line.patterns.begin(), line.patterns.end(), is_plain)) {
      for (const auto& name : line.patterns) {
        plain_[name].push_back(line);
      }
    } else if (auto [salt, digest] = hash_of(line.patterns.front());
               !line.revoked && line.patterns.size() == 1 && !salt.empty()) {
      hashed_.push_back({std::move(salt), std::move(digest), std::move(line)});
    } else {
      lines_.push_back(std::move(line));
    }
  }
  return {};
}

bool KnownHosts::matches(const Line& line, const std::string& name) {
  bool matched = false;
  for (const auto& pattern : line.patterns) {
    const bool negated = pattern[0] == '!';
    const std::string positive = pattern.substr(negated ? 1 : 0);
    if (positive == name || matches_hashed(positive, name) ||
        (positive[0] != '[' && ::fnmatch(positive.c_str(), name.c_str(), 0) == 0)) {
      if (negated) {
        return false;
      }
      matched = true;
    }
  }
  return matched;
}

std::vector<KnownHosts::Line>& KnownHosts::plain(const std::string& name) const {
  auto& known = plain_[name];
  if (looked_up_.insert(name).second) {
    std::erase_if(hashed_, [&](Hashed& one) {
      const bool found = core::hmac_sha1(one.salt, name) == one.digest;
      if (found) {
        known.push_back(std::move(one.line));
      }
      return found;
    });
  }
  return known;
}

KeyCheck KnownHosts::check(const std::string& host, int port, const std::string& type, const std::string& key) const {
  const std::string name = known_hosts_name(host, port);
  const std::lock_guard lock(mutex_);
  KeyCheck result;
  const auto consider = [&](const Line& line) {
    if (line.key == key && result.state != KeyState::revoked) {
      result = {line.revoked ? KeyState::revoked : KeyState::known, line.where, {}};
    } else if (!line.revoked && line.type == type && result.state == KeyState::unknown) {
      result = {KeyState::changed, line.where, line.key};
    }
  };
  // A revoked key is refused for every host that its line names, so these lines are looked at whatever else is known.
  for (const auto& line : lines_) {
    if (matches(line, name)) {
      consider(line);
    }
  }
  for (const auto& line : plain(name)) {
    consider(line);
  }
  return result;
}

std::vector<std::string> KnownHosts::types(const std::string& host, int port) const {
  const std::string name = known_hosts_name(host, port);
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& line : plain(name)) {
    all.push_back(line.type);
  }
  for (const auto& line : lines_) {
    if (!line.revoked && matches(line, name)) {
      all.push_back(line.type);
    }
  }
  return all;
}

Result<void> KnownHosts::add(const std::string& host, int port, const std::string& type, const std::string& key) {
  const std::string name = known_hosts_name(host, port);
  const std::lock_guard lock(mutex_);
  auto& known = plain(name);
  const auto same = std::find_if(known.begin(), known.end(), [&](const Line& line) { return line.type == type; });
  if (same != known.end()) {  // another thread met the host at the same time
    return same->key == key
               ? Result<void>{}
               : fail(ErrorCode::unreachable, "host key verification failed: the host showed two different keys");
  }
  Line line{user_.string(), false, {name}, type, key};
  if (user_ == "/dev/null") {
    known.push_back(std::move(line));
    return {};
  }
  const auto bad = [this] {
    return fail(ErrorCode::general, user_.string() + ": the host's key cannot be added: " + std::strerror(errno));
  };
  std::error_code error;
  if (user_.has_parent_path() && !std::filesystem::exists(user_.parent_path(), error)) {
    std::filesystem::create_directories(user_.parent_path(), error);
    std::filesystem::permissions(user_.parent_path(), std::filesystem::perms::owner_all, error);
  }
  const int fd = ::open(user_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    return bad();
  }
  ::flock(fd, LOCK_EX);
  std::string text = name + " " + type + " " + key + "\n";
  char last = '\n';
  if (const off_t end = ::lseek(fd, 0, SEEK_END); end > 0 && ::pread(fd, &last, 1, end - 1) == 1 && last != '\n') {
    text.insert(text.begin(), '\n');
  }
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  if (!written) {
    return bad();
  }
  known.push_back(std::move(line));
  return {};
}

}  // namespace cef::ssh
