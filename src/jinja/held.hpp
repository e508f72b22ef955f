#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cef/jinja/value.hpp"

namespace cef::jinja {

struct Run;
struct Arguments;

/// What a Value holds that is not JSON.
class Held {
 public:
  enum class Kind { undefined, list, map, object, special };

  virtual ~Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Levels of lists and maps in it: bounded where it is made, so that walks over it need no stack of their own.
  [[nodiscard]] int depth() const noexcept { return depth_; }
  /// Made once and kept.
  [[nodiscard]] const core::Json& json() const;

 protected:
  Held(Kind kind, int depth) : kind_(kind), depth_(depth) {}

 private:
  Kind kind_;
  int depth_;
  mutable std::once_flag once_;
  mutable core::Json json_;
};

struct Undefined final : Held {
  explicit Undefined(std::string what, bool is_empty = false)
      : Held(Kind::undefined, 0), why(std::move(what)), empty(is_empty) {}
  std::string why;
  bool empty;  ///< of an `if` without `else`: no error when it is used, but empty text, false, an empty list
};

struct List final : Held {
  List(std::vector<Value> values, bool is_tuple, int depth)
      : Held(Kind::list, depth), items(std::move(values)), tuple(is_tuple) {}
  std::vector<Value> items;
  bool tuple;
};

/// Keys are strings, numbers or what else Python can hash; in JSON they become strings.
struct Map final : Held {
  using Entry = std::pair<Value, Value>;
  Map(std::vector<Entry> values, std::unordered_map<std::string, std::size_t> places, int depth)
      : Held(Kind::map, depth), entries(std::move(values)), index(std::move(places)) {}
  std::vector<Entry> entries;
  std::unordered_map<std::string, std::size_t> index;  ///< by key_id()
};

struct ObjectHeld final : Held {
  explicit ObjectHeld(std::shared_ptr<const Object> from) : Held(Kind::object, 64), object(std::move(from)) {}
  std::shared_ptr<const Object> object;
};

/// Functions, macros, namespaces, dates.
class Special : public Held {
 public:
  Special() : Held(Kind::special, 0) {}
  [[nodiscard]] virtual std::string type() const = 0;
  /// Like others of its kind not "<" + type(), of which GCC 12 warns falsely.
  [[nodiscard]] virtual std::string text() const { return std::string("<").append(type()) + ">"; }
  /// Undefined when it has no such attribute.
  [[nodiscard]] virtual Value attribute(const std::string& name) const;
  [[nodiscard]] virtual bool callable() const { return false; }
  [[nodiscard]] virtual Value call(Run& run, Arguments& arguments) const;
};

class Callable final : public Special {
 public:
  using Body = std::function<Value(Run&, Arguments&)>;
  Callable(std::string name, Body body) : name_(std::move(name)), body_(std::move(body)) {}
  [[nodiscard]] std::string type() const override { return "function " + name_; }
  [[nodiscard]] bool callable() const override { return true; }
  [[nodiscard]] Value call(Run& run, Arguments& arguments) const override { return body_(run, arguments); }

 private:
  std::string name_;
  Body body_;
};

/// `namespace(...)`: the one thing that a template may change.
class Namespace final : public Special {
 public:
  [[nodiscard]] std::string type() const override { return "jinja2.utils.Namespace object"; }
  [[nodiscard]] Value attribute(const std::string& name) const override;
  void set(const std::string& name, Value value) const { values_[name] = std::move(value); }

 private:
  mutable std::unordered_map<std::string, Value> values_;
};

}  // namespace cef::jinja
