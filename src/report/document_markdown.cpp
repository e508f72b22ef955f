#include <algorithm>

#include "document.hpp"

namespace cef::report {

namespace {

/// So that nothing in a text is taken for markup, a mention or a tag.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (c == '<') {
      out += "&lt;";
      continue;
    }
    if (c == '&') {
      out += "&amp;";
      continue;
    }
    if (c == '@') {  // nobody is to be told of a host's name
      out += "&#64;";
      continue;
    }
    if (std::string_view("\\`*_[]|~#!>").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// `1.` and `-` at the start of a line of its own would begin a list.
std::string escaped_line(const std::string& text) {
  std::string out = escaped(text);
  const std::size_t digits = std::min(out.find_first_not_of("0123456789"), out.size());
  const std::string marks = digits == 0 ? "-+" : digits < 10 ? ".)" : "";
  const bool marked = digits < out.size() && marks.find(out[digits]) != std::string::npos;
  if (marked && (digits + 1 == out.size() || out[digits + 1] == ' ' || out[digits + 1] == '-')) {
    out.insert(digits, "\\");
  }
  return out;
}

class MarkdownWriter {
 public:
  void operator()(const DocHeading& heading) {
    out += std::string(static_cast<std::size_t>(heading.level), '#') + " " + escaped(heading.text) + "\n\n";
  }
  void operator()(const DocParagraph& paragraph) {
    const bool strong = paragraph.kind.find("verdict") != std::string::npos;
    out += strong ? "**" + escaped(paragraph.text) + "**\n\n" : escaped_line(paragraph.text) + "\n\n";
  }
  void operator()(const DocTable& table) {
    if (!table.caption.empty()) {
      out += "*" + escaped(table.caption) + "*\n\n";
    }
    out += "|";
    for (const auto& column : table.columns) {
      out += " " + escaped(titled(column.title)) + " |";
    }
    out += "\n|";
    for (const auto& column : table.columns) {
      out += column.align == Align::right ? " --: |" : " --- |";
    }
    for (const auto& row : table.rows) {
      out += "\n|";
      for (const auto& cell : row) {
        const bool strong = !cell.kind.empty() && !cell.text.empty();
        out += (strong ? " **" : " ") + escaped(cell.text) + (strong ? "** |" : " |");
      }
    }
    out += "\n\n";
  }
  void operator()(const DocFigure& /*unused*/) {}
  void operator()(const DocCode& code) {
    // A fence longer than any run of backticks within.
    std::size_t longest = 2;
    std::size_t run = 0;
    for (const char c : code.text) {
      run = c == '`' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    out += fence + "text\n" + printable(code.text) + "\n" + fence + "\n\n";
  }
  void operator()(const DocList& list) {
    for (const auto& item : list.items) {
      out += "- " + escaped_line(item) + "\n";
    }
    out += "\n";
  }
  std::string out;
};

}  // namespace

std::string titled(std::string title) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (title.size() > 1 && lower(title[0]) && lower(title[1])) {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

std::string document_markdown(const Document& document) {
  MarkdownWriter writer;
  for (const auto& block : document) {
    std::visit(writer, block);
  }
  while (writer.out.ends_with("\n\n")) {
    writer.out.pop_back();
  }
  return writer.out;
}

}  // namespace cef::report
