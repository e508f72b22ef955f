#include "cef/report/merge.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include <gmock/gmock.h>

#include "cef/report/bench.hpp"
#include "cef/report/hosts.hpp"
#include "cef/report/select.hpp"
#include "cef/report/service.hpp"
#include "cef/report/time.hpp"
#include "fleet_results.hpp"

namespace cef::report {
namespace {

using core::Json;
using ::testing::HasSubstr;

constexpr std::size_t k_most_shards = 7;

/// What shard `index` of `count` of a result over `all` would have been.
template <class Result, class Item>
Result part_of(Result result, std::vector<Item> Result::*list, const std::vector<std::string>& names, std::size_t index,
               std::size_t count) {
  const inventory::Shard shard{index, count};
  const auto places = inventory::places_of(names, shard);
  std::vector<Item> kept;
  for (const std::size_t place : places) {
    kept.push_back((result.*list)[place]);
  }
  result.*list = std::move(kept);
  result.shard = operation::ShardView{shard, names.size(), places};
  return result;
}

std::vector<operation::ShardDocument> documents(std::size_t count, const std::function<Json(std::size_t)>& shard) {
  std::vector<operation::ShardDocument> all;
  for (std::size_t index = 1; index <= count; ++index) {
    const std::string name = std::to_string(index) + ".json";
    all.push_back({name, *core::parse_json(core::dump_document(shard(index)), name)});
  }
  std::reverse(all.begin(), all.end());  // the order in which files are given is of no account
  return all;
}

template <class Host>
void expect_the_same(const operation::FleetResult<Host>& whole, const char* schema,
                     const std::function<Json(const operation::FleetResult<Host>&)>& beside = {}) {
  std::vector<std::string> names;
  for (const auto& host : whole.hosts) {
    names.push_back(host.outcome.host);
  }
  const auto document = [&](const operation::FleetResult<Host>& result) {
    Json json = fleet_json<Host>(result, schema, &host_json);
    json.update(beside ? beside(result) : Json::object());
    return json;
  };
  for (std::size_t count = 1; count <= k_most_shards; ++count) {
    const auto merged = operation::merge_shards(documents(count, [&](std::size_t index) {
      return document(part_of(whole, &operation::FleetResult<Host>::hosts, names, index, count));
    }));
    ASSERT_TRUE(merged) << merged.error().line();
    EXPECT_EQ(core::dump_document(merged_json(*merged)), core::dump_document(document(whole))) << count << " shards";
  }
}

/// Hosts of every status, in an order that is not that of their names.
template <class Host>
operation::FleetResult<Host> hosts_of_all_kinds(std::size_t size) {
  std::vector<Host> hosts;
  for (std::size_t i = 0; i < size; ++i) {
    const std::string name = "pi-" + std::to_string((i * 7) % 23);
    hosts.push_back(i % 5 == 1 ? gone<Host>(name) : i % 5 == 3 ? made<Host>(name, failure("no")) : made<Host>(name));
  }
  return fleet_of(std::move(hosts));
}

TEST(Merge, OfAnyNumberOfShardsIsTheOneRun) {
  for (const std::size_t size : {1U, 2U, 6U, 20U}) {
    expect_the_same(hosts_of_all_kinds<operation::PingHost>(size), "cef.ping/1");
    auto service = hosts_of_all_kinds<operation::ServiceHost>(size);
    service.check = true;
    for (std::size_t i = 0; i < size; i += 2) {
      service.hosts[i].report.changed = true;
    }
    expect_the_same(service, "cef.service/1");
    service.stopped_by_threshold = true;
    expect_the_same(service, "cef.service/1");
  }
}

TEST(Merge, TheSpreadOfClocksIsThatOfAllHosts) {
  auto clocks = hosts_of_all_kinds<operation::TimeStatusHost>(11);
  for (std::size_t i = 0; i < clocks.hosts.size(); ++i) {
    if (clocks.hosts[i].outcome.status == fleet::Status::ok) {
      clocks.hosts[i].report.control.emplace();
      clocks.hosts[i].report.control->offset_us = static_cast<std::int64_t>(i * i) - 40;
      clocks.hosts[i].report.control->uncertainty_us = static_cast<std::int64_t>(i);
    }
  }
  expect_the_same<operation::TimeStatusHost>(clocks, "cef.time-status/1", [](const auto& result) {
    return Json{{"clocks", clocks_json(result)}};
  });
}

operation::BenchResult bench_of(std::size_t edges) {
  std::mt19937 random(edges);
  std::uniform_real_distribution<double> share(0.1, 0.7);
  operation::BenchResult result;
  result.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600));
  result.elapsed = select::Seconds(33.25);
  std::vector<bench::EdgeShare> shares;
  for (std::size_t i = 0; i < edges; ++i) {
    operation::BenchEdge edge;
    edge.name = "pi-" + std::to_string((i * 7) % 23);
    edge.connection = "ssh";
    edge.verdict = {i % 4 == 2 ? bench::Outcome::fail : bench::Outcome::pass, {}};
    if (i % 4 == 2) {
      edge.verdict.reasons = {"latency saving is 3.0 %, at least 20 % is required"};
    }
    bench::EdgeShare one{{edge.name, edge.verdict}, std::nullopt};
    if (i % 5 != 4) {
      edge.report.emplace();
      for (std::size_t trial = 0; trial < 3 + i; ++trial) {
        edge.report->warm.comparison.savings.push_back(share(random));
      }
      edge.report->warm.comparison.accuracy_drop_points = 10 * share(random);
      one.measured = {edge.report->warm.comparison.savings, edge.report->warm.comparison.accuracy_drop_points};
    }
    shares.push_back(std::move(one));
    result.edges.push_back(std::move(edge));
  }
  const auto whole = bench::sum_up(shares, result.options.trials.seed);
  result.saving_percent = whole.saving_percent;
  result.saving_interval_percent = whole.saving_interval_percent;
  result.accuracy_drop_points = whole.accuracy_drop_points;
  result.verdict = whole.verdict;
  return result;
}

TEST(Merge, OfABenchRecomputesVerdictAndMeans) {
  for (const std::size_t size : {1U, 4U, 12U}) {
    const auto whole = bench_of(size);
    std::vector<std::string> names;
    for (const auto& edge : whole.edges) {
      names.push_back(edge.name);
    }
    for (std::size_t count = 1; count <= k_most_shards; ++count) {
      const auto shard = [&](std::size_t index) {
        return part_of(whole, &operation::BenchResult::edges, names, index, count);
      };
      const auto merged = operation::merge_shards(documents(count, [&](std::size_t index) {
        auto part = shard(index);
        part.saving_percent = -1;  // what a shard says of itself is not looked at
        return to_json(part);
      }));
      ASSERT_TRUE(merged) << merged.error().line();
      EXPECT_EQ(core::dump_document(merged_json(*merged)), core::dump_document(to_json(whole))) << count << " shards";
      EXPECT_THAT(merged_text(merged_json(*merged), *merged, {}), HasSubstr(size == 1 ? ", 1 edge, " : " edges, "));
      const auto chosen =
          operation::merge_shards(documents(count, [&](std::size_t index) { return select_json(shard(index)); }));
      ASSERT_TRUE(chosen) << chosen.error().line();
      EXPECT_EQ(merged_json(*chosen), select_json(whole));
    }
  }
}

/// What `cef bench --jsonl` prints.
std::string lines_of(const operation::BenchResult& result) {
  std::string lines = core::dump_line(to_json(operation::BenchEvent{"", "data set", 0, 0, nullptr})) + "\n";
  for (const auto& edge : result.edges) {
    lines += core::dump_line(to_json(operation::BenchEvent{edge.name, "warm trials", 1, 2, nullptr})) + "\n";
    lines += core::dump_line(to_json(operation::BenchEvent{edge.name, "done", 0, 0, &edge})) + "\n";
  }
  Json last = {{"event", "result"}};
  last.update(to_json(result));
  return lines + core::dump_line(last) + "\n";
}

TEST(Merge, OfABenchTakesLinesToo) {
  const auto whole = bench_of(5);
  std::vector<std::string> names;
  for (const auto& edge : whole.edges) {
    names.push_back(edge.name);
  }
  std::string folder = (std::filesystem::temp_directory_path() / "cef-merge-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::vector<std::filesystem::path> files;
  std::string lines;
  for (std::size_t index = 1; index <= 7; ++index) {  // the last two without an edge
    lines = lines_of(part_of(whole, &operation::BenchResult::edges, names, index, 7));
    files.emplace_back(folder + "/" + std::to_string(index) + ".jsonl");
    std::ofstream(files.back()) << lines;
  }
  const auto merged = operation::merge_files(files);
  ASSERT_TRUE(merged) << merged.error().line();
  EXPECT_EQ(core::dump_document(merged_json(*merged)), core::dump_document(to_json(whole)));
  std::ofstream(files.back()) << lines.substr(0, lines.rfind("{\"event\""));
  const auto cut = operation::merge_files(files);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, core::ErrorCode::usage);
  EXPECT_THAT(cut.error().message, HasSubstr("7.jsonl: does not end with the line that sums up"));
  std::filesystem::remove_all(folder);
}

class MergeRefuses : public testing::Test {
 protected:
  MergeRefuses() {
    const auto whole = hosts_of_all_kinds<operation::PingHost>(9);
    std::vector<std::string> names;
    for (const auto& host : whole.hosts) {
      names.push_back(host.outcome.host);
    }
    shards_ = documents(4, [&](std::size_t index) {
      return fleet_json<operation::PingHost>(
          part_of(whole, &operation::FleetResult<operation::PingHost>::hosts, names, index, 4), "cef.ping/1",
          &host_json);
    });
    std::reverse(shards_.begin(), shards_.end());
  }
  [[nodiscard]] std::string why() const {
    const auto merged = operation::merge_shards(shards_);
    if (merged) {
      return "it does not";
    }
    EXPECT_EQ(merged.error().code, core::ErrorCode::usage);
    EXPECT_EQ(merged.error().line().find('\n'), std::string::npos);
    return merged.error().line();
  }
  Json& shard(std::size_t index) { return shards_.at(index - 1).json; }

  std::vector<operation::ShardDocument> shards_;
};

TEST_F(MergeRefuses, NothingOfACompleteRun) {
  EXPECT_EQ(why(), "it does not");
}

TEST_F(MergeRefuses, AMissingShard) {
  shards_.erase(shards_.begin() + 1, shards_.begin() + 3);
  EXPECT_THAT(why(), HasSubstr("of 4 shards these are missing: 2, 3;"));
}

TEST_F(MergeRefuses, AShardThatIsThereTwice) {
  shards_.push_back({"again.json", shard(2)});
  EXPECT_THAT(why(), HasSubstr("shard 2/4 is there twice: 2.json and again.json"));
}

TEST_F(MergeRefuses, AHostInTwoShards) {
  const std::string name = shard(1)["hosts"][0]["host"];
  shard(3)["hosts"][1]["host"] = name;
  EXPECT_THAT(why(), HasSubstr("hosts are in two shards: " + name + " (1.json and 3.json)"));
}

TEST_F(MergeRefuses, AnotherCommand) {
  shard(2)["schema"] = "cef.exec/1";
  EXPECT_THAT(why(), HasSubstr("1.json is cef.ping/1 and 2.json is cef.exec/1"));
}

TEST_F(MergeRefuses, AnotherInventory) {
  shard(4)["shard"]["selected"] = 10U;
  EXPECT_THAT(why(), HasSubstr("4.json is one of 4 shards of 10 hosts"));
}

TEST_F(MergeRefuses, WhatIsNoShard) {
  shard(2).erase("shard");
  EXPECT_THAT(why(), HasSubstr("2.json: does not say which shard it is"));
  shard(2) = Json::array();
  EXPECT_THAT(why(), HasSubstr("2.json: has no schema of cef's"));
  shards_.clear();
  EXPECT_THAT(why(), HasSubstr("nothing to merge"));
}

TEST_F(MergeRefuses, WhatWasChangedByHand) {
  const Json before = shard(2);
  for (const char* patch :
       {R"([{"op":"replace","path":"/shard/index","value":0}])",
        R"([{"op":"replace","path":"/shard/index","value":"2"}])",
        R"([{"op":"replace","path":"/shard/places","value":[1]}])",
        R"([{"op":"replace","path":"/shard/places/0","value":77}])",
        R"([{"op":"replace","path":"/shard/places/0","value":-1}])",
        R"([{"op":"replace","path":"/hosts/0/host","value":7}])",
        R"([{"op":"replace","path":"/hosts/0/status","value":"fine"}])",
        R"([{"op":"replace","path":"/hosts/0","value":7}])", R"([{"op":"replace","path":"/hosts","value":{}}])",
        R"([{"op":"replace","path":"/elapsed_seconds","value":"long"}])",
        R"([{"op":"replace","path":"/summary","value":[]}])",
        R"([{"op":"replace","path":"/summary/interrupted","value":7}])"}) {
    shard(2) = before.patch(Json::parse(patch));
    EXPECT_THAT(why(), HasSubstr("unchanged output of cef")) << patch;
  }
}

}  // namespace
}  // namespace cef::report
