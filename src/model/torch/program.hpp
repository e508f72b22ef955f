#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <torch/script.h>

#include "cef/model/inference.hpp"

namespace cef::model::torch_runtime {

/// The first line of what torch says; the rest is its stack.
std::string first_line(const std::exception& error);

/// `unoptimised` takes over for good when the module fails in its first run.
std::unique_ptr<LoadedModel> model_of(torch::jit::Module module, std::optional<torch::jit::Module> unoptimised,
                                      int classes);

/// A file that torch.jit.save wrote, frozen and optimised where that works. Error: usage, with the cause.
core::Result<std::unique_ptr<LoadedModel>> load_program(const std::filesystem::path& path, int classes);

}  // namespace cef::model::torch_runtime
