#include "cef/operation/merge.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "cef/core/file.hpp"
#include "json_reader.hpp"
#include "merge_parts.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr core::Bytes k_largest{std::uint64_t{8} << 30U};
constexpr std::size_t k_most_named = 5;

/// A shard's document with what it says of itself.
struct Part {
  std::string origin;
  Json json;
  inventory::Shard shard;
  std::size_t selected = 0;
  std::vector<std::size_t> places;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), k_most_named); ++i) {
    text += (i == 0 ? "" : ", ") + words[i];
  }
  return text + (words.size() > k_most_named ? ", … (" + std::to_string(words.size()) + ")" : "");
}

std::string schema_of(const Json& json) {
  const bool has = json.is_object() && json.contains("schema") && json.at("schema").is_string();
  return has ? json.at("schema").get<std::string>() : "";
}

const char* list_of(MergedKind kind) {
  return kind == MergedKind::bench || kind == MergedKind::select ? "edges" : "hosts";
}

const char* name_of(MergedKind kind) {
  return kind == MergedKind::bench || kind == MergedKind::select ? "name" : "host";
}

MergedKind kind_of(const std::string& schema) {
  return schema.rfind("cef.bench/", 0) == 0      ? MergedKind::bench
         : schema.rfind("cef.select/", 0) == 0   ? MergedKind::select
         : schema.rfind("cef.playbook/", 0) == 0 ? MergedKind::playbook
                                                 : MergedKind::hosts;
}

Result<Part> part_of(ShardDocument document) {
  Part part{std::move(document.origin), std::move(document.json), {}, 0, {}};
  const std::string schema = schema_of(part.json);
  if (schema.rfind("cef.", 0) != 0) {
    return fail(ErrorCode::usage, part.origin + ": has no schema of cef's; give the unchanged output of cef");
  }
  if (!part.json.contains("shard")) {
    return fail(ErrorCode::usage, part.origin + ": does not say which shard it is; run the command with --shard I/N");
  }
  const MergedKind kind = kind_of(schema);
  std::string fault;
  const JsonReader json(part.json, "", fault);
  const JsonReader shard = json.at("shard");
  part.shard = {shard.count("index"), shard.count("count")};
  part.selected = shard.count("selected");
  const auto names = json.list(list_of(kind), [&](const JsonReader& one) { return one.text(name_of(kind)); });
  if (kind != MergedKind::playbook) {
    part.places = shard.list("places", [](const JsonReader& one) {
      const auto& value = one.value();
      return value.is_number_unsigned() ? value.get<std::size_t>() : (one.expected("a place"), std::size_t{0});
    });
    if (fault.empty() && part.places.size() != names.size()) {
      shard.at("places").expected("as long as the list of " + std::string(list_of(kind)));
    }
    if (std::any_of(part.places.begin(), part.places.end(), [&](std::size_t at) { return at >= part.selected; })) {
      shard.at("places").expected("below the number that was selected");
    }
  }
  if (!inventory::parse_shard(std::to_string(part.shard.index) + "/" + std::to_string(part.shard.count))) {
    shard.expected("of the form index 1 to count");
  }
  if (!fault.empty()) {
    return fail(ErrorCode::usage, part.origin + ": " + fault + "; give the unchanged output of cef");
  }
  return part;
}

/// What must be the same in all shards of one run: [path, value].
std::vector<std::pair<std::string, Json>> common(const Json& json) {
  std::vector<std::pair<std::string, Json>> all;
  for (const char* key : {"cef_version", "state", "deadlines", "settings", "dataset"}) {
    all.emplace_back(key, json.value(key, Json()));
  }
  all.emplace_back("summary.check", json.value("summary", Json::object()).value("check", Json()));
  Json models = Json::array();
  for (const Json& model : json.value("models", Json::array())) {
    models.push_back({model.value("name", Json()), model.value("digest", Json())});
  }
  all.emplace_back("models", models);
  return all;
}

Result<void> of_one_run(const Part& first, const Part& other) {
  if (schema_of(first.json) != schema_of(other.json)) {
    return fail(ErrorCode::usage, first.origin + " is " + schema_of(first.json) + " and " + other.origin + " is " +
                                      schema_of(other.json) + "; give the shards of one command");
  }
  if (first.shard.count != other.shard.count || first.selected != other.selected) {
    const auto text = [](const Part& part) {
      return part.origin + " is one of " + std::to_string(part.shard.count) + " shards of " +
             std::to_string(part.selected) + " hosts";
    };
    return fail(ErrorCode::usage, text(first) + " and " + text(other) + "; give the shards of one run");
  }
  const auto a = common(first.json);
  const auto b = common(other.json);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].second != b[i].second) {
      return fail(ErrorCode::usage, first.origin + " and " + other.origin + " differ in '" + a[i].first +
                                        "'; give the shards of one run");
    }
  }
  return {};
}

/// All shards of one run, by their index.
Result<void> check_parts(std::vector<Part>& parts) {
  std::map<std::size_t, std::string> seen;
  for (const Part& part : parts) {
    if (auto same = of_one_run(parts.front(), part); !same) {
      return same;
    }
    const auto [at, is_new] = seen.emplace(part.shard.index, part.origin);
    if (!is_new) {
      return fail(ErrorCode::usage, "shard " + std::to_string(part.shard.index) + "/" +
                                        std::to_string(part.shard.count) + " is there twice: " + at->second + " and " +
                                        part.origin);
    }
  }
  std::vector<std::string> missing;
  for (std::size_t i = 1; i <= parts.front().shard.count && seen.size() < parts.front().shard.count; ++i) {
    if (seen.count(i) == 0) {
      missing.push_back(std::to_string(i));
    }
  }
  if (!missing.empty()) {
    return fail(ErrorCode::usage, "of " + std::to_string(parts.front().shard.count) + " shards these are missing: " +
                                      joined(missing) + "; run them and give their files too");
  }
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.shard.index < b.shard.index; });
  return {};
}

Result<void> no_host_twice(const std::vector<Part>& parts, MergedKind kind) {
  std::unordered_map<std::string, std::string> seen;
  std::vector<std::string> twice;
  for (const Part& part : parts) {
    for (const Json& host : part.json.at(list_of(kind))) {
      const auto [at, is_new] = seen.emplace(host.at(name_of(kind)).get<std::string>(), part.origin);
      if (!is_new) {
        twice.push_back(at->first + " (" + at->second + " and " + part.origin + ")");
      }
    }
  }
  return twice.empty() ? Result<void>()
                       : fail(ErrorCode::usage, "hosts are in two shards: " + joined(twice) +
                                                    "; give the shards of one run with one inventory");
}

/// The entries of all shards in the order of one run, and what `beside` gives for each.
Result<void> put_in_order(std::vector<Part>& parts, MergedKind kind, Json& entries, std::vector<Json>& beside) {
  struct At {
    Part* part = nullptr;
    std::size_t index = 0;
  };
  const std::size_t there = std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                                            [](std::size_t sum, const Part& part) { return sum + part.places.size(); });
  if (there < parts.front().selected) {
    return fail(ErrorCode::usage, "the shards have fewer hosts than were selected; give the unchanged output of cef");
  }
  std::vector<At> order(parts.front().selected);  // below, each place is filled, as none is twice
  for (Part& part : parts) {
    for (std::size_t i = 0; i < part.places.size(); ++i) {
      At& at = order[part.places[i]];
      if (at.part != nullptr) {
        return fail(ErrorCode::usage, at.part->origin + " and " + part.origin +
                                          " give two hosts the same place; give the shards of one run");
      }
      at = {&part, i};
    }
  }
  entries = Json::array();
  for (const At& at : order) {
    entries.push_back(std::move(at.part->json.at(list_of(kind)).at(at.index)));
    const Json& shard = at.part->json.at("shard");
    const auto more = shard.find("edges");
    beside.push_back(more != shard.end() ? more->at(at.index) : Json());
  }
  return {};
}

/// Began with the first shard; took as long as the longest.
Json whole_document(const std::vector<Part>& parts) {
  Json document = parts.front().json;
  const char* started = document.contains("started") ? "started" : "started_at";
  double longest = 0;
  for (const Part& part : parts) {
    longest = std::max(longest, part.json.value("elapsed_seconds", 0.0));
    if (part.json.value(started, "") < document.value(started, "")) {
      document[started] = part.json.at(started);
    }
  }
  document["elapsed_seconds"] = longest;
  document.erase("shard");
  return document;
}

Result<fleet::Status> status_of(const Json& host) {
  const std::string text = host.value("status", "");
  for (const auto status :
       {fleet::Status::ok, fleet::Status::failed, fleet::Status::unreachable, fleet::Status::skipped}) {
    if (text == fleet::to_string(status)) {
      return status;
    }
  }
  return fail(ErrorCode::usage, "the host " + host.value("host", "") + " has the status '" + text +
                                    "', which cef does not know; give the unchanged output of cef");
}

void sum_up(const std::vector<Part>& parts, Merged& merged) {
  for (const Part& part : parts) {
    const Json summary = part.json.value("summary", Json::object());
    merged.interrupted =
        merged.interrupted || summary.value("interrupted", false) || part.json.value("interrupted", false);
    merged.stopped_by_threshold = merged.stopped_by_threshold || summary.value("stopped_by_threshold", false);
    merged.check = merged.check || summary.value("check", false);
    if (summary.contains("changed") && merged.kind == MergedKind::hosts) {
      merged.changed = merged.changed.value_or(0) + summary.value("changed", std::size_t{0});
    }
    for (const Json& host : part.json.at("shard").value("forgiven", Json::array())) {
      merged.forgiven.insert(host.get<std::string>());
    }
  }
}

std::optional<ClockSpread> clocks_of(const Json& hosts) {
  std::vector<ClockOf> clocks;
  for (const Json& host : hosts) {
    if (const Json control = host.value("control", Json()); control.is_object()) {
      clocks.push_back({host.value("host", ""), control.value("offset_us", std::int64_t{0}),
                        control.value("uncertainty_us", std::int64_t{0})});
    }
  }
  return clock_spread(clocks);
}

Result<bench::Whole> verdict_of(const Json& document, const std::vector<Json>& beside) {
  std::vector<bench::EdgeShare> shares;
  for (std::size_t i = 0; i < beside.size(); ++i) {
    std::string fault;
    const JsonReader edge(document.at("edges").at(i), "edge", fault);
    bench::EdgeShare share{{edge.text("name"), {}}, std::nullopt};
    const std::string outcome = edge.at("verdict").text("outcome");
    for (const auto one : {bench::Outcome::pass, bench::Outcome::fail, bench::Outcome::invalid}) {
      share.verdict.verdict.outcome = outcome == bench::to_string(one) ? one : share.verdict.verdict.outcome;
    }
    share.verdict.verdict.reasons =
        edge.at("verdict").list("reasons", [](const JsonReader& reason) { return reason.as_text(); });
    if (!beside[i].is_null()) {
      const JsonReader more(beside[i], "shard.edges", fault);
      share.measured = {more.list("savings", [](const JsonReader& s) { return s.as_number().value_or(0); }),
                        more.number("accuracy_drop_points")};
    }
    if (!fault.empty()) {
      return fail(ErrorCode::usage, fault + "; give the unchanged output of 'cef bench --json'");
    }
    shares.push_back(std::move(share));
  }
  return bench::sum_up(shares, document.at("settings").value("seed", std::uint64_t{1}));
}

Result<void> merge_entries(std::vector<Part>& parts, Merged& merged) {
  Json entries;
  std::vector<Json> beside;
  if (auto placed = put_in_order(parts, merged.kind, entries, beside); !placed) {
    return placed;
  }
  for (const Json& entry : merged.kind == MergedKind::hosts ? entries : Json::array()) {
    const auto status = status_of(entry);
    if (!status) {
      return fail(status.error());
    }
    merged.statuses.push_back(*status);
  }
  merged.document[list_of(merged.kind)] = std::move(entries);
  merged.has_clocks = merged.document.contains("clocks");
  if (merged.has_clocks) {
    merged.clocks = clocks_of(merged.document.at("hosts"));
  }
  if (merged.kind == MergedKind::bench) {
    auto whole = verdict_of(merged.document, beside);
    if (!whole) {
      return fail(whole.error());
    }
    merged.whole = std::move(*whole);
  }
  return {};
}

void merge_playbooks(std::vector<Part>& parts, Merged& merged) {
  std::vector<Json> plays;
  std::map<std::string, Json> hosts;  // as a run lists them: by name
  for (Part& part : parts) {
    plays.push_back(part.json.value("plays", Json::array()));
    for (Json& host : part.json.at("hosts")) {
      hosts.emplace(host.value("host", ""), std::move(host));
    }
  }
  merged.document["plays"] = merge_plays(plays);
  merged.document["hosts"] = Json::array();
  for (auto& [name, host] : hosts) {
    merged.document["hosts"].push_back(std::move(host));
  }
}

Result<Merged> merge_checked(std::vector<ShardDocument> shards) {
  std::vector<Part> parts;
  for (auto& shard : shards) {
    auto part = part_of(std::move(shard));
    if (!part) {
      return fail(part.error());
    }
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) {
    return fail(ErrorCode::usage, "there is nothing to merge; give the files of the shards");
  }
  if (auto complete = check_parts(parts); !complete) {
    return fail(complete.error());
  }
  Merged merged;
  merged.kind = kind_of(schema_of(parts.front().json));
  if (auto once = no_host_twice(parts, merged.kind); !once) {
    return fail(once.error());
  }
  merged.document = whole_document(parts);
  sum_up(parts, merged);
  if (merged.kind == MergedKind::playbook) {
    merge_playbooks(parts, merged);
  } else if (auto done = merge_entries(parts, merged); !done) {
    return fail(done.error());
  }
  return merged;
}

}  // namespace

Result<std::vector<fs::path>> merge_sources(const std::vector<fs::path>& given, const fs::path& output) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::path& path : given) {
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const fs::path extension = entry.path().extension();
      if ((extension == ".json" || extension == ".jsonl") && !fs::equivalent(entry.path(), output, error)) {
        found.push_back(entry.path());
      }
    }
    if (found.empty()) {
      return fail(ErrorCode::usage,
                  path.string() + ": holds no .json or .jsonl file; give the folder where the shards' are");
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Result<Merged> merge_shards(std::vector<ShardDocument> shards) {
  try {
    return merge_checked(std::move(shards));
  } catch (const Json::exception&) {  // a value of another type than its key has
    return fail(not_as_printed());
  }
}

core::Error not_as_printed() {
  return {ErrorCode::usage, "a file is not as cef printed it; give the unchanged output of cef", {}};
}

Result<Merged> merge_files(const std::vector<fs::path>& files) {
  std::vector<ShardDocument> shards;
  for (const fs::path& file : files) {
    const auto text = core::read_file(file, k_largest);
    if (!text) {
      return fail(ErrorCode::usage, text.error().message);
    }
    auto json = is_json_lines(*text) ? document_of_lines(*text, file.string()) : core::parse_json(*text, file.string());
    if (!json) {
      return fail(ErrorCode::usage, json.error().message + "; give the unchanged output of cef");
    }
    shards.push_back({file.string(), std::move(*json)});
  }
  return merge_shards(std::move(shards));
}

}  // namespace cef::operation
