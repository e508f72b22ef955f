#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/model/dataset.hpp"

namespace cef::model {

/// Which images, made ready how.
struct ImageRequest {
  std::size_t first = 0;
  std::size_t count = 0;
  Preprocessing preprocessing;  ///< the model's
  Normalisation normalisation;
  std::size_t ahead = 0;  ///< how many images after these may be decoded in the background meanwhile
};

struct FailedImage {
  std::size_t index = 0;  ///< in the data set
  std::string reason;     ///< names the file
};

/// Gives the images of a data set as network input. Photographs are decoded and resized by threads of its own, and kept
/// as long as they fit in `memory`; data sets in memory need neither. Not for several callers at once.
class ImageReader {
 public:
  struct Options {
    core::Bytes memory = core::operator""_MiB(256);  ///< of decoded images that are kept
    int threads = 0;                                 ///< 0: the processors that this process may use, four at most
  };

  /// 256 MiB, or an eighth of what is free if that is less; what the data set's own name says goes before.
  static core::Bytes memory_for(const Dataset& data, core::Bytes available);

  ImageReader(std::shared_ptr<const Dataset> data, Options options);
  ImageReader(const ImageReader&) = delete;
  ImageReader& operator=(const ImageReader&) = delete;
  ~ImageReader();

  /// Writes count × 3 × height × width floats (see input_size) into `out`; blocks until they are decoded. The images
  /// that cannot be had come back, and are zeros in `out`. Errors (usage): images that the data set does not have; see
  /// input_size.
  core::Result<std::vector<FailedImage>> fetch(const ImageRequest& request, std::span<float> out);

  /// Decodes and keeps as many of the images as fit, for a fetch to come.
  core::Result<void> prepare(const ImageRequest& request);

  /// Ends reading ahead: once this returns no image is being decoded, until the next fetch.
  void settle();

  /// Bytes of the decoded images that are kept now.
  [[nodiscard]] core::Bytes kept() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cef::model
