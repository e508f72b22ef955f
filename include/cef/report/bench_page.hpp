#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cef/operation/bench_record.hpp"

namespace cef::report {

enum class Language { english, korean };
/// "en" or "ko".
[[nodiscard]] std::optional<Language> parse_language(std::string_view text);

/// One page without scripts and without other files: a test record with charts (SVG), for screen (light and dark) and
/// paper. Everything from the record is escaped.
[[nodiscard]] std::string bench_html(const operation::BenchRecord& record, Language language);
/// The same tables without the charts, in GitHub's Markdown.
[[nodiscard]] std::string bench_markdown(const operation::BenchRecord& record, Language language);

}  // namespace cef::report
