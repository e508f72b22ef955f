#pragma once

#include "cef/model/inference.hpp"

namespace cef::model {

/// The one symbol of libcef_torch.so. `k_runtime_abi` changes with any header that crosses the boundary, so that a
/// program never runs with a plug-in of another version.
constexpr const char* k_runtime_entry = "cef_open_inference_runtime";
constexpr int k_runtime_abi = 4;

/// Gives nullptr when `abi` is not its own. The caller owns the result.
using OpenRuntime = InferenceRuntime* (*)(int abi);

}  // namespace cef::model
