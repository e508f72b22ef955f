#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "bench_words.hpp"
#include "cef/operation/bench_record.hpp"
#include "cef/report/bench_page.hpp"

namespace cef::report {

/// Figures and phrases of a bench page in one language. Nothing is escaped here.
class Wording {
 public:
  explicit Wording(Language language) : language_(language) {}
  [[nodiscard]] Language language() const { return language_; }
  [[nodiscard]] std::string operator()(const words::Phrase& phrase) const { return phrase.in(language_); }
  /// "{}" takes the next value, "{1}" the second.
  [[nodiscard]] std::string operator()(const words::Phrase& phrase, std::initializer_list<std::string> values) const;

  [[nodiscard]] std::string percent(double value, int decimals = 1) const;  ///< "83.6 %", "83.6%"
  [[nodiscard]] std::string points(double value, int decimals = 2) const;   ///< "1.66 points", "1.66%p"
  [[nodiscard]] std::string percent(const std::optional<double>& value) const;
  [[nodiscard]] std::string points(const std::optional<double>& value) const;
  [[nodiscard]] std::string interval(const std::optional<bench::Interval>& value, int decimals) const;
  [[nodiscard]] std::string outcome(const std::string& word) const;

 private:
  Language language_;
};

/// Three significant figures: "4.84 ms".
[[nodiscard]] std::string time_figure(double seconds);
/// A round value of an axis or a limit: "0.5 ms", "20 ms".
[[nodiscard]] std::string short_time(double seconds);
[[nodiscard]] std::string big_count(std::uint64_t count);
[[nodiscard]] std::string fixed(double value, int decimals);
/// What is written where nothing is known.
inline constexpr const char* k_unknown = "–";

}  // namespace cef::report
