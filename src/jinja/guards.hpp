#pragma once

#include "run.hpp"

namespace cef::jinja {

class Deeper {
 public:
  explicit Deeper(Run& run) : run_(run) { run_.deeper(); }
  ~Deeper() { run_.shallower(); }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Run& run_;
};

class Scoped {
 public:
  explicit Scoped(Run& run) : run_(run) { run_.push_frame(); }
  ~Scoped() { run_.pop_frame(); }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  Run& run_;
};

}  // namespace cef::jinja
