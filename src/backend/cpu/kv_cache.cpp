#include "src/backend/cpu/kv_cache.h"

#include <cstring>

#include "src/base/checked.h"

namespace wasmchord::cpu {
namespace {

// n_heads * n_ctx * dim * element_bytes, rounded up so that the next array is aligned.
bool array_bytes(uint32_t n_heads, uint32_t n_ctx, uint32_t dim, uint32_t element_bytes, uint64_t* out) {
  uint64_t n = n_heads;
  return checked_mul(n, n_ctx, &n) && checked_mul(n, dim, &n) && checked_mul(n, element_bytes, &n) &&
         checked_align(n, kBufferAlignment, out);
}

}  // namespace

Result<KvCache> KvCache::create(const Plan& plan, const ExecutorOptions& options, std::shared_ptr<Memory> memory) {
  KvCache cache;
  cache.type_ = options.kv_type;
  cache.element_bytes_ = options.kv_type == KvType::kF32 ? 4 : 2;
  cache.n_ctx_ = options.n_ctx;
  cache.layers_.resize(plan.n_layers);
  uint64_t total = 0;
  for (const Op& op : plan.ops) {
    if (op.kind != OpKind::kKvWrite && op.kind != OpKind::kProjectQkv) continue;
    const AttentionShape& shape = op.attention;
    uint64_t k = 0, v = 0;
    Layer& layer = cache.layers_[shape.layer];
    layer = {total, 0, shape.head_dim, shape.head_dim_v};
    if (!array_bytes(shape.n_kv_heads, options.n_ctx, shape.head_dim, cache.element_bytes_, &k) ||
        !array_bytes(shape.n_kv_heads, options.n_ctx, shape.head_dim_v, cache.element_bytes_, &v) ||
        !checked_add(total, k, &layer.v) || !checked_add(layer.v, v, &total) || total > SIZE_MAX) {
      return Status(Code::kInvalidArgument,
                    "n_ctx " + std::to_string(options.n_ctx) + ": the KV cache's size overflows");
    }
  }
  WC_ASSIGN(cache.buffer_, Buffer::create(std::move(memory), static_cast<size_t>(total), "KV cache"));
  return cache;
}

void KvCache::store(const kernels::KernelTable& kernels, const float* x, uint32_t n, void* dst) const {
  if (type_ == KvType::kF32) {
    std::memcpy(dst, x, n * sizeof(float));
  } else {
    kernels.f32_to_f16(x, n, static_cast<uint16_t*>(dst));
  }
}

}  // namespace wasmchord::cpu
