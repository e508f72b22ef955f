// Filters that lead to and from JSON, YAML, base64, digests, URLs, dates.
#include <crypt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <span>

#include "cef/core/digest.hpp"
#include "cef/core/yaml.hpp"
#include "functions.hpp"
#include "text.hpp"
#include "yaml_text.hpp"

namespace cef::jinja {

// dates.cpp
[[nodiscard]] Value parse_date(Call& call);
[[nodiscard]] Value strftime_of(Call& call);

namespace {

/// json.dumps.
class JsonWriter {
 public:
  struct Style {
    int indent = -1;
    bool sort_keys = false;
    bool ascii = true;
    std::string item = ", ";
    std::string key = ": ";
  };
  JsonWriter(Run& run, Style style) : run_(run), style_(std::move(style)) {}

  std::string text(const Value& value) {
    write(value, 1);
    return std::move(out_);
  }

 private:
  void line(int level) {
    if (style_.indent >= 0) {
      out_ += '\n';
      out_.append(static_cast<std::size_t>(style_.indent) * static_cast<std::size_t>(level), ' ');
    }
    if (out_.size() > run_.environment.limits.output.count) {
      run_.make_bytes(out_.size());
    }
  }

  void write_text(const std::string& text) {
    out_ += '"';
    for (const char32_t c : decode(text)) {
      static constexpr std::u32string_view k_letters = U"\"\\\n\r\t\f\b";
      static constexpr std::string_view k_names = "\"\\nrtfb";
      if (const std::size_t known = k_letters.find(c); known != std::u32string_view::npos) {
        out_ += '\\';
        out_ += k_names[known];
      } else if (c < 0x20 || (c > 0x7E && style_.ascii)) {
        unit(c > 0xFFFF ? 0xD800U + ((static_cast<unsigned>(c) - 0x10000U) >> 10U) : static_cast<unsigned>(c));
        if (c > 0xFFFF) {
          unit(0xDC00U + ((static_cast<unsigned>(c) - 0x10000U) & 0x3FFU));
        }
      } else {
        append_utf8(out_, c);
      }
    }
    out_ += '"';
  }
  void unit(unsigned value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", value);
    out_ += text.data();
  }

  static std::string key_text(const Value& key) {
    const Type type = type_of(key);
    return type == Type::none ? "null" : type == Type::boolean ? (truth(key) ? "true" : "false") : str(key);
  }

  void write_map(const Value& value, int level) {
    auto all = entries(value);
    if (style_.sort_keys) {
      std::stable_sort(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return compare(a.first, b.first) < 0; });
    }
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : all) {
      out_ += first ? "" : style_.item;
      first = false;
      line(level);
      write_text(key_text(key));
      out_ += style_.key;
      write(item, level + 1);
    }
    if (!first) {
      line(level - 1);
    }
    out_ += '}';
  }

  void write(const Value& value, int level) {
    run_.step();
    refuse_undefined(value);
    switch (type_of(value)) {
      case Type::none:
        out_ += "null";
        break;
      case Type::boolean:
        out_ += truth(value) ? "true" : "false";
        break;
      case Type::floating: {
        const double number = number_of(value);
        out_ += std::isnan(number)   ? "NaN"
                : std::isinf(number) ? (number > 0 ? "Infinity" : "-Infinity")
                                     : float_text(number);
        break;
      }
      case Type::integer:
        out_ += str(value);
        break;
      case Type::list:
      case Type::tuple: {
        out_ += '[';
        bool first = true;
        for (const Value& item : elements(value)) {
          out_ += first ? "" : style_.item;
          first = false;
          line(level);
          write(item, level + 1);
        }
        if (!first) {
          line(level - 1);
        }
        out_ += ']';
        break;
      }
      case Type::map:
        write_map(value, level);
        break;
      default:
        write_text(str(value));
    }
  }

  Run& run_;
  Style style_;
  std::string out_;
};

const Value* named(const Call& call, const char* name) {
  for (const auto& [known, value] : call.named()) {
    if (known == name) {
      return &value;
    }
  }
  return nullptr;
}

void refuse_others(const Call& call, std::initializer_list<const char*> known) {
  for (const auto& [name, value] : call.named()) {
    if (std::none_of(known.begin(), known.end(), [&name = name](const char* one) { return name == one; })) {
      fault("'" + call.name() + "' has no argument '" + name + "'");
    }
  }
}

int small_number(const Value& value) {
  return is_none(value) ? -1 : static_cast<int>(std::clamp<std::int64_t>(integer_of(value), 0, 32));
}

Value json_of(Call& call) {
  refuse_others(call, {"indent", "sort_keys", "ensure_ascii", "separators", "vault_to_text", "preprocess_unsafe"});
  JsonWriter::Style style;
  const bool nice = call.name() == "to_nice_json";
  style.indent = nice ? 4 : -1;
  style.sort_keys = nice || call.name() == "tojson";
  if (const Value* indent = named(call, "indent")) {
    style.indent = small_number(*indent);
  } else if (call.has(0)) {
    style.indent = small_number(call.at(0));
  }
  if (const Value* sort = named(call, "sort_keys")) {
    style.sort_keys = truth(*sort);
  }
  if (const Value* ascii = named(call, "ensure_ascii")) {
    style.ascii = truth(*ascii);
  }
  if (style.indent >= 0 || nice) {
    style.item = ",";
  }
  if (const Value* separators = named(call, "separators")) {
    const auto both = elements(*separators);
    if (both.size() != 2) {
      fault("separators needs two strings");
    }
    style.item = text_of(both[0]);
    style.key = text_of(both[1]);
  }
  std::string text = JsonWriter(call.run, style).text(call.input);
  if (call.name() == "tojson") {
    for (const auto& [from, to] :
         {std::pair("<", "\\u003c"), std::pair(">", "\\u003e"), std::pair("&", "\\u0026"), std::pair("'", "\\u0027")}) {
      text = replace_text(call.run, text, from, to, -1);
    }
    return call.run.checked(std::move(text));
  }
  return call.run.checked(std::move(text)).as_text();
}

Value yaml_of(Call& call) {
  refuse_others(call, {"indent", "width", "sort_keys", "default_flow_style", "allow_unicode", "explicit_start"});
  YamlStyle style;
  const bool nice = call.name() == "to_nice_yaml";
  style.indent = nice ? 4 : 2;
  style.flow_leaves = !nice;
  if (call.has(0)) {
    style.indent = small_number(call.at(0));
  }
  if (const Value* indent = named(call, "indent")) {
    style.indent = small_number(*indent);
  }
  if (const Value* width = named(call, "width")) {
    style.width = number_of(*width) > 1e6 ? 1'000'000 : static_cast<int>(std::max(number_of(*width), 0.0));
  }
  if (const Value* sort = named(call, "sort_keys")) {
    style.sort_keys = truth(*sort);
  }
  if (const Value* start = named(call, "explicit_start")) {
    style.explicit_start = truth(*start);
  }
  if (const Value* flow = named(call, "default_flow_style")) {
    if (truth(*flow)) {
      fault("default_flow_style=true is not supported");
    }
    style.flow_leaves = is_none(*flow);
  }
  return call.run.checked(yaml_text(call.run, call.input, style)).as_text();
}

Value from_json(Call& call) {
  const std::string text = call.input_text();
  call.run.make_bytes(text.size());
  auto parsed = core::parse_json(text, "from_json");
  if (!parsed) {
    fault(parsed.error().message);
  }
  return Value(std::move(*parsed));
}

Value from_yaml(Call& call) {
  if (!is_text(call.input)) {
    return call.input;
  }
  call.run.make_bytes(text_of(call.input).size());
  const auto parsed = core::parse_yaml(text_of(call.input), "from_yaml");
  if (!parsed) {
    fault(parsed.error().message);
  }
  return Value(parsed->to_json());
}

Value from_yaml_all(Call& call) {
  std::vector<Value> documents;
  std::string document;
  bool any = false;
  const auto finish = [&] {
    const auto parsed = core::parse_yaml(document, "from_yaml_all");
    if (!parsed) {
      fault(parsed.error().message);
    }
    documents.emplace_back(parsed->to_json());
    document.clear();
    any = false;
  };
  for (const std::string& line : lines_of(call.input_text())) {
    call.run.step(1 + line.size() / 16);
    if (line.rfind("---", 0) == 0 && (line.size() == 3 || line[3] == ' ')) {
      if (any) {
        finish();
      }
      any = true;
      document = line.substr(3) + "\n";
    } else if (line != "...") {
      any = any || !trim(line).empty();
      document += line + "\n";
    }
  }
  if (any) {
    finish();
  }
  return make_list(std::move(documents));
}

Value base64(Call& call) {
  const std::string text = call.input_text();
  return call.run.checked(core::base64_encode(std::as_bytes(std::span(text.data(), text.size()))));
}

Value from_base64(Call& call) {
  std::string text;
  for (const char c : call.input_text()) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' ||
        c == '=') {
      text += c;  // Python passes over all else
    }
  }
  std::string found = core::base64_decode(text);
  if (found.empty() && !text.empty()) {
    fault("the text is not base64");
  }
  return call.run.checked(std::move(found));
}

Value digest(Call& call, const std::string& algorithm) {
  const auto found = core::hex_digest(algorithm, call.input_text());
  if (!found) {
    fault("unsupported hash type " + algorithm);
  }
  return make(*found);
}

Value uuid(Call& call) {  // namespace
  std::string bytes;
  std::string digits;
  for (const char c : call.text(0, "361E6D51-FAEC-444A-9079-341386DA8E2E")) {
    if (c != '-' && c != '{' && c != '}') {
      digits += c;
    }
  }
  if (digits.size() != 32 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    fault("Invalid value '" + call.text(0) + "' for 'namespace': badly formed hexadecimal UUID string");
  }
  for (std::size_t at = 0; at < 32; at += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  }
  std::string hex = core::hex_digest("sha1", bytes + call.input_text()).value_or("").substr(0, 32);
  static constexpr std::string_view k_hex = "0123456789abcdef";
  hex[12] = '5';
  hex[16] = k_hex[8 + k_hex.find(hex[16]) % 4];
  return make(hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
              hex.substr(20));
}

Value password_hash(Call& call) {  // hashtype salt salt_size rounds
  const std::string type = call.text(0, "sha512");
  const bool sha512 = type == "sha512" || type == "sha512_crypt";
  const bool sha256 = type == "sha256" || type == "sha256_crypt";
  if (!sha512 && !sha256 && type != "md5" && type != "md5_crypt") {
    fault("password_hash knows sha512, sha256 and md5, not '" + type + "'");
  }
  static constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";
  std::string salt = call.has(1) && !is_none(call.at(1)) ? call.text(1) : "";
  if (salt.empty()) {
    std::random_device device;
    std::uniform_int_distribution<std::size_t> pick(0, k_letters.size() - 1);
    for (std::int64_t count = std::clamp<std::int64_t>(call.integer(2, sha512 || sha256 ? 16 : 8), 1, 16); count > 0;
         --count) {
      salt += k_letters[pick(device)];
    }
  }
  if (salt.find_first_not_of(k_letters) != std::string::npos) {
    fault("invalid characters in salt");
  }
  std::string setting = sha512 ? "$6$" : (sha256 ? "$5$" : "$1$");
  if (call.has(3) && !is_none(call.at(3))) {
    const std::int64_t rounds = call.integer(3);
    if (rounds < 1000 || rounds > 1'000'000) {
      fault("rounds go from 1000 to 1000000");
    }
    setting += "rounds=" + std::to_string(rounds) + "$";
  }
  call.run.step(10'000);
  const auto space = std::make_unique<crypt_data>();
  const char* hashed = crypt_r(call.input_text().c_str(), (setting + salt).c_str(), space.get());
  if (hashed == nullptr || hashed[0] == '*') {
    fault("the system's crypt(3) refuses this password or salt");
  }
  return make(std::string(hashed));
}

/// user:password@host:port of a URL.
struct NetworkPlace {
  explicit NetworkPlace(const std::string& place) {
    const std::size_t at_sign = place.rfind('@');
    host = at_sign == std::string::npos ? place : place.substr(at_sign + 1);
    if (at_sign != std::string::npos) {
      const std::string who = place.substr(0, at_sign);
      const std::size_t split = who.find(':');
      user = make(who.substr(0, split));
      password = split == std::string::npos ? none() : make(who.substr(split + 1));
    }
    const std::size_t colon = host.rfind(':');
    if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
      const std::string digits = host.substr(colon + 1);
      if (!digits.empty() && digits.size() < 6 && digits.find_first_not_of("0123456789") == std::string::npos) {
        port = make(std::int64_t{std::stoi(digits)});
      }
      host.resize(colon);
    }
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
  }
  std::string host;
  Value user = none();
  Value password = none();
  Value port = none();
};

Value url_parts(Call& call) {  // query
  const std::string url = trim(call.input_text());
  std::string rest = url;
  const auto cut = [&rest](const char* at) {
    const std::size_t place = rest.find(at);
    std::string tail = place == std::string::npos ? "" : rest.substr(place + 1);
    rest.resize(std::min(place, rest.size()));
    return tail;
  };
  const std::string fragment = cut("#");
  const std::string query = cut("?");
  const std::size_t colon = rest.find(':');
  std::string scheme;
  const bool has_scheme = colon != std::string::npos && colon > 0 &&
                          rest.substr(0, colon).find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") == std::string::npos;
  if (has_scheme) {
    scheme = lower(rest.substr(0, colon));
    rest.erase(0, colon + 1);
  }
  std::string place;
  if (rest.rfind("//", 0) == 0) {
    const std::size_t end = std::min(rest.find('/', 2), rest.size());
    place = rest.substr(2, end - 2);
    rest.erase(0, end);
  }
  const NetworkPlace network(place);
  const Value parts = make_map({
      {make("fragment"), make(fragment)},
      {make("hostname"), network.host.empty() ? none() : make(lower(network.host))},
      {make("netloc"), make(place)},
      {make("password"), network.password},
      {make("path"), make(rest)},
      {make("port"), network.port},
      {make("query"), make(query)},
      {make("scheme"), make(scheme)},
      {make("username"), network.user},
  });
  const std::string wanted = call.text(0);
  if (wanted.empty()) {
    return parts;
  }
  if (const auto part = member(parts, wanted)) {
    return *part;
  }
  fault("urlsplit: unknown URL component: " + wanted);
}

}  // namespace

Filters encoding_filters() {
  return {
      {"to_json", "?indent **", json_of},
      {"to_nice_json", "?indent **", json_of},
      {"tojson", "?indent **", json_of},
      {"to_yaml", "?indent **", yaml_of},
      {"to_nice_yaml", "?indent **", yaml_of},
      {"from_json", "", from_json},
      {"from_yaml", "", from_yaml},
      {"from_yaml_all", "", from_yaml_all},
      {"b64encode", "?encoding", base64},
      {"b64decode", "?encoding", from_base64},
      {"hash", "?hashtype", [](Call& call) { return digest(call, call.text(0, "sha1")); }},
      {"md5", "", [](Call& call) { return digest(call, "md5"); }},
      {"sha1", "", [](Call& call) { return digest(call, "sha1"); }},
      {"checksum", "", [](Call& call) { return digest(call, "sha1"); }},
      {"to_uuid", "?namespace", uuid},
      {"password_hash", "?hashtype ?salt ?salt_size ?rounds", password_hash},
      {"urlsplit", "?query", url_parts},
      {"strftime", "?second ?utc", strftime_of},
      {"to_datetime", "?format", parse_date},
  };
}

}  // namespace cef::jinja
