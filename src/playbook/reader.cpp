#include "reader.hpp"

#include <algorithm>

#include "cef/core/file.hpp"
#include "cef/core/vault.hpp"
#include "local_files.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::ErrorCode;

namespace {

std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts.push_back(at + 1);
  }
  return starts;
}

}  // namespace

Place place_of(const Source& source, const core::YamlNode& node) {
  return {source.name, std::max(node.line, 1), std::max(node.column, 1)};
}

Place place_within(const Source& source, const core::YamlNode& node, std::string_view text, int line, int column) {
  const Place start = place_of(source, node);
  std::size_t at = 0;
  for (int i = 1; i < line && at != std::string_view::npos; ++i) {
    at = text.find('\n', at);
    at += at == std::string_view::npos ? 0 : 1;
  }
  const std::size_t row = static_cast<std::size_t>(start.line) - 1;
  if (at == std::string_view::npos || row >= source.lines.size()) {
    return start;
  }
  at += static_cast<std::size_t>(std::max(column, 1)) - 1;
  // The YAML of a scalar is not its text (folding, escapes, indents): look for the same word, as often repeated.
  const std::string_view word = text.substr(std::min(at, text.size()), 24);
  const std::string_view piece = word.substr(0, word.find_first_of(" \t\n\\'\""));
  if (piece.empty()) {
    return start;
  }
  std::size_t before = 0;
  for (std::size_t i = text.find(piece); i < at; i = text.find(piece, i + 1)) {
    ++before;
  }
  const std::string_view whole(source.text);
  std::size_t found = whole.find(piece, source.lines[row] + static_cast<std::size_t>(start.column) - 1);
  for (; before > 0 && found != std::string_view::npos; --before) {
    found = whole.find(piece, found + 1);
  }
  if (found == std::string_view::npos) {
    return start;
  }
  const auto after = std::upper_bound(source.lines.begin(), source.lines.end(), found);
  return {source.name, static_cast<int>(after - source.lines.begin()), static_cast<int>(found - *std::prev(after)) + 1};
}

Reader::Reader(const ReadOptions& options, fs::path folder)
    : options_(options), root_(project_folder(folder)), folder_(std::move(folder)) {}

void Reader::refuse(const Place& place, const std::string& what, ErrorCode code) {
  if (!error_) {
    const std::string where = place.text();
    error_ = core::Error{code, core::on_one_line(where.empty() ? what : where + ": " + what), {}};
  }
}

bool Reader::is_inside(const fs::path& path) const {
  return is_within(path, root_, options_);
}

std::optional<std::string> Reader::decrypt(const std::string& text, const Place& place) {
  auto plain = open_vault(text, options_);
  if (!plain) {
    refuse(place, plain.error().message, plain.error().code);
    return std::nullopt;
  }
  return std::move(*plain);
}

const Source* Reader::load(const fs::path& path, const Place& from) {
  const std::string name = path.lexically_normal().string();
  auto& source = sources_[name];
  if (source) {
    return source.get();
  }
  auto text = core::read_file(path, core::Bytes{options_.size_limit});
  if (!text) {
    const std::string& message = text.error().message;
    const bool too_large = message.find("larger than the limit") != std::string::npos;
    refuse(from, too_large ? name + ":1:1" + message.substr(std::min(path.string().size(), message.size())) : message);
    return nullptr;
  }
  auto loaded = std::make_unique<Source>();
  loaded->name = std::make_shared<const std::string>(name);
  loaded->path = path;
  loaded->text = std::move(*text);
  if (core::is_vault(loaded->text)) {
    auto plain = decrypt(loaded->text, Place{loaded->name, 1, 1});
    if (!plain) {
      return nullptr;
    }
    loaded->text = std::move(*plain);
  }
  loaded->lines = line_starts(loaded->text);
  auto root = core::parse_yaml(loaded->text, name);
  if (!root) {
    refuse({}, root.error().message, root.error().code);
    return nullptr;
  }
  loaded->root = std::move(*root);
  source = std::move(loaded);
  return source.get();
}

}  // namespace cef::playbook
