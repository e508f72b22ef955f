#include "run.hpp"

namespace cef::jinja {

namespace {

constexpr std::size_t k_steps_between_looks = 512;
constexpr std::size_t k_passing = 8;  // values that are made on the way may be this many times the output

}  // namespace

Run::Run(const Scope& names, const Environment& with)
    : scope(names), environment(with), until_(std::chrono::steady_clock::now() + with.limits.time) {
  push_frame();
}

Run::~Run() {
  for (const auto& frame : captured_) {
    frame->clear();
  }
}

Frames Run::capture() {
  captured_.insert(captured_.end(), frames.begin(), frames.end());
  step(frames.size());
  return frames;
}

void Run::step(std::size_t count) {
  const std::size_t before = steps_;
  steps_ += count;
  if (steps_ > environment.limits.steps) {
    fault("it takes more than " + std::to_string(environment.limits.steps) + " steps");
  }
  if (steps_ / k_steps_between_looks != before / k_steps_between_looks && std::chrono::steady_clock::now() > until_) {
    fault("it takes longer than " + std::to_string(environment.limits.time.count()) + " ms");
  }
}

void Run::make_bytes(std::size_t count) {
  const std::size_t most = environment.limits.output.count;
  bytes_ += count;
  if (count > most || bytes_ > most * k_passing) {
    fault("it makes more than " + core::to_human(environment.limits.output) + " of text");
  }
  step(count / 64);
}

void Run::deeper() {
  if (++depth > environment.limits.depth * 5) {
    fault("it is nested deeper than " + std::to_string(environment.limits.depth) + " levels");
  }
}

std::shared_ptr<Frame> Run::frame_of(const std::string& name) const {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    if ((*frame)->contains(name)) {
      return *frame;
    }
  }
  return nullptr;
}

Value Run::find(const std::string& name) {
  if (const auto frame = frame_of(name)) {
    return frame->at(name);
  }
  auto found = scope.find(name);
  if (!found) {
    throw Fault{found.error().code, found.error().line()};
  }
  if (*found) {
    return **found;
  }
  if (auto function = global(name)) {
    return *function;
  }
  return Value::undefined("'" + name + "' is undefined");
}

}  // namespace cef::jinja
