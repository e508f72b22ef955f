// index.json: to text and back.
#include <cstdio>
#include <set>

#include "bundle_info.hpp"
#include "cef/core/duration.hpp"
#include "cef/registry/repository.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Only what to_rfc3339 writes: "2026-01-31T12:00:00.123Z".
bool parse_time(const std::string& text, std::chrono::system_clock::time_point& time) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int milliseconds = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute, &second,
                  &milliseconds) != 7) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) {
    return false;
  }
  time = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{milliseconds};
  return core::to_rfc3339(time) == text;
}

/// Takes the fields of one entry; remembers the first that is wrong.
class EntryFields {
 public:
  explicit EntryFields(const Json& json) : json_(json) {}

  std::string text(const char* key) {
    const auto found = json_.find(key);
    if (found != json_.end() && found->is_string()) {
      return found->get<std::string>();
    }
    return refuse(key, "is no text"), std::string();
  }
  std::uint64_t number(const char* key) {
    const auto found = json_.find(key);
    if (found != json_.end() && found->is_number_unsigned()) {
      return found->get<std::uint64_t>();
    }
    return refuse(key, "is no whole number"), 0;
  }
  std::string digest(const char* key) {
    std::string value = text(key);
    if (!is_digest(value)) {
      refuse(key, "is no SHA-256 in lower-case hex");
    }
    return value;
  }
  void refuse(const std::string& key, const std::string& what) {
    if (fault_.empty()) {
      fault_ = (key.empty() ? "" : "'" + key + "' ") + what;
    }
  }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  const Json& json_;
  std::string fault_;
};

Bundle read_entry(EntryFields& fields) {
  Bundle bundle;
  bundle.info.name = fields.text("name");
  bundle.info.version = fields.text("version");
  bundle.info.task = fields.text("task");
  bundle.info.architecture = fields.text("architecture");
  bundle.sha256 = fields.digest("sha256");
  bundle.size.count = fields.number("size_bytes");
  bundle.unpacked.count = fields.number("unpacked_bytes");
  bundle.files = fields.number("files");
  bundle.source_sha256 = fields.digest("source_sha256");
  if (!parse_time(fields.text("added"), bundle.added)) {
    fields.refuse("added", "is no time as 2026-01-31T12:00:00.000Z");
  }
  if (const std::string fault = fault_of(bundle.info); !fault.empty()) {
    fields.refuse("", fault);
  }
  return bundle;
}

}  // namespace

Json to_json(const Bundle& bundle) {
  Json json;
  json["name"] = bundle.info.name;
  json["version"] = bundle.info.version;
  json["task"] = bundle.info.task;
  json["architecture"] = bundle.info.architecture;
  json["sha256"] = bundle.sha256;
  json["size_bytes"] = bundle.size.count;
  json["unpacked_bytes"] = bundle.unpacked.count;
  json["files"] = bundle.files;
  json["source_sha256"] = bundle.source_sha256;
  json["added"] = core::to_rfc3339(bundle.added);
  return json;
}

std::string blob_path(const Bundle& bundle) {
  return "blobs/sha256/" + bundle.sha256 + ".tar";
}

Result<std::vector<Bundle>> read_index(std::string_view json, const std::string& origin) {
  const auto refused = [&](const std::string& what) {
    return fail(ErrorCode::integrity, origin + ": " + what + ": it is damaged, or no index of a model repository");
  };
  const auto document = core::parse_json(json, origin);
  if (!document) {
    return fail(ErrorCode::integrity, document.error().message);
  }
  if (!document->is_object() || !document->contains("schema") || (*document)["schema"] != std::string(k_index_schema)) {
    return refused("has not the schema " + std::string(k_index_schema));
  }
  const auto list = document->find("bundles");
  if (list == document->end() || !list->is_array()) {
    return refused("has no list 'bundles'");
  }
  std::vector<Bundle> bundles;
  std::set<std::string> seen;
  for (const Json& entry : *list) {
    const std::string number = "bundle " + std::to_string(bundles.size() + 1);
    if (!entry.is_object()) {
      return refused(number + " is no object");
    }
    EntryFields fields(entry);
    Bundle bundle = read_entry(fields);
    if (!fields.fault().empty()) {
      return refused(number + ": " + fields.fault());
    }
    if (!seen.insert(bundle.info.name + "@" + bundle.info.version + "@" + bundle.info.architecture).second) {
      return refused(number + ": " + bundle.info.name + "@" + bundle.info.version + " is there twice");
    }
    bundles.push_back(std::move(bundle));
  }
  return bundles;
}

}  // namespace cef::registry
