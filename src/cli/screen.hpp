#pragma once

#include <string>

#include "cef/core/result.hpp"

namespace cef::cli {

struct ScreenSize {
  unsigned width = 80;
  unsigned height = 24;
};

/// The alternate screen of the terminal on stdout, keys read from the terminal one by one. One at a time. The terminal
/// is put back when it ends, and before a signal that ends or suspends cef takes effect.
class Screen {
 public:
  /// Error (usage): stdout is no terminal.
  static core::Result<Screen> open();
  Screen(Screen&& other) noexcept;
  Screen& operator=(Screen&&) = delete;
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  [[nodiscard]] static ScreenSize size();
  /// Draws over what is there; lines wider than the terminal are cut by it.
  void show(const std::string& frame) const;
  /// The next key, or 0 when none came in time. Escape sequences (arrows) are skipped.
  [[nodiscard]] char key(int milliseconds) const;

 private:
  explicit Screen(int keys) : keys_(keys) {}
  int keys_;
};

}  // namespace cef::cli
