// Encoders of Q4_1, Q5_0 and Q5_1: one scale from the extremes of the block, as ggml's quantize_row_*_ref takes it.
#pragma once

#include "kernels/formats/q4_1.h"
#include "kernels/formats/q5_0.h"
#include "kernels/formats/q5_1.h"
#include "kernels/formats/scale_search.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Extent {
  float min;
  float max;
};

inline Extent extent_of_32(const float* x) {
  Extent extent{x[0], x[0]};
  for (int i = 1; i < 32; ++i) {
    extent.min = x[i] < extent.min ? x[i] : extent.min;
    extent.max = x[i] > extent.max ? x[i] : extent.max;
  }
  return extent;
}

// floor(x) within 0..limit, for x > -2^31.
inline uint32_t floor_to(float x, int32_t limit) {
  const auto q = x < 1e9f ? static_cast<int32_t>(x) : limit;
  return static_cast<uint32_t>(q < 0 ? 0 : q > limit ? limit : q);
}

// Elements i and i + 16 in byte i, and bit i of `qh` the fifth bit of element i.
inline void pack_32(const uint32_t* q, uint8_t* qs, uint8_t* qh) {
  uint32_t high = 0;
  for (int i = 0; i < 16; ++i) qs[i] = static_cast<uint8_t>((q[i] & 15) | (q[i + 16] & 15) << 4);
  if (qh == nullptr) return;
  for (int i = 0; i < 32; ++i) high |= (q[i] >> 4) << i;
  std::memcpy(qh, &high, sizeof high);
}

// w = q d + m with m = min x, d = (max x - min x) / levels; q = floor((x - m) / d + 0.5).
inline void encode_affine_32(const float* x, int32_t levels, uint8_t* d_field, uint8_t* m_field, uint32_t* q) {
  const Extent extent = extent_of_32(x);
  const float d = (extent.max - extent.min) / static_cast<float>(levels);
  const float inverse = inverse_or_zero(d);
  store_u16(d_field, f32_to_f16(d));
  store_u16(m_field, f32_to_f16(extent.min));
  for (int i = 0; i < 32; ++i) q[i] = floor_to((x[i] - extent.min) * inverse + 0.5f, levels);
}

// A block that holds NaN or infinity decodes to NaN; so do the others here.
inline void encode_block(const float* x, Q4_1::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 32)) return store_u16(block.m, kNanF16);
  uint32_t q[32];
  encode_affine_32(x, 15, block.d, block.m, q);
  pack_32(q, block.qs, nullptr);
}

inline void encode_block(const float* x, Q5_1::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 32)) return store_u16(block.m, kNanF16);
  uint32_t q[32];
  encode_affine_32(x, 31, block.d, block.m, q);
  pack_32(q, block.qs, block.qh);
}

// The element of largest magnitude (the first of equals) maps to -16 exactly: d = that element / -16.
inline void encode_block(const float* x, Q5_0::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 32)) return store_u16(block.d, kNanF16);
  const float d = extreme_of<32>(x) / -16.0f;
  const float inverse = inverse_or_zero(d);
  uint32_t q[32];
  for (int i = 0; i < 32; ++i) q[i] = floor_to(x[i] * inverse + 16.5f, 31);
  store_u16(block.d, f32_to_f16(d));
  pack_32(q, block.qs, block.qh);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
