#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::registry {

/// The head of an HTTP/1.x request.
struct HttpRequest {
  std::string method;
  std::string path;  ///< without host and query, as it came: nothing is decoded
  bool keep_alive = false;
  bool has_body = false;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case

  /// nullptr when it is not there; the first when it is there twice.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// Reads a head that ends with an empty line. None when it is not HTTP/1.x, or has a path that is not printable ASCII.
std::optional<HttpRequest> parse_request(std::string_view head);

/// The part of a file that is sent.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

enum class RangeKind {
  whole,  ///< no range, or one that is ignored: several at once, another unit, nonsense, If-Range of another file
  part,   ///< 206
  unsatisfiable,  ///< 416
};

/// RFC 9110, section 14: what a GET asks of a file of `size` bytes with this strong ETag.
std::pair<RangeKind, ByteRange> range_of(const HttpRequest& request, std::uint64_t size, const std::string& etag);

/// RFC 9110, section 13.1.2: whether If-None-Match names this ETag.
bool has_already(const HttpRequest& request, const std::string& etag);

}  // namespace cef::registry
