#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::model {

enum class ElementType { f32, f64, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// One tensor of a weight file: contiguous, row-major, little-endian. `data` points into the open file.
struct TensorView {
  ElementType type = ElementType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
};

/// A state dict on disk, opened read-only and checked: every tensor lies inside the file, sizes agree with shapes.
/// Reads safetensors and PyTorch's zip format (`.pth`, `.pt`); the old pickle format is refused with the remedy.
/// Errors: integrity for a truncated, corrupt or hostile file; usage for a format that is not supported.
class WeightFile {
 public:
  static core::Result<WeightFile> open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// By PyTorch's parameter name, for example "layer1.0.conv1.weight"; a leading "module." is removed.
  [[nodiscard]] const std::map<std::string, TensorView>& tensors() const noexcept { return tensors_; }
  /// A TorchScript program, as torch.jit.save writes it: it has no tensors here, LibTorch reads it.
  [[nodiscard]] bool torchscript() const noexcept { return torchscript_; }

 private:
  std::filesystem::path path_;
  std::map<std::string, TensorView> tensors_;
  bool torchscript_ = false;
  std::shared_ptr<const void> storage_;  ///< keeps the mapped file, or what was copied out of it, alive
};

/// Writes a safetensors file atomically. Tensors in the order of the map.
core::Result<void> write_safetensors(const std::filesystem::path& path,
                                     const std::map<std::string, TensorView>& tensors,
                                     const std::map<std::string, std::string>& metadata);

}  // namespace cef::model
