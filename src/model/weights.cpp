#include "cef/model/weights.hpp"

#include <algorithm>
#include <utility>

#include "cef/core/file.hpp"
#include "weight_formats.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

struct Storage {
  core::MappedFile file;
  std::vector<std::shared_ptr<std::vector<std::byte>>> copies;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), magic.size()) == magic;
}

/// PyTorch wrote plain pickles until 1.5: protocol 2, then a long integer, its magic number.
bool is_old_pickle(std::span<const std::byte> bytes) {
  return begins_with(bytes, std::string_view("\x80\x02\x8a\x0a", 4));
}

/// A TorchScript archive has its constants beside its tensors; a state dict has none. The name stands in the zip file's
/// directory, which is its end.
bool is_torchscript(std::span<const std::byte> bytes) {
  constexpr std::size_t k_directory = std::size_t{4} << 20U;
  const auto end = bytes.last(std::min(bytes.size(), k_directory));
  const std::string_view text(reinterpret_cast<const char*>(end.data()), end.size());
  return begins_with(bytes, "PK\x03\x04") && text.find("/constants.pkl") != std::string_view::npos;
}

Result<Tensors> read_any(std::span<const std::byte> bytes, const std::string& file) {
  if (begins_with(bytes, "PK\x03\x04")) {
    return read_pth(bytes, file);
  }
  if (is_old_pickle(bytes)) {
    return fail(ErrorCode::usage,
                file +
                    ": is in PyTorch's old pickle format, which cef does not read; convert it once with: python3 -c "
                    "\"import torch; torch.save(torch.load('" +
                    file + "', map_location='cpu'), 'new.pth')\"");
  }
  if (bytes.size() >= 9 && bytes[8] == std::byte{'{'}) {
    return read_safetensors(bytes, file);
  }
  if (bytes.empty()) {
    return fail(ErrorCode::integrity, file + ": is empty");
  }
  return fail(ErrorCode::usage, file + ": is neither safetensors nor PyTorch's zip format (.pth)");
}

}  // namespace

std::size_t size_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::f64:
    case ElementType::i64:
      return 8;
    case ElementType::f32:
    case ElementType::i32:
      return 4;
    case ElementType::f16:
    case ElementType::bf16:
    case ElementType::i16:
      return 2;
    case ElementType::i8:
    case ElementType::u8:
    case ElementType::boolean:
      return 1;
  }
  return 1;
}

std::optional<std::uint64_t> elements_of(const std::vector<std::int64_t>& shape) noexcept {
  constexpr std::uint64_t k_most = std::uint64_t{1} << 40U;
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    // Division, as the product may come round to a small number; a size beside a 0 is bounded all the same.
    if (size < 0 || static_cast<std::uint64_t>(size) > k_most / std::max<std::uint64_t>(count, 1)) {
      return std::nullopt;
    }
    count *= static_cast<std::uint64_t>(size);
  }
  return count;
}

Result<WeightFile> WeightFile::open(const std::filesystem::path& path) {
  auto mapped = core::MappedFile::open(path);
  if (!mapped) {
    return fail(mapped.error());
  }
  if (is_torchscript(mapped->bytes())) {
    WeightFile program;
    program.path_ = path;
    program.torchscript_ = true;
    return program;
  }
  auto tensors = read_any(mapped->bytes(), path.string());
  if (!tensors) {
    return fail(tensors.error());
  }
  WeightFile file;
  file.path_ = path;
  for (auto& [name, view] : tensors->views) {
    if (name.find('\0') != std::string::npos) {
      return fail(ErrorCode::integrity, path.string() + ": a tensor's name holds a NUL byte: the file is damaged");
    }
    const std::string plain = name.rfind("module.", 0) == 0 ? name.substr(7) : name;  // torch.nn.DataParallel's prefix
    if (!file.tensors_.emplace(plain, std::move(view)).second) {
      return fail(ErrorCode::integrity, path.string() + ": has the tensor '" + plain + "' twice");
    }
  }
  file.storage_ = std::make_shared<Storage>(Storage{std::move(*mapped), std::move(tensors->copies)});
  return file;
}

}  // namespace cef::model
