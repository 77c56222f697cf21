// Keys and values of every computed position, head-major: for each layer K of n_kv_heads, then
// V [n_kv_heads, n_ctx, head_dim_v], so that one head's range of positions is contiguous (what split-KV attention
// reads). The keys of a head are whole tiles of kAttentionTile positions, laid out by the kernels' kv_store_key.
// Elements are floats, halves, or blocks of 32 as in kernels/formats.
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
  // Of a head from position `pos` on, for keys a multiple of kAttentionTile; later positions follow.
  const void* k(uint32_t layer, uint32_t head, uint32_t pos) const {
    return buffer_.data() + offset_of(layers_[layer].k, head, pos);
  }
  const void* v(uint32_t layer, uint32_t head, uint32_t pos) const {
    return buffer_.data() + offset_of(layers_[layer].v, head, pos);
  }
  // Stores the key [head_dim] or the value [head_dim_v] of a position in the cache's type.
  void store_k(const kernels::KernelTable& kernels, uint32_t layer, uint32_t head, uint32_t pos, const float* x);
  void store_v(const kernels::KernelTable& kernels, uint32_t layer, uint32_t head, uint32_t pos, const float* x);

 private:
  struct Part {
    uint64_t offset = 0;
    uint64_t row_bytes = 0;    // of one position of one head
    uint64_t n_positions = 0;  // of one head
    uint32_t dim = 0;
  };
  struct Layer {
    Part k, v;
  };
  static uint64_t offset_of(const Part& part, uint32_t head, uint32_t pos) {
    return part.offset + (head * part.n_positions + pos) * part.row_bytes;
  }

  KvType type_ = KvType::kF16;
  std::vector<Layer> layers_;
  Buffer buffer_;
};

}  // namespace wasmchord::cpu
