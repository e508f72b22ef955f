#include "fused.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace cef::model {

namespace {

class Fuser {
 public:
  explicit Fuser(const Network& network) {
    for (const Op& op : network.ops) {
      ++uses_[op.input];
      if (op.other >= 0) {
        ++uses_[op.other];
      }
    }
    for (const Op& op : network.ops) {
      append(op);
    }
    mark_last_uses();
  }
  std::vector<FusedOp> take() { return std::move(fused_); }

 private:
  void append(const Op& op) {
    switch (op.kind) {
      case OpKind::batch_norm:
        if (FusedOp* producer = convolution_of(op.input)) {
          producer->norm = op.name;
          producer->op.output = op.output;
          return;
        }
        break;
      case OpKind::relu:
      case OpKind::silu:
      case OpKind::sigmoid:
        if (FusedOp* producer = maker_of(op.input)) {
          producer->activation = op.kind == OpKind::relu   ? Activation::relu
                                 : op.kind == OpKind::silu ? Activation::silu
                                                           : Activation::sigmoid;
          producer->op.output = op.output;
          return;
        }
        break;
      case OpKind::add:
        if (take_addition(op)) {
          return;
        }
        break;
      default:
        break;
    }
    fused_.push_back({op, "", -1, Activation::none, false});
  }

  /// What makes a value that only one operation reads, while it has no activation yet.
  FusedOp* maker_of(int value) {
    const auto found = std::find_if(fused_.begin(), fused_.end(), [&](const auto& f) { return f.op.output == value; });
    const bool free = found != fused_.end() && uses_[value] == 1 && found->activation == Activation::none;
    return free ? &*found : nullptr;
  }
  FusedOp* convolution_of(int value) {
    FusedOp* maker = maker_of(value);
    const bool plain = maker != nullptr && maker->op.kind == OpKind::convolution && maker->residual < 0;
    return plain && maker->norm.empty() ? maker : nullptr;
  }
  bool take_addition(const Op& add) {
    for (const auto& [value, residual] : {std::pair(add.input, add.other), std::pair(add.other, add.input)}) {
      FusedOp* maker = maker_of(value);
      if (maker != nullptr && maker->op.kind == OpKind::convolution && maker->residual < 0) {
        FusedOp moved = *maker;
        fused_.erase(fused_.begin() + (maker - fused_.data()));
        moved.residual = residual;
        moved.op.output = add.output;
        fused_.push_back(std::move(moved));
        return true;
      }
    }
    return false;
  }
  void mark_last_uses() {
    std::map<int, std::size_t> last;
    for (std::size_t i = 0; i < fused_.size(); ++i) {
      for (const int value : {fused_[i].op.input, fused_[i].op.other, fused_[i].residual}) {
        last[value] = i;
      }
    }
    for (std::size_t i = 0; i < fused_.size(); ++i) {
      const int second = fused_[i].residual >= 0 ? fused_[i].residual : fused_[i].op.other;
      fused_[i].last_use = second >= 0 && last[second] == i && second != fused_[i].op.input;
    }
  }

  std::map<int, int> uses_;
  std::vector<FusedOp> fused_;
};

}  // namespace

std::vector<FusedOp> fuse(const Network& network) {
  return Fuser(network).take();
}

bool suits_winograd(const FusedOp& fused, std::int64_t height, std::int64_t width) {
  constexpr int k_least_channels = 64;
  constexpr std::int64_t k_least_side = 14;
  const Op& op = fused.op;
  const bool window =
      op.kind == OpKind::convolution && op.kernel == 3 && op.stride == 1 && op.padding == 1 && op.groups == 1;
  const bool blocks = op.in_channels % 8 == 0 && op.out_channels % 16 == 0;
  const bool large = op.in_channels >= k_least_channels && op.out_channels >= k_least_channels &&
                     height >= k_least_side && width >= k_least_side;
  const bool ends = fused.activation == Activation::none || fused.activation == Activation::relu;
  return window && blocks && large && ends;
}

}  // namespace cef::model
