// PyTorch's zip format: PREFIX/data.pkl is a pickle of the state dict, PREFIX/data/KEY are the storages.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "pickle.hpp"
#include "weight_formats.hpp"
#include "zip.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Entries = std::map<std::string, std::span<const std::byte>>;

constexpr std::array<std::pair<std::string_view, ElementType>, 10> k_storages = {
    {{"torch.FloatStorage", ElementType::f32},
     {"torch.DoubleStorage", ElementType::f64},
     {"torch.HalfStorage", ElementType::f16},
     {"torch.BFloat16Storage", ElementType::bf16},
     {"torch.LongStorage", ElementType::i64},
     {"torch.IntStorage", ElementType::i32},
     {"torch.ShortStorage", ElementType::i16},
     {"torch.CharStorage", ElementType::i8},
     {"torch.ByteStorage", ElementType::u8},
     {"torch.BoolStorage", ElementType::boolean}}};

class StateDict {
 public:
  StateDict(Entries entries, std::string prefix, Pickle pickle, std::string file)
      : entries_(std::move(entries)), prefix_(std::move(prefix)), pickle_(std::move(pickle)), file_(std::move(file)) {}

  Result<Tensors> read() {
    const Node* dict = &node(pickle_.root);
    if (const Node* inner = value_of(*dict, "state_dict"); inner != nullptr && inner->kind == NodeKind::dict) {
      dict = inner;  // a training checkpoint
    }
    if (dict->kind != NodeKind::dict) {
      return fail(ErrorCode::usage, file_ + ": does not hold a state dict");
    }
    Tensors tensors;
    for (std::size_t i = 0; i + 1 < dict->children.size(); i += 2) {
      const Node& key = node(dict->children[i]);
      const Node& value = node(dict->children[i + 1]);
      if (value.kind != NodeKind::tensor || key.kind != NodeKind::text) {
        continue;
      }
      auto view = read_tensor(value, file_ + ": tensor '" + key.text + "': ", tensors);
      if (!view) {
        return fail(view.error());
      }
      if (!tensors.views.emplace(key.text, std::move(*view)).second) {
        return fail(ErrorCode::integrity, file_ + ": has the tensor '" + key.text + "' twice");
      }
    }
    if (tensors.views.empty()) {
      return fail(ErrorCode::usage,
                  file_ + ": holds no tensors; save the state dict: torch.save(model.state_dict(), FILE)");
    }
    return tensors;
  }

 private:
  [[nodiscard]] const Node& node(std::uint32_t index) const { return pickle_.nodes[index]; }

  [[nodiscard]] const Node* value_of(const Node& dict, std::string_view key) const {
    for (std::size_t i = 0; dict.kind == NodeKind::dict && i + 1 < dict.children.size(); i += 2) {
      if (node(dict.children[i]).kind == NodeKind::text && node(dict.children[i]).text == key) {
        return &node(dict.children[i + 1]);
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::optional<std::vector<std::int64_t>> sizes(const Node& tuple) const {
    std::vector<std::int64_t> all;
    if (tuple.kind != NodeKind::tuple || tuple.children.size() > k_max_dimensions) {
      return std::nullopt;
    }
    for (const std::uint32_t child : tuple.children) {
      if (node(child).kind != NodeKind::integer || node(child).integer < 0) {
        return std::nullopt;
      }
      all.push_back(node(child).integer);
    }
    return all;
  }

  struct Storage {
    ElementType type;
    std::span<const std::byte> data;
  };
  /// ('storage', torch.FloatStorage, KEY, location, elements)
  Result<Storage> storage(const Node& id, const std::string& where) const {
    if (id.kind != NodeKind::storage || id.children.size() < 5 || node(id.children[1]).kind != NodeKind::global ||
        node(id.children[2]).kind != NodeKind::text) {
      return fail(ErrorCode::integrity, where + "its storage is damaged");
    }
    const std::string& name = node(id.children[1]).text;
    const auto* type =
        std::find_if(k_storages.begin(), k_storages.end(), [&](const auto& s) { return s.first == name; });
    if (type == k_storages.end()) {
      return fail(ErrorCode::usage, where + "has the storage '" + name + "', which is not supported");
    }
    const auto entry = entries_.find(prefix_ + "data/" + node(id.children[2]).text);
    if (entry == entries_.end()) {
      return fail(ErrorCode::integrity, where + "its data '" + node(id.children[2]).text + "' is not in the file");
    }
    return Storage{type->second, entry->second};
  }

  Result<TensorView> read_tensor(const Node& tensor, const std::string& where, Tensors& tensors) const {
    auto source = storage(node(tensor.children[0]), where);
    if (!source) {
      return fail(source.error());
    }
    const Node& offset = node(tensor.children[1]);
    auto shape = sizes(node(tensor.children[2]));
    const auto strides = sizes(node(tensor.children[3]));
    const auto elements = shape ? elements_of(*shape) : std::nullopt;
    if (!elements || !strides || strides->size() != shape->size() || offset.kind != NodeKind::integer ||
        offset.integer < 0) {
      return fail(ErrorCode::integrity, where + "its shape is damaged");
    }
    const std::uint64_t width = size_of(source->type);
    const std::uint64_t available = source->data.size() / width;
    const auto first = static_cast<std::uint64_t>(offset.integer);
    if (first > available || *elements > available - first ||
        !reaches_no_further(*shape, *strides, available - first)) {
      return fail(ErrorCode::integrity, where + "needs more data than its storage has: the file is damaged");
    }
    TensorView view{source->type, std::move(*shape), {}};
    const auto data = source->data.subspan(first * width);
    if (is_contiguous(view.shape, *strides)) {
      view.data = data.first(*elements * width);
    } else {
      tensors.copied_bytes += *elements * width;
      if (tensors.copied_bytes > stored_bytes()) {  // a small file must not ask for memory without end
        return fail(ErrorCode::integrity, where + "its file unpacks to more than it holds: it is hostile or damaged");
      }
      tensors.copies.push_back(gather(data, view.shape, *strides, *elements, width));
      view.data = *tensors.copies.back();
    }
    return view;
  }

  [[nodiscard]] std::uint64_t stored_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [name, data] : entries_) {
      sum += data.size();
    }
    return sum;
  }

  static bool reaches_no_further(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides,
                                 std::uint64_t available) {
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0) {
        return true;
      }
      const auto steps = static_cast<std::uint64_t>(shape[i] - 1);
      const auto stride = static_cast<std::uint64_t>(strides[i]);
      if (steps != 0 && stride > available / steps) {
        return false;
      }
      last += steps * stride;
      if (last >= available) {
        return false;
      }
    }
    return last < available || shape.empty();
  }

  static bool is_contiguous(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    std::int64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape[i];
    }
    return true;
  }

  static std::shared_ptr<std::vector<std::byte>> gather(std::span<const std::byte> data,
                                                        const std::vector<std::int64_t>& shape,
                                                        const std::vector<std::int64_t>& strides,
                                                        std::uint64_t elements, std::uint64_t width) {
    auto copy = std::make_shared<std::vector<std::byte>>(elements * width);
    std::vector<std::int64_t> index(shape.size(), 0);
    for (std::uint64_t i = 0; i < elements; ++i) {
      std::uint64_t from = 0;
      for (std::size_t d = 0; d < shape.size(); ++d) {
        from += static_cast<std::uint64_t>(index[d] * strides[d]);
      }
      std::memcpy(copy->data() + i * width, data.data() + from * width, width);
      for (std::size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) {
        index[d] = 0;
      }
    }
    return copy;
  }

  Entries entries_;
  std::string prefix_;
  Pickle pickle_;
  std::string file_;
};

}  // namespace

Result<Tensors> read_pth(std::span<const std::byte> bytes, const std::string& file) {
  auto entries = read_stored_zip(bytes, file);
  if (!entries) {
    return fail(entries.error());
  }
  constexpr std::string_view k_pickle = "data.pkl";
  const auto found = std::find_if(entries->begin(), entries->end(), [&](const auto& entry) {
    return entry.first == k_pickle || entry.first.ends_with("/data.pkl");
  });
  if (found == entries->end()) {
    return fail(ErrorCode::usage, file + ": is a zip file without data.pkl: not one of PyTorch's");
  }
  const std::string prefix = found->first.substr(0, found->first.size() - k_pickle.size());
  if (const auto order = entries->find(prefix + "byteorder");
      order != entries->end() &&
      std::string_view(reinterpret_cast<const char*>(order->second.data()), order->second.size()) != "little") {
    return fail(ErrorCode::usage, file + ": was written on a big-endian machine, which cef does not read");
  }
  auto pickle = read_pickle(found->second, file);
  if (!pickle) {
    return fail(pickle.error());
  }
  return StateDict(std::move(*entries), prefix, std::move(*pickle), file).read();
}

}  // namespace cef::model
