// The opcodes are those of Python's pickletools.
#include "pickle.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_max_nodes = 4'000'000;
// Values can be taken again and again by reference; what is copied each time must be small.
constexpr std::size_t k_max_name = 256;
constexpr std::size_t k_max_storage_fields = 8;

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {
    pickle_.nodes.emplace_back();  // node 0 is None
  }

  Result<Pickle> run() {
    while (at_ < bytes_.size()) {
      if (pickle_.nodes.size() > k_max_nodes) {
        return damaged("holds too many values");
      }
      const auto opcode = static_cast<char>(bytes_[at_++]);
      if (opcode == '.') {
        if (stack_.empty()) {
          return damaged("ends with nothing");
        }
        pickle_.root = stack_.back();
        return std::move(pickle_);
      }
      if (auto done = step(opcode); !done) {
        return fail(done.error());
      }
    }
    return damaged("is truncated");
  }

 private:
  tl::unexpected<core::Error> damaged(const std::string& what) const {
    return fail(ErrorCode::integrity, file_ + ": its pickle " + what);
  }
  Result<void> short_stack() const { return damaged("takes values that are not there"); }

  std::optional<std::uint64_t> number(std::size_t count) {
    if (bytes_.size() - at_ < count) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + at_, count);
    at_ += count;
    return value;
  }
  std::optional<std::string> text(std::uint64_t count) {
    if (bytes_.size() - at_ < count) {
      return std::nullopt;
    }
    std::string value(reinterpret_cast<const char*>(bytes_.data()) + at_, count);
    at_ += count;
    return value;
  }
  std::optional<std::string> line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    if (end == rest.end()) {
      return std::nullopt;
    }
    auto value = text(static_cast<std::uint64_t>(end - rest.begin()));
    ++at_;
    return value;
  }

  std::uint32_t push(Node node) {
    pickle_.nodes.push_back(std::move(node));
    stack_.push_back(static_cast<std::uint32_t>(pickle_.nodes.size() - 1));
    return stack_.back();
  }
  Result<void> push_integer(std::optional<std::int64_t> value) {
    if (!value) {
      return damaged("is truncated");
    }
    push({NodeKind::integer, *value, {}, {}});
    return {};
  }
  Result<void> push_text(std::optional<std::uint64_t> count) {
    auto value = count ? text(*count) : std::nullopt;
    if (!value) {
      return damaged("is truncated");
    }
    push({NodeKind::text, 0, std::move(*value), {}});
    return {};
  }
  /// Takes what lies above the last mark.
  std::optional<std::vector<std::uint32_t>> pop_to_mark() {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (pickle_.nodes[stack_[i]].kind == NodeKind::mark) {
        std::vector<std::uint32_t> items(stack_.begin() + static_cast<std::ptrdiff_t>(i) + 1, stack_.end());
        stack_.resize(i);
        return items;
      }
    }
    return std::nullopt;
  }
  std::optional<std::vector<std::uint32_t>> pop(std::size_t count) {
    if (stack_.size() < count) {
      return std::nullopt;
    }
    std::vector<std::uint32_t> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  Result<void> push_tuple(std::optional<std::vector<std::uint32_t>> items) {
    if (!items) {
      return short_stack();
    }
    push({NodeKind::tuple, 0, {}, std::move(*items)});
    return {};
  }
  /// Appends to the list or dict on top of the stack.
  Result<void> extend(NodeKind kind, std::optional<std::vector<std::uint32_t>> items) {
    if (!items || stack_.empty() || pickle_.nodes[stack_.back()].kind != kind ||
        (kind == NodeKind::dict && items->size() % 2 != 0)) {
      return short_stack();
    }
    auto& children = pickle_.nodes[stack_.back()].children;
    children.insert(children.end(), items->begin(), items->end());
    return {};
  }
  Result<void> put(std::optional<std::uint64_t> key) {
    if (!key || stack_.empty()) {
      return short_stack();
    }
    memo_[*key] = stack_.back();
    return {};
  }
  Result<void> get(std::optional<std::uint64_t> key) {
    const auto found = key ? memo_.find(*key) : memo_.end();
    if (found == memo_.end()) {
      return damaged("refers to a value that is not there");
    }
    stack_.push_back(found->second);
    return {};
  }

  Result<void> global(std::optional<std::string> module, std::optional<std::string> name) {
    if (!module || !name) {
      return damaged("is truncated");
    }
    push({NodeKind::global, 0, *module + "." + *name, {}});
    return {};
  }
  Result<void> stack_global() {
    const auto names = pop(2);
    if (!names || pickle_.nodes[(*names)[0]].kind != NodeKind::text ||
        pickle_.nodes[(*names)[1]].kind != NodeKind::text) {
      return short_stack();
    }
    const std::string& module = pickle_.nodes[(*names)[0]].text;
    const std::string& name = pickle_.nodes[(*names)[1]].text;
    if (module.size() > k_max_name || name.size() > k_max_name) {
      return damaged("names something of more than " + std::to_string(k_max_name) + " letters");
    }
    return global(module, name);
  }

  /// The one place where a pickle would run code.
  Result<void> call() {
    const auto both = pop(2);
    if (!both) {
      return short_stack();
    }
    const Node& function = pickle_.nodes[(*both)[0]];
    const std::vector<std::uint32_t>& arguments = pickle_.nodes[(*both)[1]].children;
    if (function.kind == NodeKind::global && function.text == "collections.OrderedDict" && arguments.empty()) {
      push({NodeKind::dict, 0, {}, {}});
      return {};
    }
    if (function.kind == NodeKind::global && function.text == "torch._utils._rebuild_tensor_v2" &&
        arguments.size() >= 4) {
      push({NodeKind::tensor, 0, {}, {arguments.begin(), arguments.begin() + 4}});
      return {};
    }
    if (function.kind == NodeKind::global && function.text == "torch._utils._rebuild_parameter" && !arguments.empty()) {
      stack_.push_back(arguments[0]);
      return {};
    }
    return fail(ErrorCode::usage, file_ + ": calls '" + function.text +
                                      "', which a state dict never does; save only the "
                                      "state dict: torch.save(model.state_dict(), FILE)");
  }
  Result<void> persistent_id() {
    const auto id = pop(1);
    if (!id || pickle_.nodes[id->front()].kind != NodeKind::tuple) {
      return short_stack();
    }
    if (pickle_.nodes[id->front()].children.size() > k_max_storage_fields) {
      return damaged("describes a storage in more than " + std::to_string(k_max_storage_fields) + " fields");
    }
    push({NodeKind::storage, 0, {}, std::vector<std::uint32_t>(pickle_.nodes[id->front()].children)});
    return {};
  }

  Result<void> step(char opcode) {
    switch (opcode) {
      case '\x80':
        at_ += 1;
        return {};  // PROTO
      case '\x95':
        at_ += 8;
        return {};  // FRAME
      case '}':
        push({NodeKind::dict, 0, {}, {}});
        return {};
      case ']':
        push({NodeKind::list, 0, {}, {}});
        return {};
      case ')':
        push({NodeKind::tuple, 0, {}, {}});
        return {};
      case '(':
        push({NodeKind::mark, 0, {}, {}});
        return {};
      case 'N':
        stack_.push_back(0);
        return {};
      case '\x88':
        return push_integer(1);
      case '\x89':
        return push_integer(0);
      case 't':
        return push_tuple(pop_to_mark());
      case '\x85':
        return push_tuple(pop(1));
      case '\x86':
        return push_tuple(pop(2));
      case '\x87':
        return push_tuple(pop(3));
      default:
        return step_change(opcode);
    }
  }
  Result<void> step_change(char opcode) {
    switch (opcode) {
      case 's':
        return extend(NodeKind::dict, pop(2));
      case 'u':
        return extend(NodeKind::dict, pop_to_mark());
      case 'a':
        return extend(NodeKind::list, pop(1));
      case 'e':
        return extend(NodeKind::list, pop_to_mark());
      case 'q':
        return put(number(1));
      case 'r':
        return put(number(4));
      case '\x94':
        return put(memo_.size());
      case 'h':
        return get(number(1));
      case 'j':
        return get(number(4));
      case 'R':
        return call();
      case 'Q':
        return persistent_id();
      case '\x93':
        return stack_global();
      case 'b':
        return pop(1) ? Result<void>{} : short_stack();  // state of an OrderedDict (_metadata): not needed
      default:
        return step_literal(opcode);
    }
  }
  Result<void> step_literal(char opcode) {
    switch (opcode) {
      case 'c': {
        auto module = line();
        return global(std::move(module), line());
      }
      case 'X':
        return push_text(number(4));
      case '\x8c':
      case 'U':
        return push_text(number(1));
      case 'K':
        return push_integer(number(1));
      case 'M':
        return push_integer(number(2));
      case 'J': {
        const auto value = number(4);
        return push_integer(value ? std::optional<std::int64_t>(static_cast<std::int32_t>(*value)) : std::nullopt);
      }
      case 'G': {
        at_ = std::min(at_ + 8, bytes_.size());
        push({NodeKind::real, 0, {}, {}});
        return {};
      }
      case '\x8a': {  // LONG1: little-endian two's complement
        const auto count = number(1);
        if (!count || *count > 8) {
          return damaged("holds an integer beyond 64 bits");
        }
        const auto value = number(*count);
        const auto shift = static_cast<unsigned>(64 - 8 * *count);
        return push_integer(!value ? std::nullopt
                            : *count == 0
                                ? std::optional<std::int64_t>(0)
                                : std::optional<std::int64_t>(static_cast<std::int64_t>(*value << shift) >> shift));
      }
      default:
        return fail(ErrorCode::usage, file_ + ": its pickle holds something that a state dict never does (opcode " +
                                          std::to_string(static_cast<unsigned char>(opcode)) +
                                          "); save only the state "
                                          "dict: torch.save(model.state_dict(), FILE)");
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<std::uint32_t> stack_;
  std::unordered_map<std::uint64_t, std::uint32_t> memo_;
};

}  // namespace

Result<Pickle> read_pickle(std::span<const std::byte> bytes, const std::string& file) {
  return Machine(bytes, file).run();
}

}  // namespace cef::model
