#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/weights.hpp"

namespace cef::model {

/// Tensors of a file, and what keeps data that had to be copied out of it alive.
struct Tensors {
  std::map<std::string, TensorView> views;
  std::vector<std::shared_ptr<std::vector<std::byte>>> copies;
  std::uint64_t copied_bytes = 0;
};

constexpr std::size_t k_max_tensors = 100'000;
constexpr std::size_t k_max_dimensions = 8;

[[nodiscard]] std::size_t size_of(ElementType type) noexcept;

/// Elements of a shape; nothing when a size is negative or the product is beyond 2^40.
[[nodiscard]] std::optional<std::uint64_t> elements_of(const std::vector<std::int64_t>& shape) noexcept;

/// `file` names the file in messages.
core::Result<Tensors> read_safetensors(std::span<const std::byte> bytes, const std::string& file);
core::Result<Tensors> read_pth(std::span<const std::byte> bytes, const std::string& file);

}  // namespace cef::model
