// libpng reports errors by a function that must not return: setjmp. No frame that longjmp leaves holds a destructor.
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <png.h>

#include "image.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf back{};
  char message[160] = {};
  std::span<const std::byte> rest;
};

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::snprintf(decoder->message, sizeof decoder->message, "%s", text);
  std::longjmp(decoder->back, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, std::size_t count) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (decoder->rest.size() < count) {
    png_error(png, "is truncated");
  }
  std::memcpy(to, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

bool read_header(Decoder& decoder) {
  if (setjmp(decoder.back) != 0) {
    return false;
  }
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_set_user_limits(decoder.png, k_max_image_side, k_max_image_side);
  png_set_chunk_malloc_max(decoder.png, 8U << 20U);
  png_set_chunk_cache_max(decoder.png, 128);
  png_read_info(decoder.png, decoder.info);
  return true;
}

/// What libpng is asked for: what it converts itself, or what Pillow converts in another way.
enum class Rows { rgb, grey_16, palette };

constexpr std::size_t bytes_a_pixel(Rows rows) {
  return rows == Rows::rgb ? 3 : rows == Rows::grey_16 ? 2 : 1;
}

/// `rows`: one pointer a row of `row_bytes`.
bool read_rows(Decoder& decoder, png_bytepp rows, std::size_t row_bytes, Rows kind) {
  if (setjmp(decoder.back) != 0) {
    return false;
  }
  if (kind == Rows::rgb) {
    png_set_expand_gray_1_2_4_to_8(decoder.png);
    png_set_strip_16(decoder.png);
    png_set_gray_to_rgb(decoder.png);
  }
  png_set_packing(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  if (png_get_rowbytes(decoder.png, decoder.info) != row_bytes) {
    png_error(decoder.png, "has a pixel format that is not supported");
  }
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
}

/// Pillow's mode "I" to "RGB": values from 255 on are white.
std::vector<std::uint8_t> rgb_of_grey_16(const std::vector<std::uint8_t>& grey) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(grey.size() / 2 * 3);
  for (std::size_t i = 0; i + 1 < grey.size(); i += 2) {
    rgb.insert(rgb.end(), 3, grey[i] != 0 ? std::uint8_t{255} : grey[i + 1]);
  }
  return rgb;
}

/// An index beyond the palette is that level of grey, as in Pillow.
std::vector<std::uint8_t> rgb_of_palette(const std::vector<std::uint8_t>& indices, const Decoder& decoder) {
  png_colorp colours = nullptr;
  int count = 0;
  png_get_PLTE(decoder.png, decoder.info, &colours, &count);
  std::vector<std::uint8_t> rgb;
  rgb.reserve(indices.size() * 3);
  for (const std::uint8_t index : indices) {
    const png_color colour = index < count ? colours[index] : png_color{index, index, index};
    rgb.insert(rgb.end(), {colour.red, colour.green, colour.blue});
  }
  return rgb;
}

Rows rows_of(const Decoder& decoder) {
  const int colour = png_get_color_type(decoder.png, decoder.info);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    return Rows::palette;
  }
  const bool deep = png_get_bit_depth(decoder.png, decoder.info) == 16;
  return deep && colour == PNG_COLOR_TYPE_GRAY ? Rows::grey_16 : Rows::rgb;
}

}  // namespace

Result<Image> decode_png(std::span<const std::byte> bytes, const std::string& file) {
  Decoder decoder;
  decoder.rest = bytes;
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  struct Destroy {
    Decoder& decoder;
    ~Destroy() { png_destroy_read_struct(&decoder.png, &decoder.info, nullptr); }
  } destroy{decoder};
  decoder.info = decoder.png != nullptr ? png_create_info_struct(decoder.png) : nullptr;
  if (decoder.info == nullptr) {
    return fail(ErrorCode::general, file + ": libpng cannot be started: out of memory");
  }
  const auto damaged = [&] { return fail(ErrorCode::integrity, file + ": is a damaged PNG: " + decoder.message); };
  if (!read_header(decoder)) {
    return damaged();
  }
  const std::size_t height = png_get_image_height(decoder.png, decoder.info);
  const std::size_t width = png_get_image_width(decoder.png, decoder.info);
  if (auto size = check_image_size(height, width, file); !size) {
    return fail(size.error());
  }
  const Rows kind = rows_of(decoder);
  const std::size_t row_bytes = width * bytes_a_pixel(kind);
  Image image{static_cast<int>(height), static_cast<int>(width), std::vector<std::uint8_t>(height * row_bytes)};
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) {
    rows[y] = image.rgb.data() + y * row_bytes;
  }
  if (!read_rows(decoder, rows.data(), row_bytes, kind)) {
    return damaged();
  }
  if (kind == Rows::grey_16) {
    image.rgb = rgb_of_grey_16(image.rgb);
  } else if (kind == Rows::palette) {
    image.rgb = rgb_of_palette(image.rgb, decoder);
  }
  return image;
}

}  // namespace cef::model
