// https://github.com/huggingface/safetensors: 8 bytes of header size, a JSON header, the tensors without gaps.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "weight_formats.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

static_assert(std::endian::native == std::endian::little, "weight files are little-endian");

namespace {

constexpr std::uint64_t k_max_header_bytes = 100'000'000;  // the format's own limit

constexpr std::array<std::pair<const char*, ElementType>, 10> k_types = {{{"F32", ElementType::f32},
                                                                          {"F64", ElementType::f64},
                                                                          {"F16", ElementType::f16},
                                                                          {"BF16", ElementType::bf16},
                                                                          {"I64", ElementType::i64},
                                                                          {"I32", ElementType::i32},
                                                                          {"I16", ElementType::i16},
                                                                          {"I8", ElementType::i8},
                                                                          {"U8", ElementType::u8},
                                                                          {"BOOL", ElementType::boolean}}};

std::optional<ElementType> type_named(const std::string& name) {
  const auto* found =
      std::find_if(k_types.begin(), k_types.end(), [&](const auto& type) { return name == type.first; });
  return found == k_types.end() ? std::nullopt : std::optional(found->second);
}

const char* name_of(ElementType type) {
  return std::find_if(k_types.begin(), k_types.end(), [&](const auto& known) { return type == known.second; })->first;
}

bool is_list_of_sizes(const Json& json, std::size_t most) {
  return json.is_array() && json.size() <= most &&
         std::all_of(json.begin(), json.end(), [](const Json& size) { return size.is_number_unsigned(); });
}

/// One entry of the header; `data` is everything after it.
Result<TensorView> read_entry(const Json& entry, std::span<const std::byte> data, const std::string& where) {
  const auto bad = [&where](const std::string& what) { return fail(ErrorCode::integrity, where + what); };
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
      !is_list_of_sizes(entry["shape"], k_max_dimensions) || !entry.contains("data_offsets") ||
      !is_list_of_sizes(entry["data_offsets"], 2) || entry["data_offsets"].size() != 2) {
    return bad("its entry in the header is damaged");
  }
  const auto type = type_named(entry["dtype"].get<std::string>());
  if (!type) {
    return fail(ErrorCode::usage, where + "has the type '" + entry["dtype"].get<std::string>() +
                                      "', which is not supported; convert it to F32");
  }
  TensorView view;
  view.type = *type;
  for (const Json& size : entry["shape"]) {
    const auto value = size.get<std::uint64_t>();
    view.shape.push_back(value > (std::uint64_t{1} << 40U) ? -1 : static_cast<std::int64_t>(value));
  }
  const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
  const auto end = entry["data_offsets"][1].get<std::uint64_t>();
  if (begin > end || end > data.size()) {
    return bad("lies outside the file (bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
               std::to_string(data.size()) + "): the file is truncated or damaged");
  }
  const auto elements = elements_of(view.shape);
  if (!elements || *elements * size_of(*type) != end - begin) {
    return bad("has " + std::to_string(end - begin) + " bytes, which does not fit its shape");
  }
  view.data = data.subspan(begin, end - begin);
  return view;
}

/// Tensors must cover the data without overlap and without gap, as the format demands.
bool covers_exactly(const Tensors& tensors, std::span<const std::byte> data) {
  std::vector<std::pair<const std::byte*, const std::byte*>> ranges;
  for (const auto& [name, view] : tensors.views) {
    ranges.emplace_back(view.data.data(), view.data.data() + view.data.size());
  }
  std::sort(ranges.begin(), ranges.end());
  const std::byte* at = data.data();
  for (const auto& [begin, end] : ranges) {
    if (begin != at) {
      return false;
    }
    at = end;
  }
  return at == data.data() + data.size();
}

}  // namespace

Result<Tensors> read_safetensors(std::span<const std::byte> bytes, const std::string& file) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() < sizeof header_bytes) {
    return fail(ErrorCode::integrity, file + ": is truncated: no safetensors header");
  }
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  if (header_bytes > k_max_header_bytes || header_bytes > bytes.size() - sizeof header_bytes) {
    return fail(ErrorCode::integrity,
                file + ": is truncated or damaged: its header says it has " + std::to_string(header_bytes) + " bytes");
  }
  const auto header = core::parse_json(
      std::string_view(reinterpret_cast<const char*>(bytes.data()) + sizeof header_bytes, header_bytes), "header");
  if (!header || !header->is_object() || header->size() > k_max_tensors) {
    return fail(ErrorCode::integrity,
                file + ": its safetensors header is damaged" + (header ? "" : ": " + header.error().message));
  }
  const auto data = bytes.subspan(sizeof header_bytes + header_bytes);
  Tensors tensors;
  for (const auto& [name, entry] : header->items()) {
    if (name == "__metadata__") {
      continue;
    }
    auto view = read_entry(entry, data, file + ": tensor '" + name + "': ");
    if (!view) {
      return fail(view.error());
    }
    tensors.views.emplace(name, std::move(*view));
  }
  if (!covers_exactly(tensors, data)) {
    return fail(ErrorCode::integrity, file + ": its tensors overlap or leave gaps: the file is damaged");
  }
  return tensors;
}

Result<void> write_safetensors(const std::filesystem::path& path, const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::uint64_t offset = 0;
  for (const auto& [name, view] : tensors) {
    const std::uint64_t end = offset + view.data.size();
    header[name] = {{"dtype", name_of(view.type)}, {"shape", view.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = core::dump_line(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t header_bytes = text.size();
  std::array<char, sizeof header_bytes> size{};
  std::memcpy(size.data(), &header_bytes, sizeof header_bytes);

  auto file = core::AtomicFile::create(path);
  if (!file) {
    return fail(file.error());
  }
  auto written = file->write(std::string_view(size.data(), size.size())).and_then([&] { return file->write(text); });
  for (const auto& [name, view] : tensors) {
    written = std::move(written).and_then([&, &data = view.data] {
      return file->write(std::string_view(reinterpret_cast<const char*>(data.data()), data.size()));
    });
  }
  return std::move(written).and_then([&] { return file->commit(); });
}

}  // namespace cef::model
