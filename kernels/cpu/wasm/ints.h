// Eight 32-bit lanes in two 128-bit vectors of WebAssembly, as avx2/ints.h describes them.
//
// Bytes are extended to 16 bits for i32x4.dot_i16x8, which adds pairs: two sums for each row, added crosswise at the
// end. For unsigned bytes up to 127 relaxed SIMD has one instruction, exact on every engine, since sums of two products
// stay below 2^15. Of bytes of either sign it could take the low 7 bits and the sign apart, but measured in V8 on
// x86-64 in GMAC/s that gives 15 to 35, and the extension 26 to 31.
#pragma once

#include <cstring>

#include "kernels/cpu/ints_inl.h"
#include "kernels/cpu/wasm/vec.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr size_t kRows = 8;

struct Ints {
  v128_t lo, hi;  // rows 0..3, 4..7
};
using IntPairs = Ints;
using Floats = F32x8;

WC_ALWAYS_INLINE Ints load_ints(const void* p) {
  const auto* bytes = static_cast<const uint8_t*>(p);
  return {wasm_v128_load(bytes), wasm_v128_load(bytes + 16)};
}
WC_ALWAYS_INLINE Ints widened(v128_t words) {
  return {wasm_u32x4_extend_low_u16x8(words), wasm_u32x4_extend_high_u16x8(words)};
}
WC_ALWAYS_INLINE Ints load_words(const void* p) { return widened(wasm_v128_load(p)); }
WC_ALWAYS_INLINE Ints load_bytes(const void* p) { return widened(wasm_u16x8_load8x8(p)); }
WC_ALWAYS_INLINE Floats load_halves(const void* p) { return load_f16(p); }
WC_ALWAYS_INLINE Ints splat(int x) { return {wasm_i32x4_splat(x), wasm_i32x4_splat(x)}; }
WC_ALWAYS_INLINE Ints zero_ints() { return splat(0); }
WC_ALWAYS_INLINE Ints splat_bytes(int x) {
  const v128_t bytes = wasm_i8x16_splat(static_cast<int8_t>(x));
  return {bytes, bytes};
}
WC_ALWAYS_INLINE Floats splat_float(float x) { return set1(x); }
WC_ALWAYS_INLINE Floats zero_floats() { return zero(); }

WC_ALWAYS_INLINE Ints operator&(Ints a, Ints b) { return {wasm_v128_and(a.lo, b.lo), wasm_v128_and(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator|(Ints a, Ints b) { return {wasm_v128_or(a.lo, b.lo), wasm_v128_or(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator+(Ints a, Ints b) { return {wasm_i32x4_add(a.lo, b.lo), wasm_i32x4_add(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints operator-(Ints a, Ints b) { return {wasm_i32x4_sub(a.lo, b.lo), wasm_i32x4_sub(a.hi, b.hi)}; }
WC_ALWAYS_INLINE Ints add_bytes(Ints a, Ints b) { return {wasm_i8x16_add(a.lo, b.lo), wasm_i8x16_add(a.hi, b.hi)}; }
template <size_t n>
WC_ALWAYS_INLINE Ints shift_left(Ints x) {
  return {wasm_i32x4_shl(x.lo, n), wasm_i32x4_shl(x.hi, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right(Ints x) {
  return {wasm_u32x4_shr(x.lo, n), wasm_u32x4_shr(x.hi, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right_signed(Ints x) {
  return {wasm_i32x4_shr(x.lo, n), wasm_i32x4_shr(x.hi, n)};
}
WC_ALWAYS_INLINE IntPairs multiply_pairs(IntPairs x, int factor) {
  const v128_t words = wasm_i16x8_splat(static_cast<int16_t>(factor));
  return {wasm_i16x8_mul(x.lo, words), wasm_i16x8_mul(x.hi, words)};
}
WC_ALWAYS_INLINE Floats to_floats(Ints x) { return {wasm_f32x4_convert_i32x4(x.lo), wasm_f32x4_convert_i32x4(x.hi)}; }
WC_ALWAYS_INLINE Floats as_floats(Ints bits) { return {bits.lo, bits.hi}; }
WC_ALWAYS_INLINE Floats negated(Floats x) { return {wasm_f32x4_neg(x.lo), wasm_f32x4_neg(x.hi)}; }
WC_ALWAYS_INLINE void store_rows(float* p, Floats x, size_t n) {
  if (n == kRows) return store(p, x);
  float lanes[kRows];
  store(lanes, x);
  for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
}

WC_ALWAYS_INLINE Ints spread_bits(Ints x) {
  const Ints bits = x & splat(15);
  const v128_t factor = wasm_i32x4_splat(0x00204081);  // moves bit i to 8 i
  return Ints{wasm_i32x4_mul(bits.lo, factor), wasm_i32x4_mul(bits.hi, factor)} & splat_bytes(1);
}

using Table16 = v128_t;
WC_ALWAYS_INLINE Table16 load_table(const ByteTable16& table) { return wasm_v128_load(table.at); }
WC_ALWAYS_INLINE Ints look_up(Table16 table, Ints x) {
  return {wasm_i8x16_swizzle(table, x.lo), wasm_i8x16_swizzle(table, x.hi)};
}

WC_ALWAYS_INLINE v128_t gather_words(const uint32_t* table, v128_t index) {
  v128_t x = wasm_v128_load32_zero(table + wasm_i32x4_extract_lane(index, 0));
  x = wasm_v128_load32_lane(table + wasm_i32x4_extract_lane(index, 1), x, 1);
  x = wasm_v128_load32_lane(table + wasm_i32x4_extract_lane(index, 2), x, 2);
  return wasm_v128_load32_lane(table + wasm_i32x4_extract_lane(index, 3), x, 3);
}
WC_ALWAYS_INLINE Ints gather_words(const uint32_t* table, Ints index) {
  return {gather_words(table, index.lo), gather_words(table, index.hi)};
}

WC_ALWAYS_INLINE void interleave_16(const uint8_t* const* rows, size_t offset, uint8_t* out) {
  for (size_t r = 0; r < kRows; r += 4) {
    v128_t row[4];
    for (size_t i = 0; i < 4; ++i) row[i] = wasm_v128_load(rows[r + i] + offset);
    transpose_4x4(row[0], row[1], row[2], row[3]);
    for (size_t k = 0; k < 4; ++k) wasm_v128_store(out + 4 * (kRows * k + r), row[k]);
  }
}

WC_ALWAYS_INLINE Ints dot_sums(IntPairs x, const int16_t* sums, Ints sum) {
  const v128_t factors = wasm_v128_load32_splat(sums);
  return sum + Ints{wasm_i32x4_dot_i16x8(x.lo, factors), wasm_i32x4_dot_i16x8(x.hi, factors)};
}

inline constexpr int kByteOffset = 0;
WC_ALWAYS_INLINE Ints biased(Ints bytes) { return bytes; }

// The largest byte that the relaxed instruction multiplies.
#if defined(__wasm_relaxed_simd__)
inline constexpr int kRelaxedMax = 127;
#else
inline constexpr int kRelaxedMax = 0;
#endif
// Of sums in two parts more would not stay in the 16 registers that an engine has on x86-64: a quarter slower in V8.
template <int kMax>
requires(kMax > kRelaxedMax) inline constexpr size_t kTileTokens<kMax> = 2;

// By extension to 16 bits: sums of each row in two lanes, added crosswise at the end.
template <size_t N, size_t T>
WC_ALWAYS_INLINE void dot_extended(const Ints* w, const int8_t* const* q, Ints* sum) {
  v128_t part[T][4];
  for (size_t k = 0; k < N; ++k) {
    const v128_t words[4] = {wasm_i16x8_extend_low_i8x16(w[k].lo), wasm_i16x8_extend_high_i8x16(w[k].lo),
                             wasm_i16x8_extend_low_i8x16(w[k].hi), wasm_i16x8_extend_high_i8x16(w[k].hi)};
    for (size_t t = 0; t < T; ++t) {
      const v128_t x = wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(q[t] + 4 * k));
      for (size_t i = 0; i < 4; ++i) {
        const v128_t products = wasm_i32x4_dot_i16x8(words[i], x);
        part[t][i] = k == 0 ? products : wasm_i32x4_add(part[t][i], products);
      }
    }
  }
  const auto crosswise = [](v128_t a, v128_t b) WC_INLINE_LAMBDA {
    return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
  };
  for (size_t t = 0; t < T; ++t) {
    sum[t] = sum[t] + Ints{crosswise(part[t][0], part[t][1]), crosswise(part[t][2], part[t][3])};
  }
}

#if defined(__wasm_relaxed_simd__)
// A single token has two chains of sums for each register of rows, since products take several cycles.
template <size_t N, size_t T>
WC_ALWAYS_INLINE void dot_relaxed(const Ints* w, const int8_t* const* q, Ints* sum) {
  constexpr size_t kChains = T == 1 ? 2 : 1;
  Ints chain[kChains][T];
  for (size_t t = 0; t < T; ++t) chain[0][t] = sum[t], chain[kChains - 1][t] = kChains == 1 ? sum[t] : zero_ints();
  for (size_t k = 0; k < N; ++k) {
    for (size_t t = 0; t < T; ++t) {
      const v128_t x = wasm_v128_load32_splat(q[t] + 4 * k);
      Ints& to = chain[k % kChains][t];
      to = {wasm_i32x4_relaxed_dot_i8x16_i7x16_add(x, w[k].lo, to.lo),
            wasm_i32x4_relaxed_dot_i8x16_i7x16_add(x, w[k].hi, to.hi)};
    }
  }
  for (size_t t = 0; t < T; ++t) sum[t] = kChains == 1 ? chain[0][t] : chain[0][t] + chain[kChains - 1][t];
}
#endif

template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab(const Ints* w, const int8_t* const* q, Ints* sum) {
  if constexpr (kMax > kRelaxedMax) {
    dot_extended<N, T>(w, q, sum);
  } else {
#if defined(__wasm_relaxed_simd__)
    dot_relaxed<N, T>(w, q, sum);
#endif
  }
}

using Scale = Ints;
WC_ALWAYS_INLINE Scale make_scale(Ints x) { return x; }
template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab_scaled(const Ints* w, const int8_t* const* q, Scale scale, Ints* sum) {
  Ints part[T];
  for (size_t t = 0; t < T; ++t) part[t] = zero_ints();
  dot_slab<kMax, N, T>(w, q, part);
  for (size_t t = 0; t < T; ++t) {
    sum[t] = sum[t] + Ints{wasm_i32x4_mul(part[t].lo, scale.lo), wasm_i32x4_mul(part[t].hi, scale.hi)};
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
