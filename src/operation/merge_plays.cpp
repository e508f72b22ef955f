#include <algorithm>
#include <cstddef>
#include <string>

#include "merge_parts.hpp"

namespace cef::operation {

using core::Json;

namespace {

/// Puts `more` into `all`, keeping the order of both: what is the same by `same` is joined, what only one has stays
/// where it was among its neighbours.
template <class Same, class Join>
void join_lists(Json& all, const Json& more, const Same& same, const Join& join) {
  std::vector<Json> joined;
  for (Json& one : all) {
    joined.push_back(std::move(one));
  }
  std::size_t at = 0;
  for (const Json& one : more) {
    std::size_t found = at;
    while (found < joined.size() && !same(joined[found], one)) {
      ++found;
    }
    if (found < joined.size()) {
      join(joined[found], one);
      at = found + 1;
    } else {
      joined.insert(joined.begin() + static_cast<std::ptrdiff_t>(at), one);
      ++at;
    }
  }
  all = Json::array();
  for (Json& one : joined) {
    all.push_back(std::move(one));
  }
}

bool same_of(const Json& a, const Json& b, std::initializer_list<const char*> keys) {
  return std::all_of(keys.begin(), keys.end(),
                     [&](const char* key) { return a.value(key, Json(nullptr)) == b.value(key, Json(nullptr)); });
}

void append(Json& all, const Json& more, const char* key) {
  for (const Json& one : more.value(key, Json::array())) {
    all[key].push_back(one);
  }
}

void sort_hosts(Json& play) {
  for (Json& task : play["tasks"]) {
    auto& hosts = task["hosts"];
    std::stable_sort(hosts.begin(), hosts.end(),
                     [](const Json& a, const Json& b) { return a.value("host", "") < b.value("host", ""); });
  }
}

void join_play(Json& play, const Json& more) {
  join_lists(
      play["tasks"], more.value("tasks", Json::array()),
      [](const Json& a, const Json& b) {
        return same_of(a, b, {"task", "module", "place", "handler"});
      },
      [](Json& task, const Json& other) { append(task, other, "hosts"); });
  for (const Json& warning : more.value("warnings", Json::array())) {
    auto& warnings = play["warnings"];
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
      warnings.push_back(warning);
    }
  }
}

}  // namespace

Json merge_plays(const std::vector<Json>& plays_of_shards) {
  Json all = Json::array();
  for (const Json& plays : plays_of_shards) {
    join_lists(
        all, plays, [](const Json& a, const Json& b) { return same_of(a, b, {"play"}); }, join_play);
  }
  std::for_each(all.begin(), all.end(), sort_hosts);
  return all;
}

}  // namespace cef::operation
