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

/// `rows`: one pointer a row of width × 3 bytes.
bool read_rows(Decoder& decoder, png_bytepp rows, std::size_t row_bytes) {
  if (setjmp(decoder.back) != 0) {
    return false;
  }
  png_set_palette_to_rgb(decoder.png);
  png_set_expand_gray_1_2_4_to_8(decoder.png);
  png_set_strip_16(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_gray_to_rgb(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  if (png_get_rowbytes(decoder.png, decoder.info) != row_bytes) {
    png_error(decoder.png, "has a pixel format that is not supported");
  }
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
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
  Image image{static_cast<int>(height), static_cast<int>(width), std::vector<std::uint8_t>(height * width * 3)};
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) {
    rows[y] = image.rgb.data() + y * width * 3;
  }
  if (!read_rows(decoder, rows.data(), width * 3)) {
    return damaged();
  }
  return image;
}

}  // namespace cef::model
