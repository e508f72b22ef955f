#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cef::report {

enum class Align { left, right };
enum class Colour { none, green, red, yellow, cyan, dim, bold };

/// How to draw: decided once by the command line (terminal or not, NO_COLOR, width).
struct Style {
  bool colour = false;
  unsigned width = 100;  ///< columns of the terminal
};

struct Cell {
  std::string text;
  Colour colour = Colour::none;
  // NOLINTNEXTLINE(google-explicit-constructor): a row is a list of texts
  Cell(std::string t, Colour c = Colour::none) : text(std::move(t)), colour(c) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Cell(const char* t, Colour c = Colour::none) : text(t), colour(c) {}
};

struct Column {
  std::string title;
  Align align = Align::left;
};

/// A plain table: a header, rows, columns as wide as their widest cell; the last column is cut with … at the width.
/// Widths are counted in terminal columns (UTF-8, wide East Asian characters are two).
enum class Notes { repeated_below, cut };

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  /// The last column is cut at the width. What is cut in one with the title NOTE follows whole below the table, as
  /// HOST: NOTE, unless `notes` says otherwise.
  [[nodiscard]] std::string str(const Style& style, Notes notes = Notes::repeated_below) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

[[nodiscard]] std::string paint(std::string_view text, Colour colour, const Style& style);
/// Terminal columns that `text` takes. Control characters count 0 and must be escaped before (see `printable`).
[[nodiscard]] std::size_t display_width(std::string_view text);
/// Text from a host, safe for a terminal: control characters but tab and newline as \xNN, bad UTF-8 as U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace cef::report
