#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "cef/report/monitor.hpp"
#include "monitor_parts.hpp"

namespace cef::report {

using operation::MonitorHost;

namespace {

constexpr std::size_t k_kept_samples = 60;
constexpr unsigned k_wide_terminal = 150;
constexpr unsigned k_narrow_terminal = 100;  ///< room for figures only
constexpr double k_cold_celsius = 30;
constexpr double k_hot_celsius = 90;
constexpr unsigned k_lines_around_hosts = 3;  ///< title, keys, header

struct Key {
  char key;
  const char* name;
  const char* value;  ///< nullptr: by name
  WatchView::Sort sort;
};

constexpr std::array<Key, 6> k_keys = {{{'h', "host", nullptr, WatchView::Sort::host},
                                        {'t', "temperature", "temperature", WatchView::Sort::temperature},
                                        {'c', "cpu", "cpu", WatchView::Sort::cpu},
                                        {'m', "memory", "memory", WatchView::Sort::memory},
                                        {'n', "network", "rx", WatchView::Sort::network},
                                        {'g', "gpu", "gpu", WatchView::Sort::gpu}}};

double value_or_nan(const char* name, const MonitorHost& host) {
  const auto value = operation::find_monitor_value(name);
  const auto measured = value ? (*value)->of(host.report.facts) : std::nullopt;
  return measured.value_or(std::numeric_limits<double>::quiet_NaN());
}

void keep(std::deque<double>& values, double value) {
  values.push_back(value);
  if (values.size() > k_kept_samples) {
    values.pop_front();
  }
}

std::string trend(const std::deque<double>& values, std::size_t width, double low, double high) {
  return sparkline({values.begin(), values.end()}, width, low, high);
}

std::string keys_text(WatchView::Sort sort, const Style& style) {
  std::string text = "sort by ";
  for (const auto& key : k_keys) {
    const std::string word = std::string("[") + key.key + "] " + key.name;
    text += (key.sort == sort ? paint(word, Colour::cyan, style) : word) + "  ";
  }
  return text + "[q] quit";
}

std::size_t trend_width(const Style& style) {
  return style.width >= k_wide_terminal ? 20 : style.width >= k_narrow_terminal ? 10 : 0;
}

std::vector<Column> columns(const Style& style) {
  std::vector<Column> all = {{"HOST"}, {"STATUS"}};
  for (const char* name : {"TEMP", "CPU"}) {
    all.push_back({name, Align::right});
    if (trend_width(style) > 0) {
      all.push_back({"TREND"});
    }
  }
  for (const char* name : {"LOAD", "MEM", "DISK", "RX", "TX", "GPU"}) {
    all.push_back({name, Align::right});
  }
  all.push_back({"NOTE"});
  return all;
}

}  // namespace

WatchView::WatchView(const std::vector<std::string>& hosts) {
  for (const auto& name : hosts) {
    Row row;
    row.host.outcome.host = name;
    rows_.push_back(std::move(row));
  }
}

void WatchView::take(const MonitorHost& host) {
  const auto row = std::find_if(rows_.begin(), rows_.end(),
                                [&](const Row& one) { return one.host.outcome.host == host.outcome.host; });
  if (row != rows_.end()) {
    row->host = host;
    row->seen = true;
    keep(row->cpu, value_or_nan("cpu", host));
    keep(row->temperature, value_or_nan("temperature", host));
  }
}

bool WatchView::sort_by_key(char key) noexcept {
  for (const auto& one : k_keys) {
    if (one.key == key) {
      sort_ = one.sort;
      return true;
    }
  }
  return false;
}

std::vector<const WatchView::Row*> WatchView::sorted() const {
  std::vector<const Row*> order;
  for (const auto& row : rows_) {
    order.push_back(&row);
  }
  const auto* const key =
      std::find_if(k_keys.begin(), k_keys.end(), [this](const Key& one) { return one.sort == sort_; });
  if (key->value == nullptr) {
    std::stable_sort(order.begin(), order.end(), [](const Row* left, const Row* right) {
      return left->host.outcome.host < right->host.outcome.host;
    });
    return order;
  }
  std::stable_sort(order.begin(), order.end(), [&](const Row* left, const Row* right) {
    const double a = value_or_nan(key->value, left->host);
    const double b = value_or_nan(key->value, right->host);
    return !std::isnan(a) && (std::isnan(b) || a > b);
  });
  return order;
}

std::vector<Cell> WatchView::cells(const Row& row, const Style& style) const {
  const probe::MonitorFacts& facts = row.host.report.facts;
  const std::size_t width = trend_width(style);
  std::vector<Cell> cells = {row.host.outcome.host,
                             row.seen ? monitor_status_cell(row.host) : Cell("asking", Colour::dim)};
  const auto add = [&](const char* name, const std::deque<double>& values, double low, double high) {
    cells.push_back(value_cell(name, facts));
    if (width > 0) {
      cells.emplace_back(trend(values, width, low, high), Colour::cyan);
    }
  };
  add("temperature", row.temperature, k_cold_celsius, k_hot_celsius);
  add("cpu", row.cpu, 0, 100);
  for (const char* name : {"load", "memory", "disk", "rx", "tx"}) {
    cells.push_back(value_cell(name, facts));
  }
  cells.push_back(gpu_cell(facts));
  cells.emplace_back(note_text(row.host));
  return cells;
}

std::string WatchView::frame(const std::string& time, unsigned height, const Style& style) const {
  std::size_t alerting = 0;
  std::size_t lost = 0;
  for (const auto& row : rows_) {
    alerting += row.host.report.alerts.empty() ? 0 : 1;
    lost += row.seen && row.host.outcome.status != fleet::Status::ok ? 1 : 0;
  }
  std::string title = paint("cef monitor", Colour::bold, style) + "  " + std::to_string(rows_.size()) +
                      (rows_.size() == 1 ? " host" : " hosts") + "  sample " + std::to_string(sample_ + 1) + " every " +
                      core::to_human(interval_) + "  " + time;
  title += alerting > 0 ? "  " + paint(std::to_string(alerting) + " alert", Colour::red, style) : "";
  title += lost > 0 ? "  " + paint(std::to_string(lost) + " without answer", Colour::red, style) : "";

  Table table(columns(style));
  const auto order = sorted();
  const std::size_t room = height > k_lines_around_hosts + 1 ? height - k_lines_around_hosts : 1;
  const std::size_t shown = order.size() <= room ? order.size() : room - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    table.add_row(cells(*order[i], style));
  }
  std::string text = title + "\n" + keys_text(sort_, style) + "\n" + table.str(style, Notes::cut);
  if (shown < order.size()) {
    text += paint("… and " + std::to_string(order.size() - shown) + " more hosts", Colour::dim, style);
  } else {
    text.pop_back();
  }
  return text;
}

}  // namespace cef::report
