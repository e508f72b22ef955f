#include "program.hpp"

#include <utility>
#include <vector>

namespace cef::model::torch_runtime {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

std::string cause(const std::exception& error) {
  std::string what = error.what();
  if (what.find("CUDA") != std::string::npos || what.find("cuda") != std::string::npos) {
    return "it was made for CUDA; trace or script it on the CPU and save it again";
  }
  if (what.starts_with("The following operation failed")) {  // the program's own lines, then the cause
    what.erase(what.find_last_not_of('\n') + 1);
    return what.substr(what.rfind('\n') + 1);
  }
  return first_line(error);
}

class TorchModel final : public LoadedModel {
 public:
  TorchModel(torch::jit::Module module, std::optional<torch::jit::Module> unoptimised, int classes)
      : module_(std::move(module)), unoptimised_(std::move(unoptimised)), classes_(classes) {}

  Result<std::vector<float>> logits(std::span<const float> input, std::size_t count, int height, int width) override {
    if (input.size() != count * 3 * static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {
      return fail(ErrorCode::internal, "inference was given an input of the wrong size");
    }
    try {
      const c10::InferenceMode guard;
      // from_blob wants a pointer that it may write through; forward() does not write its input.
      const at::Tensor batch = at::from_blob(const_cast<float*>(input.data()),
                                             {static_cast<std::int64_t>(count), 3, height, width}, at::kFloat);
      const c10::IValue given = forward(batch);
      if (!given.isTensor()) {
        return fail(ErrorCode::usage, "the model gives a " + given.tagKind() +
                                          " where a classifier gives one tensor of images × classes");
      }
      const at::Tensor out = given.toTensor().to(at::kFloat).contiguous();
      const auto images = static_cast<std::int64_t>(count);
      if (out.numel() != images * classes_) {
        return fail(ErrorCode::usage, "the model gives " + std::to_string(out.numel() / images) +
                                          " numbers an image; it should be " + std::to_string(classes_) +
                                          " classes as its catalogue entry says");
      }
      const float* values = out.data_ptr<float>();
      return std::vector<float>(values, values + out.numel());
    } catch (const std::exception& error) {
      return fail(ErrorCode::general, "inference failed: " + cause(error));
    }
  }

 private:
  c10::IValue forward(const at::Tensor& batch) {
    if (!unoptimised_) {
      return module_.forward({batch});
    }
    const torch::jit::Module plain = *std::exchange(unoptimised_, std::nullopt);
    try {
      return module_.forward({batch});
    } catch (const std::exception&) {  // what optimising made of it does not run; the program itself may
      module_ = plain;
      return module_.forward({batch});
    }
  }

  torch::jit::Module module_;
  std::optional<torch::jit::Module> unoptimised_;
  int classes_;
};

}  // namespace

std::string first_line(const std::exception& error) {
  const std::string what = error.what();
  return what.substr(0, what.find('\n'));
}

std::unique_ptr<LoadedModel> model_of(torch::jit::Module module, std::optional<torch::jit::Module> unoptimised,
                                      int classes) {
  return std::make_unique<TorchModel>(std::move(module), std::move(unoptimised), classes);
}

Result<std::unique_ptr<LoadedModel>> load_program(const std::filesystem::path& path, int classes) {
  try {
    const c10::InferenceMode guard(false);
    const at::NoGradGuard no_gradient;
    torch::jit::Module plain = torch::jit::load(path.string(), at::kCPU);
    plain.eval();
    try {
      torch::jit::Module frozen = torch::jit::freeze(plain);
      return model_of(torch::jit::optimize_for_inference(frozen), std::move(plain), classes);
    } catch (const std::exception&) {  // not everything can be frozen; it runs as it is
      return model_of(std::move(plain), std::nullopt, classes);
    }
  } catch (const std::exception& error) {
    return fail(ErrorCode::usage, path.string() + ": cannot be loaded as TorchScript: " + cause(error));
  }
}

}  // namespace cef::model::torch_runtime
