#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

#include <dnnl.hpp>

namespace cef::model::onednn {

/// Memory of values, given back once nothing reads them any more.
class Pool {
 public:
  explicit Pool(const dnnl::engine& engine) : engine_(engine) {}

  dnnl::memory take(const dnnl::memory::desc& desc) {
    const std::size_t bytes = desc.get_size();
    std::size_t best = blocks_.size();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (!blocks_[i].used && blocks_[i].bytes >= bytes &&
          (best == blocks_.size() || blocks_[i].bytes < blocks_[best].bytes)) {
        best = i;
      }
    }
    if (best == blocks_.size()) {
      const dnnl::memory::desc raw({static_cast<dnnl::memory::dim>(bytes)}, dnnl::memory::data_type::u8,
                                   dnnl::memory::format_tag::a);
      blocks_.push_back({dnnl::memory(raw, engine_), bytes, true});
    }
    blocks_[best].used = true;
    return dnnl::memory(desc, engine_, blocks_[best].storage.get_data_handle());
  }
  [[nodiscard]] std::size_t bytes() const {
    return std::accumulate(blocks_.begin(), blocks_.end(), std::size_t{0},
                           [](std::size_t sum, const Block& block) { return sum + block.bytes; });
  }
  void give_back(const dnnl::memory& value) {
    for (auto& block : blocks_) {
      if (block.storage.get_data_handle() == value.get_data_handle()) {
        block.used = false;
      }
    }
  }

 private:
  struct Block {
    dnnl::memory storage;
    std::size_t bytes = 0;
    bool used = false;
  };
  const dnnl::engine& engine_;
  std::vector<Block> blocks_;
};

}  // namespace cef::model::onednn
