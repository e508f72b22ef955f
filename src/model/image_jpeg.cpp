// libjpeg reports errors by a function that must not return: setjmp. No frame that longjmp leaves holds a destructor.
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>

#include "image.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_max_scans = 200;  // a progressive file can ask for the whole picture again in every scan

struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf back{};
  char message[JMSG_LENGTH_MAX] = {};
  bool complete = false;  ///< all rows are read
};

void leave(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->back, 1);
}

/// Level -1 is a warning. Pillow goes on after all of them, but where the data ends before the picture does.
void on_message(j_common_ptr info, int level) {
  const auto* decoder = static_cast<Decoder*>(info->client_data);
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF && !decoder->complete) {
    leave(info);
  }
}

void on_progress(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  if (decoder->info.input_scan_number > k_max_scans) {
    std::snprintf(decoder->message, sizeof decoder->message, "has more than %d scans", k_max_scans);
    std::longjmp(decoder->back, 1);
  }
}

bool read_header(Decoder& decoder, std::span<const std::byte> bytes) {
  if (setjmp(decoder.back) != 0) {
    return false;
  }
  jpeg_create_decompress(&decoder.info);
  decoder.info.client_data = &decoder;
  decoder.info.progress = &decoder.progress;
  jpeg_mem_src(&decoder.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decoder.info, TRUE);
  const bool cmyk = decoder.info.jpeg_color_space == JCS_CMYK || decoder.info.jpeg_color_space == JCS_YCCK;
  decoder.info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  return true;
}

/// `rows`: height × width × (3 or 4) bytes.
bool read_rows(Decoder& decoder, unsigned char* rows) {
  if (setjmp(decoder.back) != 0) {
    return false;
  }
  jpeg_start_decompress(&decoder.info);
  const std::size_t row_bytes =
      static_cast<std::size_t>(decoder.info.output_width) * static_cast<std::size_t>(decoder.info.output_components);
  while (decoder.info.output_scanline < decoder.info.output_height) {
    unsigned char* row = rows + decoder.info.output_scanline * row_bytes;
    jpeg_read_scanlines(&decoder.info, &row, 1);
  }
  decoder.complete = true;
  jpeg_finish_decompress(&decoder.info);
  return true;
}

/// Pillow takes every CMYK JPEG for inverted, as Adobe writes them, and converts by whole numbers.
std::vector<std::uint8_t> rgb_of_cmyk(const std::vector<std::uint8_t>& inverted) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(inverted.size() / 4 * 3);
  for (std::size_t i = 0; i + 3 < inverted.size(); i += 4) {
    const unsigned white = inverted[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned product = (255U - inverted[i + c]) * white + 128U;
      rgb.push_back(static_cast<std::uint8_t>(white - (((product >> 8U) + product) >> 8U)));
    }
  }
  return rgb;
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::byte> bytes, const std::string& file) {
  Decoder decoder;
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.info.client_data = &decoder;
  decoder.errors.error_exit = leave;
  decoder.errors.emit_message = on_message;
  decoder.progress.progress_monitor = on_progress;
  struct Destroy {
    Decoder& decoder;
    ~Destroy() { jpeg_destroy_decompress(&decoder.info); }
  } destroy{decoder};
  const auto damaged = [&] { return fail(ErrorCode::integrity, file + ": is a damaged JPEG: " + decoder.message); };
  if (!read_header(decoder, bytes)) {
    return damaged();
  }
  if (auto size = check_image_size(decoder.info.image_height, decoder.info.image_width, file); !size) {
    return fail(size.error());
  }
  const bool cmyk = decoder.info.out_color_space == JCS_CMYK;
  Image image{static_cast<int>(decoder.info.image_height), static_cast<int>(decoder.info.image_width), {}};
  image.rgb.resize(std::size_t{decoder.info.image_height} * decoder.info.image_width * (cmyk ? 4 : 3));
  if (!read_rows(decoder, image.rgb.data())) {
    return damaged();
  }
  if (cmyk) {
    image.rgb = rgb_of_cmyk(image.rgb);
  }
  return image;
}

}  // namespace cef::model
