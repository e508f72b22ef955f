#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cef/report/table.hpp"

namespace cef::report {

/// A report before it is HTML or Markdown. All texts are plain: the writer of a format escapes.
struct DocCell {
  std::string text;
  std::string kind;  ///< class in HTML: "pass", "fail", "invalid", "strong"
  // NOLINTNEXTLINE(google-explicit-constructor): a row is a list of texts
  DocCell(std::string t, std::string k = {}) : text(std::move(t)), kind(std::move(k)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  DocCell(const char* t) : text(t) {}
};

struct DocHeading {
  int level = 2;
  std::string text;
};
struct DocParagraph {
  std::string text;
  std::string kind;
};
struct DocTable {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<DocCell>> rows;
};
/// Markup of one chart; Markdown leaves it out.
struct DocFigure {
  std::string caption;
  std::string svg;
  std::string note;
  bool wide = false;
};
struct DocCode {
  std::string text;
};
struct DocList {
  std::vector<std::string> items;
};

using DocBlock = std::variant<DocHeading, DocParagraph, DocTable, DocFigure, DocCode, DocList>;
using Document = std::vector<DocBlock>;

/// A column's title with a capital, where it is a word: "mean" but "p50".
[[nodiscard]] std::string titled(std::string title);
[[nodiscard]] std::string document_html(const Document& document, const std::string& title, const std::string& lang);
[[nodiscard]] std::string document_markdown(const Document& document);

}  // namespace cef::report
