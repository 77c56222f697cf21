// Eight 32-bit lanes in two NEON registers, as avx2/ints.h describes them. Eight rows, not four, since a load of
// activations then serves two products.
//
// SDOT sums four products of signed bytes into 32 bits; it takes the activations from a lane of 16 of them. I8MM has
// nothing to add here: USDOT is for bytes from 128 on, and SMMLA wants 8 elements of a row side by side, so that what
// it saves in products goes into reordering. Plain NEON multiplies into 16 bits and adds up as many products there as
// stay below 2^15.
#pragma once

#include <cstring>

#include "kernels/cpu/ints_inl.h"
#include "kernels/cpu/neon/vec.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr size_t kRows = 8;

struct Ints {
  int32x4_t lo, hi;  // rows 0..3, 4..7
};
using Floats = F32x8;

WC_ALWAYS_INLINE uint8x16_t as_bytes(int32x4_t x) { return vreinterpretq_u8_s32(x); }
WC_ALWAYS_INLINE int32x4_t from_bytes(uint8x16_t x) { return vreinterpretq_s32_u8(x); }
WC_ALWAYS_INLINE uint32x4_t as_unsigned(int32x4_t x) { return vreinterpretq_u32_s32(x); }
WC_ALWAYS_INLINE int32x4_t from_unsigned(uint32x4_t x) { return vreinterpretq_s32_u32(x); }

WC_ALWAYS_INLINE Ints load_ints(const void* p) {
  const auto* bytes = static_cast<const uint8_t*>(p);
  return {from_bytes(vld1q_u8(bytes)), from_bytes(vld1q_u8(bytes + 16))};
}
WC_ALWAYS_INLINE Ints widened(uint16x8_t x) {
  return {from_unsigned(vmovl_u16(vget_low_u16(x))), from_unsigned(vmovl_high_u16(x))};
}
WC_ALWAYS_INLINE Ints load_words(const void* p) {
  return widened(vreinterpretq_u16_u8(vld1q_u8(static_cast<const uint8_t*>(p))));
}
WC_ALWAYS_INLINE Ints load_bytes(const void* p) { return widened(vmovl_u8(vld1_u8(static_cast<const uint8_t*>(p)))); }
WC_ALWAYS_INLINE Floats load_halves(const void* p) { return load_f16(p); }
WC_ALWAYS_INLINE Ints splat(int x) { return {vdupq_n_s32(x), vdupq_n_s32(x)}; }
WC_ALWAYS_INLINE Ints zero_ints() { return splat(0); }
WC_ALWAYS_INLINE Ints splat_bytes(int x) {
  const int32x4_t bytes = from_bytes(vdupq_n_u8(static_cast<uint8_t>(x)));
  return {bytes, bytes};
}
WC_ALWAYS_INLINE Floats splat_float(float x) { return set1(x); }
WC_ALWAYS_INLINE Floats zero_floats() { return zero(); }

WC_ALWAYS_INLINE Ints operator&(Ints a, Ints b) { return {vandq_s32(a.lo, b.lo), vandq_s32(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator|(Ints a, Ints b) { return {vorrq_s32(a.lo, b.lo), vorrq_s32(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator+(Ints a, Ints b) { return {vaddq_s32(a.lo, b.lo), vaddq_s32(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator-(Ints a, Ints b) { return {vsubq_s32(a.lo, b.lo), vsubq_s32(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints add_bytes(Ints a, Ints b) {
  return {from_bytes(vaddq_u8(as_bytes(a.lo), as_bytes(b.lo))), from_bytes(vaddq_u8(as_bytes(a.hi), as_bytes(b.hi)))};
}
// The instructions that shift right by an immediate take 1 to 32.
template <size_t n>
WC_ALWAYS_INLINE Ints shift_left(Ints x) {
  return {vshlq_n_s32(x.lo, n), vshlq_n_s32(x.hi, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right(Ints x) {
  if constexpr (n == 0) {
    return x;
  } else {
    return {from_unsigned(vshrq_n_u32(as_unsigned(x.lo), n)), from_unsigned(vshrq_n_u32(as_unsigned(x.hi), n))};
  }
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right_signed(Ints x) {
  if constexpr (n == 0) {
    return x;
  } else {
    return {vshrq_n_s32(x.lo, n), vshrq_n_s32(x.hi, n)};
  }
}
WC_ALWAYS_INLINE Floats to_floats(Ints x) { return {vcvtq_f32_s32(x.lo), vcvtq_f32_s32(x.hi)}; }
WC_ALWAYS_INLINE Floats as_floats(Ints bits) {
  return {vreinterpretq_f32_s32(bits.lo), vreinterpretq_f32_s32(bits.hi)};
}
WC_ALWAYS_INLINE Floats negated(Floats x) { return {vnegq_f32(x.lo), vnegq_f32(x.hi)}; }
WC_ALWAYS_INLINE void store_rows(float* p, Floats x, size_t n) {
  if (n == kRows) return store(p, x);
  float lanes[kRows];
  store(lanes, x);
  for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// The lanes' halves apart, low ones and high ones of all rows: each is multiplied by an integer of its own.
struct IntPairs {
  int16x8_t low, high;

  IntPairs() = default;
  WC_ALWAYS_INLINE IntPairs(int16x8_t l, int16x8_t h) : low(l), high(h) {}
  WC_ALWAYS_INLINE IntPairs(Ints x)  // lanes become pairs wherever pairs are asked for
      : low(vuzp1q_s16(vreinterpretq_s16_s32(x.lo), vreinterpretq_s16_s32(x.hi))),
        high(vuzp2q_s16(vreinterpretq_s16_s32(x.lo), vreinterpretq_s16_s32(x.hi))) {}
};
WC_ALWAYS_INLINE IntPairs multiply_pairs(IntPairs x, int factor) {
  const auto words = static_cast<int16_t>(factor);
  return {vmulq_n_s16(x.low, words), vmulq_n_s16(x.high, words)};
}
WC_ALWAYS_INLINE Ints dot_sums(const IntPairs& x, const int16_t* sums, Ints sum) {
  int32_t both;
  std::memcpy(&both, sums, 4);
  const int16x4_t factors = vreinterpret_s16_s32(vdup_n_s32(both));
  sum.lo = vmlal_lane_s16(sum.lo, vget_low_s16(x.low), factors, 0);
  sum.hi = vmlal_high_lane_s16(sum.hi, x.low, factors, 0);
  return {vmlal_lane_s16(sum.lo, vget_low_s16(x.high), factors, 1), vmlal_high_lane_s16(sum.hi, x.high, factors, 1)};
}

// Byte i of a lane: its low byte, and of that bit i.
WC_ALWAYS_INLINE int32x4_t spread_bits(int32x4_t x) {
  const uint8x16_t low_byte =
      vreinterpretq_u8_u32(vmulq_n_u32(vandq_u32(as_unsigned(x), vdupq_n_u32(255)), 0x01010101));
  const uint8x16_t bit = vreinterpretq_u8_u32(vdupq_n_u32(0x08040201));
  return from_bytes(vandq_u8(vtstq_u8(low_byte, bit), vdupq_n_u8(1)));
}
WC_ALWAYS_INLINE Ints spread_bits(Ints x) { return {spread_bits(x.lo), spread_bits(x.hi)}; }

using Table16 = uint8x16_t;
WC_ALWAYS_INLINE Table16 load_table(const ByteTable16& table) { return vld1q_u8(table.at); }
WC_ALWAYS_INLINE Ints look_up(Table16 table, Ints x) {
  return {from_bytes(vqtbl1q_u8(table, as_bytes(x.lo))), from_bytes(vqtbl1q_u8(table, as_bytes(x.hi)))};
}

WC_ALWAYS_INLINE int32x4_t gather_words(const uint32_t* table, int32x4_t index) {
  uint32x4_t x = vdupq_n_u32(table[vgetq_lane_s32(index, 0)]);
  x = vld1q_lane_u32(table + vgetq_lane_s32(index, 1), x, 1);
  x = vld1q_lane_u32(table + vgetq_lane_s32(index, 2), x, 2);
  return from_unsigned(vld1q_lane_u32(table + vgetq_lane_s32(index, 3), x, 3));
}
WC_ALWAYS_INLINE Ints gather_words(const uint32_t* table, Ints index) {
  return {gather_words(table, index.lo), gather_words(table, index.hi)};
}

WC_ALWAYS_INLINE void interleave_16(const uint8_t* const* rows, size_t offset, uint8_t* out) {
  for (size_t r = 0; r < kRows; r += 4) {
    float32x4_t row[4];  // a transpose only moves bits
    for (size_t i = 0; i < 4; ++i) row[i] = vreinterpretq_f32_u8(vld1q_u8(rows[r + i] + offset));
    transpose_4x4(row[0], row[1], row[2], row[3]);
    for (size_t k = 0; k < 4; ++k) vst1q_u8(out + 4 * (kRows * k + r), vreinterpretq_u8_f32(row[k]));
  }
}

inline constexpr int kByteOffset = 0;
WC_ALWAYS_INLINE Ints biased(Ints bytes) { return bytes; }

WC_ALWAYS_INLINE int8x16_t signed_bytes(int32x4_t x) { return vreinterpretq_s8_s32(x); }

#if defined(__ARM_FEATURE_DOTPROD)
template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab(const Ints* w, const int8_t* const* q, Ints* sum) {
  static_assert(N % 4 == 0);
  for (size_t first = 0; first < N; first += 4) {
    int8x16_t x[T];
    for (size_t t = 0; t < T; ++t) x[t] = vld1q_s8(q[t] + 4 * first);
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA {
      const int8x16_t lo = signed_bytes(w[first + k].lo), hi = signed_bytes(w[first + k].hi);
      for (size_t t = 0; t < T; ++t) {
        sum[t].lo = vdotq_laneq_s32(sum[t].lo, lo, x[t], k);
        sum[t].hi = vdotq_laneq_s32(sum[t].hi, hi, x[t], k);
      }
    });
  }
}
#else
// Products in 16 bits, or sums of them. Of two bytes in each row: rows 0 and 1; rows 2 and 3.
struct Products {
  int16x8_t at[2];
};
WC_ALWAYS_INLINE Products products(int8x16_t w, int8x16_t x) {
  return {{vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x)}};
}
WC_ALWAYS_INLINE void add_products(int8x16_t w, int8x16_t x, Products& sum) {
  sum.at[0] = vmlal_s8(sum.at[0], vget_low_s8(w), vget_low_s8(x));
  sum.at[1] = vmlal_high_s8(sum.at[1], w, x);
}
WC_ALWAYS_INLINE int8x16_t broadcast_4(const int8_t* p) {
  int32_t dword;
  std::memcpy(&dword, p, 4);
  return signed_bytes(vdupq_n_s32(dword));
}

// Bytes of any sign: two products stay below 2^15, 2 * 128 * 127. They are added to 32 bits, two sums of each row.
template <size_t N, size_t T>
WC_ALWAYS_INLINE void dot_signed_bytes(const Ints* w, const int8_t* const* q, Ints* sum) {
  static_assert(N % 2 == 0);
  int32x4_t part[T][2][2];
  for (size_t k = 0; k < N; k += 2) {
    for (size_t t = 0; t < T; ++t) {
      const int8x16_t x0 = broadcast_4(q[t] + 4 * k), x1 = broadcast_4(q[t] + 4 * k + 4);
      Products lo = products(signed_bytes(w[k].lo), x0), hi = products(signed_bytes(w[k].hi), x0);
      add_products(signed_bytes(w[k + 1].lo), x1, lo);
      add_products(signed_bytes(w[k + 1].hi), x1, hi);
      for (size_t i = 0; i < 2; ++i) {
        part[t][0][i] = k == 0 ? vpaddlq_s16(lo.at[i]) : vpadalq_s16(part[t][0][i], lo.at[i]);
        part[t][1][i] = k == 0 ? vpaddlq_s16(hi.at[i]) : vpadalq_s16(part[t][1][i], hi.at[i]);
      }
    }
  }
  for (size_t t = 0; t < T; ++t) {
    sum[t].lo = vaddq_s32(sum[t].lo, vpaddq_s32(part[t][0][0], part[t][0][1]));
    sum[t].hi = vaddq_s32(sum[t].hi, vpaddq_s32(part[t][1][0], part[t][1][1]));
  }
}

template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab(const Ints* w, const int8_t* const* q, Ints* sum) {
  if constexpr (kMax > 127) {
    dot_signed_bytes<N, T>(w, q, sum);
  } else {
    constexpr size_t kMost = 32767 / (2 * kMax * 127), kRun = kMost < N ? kMost : N;  // pairs are added in 16 bits too
    static_assert(kRun != 0);
    for (size_t first = 0; first < N; first += kRun) {
      Products lo[T], hi[T];
      for (size_t k = first; k < (first + kRun < N ? first + kRun : N); ++k) {
        for (size_t t = 0; t < T; ++t) {
          const int8x16_t x = broadcast_4(q[t] + 4 * k);
          if (k == first) {
            lo[t] = products(signed_bytes(w[k].lo), x), hi[t] = products(signed_bytes(w[k].hi), x);
          } else {
            add_products(signed_bytes(w[k].lo), x, lo[t]);
            add_products(signed_bytes(w[k].hi), x, hi[t]);
          }
        }
      }
      for (size_t t = 0; t < T; ++t) {
        sum[t].lo = vpadalq_s16(sum[t].lo, vpaddq_s16(lo[t].at[0], lo[t].at[1]));
        sum[t].hi = vpadalq_s16(sum[t].hi, vpaddq_s16(hi[t].at[0], hi[t].at[1]));
      }
    }
  }
}
#endif

using Scale = Ints;
WC_ALWAYS_INLINE Scale make_scale(Ints x) { return x; }
template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab_scaled(const Ints* w, const int8_t* const* q, const Scale& scale, Ints* sum) {
  Ints part[T];
  for (size_t t = 0; t < T; ++t) part[t] = zero_ints();
  dot_slab<kMax, N, T>(w, q, part);
  for (size_t t = 0; t < T; ++t) {
    sum[t] = {vmlaq_s32(sum[t].lo, part[t].lo, scale.lo), vmlaq_s32(sum[t].hi, part[t].hi, scale.hi)};
  }
}

inline constexpr size_t kPanelSlabs = 1;

template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes(const Ints* const* w, const int8_t* const* q, Ints (*sum)[T]) {
  for (size_t s = 0; s < S; ++s) dot_slab<kMax, N, T>(w[s], q, sum[s]);
}
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes_scaled(const Ints* const* w, const int8_t* const* q, const Scale* scale,
                                       Ints (*sum)[T]) {
  for (size_t s = 0; s < S; ++s) dot_slab_scaled<kMax, N, T>(w[s], q, scale[s], sum[s]);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
