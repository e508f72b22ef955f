#include "cef/model/image_reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "cef/core/file.hpp"
#include "dataset_readers.hpp"
#include "image.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_max_threads = 4;
constexpr std::uint64_t k_large_pixels = 12ULL << 20U;  // one at a time: each takes 36 MiB and more while it is decoded

using Pixels = std::vector<std::uint8_t>;
using Key = std::pair<std::size_t, std::size_t>;  // which preprocessing, which image

Pixels planar(const Image& image) {
  Pixels pixels(image.rgb.size());
  const std::size_t plane = pixels.size() / 3;
  for (std::size_t i = 0; i < plane; ++i) {
    pixels[i] = image.rgb[3 * i];
    pixels[plane + i] = image.rgb[3 * i + 1];
    pixels[2 * plane + i] = image.rgb[3 * i + 2];
  }
  return pixels;
}

std::size_t values_of(const InputSize& size) {
  return std::size_t{3} * static_cast<std::size_t>(size.height) * static_cast<std::size_t>(size.width);
}

struct Slot {
  enum class Is { queued, decoding, ready, failed };
  Is is = Is::queued;
  Pixels pixels;
  std::string reason;
  std::uint64_t bytes = 0;  ///< that are counted for it from the moment it is queued
  std::list<Key>::iterator age;
};

}  // namespace

struct ImageReader::State {
  State(std::shared_ptr<const Dataset> all, Options chosen) : data(std::move(all)), options(chosen) {
    const int here = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    options.threads = options.threads > 0 ? options.threads : std::min(here, k_max_threads);
  }

  std::shared_ptr<const Dataset> data;
  Options options;
  std::vector<std::pair<Preprocessing, InputSize>> ways;

  mutable std::mutex mutex;
  std::condition_variable work;
  std::condition_variable done;
  std::map<Key, Slot> slots;
  std::list<Key> ages;  ///< the one that was asked for longest ago first
  std::deque<Key> queue;
  std::uint64_t bytes = 0;
  int decoding = 0;
  bool stop = false;
  std::mutex large;
  std::vector<std::jthread> threads;

  std::size_t way_of(const Preprocessing& how, const InputSize& size) {
    const auto found = std::find_if(ways.begin(), ways.end(), [&](const auto& way) { return way.first == how; });
    if (found != ways.end()) {
      return static_cast<std::size_t>(found - ways.begin());
    }
    const std::lock_guard lock(mutex);
    ways.emplace_back(how, size);
    return ways.size() - 1;
  }

  Result<Pixels> decode(std::size_t index, const Preprocessing& how, const InputSize& size) {
    const auto file = data->files->folder / data->files->names[index];
    const auto text = core::read_file(file, k_max_image_file);
    if (!text) {
      return fail(text.error());
    }
    const auto bytes_of = std::as_bytes(std::span(*text));
    const auto header = image_size(bytes_of);
    std::unique_lock alone(large, std::defer_lock);
    if (header && std::uint64_t(header->height) * std::uint64_t(header->width) > k_large_pixels) {
      alone.lock();
    }
    auto image = decode_image(bytes_of, file.string());
    if (!image) {
      return fail(image.error());
    }
    if (how.crop != 0) {
      image = preprocess(*image, how);
    }
    if (image->height != size.height || image->width != size.width) {
      return fail(ErrorCode::integrity, file.string() + ": is " + std::to_string(image->width) + " x " +
                                            std::to_string(image->height) + ", the other images are " +
                                            std::to_string(size.width) + " x " + std::to_string(size.height));
    }
    return planar(*image);
  }

  Result<Pixels> decode_safely(std::size_t index, const Preprocessing& how, const InputSize& size) {
    try {
      return decode(index, how, size);
    } catch (const std::exception& error) {  // out of memory
      return fail(ErrorCode::general, data->files->names[index] + ": cannot be decoded: " + error.what());
    }
  }

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      work.wait(lock, [&] { return stop || !queue.empty(); });
      if (stop) {
        return;
      }
      const Key key = queue.front();
      queue.pop_front();
      slots[key].is = Slot::Is::decoding;
      const auto [how, size] = ways[key.first];
      ++decoding;
      lock.unlock();
      auto pixels = decode_safely(key.second, how, size);
      lock.lock();
      --decoding;
      Slot& slot = slots[key];  // not dropped while it is being decoded
      slot.is = pixels ? Slot::Is::ready : Slot::Is::failed;
      if (pixels) {
        slot.pixels = std::move(*pixels);
      } else {
        slot.reason = pixels.error().message;
        bytes -= std::exchange(slot.bytes, 0);
      }
      done.notify_all();
    }
  }

  void drop(std::map<Key, Slot>::iterator at) {
    bytes -= at->second.bytes;
    ages.erase(at->second.age);
    slots.erase(at);
  }

  /// Forgets what waits to be decoded and is not wanted.
  template <typename Wanted>
  void cancel(Wanted wanted) {
    std::deque<Key> kept;
    for (const Key& key : queue) {
      if (wanted(key)) {
        kept.push_back(key);
      } else {
        drop(slots.find(key));
      }
    }
    queue = std::move(kept);
  }

  /// Drops the oldest images until `more` bytes fit, but none that `wanted` names.
  template <typename Wanted>
  void make_room(std::uint64_t more, Wanted wanted) {
    for (auto at = ages.begin(); at != ages.end() && bytes + more > options.memory.count;) {
      const Key key = *at++;
      const auto slot = slots.find(key);
      if (slot->second.is == Slot::Is::ready && !wanted(key)) {
        drop(slot);
      }
    }
  }

  void add_thread() {
    if (threads.size() < static_cast<std::size_t>(options.threads)) {
      try {
        threads.emplace_back([this] { run(); });
      } catch (const std::system_error&) {
        if (threads.empty()) {
          throw;
        }
        options.threads = static_cast<int>(threads.size());  // the system gives no more
      }
    }
  }

  void schedule(const Key& key, std::uint64_t image_bytes) {
    const auto found = slots.find(key);
    if (found != slots.end()) {
      ages.splice(ages.end(), ages, found->second.age);
      return;
    }
    Slot slot;
    slot.bytes = image_bytes;
    slot.age = ages.insert(ages.end(), key);
    slots.emplace(key, std::move(slot));
    bytes += image_bytes;
    queue.push_back(key);
    work.notify_one();
    add_thread();
  }

  /// Calls `take` for each of the images in their order, with nothing between that waits but for decoding.
  template <typename Take>
  Result<void> each(const ImageRequest& request, const InputSize& size, Take take) {
    try {
      each_in(way_of(effective_preprocessing(*data, request.preprocessing), size), request, values_of(size), take);
      return {};
    } catch (const std::exception& error) {  // no memory, no thread
      return fail(ErrorCode::general, data->name + ": its images cannot be read: " + error.what());
    }
  }

  template <typename Take>
  void each_in(std::size_t way, const ImageRequest& request, std::uint64_t image_bytes, Take take) {
    const std::size_t end = request.first + request.count;
    const std::size_t ahead = std::min(request.ahead, data->size() - end);
    const std::size_t fit = std::max<std::size_t>(1, options.memory.count / image_bytes);
    std::unique_lock lock(mutex);
    cancel([&](const Key& key) { return key.first == way && key.second >= request.first && key.second < end + ahead; });
    std::size_t next = request.first;
    for (std::size_t i = request.first; i < end; ++i) {
      for (; next < std::min(end + ahead, i + fit); ++next) {
        if (!slots.contains({way, next})) {
          make_room(image_bytes,
                    [&](const Key& key) { return key.first == way && key.second >= i && key.second < i + fit; });
        }
        schedule({way, next}, image_bytes);
      }
      const Slot& slot = slots[{way, i}];
      done.wait(lock, [&] { return slot.is == Slot::Is::ready || slot.is == Slot::Is::failed; });
      lock.unlock();  // only this thread drops what is ready
      take(i, slot);
      lock.lock();
    }
  }
};

core::Bytes ImageReader::memory_for(const Dataset& data, core::Bytes available) {
  if (data.files && data.files->memory) {
    return *data.files->memory;
  }
  return std::min(Options{}.memory, core::Bytes{available.count / 8});
}

ImageReader::ImageReader(std::shared_ptr<const Dataset> data, Options options)
    : state_(std::make_unique<State>(std::move(data), options)) {}

ImageReader::~ImageReader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->work.notify_all();
  state_->threads.clear();  // joins
}

namespace {

Result<InputSize> check(const Dataset& data, const ImageRequest& request) {
  if (request.first > data.size() || request.count > data.size() - request.first) {
    return fail(ErrorCode::usage, data.name + ": has " + std::to_string(data.size()) + " images; " +
                                      std::to_string(request.count) + " from " + std::to_string(request.first) +
                                      " on were asked for");
  }
  return input_size(data, request.preprocessing);
}

}  // namespace

Result<std::vector<FailedImage>> ImageReader::fetch(const ImageRequest& request, std::span<float> out) {
  const Dataset& data = *state_->data;
  const auto size = check(data, request);
  if (!size) {
    return fail(size.error());
  }
  const std::size_t values = values_of(*size);
  if (out.size() != request.count * values) {
    return fail(ErrorCode::general, "room for " + std::to_string(out.size()) + " values where " +
                                        std::to_string(request.count * values) + " are to be written");
  }
  std::vector<FailedImage> failed;
  if (!data.files) {
    normalise(data, request.first, request.count, request.normalisation, out);
    return failed;
  }
  const auto read = state_->each(request, *size, [&](std::size_t index, const Slot& slot) {
    const auto to = out.subspan((index - request.first) * values, values);
    if (slot.is == Slot::Is::failed) {
      std::fill(to.begin(), to.end(), 0.0F);
      failed.push_back({index, slot.reason});
    } else {
      normalise_pixels(slot.pixels, request.normalisation, to);
    }
  });
  return read ? Result<std::vector<FailedImage>>(std::move(failed)) : fail(read.error());
}

Result<void> ImageReader::prepare(const ImageRequest& request) {
  const auto size = check(*state_->data, request);
  if (!size) {
    return fail(size.error());
  }
  return state_->data->files ? state_->each(request, *size, [](std::size_t, const Slot&) {}) : Result<void>{};
}

void ImageReader::settle() {
  std::unique_lock lock(state_->mutex);
  state_->cancel([](const Key&) { return false; });
  state_->done.wait(lock, [&] { return state_->decoding == 0; });
}

core::Bytes ImageReader::kept() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->bytes};
}

}  // namespace cef::model
