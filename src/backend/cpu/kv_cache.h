// Keys and values of every computed position, head-major: for each layer K [n_kv_heads, n_ctx, head_dim], then
// V [n_kv_heads, n_ctx, head_dim_v], so that one head's range of positions is contiguous (what split-KV attention
// reads). Elements are floats, halves, or blocks of 32 as in kernels/formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "src/base/memory.h"
#include "src/ops/plan.h"

namespace wasmchord::cpu {

class KvCache {
 public:
  // Sizes from the plan's attention shapes. kInvalidArgument where the product overflows or a head is not whole blocks
  // of the type; kMemoryLimit, kOutOfMemory.
  static Result<KvCache> create(const Plan& plan, const ExecutorOptions& options, std::shared_ptr<Memory> memory);

  KvType type() const { return type_; }
  uint64_t bytes() const { return buffer_.size(); }
  // Position `pos` of a head; later positions follow it.
  void* k(uint32_t layer, uint32_t head, uint32_t pos) { return at(layers_[layer].k, head, pos); }
  void* v(uint32_t layer, uint32_t head, uint32_t pos) { return at(layers_[layer].v, head, pos); }
  // Stores n floats at `dst` in the cache's type.
  void store(const kernels::KernelTable& kernels, const float* x, uint32_t n, void* dst) const;

 private:
  struct Part {
    uint64_t offset = 0, row_bytes = 0;  // of one position of one head
  };
  struct Layer {
    Part k, v;
  };
  void* at(const Part& part, uint32_t head, uint32_t pos) {
    return buffer_.data() + part.offset + (static_cast<uint64_t>(head) * n_ctx_ + pos) * part.row_bytes;
  }

  KvType type_ = KvType::kF16;
  uint32_t n_ctx_ = 0;
  std::vector<Layer> layers_;
  Buffer buffer_;
};

}  // namespace wasmchord::cpu
