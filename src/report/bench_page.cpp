#include "cef/report/bench_page.hpp"

#include "bench_sections.hpp"

namespace cef::report {

namespace {

Document document_of(const operation::BenchRecord& record, const Wording& words) {
  Document document;
  add_verdict(document, record, words);
  add_configurations(document, record, words);
  add_overview(document, record, words);
  for (std::size_t i = 0; i < record.edges.size(); ++i) {
    add_edge(document, record, record.edges[i], i + 1, words);
  }
  add_budgets(document, record, words);
  add_conditions(document, record, words);
  add_method(document, record, words);
  return document;
}

}  // namespace

std::string bench_html(const operation::BenchRecord& record, Language language) {
  const Wording words(language);
  Document document = document_of(record, words);
  document.push_back(DocHeading{2, words(words::k_sign)});
  DocTable sign{"", {{""}, {""}, {words(words::k_date_signature)}}, {}};
  for (const auto* who : {&words::k_tested_by, &words::k_checked_by, &words::k_approved_by}) {
    sign.rows.push_back({words(*who), "", ""});
  }
  document.push_back(sign);
  return document_html(document, words(words::k_title), language == Language::korean ? "ko" : "en");
}

std::string bench_markdown(const operation::BenchRecord& record, Language language) {
  return document_markdown(document_of(record, Wording(language)));
}

}  // namespace cef::report
