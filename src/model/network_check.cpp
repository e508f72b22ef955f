#include "cef/model/network.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

std::string to_string(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace

Result<void> check_weights(const Network& network, const WeightFile& weights) {
  const std::string file = weights.path().string();
  if (network.architecture.family == Family::torchscript) {
    return weights.torchscript() ? Result<void>()
                                 : fail(ErrorCode::usage, file +
                                                              ": is not a TorchScript file, though its catalogue "
                                                              "entry says so; write it with torch.jit.save");
  }
  if (weights.torchscript()) {
    return fail(ErrorCode::usage, file +
                                      ": is a TorchScript program, not a state dict; give it a catalogue entry of the "
                                      "family torchscript");
  }
  const auto expected = network.parameters();
  for (const auto& [name, shape] : expected) {
    const auto found = weights.tensors().find(name);
    if (found == weights.tensors().end()) {
      return fail(ErrorCode::usage, file + ": has no tensor '" + name + "': these are weights of another network");
    }
    if (found->second.shape != shape) {
      return fail(ErrorCode::usage, file + ": tensor '" + name + "' has shape " + to_string(found->second.shape) +
                                        ", this network needs " + to_string(shape));
    }
    const ElementType type = found->second.type;
    if (type != ElementType::f32 && type != ElementType::f64 && type != ElementType::f16 && type != ElementType::bf16) {
      return fail(ErrorCode::usage, file + ": tensor '" + name + "' holds integers; weights are floating point");
    }
  }
  for (const auto& [name, tensor] : weights.tensors()) {
    const bool counter = name.size() > 20 && name.compare(name.size() - 20, 20, ".num_batches_tracked") == 0;
    if (!counter && !expected.contains(name)) {
      return fail(ErrorCode::usage, file + ": tensor '" + name +
                                        "' has no place in this network: these are weights of "
                                        "another one");
    }
  }
  return {};
}

}  // namespace cef::model
