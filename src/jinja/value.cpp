#include "cef/jinja/value.hpp"

#include "fault.hpp"
#include "held.hpp"
#include "python.hpp"

namespace cef::jinja {

Value::Value(std::shared_ptr<const Object> object) : held_(std::make_shared<const ObjectHeld>(std::move(object))) {}

Value Value::undefined(std::string what) {
  if (what.empty()) {
    what = "a value is undefined";
  }
  return Value(std::shared_ptr<const Held>(std::make_shared<const Undefined>(std::move(what))));
}

bool Value::is_undefined() const noexcept {
  return held_ != nullptr && held_->kind() == Held::Kind::undefined;
}

const std::string& Value::why() const noexcept {
  static const std::string nothing;
  return is_undefined() ? static_cast<const Undefined&>(*held_).why : nothing;
}

const core::Json& Value::json() const {
  return held_ == nullptr ? *json_ : held_->json();
}

std::shared_ptr<const core::Json> Value::shared_json() const {
  return held_ == nullptr ? json_ : std::shared_ptr<const core::Json>(held_, &held_->json());
}

std::shared_ptr<const Object> Value::object() const {
  return held_ != nullptr && held_->kind() == Held::Kind::object ? static_cast<const ObjectHeld&>(*held_).object
                                                                 : nullptr;
}

namespace {

std::string json_key(const Value& key) {
  return is_text(key) ? text_of(key) : str(key);
}

core::Json lenient_json(const Value& value) {
  if (value.held() == nullptr) {
    return value.json();
  }
  const Held& held = *value.held();
  switch (held.kind()) {
    case Held::Kind::undefined:
      return nullptr;
    case Held::Kind::list: {
      core::Json list = core::Json::array();
      for (const Value& item : static_cast<const List&>(held).items) {
        list.push_back(lenient_json(item));
      }
      return list;
    }
    case Held::Kind::map: {
      core::Json map = core::Json::object();
      for (const auto& [key, item] : static_cast<const Map&>(held).entries) {
        map[json_key(key)] = lenient_json(item);
      }
      return map;
    }
    case Held::Kind::object: {
      core::Json map = core::Json::object();
      const Object& object = *static_cast<const ObjectHeld&>(held).object;
      for (const std::string& key : object.keys()) {
        const auto item = object.item(key);
        map[key] = item && *item ? lenient_json(**item) : core::Json(nullptr);
      }
      return map;
    }
    case Held::Kind::special:
      return static_cast<const Special&>(held).text();
  }
  return nullptr;
}

}  // namespace

const core::Json& Held::json() const {
  std::call_once(once_, [this] {
    // A pointer without ownership: only for the walk.
    json_ = lenient_json(Value(std::shared_ptr<const Held>(std::shared_ptr<const Held>(), this)));
  });
  return json_;
}

Value Special::attribute(const std::string& name) const {
  return Value::undefined(std::string("'").append(type()) + "' has no attribute '" + name + "'");
}

Value Special::call(Run& /*run*/, Arguments& /*arguments*/) const {
  fault(std::string("'").append(type()) + "' object is not callable");
}

Value Namespace::attribute(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? Special::attribute(name) : found->second;
}

}  // namespace cef::jinja
