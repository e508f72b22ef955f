#include "cef/report/table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace cef::report {

namespace {

struct Rune {
  char32_t value;
  std::size_t length;
};

/// The code point at the start of `text`; nothing for bytes that are not UTF-8.
std::optional<Rune> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (byte(0) < 0x80) {
    return Rune{byte(0), 1};
  }
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) {
    return std::nullopt;
  }
  char32_t value = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return std::nullopt;
    }
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return std::nullopt;
  }
  return Rune{value, length};
}

/// East Asian Wide ranges that appear in practice (Unicode 15, EastAsianWidth.txt), zero-width marks, and the vowels
/// and last consonants of Hangul in pieces (file names of macOS), which join the first consonant.
std::size_t width_of(char32_t c) {
  const bool none = c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x300 && c <= 0x36F) || (c >= 0x1160 && c <= 0x11FF) ||
                    (c >= 0x200B && c <= 0x200F) || (c >= 0xD7B0 && c <= 0xD7FF) || (c >= 0xFE00 && c <= 0xFE0F);
  if (none) {
    return 0;
  }
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                    (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::green:
      return "\x1b[32m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::cyan:
      return "\x1b[36m";
    case Colour::dim:
      return "\x1b[2m";
    case Colour::bold:
      return "\x1b[1m";
  }
  return "";
}

std::string cut(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) {
    return text;
  }
  std::string out;
  std::size_t used = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const Rune rune = decode(rest).value_or(Rune{U'?', 1});
    if (used + width_of(rune.value) + 1 > width) {
      break;
    }
    used += width_of(rune.value);
    out += rest.substr(0, rune.length);
    rest.remove_prefix(rune.length);
  }
  return out + "…";
}

void append_cell(std::string& line, const Cell& cell, Align align, std::size_t width, bool last, const Style& style) {
  const std::size_t used = display_width(cell.text);
  const std::size_t padding = width > used ? width - used : 0;
  if (align == Align::right) {
    line.append(padding, ' ');
  }
  line += paint(cell.text, cell.colour, style);
  if (!last) {
    line.append(align == Align::left ? padding + 2 : 2, ' ');
  }
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Rune rune = decode(text).value_or(Rune{U'?', 1});
    width += width_of(rune.value);
    text.remove_prefix(rune.length);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto rune = decode(text);
    if (!rune) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    const char32_t c = rune->value;
    const bool control = (c < 0x20 && c != U'\t' && c != U'\n') || (c >= 0x7F && c < 0xA0);
    if (control) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned>(c));
      out += hex.data();
    } else {
      out += text.substr(0, rune->length);
    }
    text.remove_prefix(rune->length);
  }
  return out;
}

std::string paint(std::string_view text, Colour colour, const Style& style) {
  if (!style.colour || colour == Colour::none || text.empty()) {
    return std::string(text);
  }
  return code_of(colour) + std::string(text) + "\x1b[0m";
}

std::string Table::str(const Style& style, Notes notes) const {
  std::vector<std::size_t> widths;
  for (const auto& column : columns_) {
    widths.push_back(display_width(column.title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    before_last += widths[i] + 2;
  }
  // Too narrow for a useful last column: let the terminal wrap it instead of losing it.
  const std::size_t room = style.width > before_last + 20 ? style.width - before_last : 0;
  const bool repeat = notes == Notes::repeated_below && columns_.back().title == "NOTE";

  std::string out;
  std::string below;
  std::vector<Cell> header;
  for (const auto& column : columns_) {
    header.emplace_back(column.title, Colour::bold);
  }
  const auto append_row = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size() && i < columns_.size(); ++i) {
      const bool last = i + 1 == columns_.size();
      Cell cell = row[i];
      std::replace(cell.text.begin(), cell.text.end(), '\n', ' ');  // what a host says is no row of another
      if (last && repeat && &row != &header && !cell.text.empty() &&
          before_last + display_width(cell.text) > style.width) {
        below += row.front().text + ": " + cell.text + "\n";
        cell.text = room > 0 ? cut(cell.text, room) : "";
      } else if (last && room > 0) {
        cell.text = cut(cell.text, room);
      }
      append_cell(line, cell, columns_[i].align, last && room > 0 ? std::min(widths[i], room) : widths[i], last, style);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  append_row(header);
  for (const auto& row : rows_) {
    append_row(row);
  }
  return out + below;
}

}  // namespace cef::report
