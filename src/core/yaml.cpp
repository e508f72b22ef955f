#include "cef/core/yaml.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace cef::core {

namespace {

constexpr int k_max_depth = 64;
constexpr std::size_t k_max_nodes = 1'000'000;

class Converter {
 public:
  explicit Converter(std::string_view origin) : origin_(origin) {}

  Result<YamlNode> convert(const YAML::Node& from, int depth) {
    YamlNode node;
    node.line = from.Mark().line + 1;
    node.column = from.Mark().column + 1;
    if (depth > k_max_depth) {
      return refuse(node, "is nested deeper than " + std::to_string(k_max_depth) + " levels");
    }
    if (++nodes_ > k_max_nodes) {
      return refuse(node, "its aliases expand to more than a million values");
    }
    const std::string& tag = from.Tag();
    node.quoted = tag == "!";
    if (tag.size() > 1 && tag.front() == '!') {
      node.tag = tag;
    }
    if (from.IsScalar()) {
      node.kind = YamlKind::scalar;
      node.text = from.Scalar();
      node.quoted = node.quoted || !node.tag.empty() || tag == "tag:yaml.org,2002:str";
    } else if (from.IsSequence()) {
      node.kind = YamlKind::list;
      for (const auto& item : from) {
        auto converted = convert(item, depth + 1);
        if (!converted) {
          return converted;
        }
        node.items.push_back(std::move(*converted));
      }
    } else if (from.IsMap()) {
      return convert_map(from, std::move(node), depth);
    }
    return node;
  }

 private:
  tl::unexpected<Error> refuse(const YamlNode& at, const std::string& what) const {
    return fail(ErrorCode::usage, std::string(origin_) + ":" + std::to_string(at.line) + ":" +
                                      std::to_string(at.column) + ": " + on_one_line(what));
  }

  Result<YamlNode> convert_map(const YAML::Node& from, YamlNode node, int depth) {
    node.kind = YamlKind::map;
    std::vector<YamlNode> merged;
    std::map<std::string, int> lines;
    for (const auto& entry : from) {
      auto key = convert(entry.first, depth + 1);
      auto value = key ? convert(entry.second, depth + 1) : Result<YamlNode>(fail(key.error()));
      if (!value) {
        return value;
      }
      if (key->kind == YamlKind::list || key->kind == YamlKind::map) {
        return refuse(*key, key->kind == YamlKind::map
                                ? "a key is a map; put a value that begins with {{ in quotes: \"{{ … }}\""
                                : "a key is a list; write a plain word");
      }
      if (key->text == "<<" && !key->quoted) {
        merged.push_back(std::move(*value));
        continue;
      }
      const auto [place, fresh] = lines.emplace(key->text, key->line);
      if (!fresh) {
        return refuse(*key,
                      "the key '" + key->text + "' is there twice, first in line " + std::to_string(place->second));
      }
      node.entries.push_back({std::move(*key), std::move(*value)});
    }
    if (!merged.empty()) {
      std::vector<YamlEntry> all;
      for (const YamlNode& source : merged) {
        if (auto done = collect(source, all); !done) {
          return fail(done.error());
        }
      }
      std::move(node.entries.begin(), node.entries.end(), std::back_inserter(all));
      node.entries = last_of_each(std::move(all));
    }
    return node;
  }

  /// Of a list of maps the first one wins: it comes last.
  Result<void> collect(const YamlNode& source, std::vector<YamlEntry>& all) const {
    if (source.kind == YamlKind::list) {
      for (auto item = source.items.rbegin(); item != source.items.rend(); ++item) {
        if (auto done = collect(*item, all); !done) {
          return done;
        }
      }
      return {};
    }
    if (source.kind != YamlKind::map) {
      return refuse(source, "'<<' merges a map or a list of maps");
    }
    all.insert(all.end(), source.entries.begin(), source.entries.end());
    return {};
  }

  /// In the order in which their keys came first, as PyYAML has them.
  static std::vector<YamlEntry> last_of_each(std::vector<YamlEntry> all) {
    std::vector<YamlEntry> kept;
    std::map<std::string, std::size_t> places;
    for (YamlEntry& entry : all) {
      const auto [place, fresh] = places.emplace(entry.first.text, kept.size());
      if (fresh) {
        kept.push_back(std::move(entry));
      } else {
        kept[place->second] = std::move(entry);
      }
    }
    return kept;
  }

  std::string_view origin_;
  std::size_t nodes_ = 0;
};

std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const bool overlong = (lead == 0xE0 && byte(at + 1) < 0xA0) || (lead == 0xF0 && byte(at + 1) < 0x90);
  const bool outside = (lead == 0xED && byte(at + 1) > 0x9F) || (lead == 0xF4 && byte(at + 1) > 0x8F);
  return overlong || outside ? 0 : length;
}

int line_that_begins_with_a_tab(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view content = text.substr(at, end - at);
    const std::size_t first = content.find_first_not_of(" \t\r");
    if (content.starts_with('\t') && first != std::string_view::npos && content[first] != '#') {
      return line;
    }
    at = end + 1;
  }
  return 0;
}

/// Where a character stands that YAML does not allow; npos: nowhere.
std::size_t control_character(std::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127;
  });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

/// The usual mistakes: a tab among the spaces of an indent, and in playbooks a value that begins with {{ and is not
/// quoted is a map to YAML.
std::string hint_of_line(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line && at < text.size(); ++i) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  const std::string_view content = text.substr(at, text.find('\n', at) - at);
  const std::string_view indent = content.substr(0, std::min(content.find_first_not_of(" \t"), content.size()));
  if (indent.find('\t') != std::string_view::npos) {
    return "; the line is indented with a tab, and YAML is indented with spaces";
  }
  const bool unquoted =
      content.find(": {{") != std::string_view::npos || content.find("- {{") != std::string_view::npos;
  return unquoted ? "; put a value that begins with {{ in quotes: \"{{ … }}\"" : "";
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first.text == key; });
  return found == entries.end() ? nullptr : &found->second;
}

Json YamlNode::to_json() const {
  switch (kind) {
    case YamlKind::null:
      return nullptr;
    case YamlKind::scalar:
      return quoted ? Json(text) : resolve_yaml_scalar(text);
    case YamlKind::list: {
      Json list = Json::array();
      for (const auto& item : items) {
        list.push_back(item.to_json());
      }
      return list;
    }
    case YamlKind::map: {
      Json map = Json::object();
      for (const auto& [key, value] : entries) {
        map[key.text] = value.to_json();
      }
      return map;
    }
  }
  return nullptr;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 127; }, ' ');
  return text;
}

int first_line_not_utf8(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      return line;
    }
    line += text[at] == '\n' ? 1 : 0;
    at += length;
  }
  return 0;
}

namespace {

/// Notes where the content of a document begins.
class FirstContent final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& at) override { start = at; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& at, YAML::anchor_t) override { note(at); }
  void OnScalar(const YAML::Mark& at, const std::string&, YAML::anchor_t, const std::string&) override { note(at); }
  void OnSequenceStart(const YAML::Mark& at, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    note(at);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& at, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    note(at);
  }
  void OnMapEnd() override {}

  YAML::Mark start = YAML::Mark::null_mark();
  YAML::Mark mark = YAML::Mark::null_mark();

 private:
  void note(const YAML::Mark& at) {
    if (mark.is_null()) {
      mark = at;
    }
  }
};

/// Where a second document begins; the null mark when there is none. YAML::LoadAll is not used: it goes round for ever
/// on a text that begins with a comma.
YAML::Mark second_document(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  FirstContent first;
  FirstContent second;
  FirstContent third;
  parser.HandleNextDocument(first);
  parser.HandleNextDocument(second);
  return second.mark.is_null() && parser.HandleNextDocument(third) ? third.start : second.mark;
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text, std::string_view origin) {
  const auto refuse = [&](int line, int column, const std::string& what) {
    return fail(ErrorCode::usage, std::string(origin) + ":" + std::to_string(line) + ":" + std::to_string(column) +
                                      ": " + on_one_line(what));
  };
  if (const int line = first_line_not_utf8(text); line != 0) {
    return refuse(line, 1, "is not UTF-8; save the file as UTF-8");
  }
  if (const std::size_t at = control_character(text); at != std::string_view::npos) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
    const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    return refuse(static_cast<int>(line),
                  static_cast<int>(at - (before == std::string_view::npos ? 0 : before + 1)) + 1,
                  "holds a control character, number " + std::to_string(static_cast<int>(text[at])) +
                      ", which YAML does not allow");
  }
  if (const int line = line_that_begins_with_a_tab(text); line != 0) {
    return refuse(line, 1, "is indented with a tab; YAML is indented with spaces");
  }
  try {
    if (const YAML::Mark mark = second_document(text); !mark.is_null()) {
      return refuse(mark.line + 1, mark.column + 1, "a second document begins; write one document a file");
    }
    const YAML::Node document = YAML::Load(std::string(text));
    return document.IsNull() ? YamlNode{} : Converter(origin).convert(document, 1);
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    const int line = placed ? error.mark.line + 1 : 1;
    const bool too_deep = error.msg == YAML::ErrorMsg::BAD_FILE;  // what yaml-cpp says of it
    return refuse(line, placed ? error.mark.column + 1 : 1,
                  too_deep ? "is nested too deeply" : "is not YAML: " + error.msg + hint_of_line(text, line));
  } catch (const std::exception& error) {
    return refuse(1, 1, std::string("is not YAML: ") + error.what());
  }
}

}  // namespace cef::core
