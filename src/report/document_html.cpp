#include <algorithm>

#include "document.hpp"
#include "document_style.hpp"
#include "svg.hpp"

namespace cef::report {

namespace {

std::string class_of(const std::string& kind) {
  return kind.empty() ? "" : " class=\"" + html_escaped(kind) + "\"";
}

constexpr std::size_t k_dense_columns = 9;

void add_class(std::string& kind, const char* more) {
  kind += kind.empty() || *more == '\0' ? more : std::string(" ") + more;
}

/// A word that a narrow column cannot hold (a digest, a path) may break anywhere; a single short one, never.
const char* width_class(const std::string& text) {
  constexpr std::size_t k_long = 32;
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const char c : text) {
    run = c == ' ' ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  return longest > k_long ? "long" : run == text.size() ? "key" : "";
}

class HtmlWriter {
 public:
  void operator()(const DocHeading& heading) {
    end_figures();
    const std::string tag = "h" + std::to_string(heading.level);
    out += "<" + tag + ">" + html_escaped(heading.text) + "</" + tag + ">\n";
  }
  void operator()(const DocParagraph& paragraph) {
    end_figures();
    out += "<p" + class_of(paragraph.kind) + ">" + html_escaped(paragraph.text) + "</p>\n";
  }
  void operator()(const DocTable& table) {
    end_figures();
    out += "<div class=\"scroll\"><table" + class_of(table.columns.size() > k_dense_columns ? "dense" : "") + ">\n";
    if (!table.caption.empty()) {
      out += "<caption>" + html_escaped(table.caption) + "</caption>\n";
    }
    out += "<thead><tr>";
    for (const auto& column : table.columns) {
      out += std::string("<th scope=\"col\"") + class_of(column.align == Align::right ? "n" : "") + ">" +
             html_escaped(titled(column.title)) + "</th>";
    }
    out += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      out += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        const bool right = i < table.columns.size() && table.columns[i].align == Align::right;
        std::string kind = row[i].kind;
        add_class(kind, right ? "n" : width_class(row[i].text));
        out += "<td" + class_of(kind) + ">" + html_escaped(row[i].text) + "</td>";
      }
      out += "</tr>\n";
    }
    out += "</tbody></table></div>\n";
  }
  void operator()(const DocFigure& figure) {
    if (!in_figures_) {
      out += "<div class=\"figures\">\n";
      in_figures_ = true;
    }
    out += std::string("<figure") + class_of(figure.wide ? "wide" : "") + "><figcaption>" +
           html_escaped(figure.caption) + "</figcaption>\n" + figure.svg;
    if (!figure.note.empty()) {
      out += "<p class=\"note\">" + html_escaped(figure.note) + "</p>\n";
    }
    out += "</figure>\n";
  }
  void operator()(const DocCode& code) {
    end_figures();
    out += "<pre><code>" + html_escaped(code.text) + "</code></pre>\n";
  }
  void operator()(const DocList& list) {
    end_figures();
    out += "<ul>\n";
    for (const auto& item : list.items) {
      out += "<li>" + html_escaped(item) + "</li>\n";
    }
    out += "</ul>\n";
  }
  void end_figures() {
    out += in_figures_ ? "</div>\n" : "";
    in_figures_ = false;
  }
  std::string out;

 private:
  bool in_figures_ = false;
};

}  // namespace

std::string document_html(const Document& document, const std::string& title, const std::string& lang) {
  HtmlWriter writer;
  for (const auto& block : document) {
    std::visit(writer, block);
  }
  writer.end_figures();
  return "<!DOCTYPE html>\n<html lang=\"" + lang + "\">\n<head>\n<meta charset=\"utf-8\">\n" +
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" + html_escaped(title) + "</title>\n<style>" +
         k_document_style + "</style>\n</head>\n<body>\n" + k_document_patterns + "<main>\n" + writer.out +
         "</main>\n</body>\n</html>\n";
}

}  // namespace cef::report
