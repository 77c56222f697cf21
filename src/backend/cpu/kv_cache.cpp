#include "src/backend/cpu/kv_cache.h"

#include <string>

#include "src/base/checked.h"

namespace wasmchord::cpu {
namespace {

// Elements of a block and its bytes.
struct TypeLayout {
  const char* name;
  uint32_t block_len, block_bytes;
};
TypeLayout layout_of(KvType type) {
  switch (type) {
    case KvType::kF32:
      return {"f32", 1, 4};
    case KvType::kF16:
      return {"f16", 1, 2};
    case KvType::kQ8_0:
      return {"q8_0", 32, 34};
    case KvType::kQ4_0:
      return {"q4_0", 32, 18};
  }
  return {"", 1, 4};
}

// n_heads * n_positions * row_bytes, rounded up so that the next array is aligned.
bool array_bytes(uint32_t n_heads, uint64_t n_positions, uint64_t row_bytes, uint64_t* out) {
  uint64_t n = n_heads;
  return checked_mul(n, n_positions, &n) && checked_mul(n, row_bytes, &n) && checked_align(n, kBufferAlignment, out);
}

}  // namespace

Result<KvCache> KvCache::create(const Plan& plan, const ExecutorOptions& options, std::shared_ptr<Memory> memory) {
  KvCache cache;
  cache.type_ = options.kv_type;
  cache.layers_.resize(plan.n_layers);
  const TypeLayout layout = layout_of(options.kv_type);
  constexpr uint64_t kTile = kernels::kAttentionTile;
  const uint64_t n_keys = (options.n_ctx + kTile - 1) / kTile * kTile;
  uint64_t total = 0;
  const auto add = [&](uint32_t n_heads, uint64_t n_positions, uint32_t dim, Part* part) {
    *part = {total, uint64_t{dim} / layout.block_len * layout.block_bytes, n_positions, dim};
    uint64_t bytes = 0;
    return array_bytes(n_heads, n_positions, part->row_bytes, &bytes) && checked_add(total, bytes, &total) &&
           total <= SIZE_MAX;
  };
  for (const Op& op : plan.ops) {
    if (op.kind != OpKind::kKvWrite && op.kind != OpKind::kProjectQkv) continue;
    const AttentionShape& shape = op.attention;
    for (const uint32_t dim : {shape.head_dim, shape.head_dim_v}) {
      if (dim % layout.block_len == 0) continue;
      return Status(Code::kInvalidArgument, std::string("kv_type ") + layout.name + ": heads of " +
                                                std::to_string(dim) + " elements are not whole blocks of " +
                                                std::to_string(layout.block_len));
    }
    Layer& layer = cache.layers_[shape.layer];
    if (!add(shape.n_kv_heads, n_keys, shape.head_dim, &layer.k) ||
        !add(shape.n_kv_heads, options.n_ctx, shape.head_dim_v, &layer.v)) {
      return Status(Code::kInvalidArgument,
                    "n_ctx " + std::to_string(options.n_ctx) + ": the KV cache's size overflows");
    }
  }
  WC_ASSIGN(cache.buffer_, Buffer::create(std::move(memory), static_cast<size_t>(total), "KV cache"));
  return cache;
}

void KvCache::store_k(const kernels::KernelTable& kernels, uint32_t layer, uint32_t head, uint32_t pos,
                      const float* x) {
  const Part& part = layers_[layer].k;
  kernels.kv_store_key[static_cast<uint32_t>(type_)](x, part.dim, pos, buffer_.data() + offset_of(part, head, 0));
}

void KvCache::store_v(const kernels::KernelTable& kernels, uint32_t layer, uint32_t head, uint32_t pos,
                      const float* x) {
  const Part& part = layers_[layer].v;
  kernels.kv_store[static_cast<uint32_t>(type_)](x, part.dim, buffer_.data() + offset_of(part, head, pos));
}

}  // namespace wasmchord::cpu
