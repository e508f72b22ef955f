#include "http_request.hpp"

#include <algorithm>
#include <charconv>

#include "cef/core/text.hpp"

namespace cef::registry {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Up to the next line end, which is taken too.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A number of any length; what does not fit is as large as can be.
std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc{} ? value : ~std::uint64_t{0};
}

bool parse_target(std::string_view target, std::string& path) {
  if (target.starts_with("http://")) {  // as a client of a proxy writes it
    const std::size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  path = target.substr(0, target.find('?'));
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

const std::string* HttpRequest::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return each.first == name; });
  return found == headers.end() ? nullptr : &found->second;
}

std::optional<HttpRequest> parse_request(std::string_view head) {
  const std::string_view line = take_line(head);
  const std::size_t space = line.find(' ');
  const std::size_t last = line.rfind(' ');
  const std::string_view version = last == std::string_view::npos ? "" : line.substr(last + 1);
  HttpRequest request;
  if (space == 0 || space == last || (version != "HTTP/1.1" && version != "HTTP/1.0") ||
      line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != space ||
      !parse_target(line.substr(space + 1, last - space - 1), request.path)) {
    return std::nullopt;
  }
  request.method = line.substr(0, space);
  while (!head.empty()) {
    const std::string_view field = take_line(head);
    if (field.empty()) {
      break;
    }
    const std::size_t colon = field.find(':');
    if (colon == 0 || colon == std::string_view::npos || field.find_first_of(" \t") < colon) {
      return std::nullopt;
    }
    request.headers.emplace_back(core::lower(field.substr(0, colon)), trimmed(field.substr(colon + 1)));
  }
  const std::string* length = request.header("content-length");
  request.has_body = (length != nullptr && *length != "0") || request.header("transfer-encoding") != nullptr;
  const std::string* connection = request.header("connection");
  const std::string wish = connection != nullptr ? core::lower(*connection) : "";
  request.keep_alive = !request.has_body && (version == "HTTP/1.1" ? wish != "close" : wish == "keep-alive");
  return request;
}

std::pair<RangeKind, ByteRange> range_of(const HttpRequest& request, std::uint64_t size, const std::string& etag) {
  const std::pair<RangeKind, ByteRange> whole{RangeKind::whole, {0, size}};
  const std::string* header = request.header("range");
  const std::string* condition = request.header("if-range");
  if (header == nullptr || request.method != "GET" || (condition != nullptr && *condition != etag)) {
    return whole;
  }
  std::string_view text = *header;
  if (!core::lower(text.substr(0, 6)).starts_with("bytes=")) {
    return whole;
  }
  text = trimmed(text.substr(6));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return whole;
  }
  const std::string_view first = trimmed(text.substr(0, dash));
  const std::string_view last = trimmed(text.substr(dash + 1));
  if ((!first.empty() && !all_digits(first)) || (!last.empty() && !all_digits(last)) ||
      (first.empty() && last.empty())) {
    return whole;
  }
  if (first.empty()) {  // the last so many bytes
    const std::uint64_t count = std::min(number(last), size);
    return count == 0 ? std::pair{RangeKind::unsatisfiable, ByteRange{}}
                      : std::pair{RangeKind::part, ByteRange{size - count, count}};
  }
  const std::uint64_t from = number(first);
  const std::uint64_t to = last.empty() ? ~std::uint64_t{0} : number(last);
  if (to < from) {
    return whole;
  }
  if (from >= size) {
    return {RangeKind::unsatisfiable, {}};
  }
  return {RangeKind::part, {from, std::min(to, size - 1) - from + 1}};
}

bool has_already(const HttpRequest& request, const std::string& etag) {
  const std::string* header = request.header("if-none-match");
  if (header == nullptr) {
    return false;
  }
  std::string_view rest = *header;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view tag = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (tag.starts_with("W/")) {
      tag.remove_prefix(2);
    }
    if (tag == "*" || tag == etag) {
      return true;
    }
  }
  return false;
}

}  // namespace cef::registry
