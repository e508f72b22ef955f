// Trains the embedded models: see models/README.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "trainer.hpp"

namespace {

struct Stage {
  int depth;
  int grown_from;  ///< 0: from scratch
  int steps;
  double peak_rate;
};

// A deeper network starts as the shallower one and adds blocks that at first do nothing.
const std::vector<Stage> k_stages = {
    {18, 0, 1500, 0.4}, {34, 18, 800, 0.2}, {50, 0, 2500, 0.4}, {101, 50, 1500, 0.2}, {152, 101, 1500, 0.2}};

std::filesystem::path file_of(const std::filesystem::path& folder, int depth) {
  return folder / ("resnet" + std::to_string(depth) + "-w8.safetensors");
}

int train_stage(const Stage& stage, const std::filesystem::path& folder, cef::train::Settings settings, double scale) {
  using namespace cef;
  const auto network = model::build_network({model::Family::torchvision_resnet, stage.depth, 8, 10});
  torch::manual_seed(settings.seed + static_cast<std::uint64_t>(stage.depth));
  auto tensors = train::initialise(*network);
  if (stage.grown_from != 0) {
    const auto smaller = model::WeightFile::open(file_of(folder, stage.grown_from));
    if (!smaller) {
      std::fprintf(stderr, "cef-train: %s\n", smaller.error().line().c_str());
      return 1;
    }
    train::grow(tensors, train::restore(*smaller));
  }
  settings.steps = std::max(1, static_cast<int>(stage.steps * scale));
  settings.peak_rate = stage.peak_rate;
  settings.seed = settings.seed * 1000 + static_cast<std::uint64_t>(stage.depth);
  std::printf("resnet%d-w8: %lld parameters, %d steps of %d images\n", stage.depth,
              static_cast<long long>(network->parameter_count()), settings.steps, settings.batch);
  train::train(*network, tensors, settings);
  if (const auto saved =
          train::save(file_of(folder, stage.depth), "resnet" + std::to_string(stage.depth) + "-w8", tensors, settings);
      !saved) {
    std::fprintf(stderr, "cef-train: %s\n", saved.error().line().c_str());
    return 1;
  }
  std::printf("resnet%d-w8: %d of 2000 test images\n", stage.depth, train::evaluate(*network, tensors, 2000));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 5) {
    std::fprintf(stderr,
                 "usage: cef-train FOLDER [DEPTH|all] [THREADS] [SCALE]\n"
                 "Trains the embedded models (ResNet-18/34/50/101/152 of width 8) and writes them to FOLDER.\n"
                 "SCALE multiplies the number of steps.\n");
    return 5;
  }
  const std::string depth = argc > 2 ? argv[2] : "all";
  if (argc > 3) {
    at::set_num_threads(std::max(1, std::atoi(argv[3])));
  }
  const double scale = argc > 4 ? std::atof(argv[4]) : 1.0;
  bool found = false;
  for (const Stage& stage : k_stages) {
    if (depth == "all" || depth == std::to_string(stage.depth)) {
      found = true;
      if (const int code = train_stage(stage, argv[1], {}, scale); code != 0) {
        return code;
      }
    }
  }
  if (!found) {
    std::fprintf(stderr, "cef-train: there is no depth '%s'; it is 18, 34, 50, 101, 152 or all\n", depth.c_str());
    return 5;
  }
  return 0;
}
