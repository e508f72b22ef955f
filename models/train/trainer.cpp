#include "trainer.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <future>
#include <numbers>
#include <set>

#include <torch/torch.h>

#include "cef/model/synthetic.hpp"
#include "cef/model/weights.hpp"

namespace cef::train {

using model::OpKind;
using model::torch_runtime::Mode;
using model::torch_runtime::Tensors;

namespace {

struct Batch {
  at::Tensor images;
  at::Tensor labels;
};

Batch to_batch(const model::Dataset& data, std::size_t first, std::size_t count) {
  Batch batch;
  const auto n = static_cast<std::int64_t>(count);
  batch.images = at::empty({n, 3, data.height, data.width});
  model::normalise(data, first, count, {},
                   std::span(batch.images.data_ptr<float>(), static_cast<std::size_t>(batch.images.numel())));
  batch.labels = at::empty({n}, at::kLong);
  std::copy_n(data.labels.begin() + static_cast<std::ptrdiff_t>(first), count, batch.labels.data_ptr<std::int64_t>());
  return batch;
}

/// Batch number `step` of a stream that never repeats: every step has a seed of its own.
Batch make_batch(const Settings& settings, int step) {
  const auto count = static_cast<std::size_t>(settings.batch);
  const auto seed = settings.seed * 1'000'003U + static_cast<std::uint64_t>(step);
  return to_batch(model::make_synthetic(model::SyntheticPart::train, count, seed), 0, count);
}

/// One cycle: a linear rise over the first tenth, then half a cosine down to nothing.
double rate_at(const Settings& settings, int step) {
  const double at = static_cast<double>(step) / settings.steps;
  return settings.peak_rate * (at < 0.1 ? at / 0.1 + 0.01 : 0.5 * (1 + std::cos((at - 0.1) / 0.9 * std::numbers::pi)));
}

bool is_running(const std::string& name) {
  return name.find(".running_") != std::string::npos;
}

}  // namespace

Tensors initialise(const model::Network& network) {
  std::set<std::string> last_of_block;
  for (const auto& op : network.ops) {
    if (op.kind == OpKind::add) {
      last_of_block.insert(network.ops[static_cast<std::size_t>(op.input) - 1].name);
    }
  }
  Tensors tensors;
  for (const auto& [name, shape] : network.parameters()) {
    const std::string layer = name.substr(0, name.rfind('.'));
    at::Tensor tensor = at::zeros(shape);
    if (shape.size() == 4) {
      tensor.normal_(0, std::sqrt(2.0 / static_cast<double>(shape[0] * shape[2] * shape[3])));
    } else if (shape.size() == 2) {
      tensor.normal_(0, 0.01);
    } else if (name.ends_with(".running_var") || (name.ends_with(".weight") && !last_of_block.contains(layer))) {
      tensor.fill_(1);
    }
    tensors[name] = tensor;
  }
  return tensors;
}

void grow(Tensors& larger, const Tensors& smaller) {
  for (const auto& [name, tensor] : smaller) {
    const auto place = larger.find(name);
    if (place != larger.end() && place->second.sizes() == tensor.sizes()) {
      place->second = tensor.clone();
    }
  }
}

void train(const model::Network& network, Tensors& tensors, const Settings& settings) {
  std::vector<at::Tensor> decayed;
  std::vector<at::Tensor> plain;
  for (auto& [name, tensor] : tensors) {
    if (!is_running(name)) {
      tensor.set_requires_grad(true);
      (tensor.dim() > 1 ? decayed : plain).push_back(tensor);
    }
  }
  using Options = torch::optim::SGDOptions;
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(decayed, std::make_unique<Options>(
                                   Options(0.1).momentum(0.9).nesterov(true).weight_decay(settings.weight_decay)));
  groups.emplace_back(plain, std::make_unique<Options>(Options(0.1).momentum(0.9).nesterov(true)));
  torch::optim::SGD optimiser(groups, Options(0.1));

  const auto start = std::chrono::steady_clock::now();
  auto next = std::async(std::launch::async, make_batch, settings, 0);
  double loss_sum = 0;
  double right = 0;
  int counted = 0;
  for (int step = 0; step < settings.steps; ++step) {
    const Batch batch = next.get();
    if (step + 1 < settings.steps) {
      next = std::async(std::launch::async, make_batch, settings, step + 1);
    }
    for (auto& group : optimiser.param_groups()) {
      static_cast<Options&>(group.options()).lr(rate_at(settings, step));
    }
    const at::Tensor logits = run_eagerly(network, tensors, batch.images, Mode::train);
    const at::Tensor loss =
        at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean, -100, settings.label_smoothing);
    optimiser.zero_grad();
    loss.backward();
    optimiser.step();
    loss_sum += loss.item<double>();
    right += logits.argmax(1).eq(batch.labels).sum().item<double>();
    ++counted;
    if (counted == 50 || step + 1 == settings.steps) {
      const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      std::printf("step %5d  loss %.3f  training accuracy %5.2f %%  %.0f s\n", step + 1, loss_sum / counted,
                  100 * right / (counted * settings.batch), elapsed);
      std::fflush(stdout);
      loss_sum = right = counted = 0;
    }
  }
  for (auto& [name, tensor] : tensors) {
    tensor = tensor.detach();
  }
}

int evaluate(const model::Network& network, const Tensors& tensors, int images) {
  const at::NoGradGuard no_gradient;
  const auto data = model::make_synthetic(model::SyntheticPart::test, static_cast<std::size_t>(images), 1);
  int right = 0;
  for (std::size_t first = 0; first < data.size(); first += 100) {
    const Batch batch = to_batch(data, first, std::min<std::size_t>(100, data.size() - first));
    const auto logits = run_eagerly(network, tensors, batch.images, Mode::evaluate);
    right += static_cast<int>(logits.argmax(1).eq(batch.labels).sum().item<std::int64_t>());
  }
  return right;
}

core::Result<void> save(const std::filesystem::path& file, const std::string& name, const Tensors& tensors,
                        const Settings& settings) {
  std::map<std::string, model::TensorView> views;
  std::vector<at::Tensor> kept;
  for (const auto& [key, tensor] : tensors) {
    kept.push_back(tensor.detach().contiguous());
    const at::Tensor& t = kept.back();
    views[key] = {model::ElementType::f32, t.sizes().vec(),
                  std::as_bytes(std::span(t.data_ptr<float>(), static_cast<std::size_t>(t.numel())))};
  }
  return model::write_safetensors(
      file, views,
      {{"architecture", name},
       {"data", model::make_synthetic(model::SyntheticPart::train, 0, settings.seed).source},
       {"steps", std::to_string(settings.steps)},
       {"batch", std::to_string(settings.batch)}});
}

Tensors restore(const model::WeightFile& weights) {
  Tensors tensors;
  for (const auto& [name, view] : weights.tensors()) {
    tensors[name] = at::empty(view.shape);
    std::copy(view.data.begin(), view.data.end(), static_cast<std::byte*>(tensors[name].data_ptr()));
  }
  return tensors;
}

}  // namespace cef::train
