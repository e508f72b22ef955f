#include "cef/model/inference.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include <dlfcn.h>

#include "cef/core/paths.hpp"
#include "runtime_plugin.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr const char* k_file = "libcef_torch.so";

std::vector<std::filesystem::path> places() {
  if (const char* set = std::getenv("CEF_TORCH_RUNTIME"); set != nullptr && *set != '\0') {
    return {set};
  }
  const auto program = core::executable_dir();
  return {program / k_file, program.parent_path() / "lib" / "cef" / k_file};
}

Result<std::shared_ptr<InferenceRuntime>> open_plugin() {
  std::string looked;
  for (const auto& place : places()) {
    std::error_code error;
    if (!std::filesystem::exists(place, error)) {
      looked += (looked.empty() ? "" : " and ") + place.string();
      continue;
    }
    // OpenMP's threads spin while they wait. Where others want the processor too, that makes a network of twenty layers
    // some hundred times slower on as many threads as there are cores; waiting in the kernel costs microseconds a
    // layer.
    ::setenv("GOMP_SPINCOUNT", "0", 0);                              // the user's choice stays
    void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: LibTorch cannot be unloaded
    if (library == nullptr) {
      return fail(ErrorCode::usage, "the inference runtime cannot be opened: " + std::string(::dlerror()) +
                                        "; install LibTorch (Debian: libtorch1.13)");
    }
    const auto open = reinterpret_cast<OpenRuntime>(::dlsym(library, k_runtime_entry));
    InferenceRuntime* runtime = open != nullptr ? open(k_runtime_abi) : nullptr;
    if (runtime == nullptr) {
      return fail(ErrorCode::usage, place.string() + ": belongs to another version of cef; install both together");
    }
    return std::shared_ptr<InferenceRuntime>(runtime);
  }
  return fail(ErrorCode::usage, "the inference runtime was looked for at " + looked +
                                    " and is not there; build the target cef_torch, or set CEF_TORCH_RUNTIME");
}

}  // namespace

Result<std::shared_ptr<InferenceRuntime>> open_runtime() {
  static std::mutex mutex;
  static std::shared_ptr<InferenceRuntime> runtime;
  const std::lock_guard lock(mutex);
  if (!runtime) {
    auto opened = open_plugin();
    if (!opened) {
      return opened;
    }
    runtime = std::move(*opened);
  }
  return runtime;
}

std::vector<int> argmax_rows(std::span<const float> logits, std::size_t classes) {
  std::vector<int> best;
  for (std::size_t row = 0; classes > 0 && row + classes <= logits.size(); row += classes) {
    const auto values = logits.subspan(row, classes);
    best.push_back(static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin()));
  }
  return best;
}

}  // namespace cef::model
