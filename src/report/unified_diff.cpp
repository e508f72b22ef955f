#include <algorithm>
#include <cstddef>
#include <vector>

#include "cef/report/playbook.hpp"

namespace cef::report {

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(end == std::string::npos ? text.substr(at) + "\n\\ No newline at end of file\n"
                                             : text.substr(at, end - at + 1));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

struct Edit {
  char mark;  ///< ' ', '-' or '+'
  const std::string* line;
};

constexpr std::size_t k_most_cells = 4'000'000;  // of the table below; beyond it, all is replaced

/// The longest common subsequence between the common beginning and end.
std::vector<Edit> edits_of(const Lines& before, const Lines& after) {
  std::size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) {
    ++head;
  }
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  const std::size_t rows = before.size() - head - tail;
  const std::size_t columns = after.size() - head - tail;
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < head; ++i) {
    edits.push_back({' ', &before[i]});
  }
  const bool small = rows * columns <= k_most_cells;
  std::vector<unsigned> common(small ? (rows + 1) * (columns + 1) : 0);
  const auto at = [&](std::size_t i, std::size_t j) -> unsigned& { return common[i * (columns + 1) + j]; };
  for (std::size_t i = small ? rows : 0; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      at(i, j) = before[head + i] == after[head + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    if (small && i < rows && j < columns && before[head + i] == after[head + j]) {
      edits.push_back({' ', &before[head + i]});
      ++i;
      ++j;
    } else if (i < rows && (!small || j == columns || at(i + 1, j) >= at(i, j + 1))) {
      edits.push_back({'-', &before[head + i++]});
    } else {
      edits.push_back({'+', &after[head + j++]});
    }
  }
  for (std::size_t k = before.size() - tail; k < before.size(); ++k) {
    edits.push_back({' ', &before[k]});
  }
  return edits;
}

std::string range(std::size_t start, std::size_t length) {
  const std::size_t first = length == 0 ? start : start + 1;
  return length == 1 ? std::to_string(first) : std::to_string(first) + "," + std::to_string(length);
}

}  // namespace

std::string unified_diff(const std::string& before, const std::string& after, const std::string& before_name,
                         const std::string& after_name) {
  constexpr std::size_t k_context = 3;
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const auto edits = edits_of(old_lines, new_lines);
  std::string text;
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  std::size_t done = 0;  // edits that were printed or passed over
  while (true) {
    std::size_t first = done;
    while (first < edits.size() && edits[first].mark == ' ') {
      ++first;
    }
    if (first == edits.size()) {
      break;
    }
    const std::size_t from = std::max(done, first > k_context ? first - k_context : 0);
    std::size_t to = first;
    for (std::size_t i = first, same = 0; i < edits.size() && same <= 2 * k_context; ++i) {
      same = edits[i].mark == ' ' ? same + 1 : 0;
      to = edits[i].mark == ' ' ? to : i + 1;
    }
    to = std::min(to + k_context, edits.size());
    old_at += from - done;
    new_at += from - done;
    std::string body;
    std::size_t removed = 0;
    std::size_t added = 0;
    for (std::size_t i = from; i < to; ++i) {
      body += edits[i].mark + *edits[i].line;
      removed += edits[i].mark != '+' ? 1 : 0;
      added += edits[i].mark != '-' ? 1 : 0;
    }
    text += "@@ -" + range(old_at, removed) + " +" + range(new_at, added) + " @@\n" + body;
    old_at += removed;
    new_at += added;
    done = to;
  }
  return text.empty() ? "" : "--- " + before_name + "\n+++ " + after_name + "\n" + text;
}

}  // namespace cef::report
