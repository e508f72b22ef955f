#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::model {

enum class NodeKind { none, integer, real, text, tuple, list, dict, global, storage, tensor, mark };

/// A value of a pickle. Children are indices into Pickle::nodes, so that no file can make a cycle of ownership.
struct Node {
  NodeKind kind = NodeKind::none;
  std::int64_t integer = 0;
  std::string text;                     ///< text, or "module.name" of a global
  std::vector<std::uint32_t> children;  ///< dict: key, value, key, value, …; tensor: storage, offset, size, stride
};

struct Pickle {
  std::vector<Node> nodes;
  std::uint32_t root = 0;
};

/// Reads the subset of Python's pickle that a state dict uses and runs nothing of it: the only calls understood are
/// OrderedDict(), torch's _rebuild_tensor_v2 and _rebuild_parameter; any other is refused by name.
/// Errors: integrity; usage for an opcode or call outside the subset.
core::Result<Pickle> read_pickle(std::span<const std::byte> bytes, const std::string& file);

}  // namespace cef::model
