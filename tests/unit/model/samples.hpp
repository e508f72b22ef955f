#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cef/model/weights.hpp"

namespace cef::model::test {

/// A folder that ends with its test.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes a file below it and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

/// Little-endian bytes of a number.
template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
std::string floats(const std::vector<float>& values);
std::vector<float> values_of(const TensorView& view);

/// A safetensors file of this header and data.
std::string safetensors(const std::string& header, const std::string& data);

struct ZipEntry {
  std::string name;
  std::string data;
};
enum class ZipKind { plain, aligned, zip64 };
/// A zip of stored entries, CRCs right.
std::string zip(const std::vector<ZipEntry>& entries, ZipKind kind = ZipKind::plain);

struct PickledTensor {
  std::string name;
  std::string key;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::string storage = "FloatStorage";
};
/// What torch.save writes for an OrderedDict of these tensors.
std::string pickle(const std::vector<PickledTensor>& tensors);
/// The opcodes of one value of such a pickle.
std::string pickled(const PickledTensor& tensor);
std::string pickled_text(const std::string& text);

/// Opens `file` cut at every length and with every byte changed in four ways. Nothing but a Result may come of it, and
/// what opens must have all its data readable. `accepts`: whether a damaged file that still opens is in order.
void damage_in_every_way(const std::string& file, const std::function<bool(std::size_t)>& may_open_when_changed_at);

}  // namespace cef::model::test
