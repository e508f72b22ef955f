// Times cef's inference for scripts/bench. One request a line on stdin, one answer a line on stdout:
//   load NAME FILE PRECISION THREADS SIDE INPUT OUTPUT   reads floats, writes the logits; answers "ready"
//   run COUNT                                            milliseconds of each of so many inferences of that input
//   evaluate NAME FILE PRECISION THREADS DATASET         seconds and right answers of `cef bench`'s accuracy pass
// An answer that begins with "error" ends the program.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "cef/bench/edge.hpp"
#include "cef/core/digest.hpp"
#include "cef/model/catalog.hpp"
#include "cef/model/inference.hpp"
#include "cef/operation/edge_runner.hpp"

namespace {

using namespace cef;
using core::Result;
using Clock = std::chrono::steady_clock;

struct Wanted {
  std::string name, file;
  model::Precision precision = model::Precision::fp32;
  int threads = 1;
};

Result<Wanted> wanted_of(std::istream& words) {
  Wanted wanted;
  std::string precision;
  words >> wanted.name >> wanted.file >> precision >> wanted.threads;
  const auto parsed = model::parse_precision(precision);
  if (!words || !parsed) {
    return core::fail(core::ErrorCode::usage, "a request is not understood");
  }
  wanted.precision = *parsed;
  return wanted;
}

Result<model::ResolvedModel> resolve(const Wanted& wanted, int classes) {
  const auto catalog = model::open_catalog();
  if (!catalog) {
    return core::fail(catalog.error());
  }
  return model::resolve_model(*catalog, wanted.name, std::filesystem::path(wanted.file).parent_path(), classes);
}

/// Time does not depend on what int8 is calibrated on, so noise does; `evaluate` takes it from the images.
Result<model::Calibration> calibrate(model::InferenceRuntime& runtime, const model::Network& network,
                                     const model::WeightFile& weights, int side) {
  constexpr std::size_t k_images = 2;
  std::vector<float> noise(k_images * 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  std::mt19937 random(1);
  for (float& value : noise) {
    value = std::normal_distribution<float>()(random);
  }
  return runtime.calibrate(network, weights, noise, k_images, side, side);
}

class Speed {
 public:
  Result<std::string> answer(const std::string& line) {
    std::istringstream words(line);
    std::string request;
    words >> request;
    return request == "load"       ? load(words)
           : request == "run"      ? run(words)
           : request == "evaluate" ? evaluate(words)
                                   : core::fail(core::ErrorCode::usage, "a request is not understood");
  }

 private:
  Result<std::string> load(std::istream& words) {
    const auto wanted = wanted_of(words);
    std::string input;
    std::string output;
    words >> side_ >> input >> output;
    const auto runtime = model::open_runtime();
    const auto resolved = wanted ? resolve(*wanted, 0) : core::fail(wanted.error());
    const auto weights = resolved ? model::WeightFile::open(resolved->weights) : core::fail(resolved.error());
    if (!runtime || !weights) {
      return core::fail(runtime ? weights.error() : runtime.error());
    }
    (*runtime)->set_threads(wanted->threads);
    model::LoadOptions options{wanted->precision, nullptr, side_, side_};
    Result<model::Calibration> calibration;
    if (wanted->precision == model::Precision::int8) {
      calibration = calibrate(**runtime, resolved->network, *weights, side_);
      if (!calibration) {
        return core::fail(calibration.error());
      }
      options.calibration = &*calibration;
    }
    auto loaded = (*runtime)->load(resolved->network, *weights, options);
    if (!loaded) {
      return core::fail(loaded.error());
    }
    loaded_ = std::move(*loaded);
    input_.assign(std::size_t{3} * static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_), 0.0F);
    std::ifstream(input, std::ios::binary)
        .read(reinterpret_cast<char*>(input_.data()), static_cast<std::streamsize>(input_.size() * sizeof(float)));
    const auto logits = loaded_->logits(input_, 1, side_, side_);
    if (!logits) {
      return core::fail(logits.error());
    }
    std::ofstream(output, std::ios::binary)
        .write(reinterpret_cast<const char*>(logits->data()),
               static_cast<std::streamsize>(logits->size() * sizeof(float)));
    return "ready " + (*runtime)->version();
  }

  Result<std::string> run(std::istream& words) {
    std::size_t count = 0;
    words >> count;
    std::ostringstream times;
    for (std::size_t i = 0; i < count && loaded_; ++i) {
      const auto start = Clock::now();
      const auto logits = loaded_->logits(input_, 1, side_, side_);
      const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
      if (!logits) {
        return core::fail(logits.error());
      }
      times << (i == 0 ? "" : " ") << taken.count();
    }
    return times.str();
  }

  static Result<std::string> evaluate(std::istream& words) {
    const auto wanted = wanted_of(words);
    std::string name;
    words >> name;
    const auto start = Clock::now();
    auto opened = wanted ? model::open_dataset(name) : core::fail(wanted.error());
    if (!opened) {
      return core::fail(opened.error());
    }
    const auto data = std::make_shared<const model::Dataset>(std::move(*opened));
    const auto resolved = resolve(*wanted, static_cast<int>(data->classes.size()));
    if (!resolved) {
      return core::fail(resolved.error());
    }
    const operation::RunnerModel one{.name = wanted->name,
                                     .architecture = resolved->network.architecture,
                                     .normalisation = resolved->normalisation,
                                     .weights = resolved->weights,
                                     .digest = "",
                                     .file_size = {},
                                     .preprocessing = resolved->preprocessing,
                                     .precision = wanted->precision,
                                     .calibration = nullptr};
    const core::StopToken stop;
    const auto runner = operation::make_local_runner(data, {one}, wanted->threads, {"", false}, stop);
    if (!runner) {
      return core::fail(runner.error());
    }
    const auto pass = bench::measure_accuracy(**runner, one.name, data->labels, stop,
                                              [](std::string_view, std::size_t, std::size_t) {});
    if (!pass) {
      return core::fail(pass.error());
    }
    const std::chrono::duration<double> taken = Clock::now() - start;
    return std::to_string(taken.count()) + " " + std::to_string(pass->accuracy.correct);
  }

  std::unique_ptr<model::LoadedModel> loaded_;
  std::vector<float> input_;
  int side_ = 0;
};

}  // namespace

int main() {
  Speed speed;
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = speed.answer(line);
    std::cout << (answer ? *answer : "error " + answer.error().line()) << std::endl;
    if (!answer) {
      return 1;
    }
  }
}
