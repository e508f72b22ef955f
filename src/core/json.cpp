#include "cef/core/json.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace cef::core {

namespace {

constexpr int k_max_depth = 64;

/// Thrown inside the parser's callback only, caught in parse_json.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view origin) {
  std::vector<std::set<std::string>> keys;
  const auto guard = [&keys](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > k_max_depth) {
      throw Refused("is nested deeper than " + std::to_string(k_max_depth) + " levels");
    }
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw Refused("has the key '" + parsed.get<std::string>() + "' twice");
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), guard);
  } catch (const Refused& refused) {
    return fail(ErrorCode::usage, std::string(origin) + ": " + refused.what());
  } catch (const nlohmann::json::exception& error) {
    std::string what = error.what();
    const std::size_t start = what.find("] ");  // "[json.exception.parse_error.101] parse error at line …"
    return fail(ErrorCode::usage,
                std::string(origin) + ": is not JSON: " + (start == std::string::npos ? what : what.substr(start + 2)));
  }
}

Json to_json(const Error& error) {
  Json json;
  json["code"] = to_string(error.code);
  json["message"] = error.message;
  if (!error.context.empty()) {
    json["context"] = error.context;
  }
  return json;
}

std::string dump_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump_document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cef::core
