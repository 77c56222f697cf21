// The canonical dot product: element i goes to lane i % 16, held as two vectors of eight; the tail is padded with
// zeros.
#pragma once

// Included after the ISA's vec.h.
#include "kernels/cpu/inline.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr size_t kLanes = 16;

// Asks for the cache line of p, which may lie anywhere: past the end of a matrix too. Inlined at once, or GCC takes it
// for a function without effects and drops the call.
WC_ALWAYS_INLINE void prefetch(const void* p) {
#if defined(__GNUC__) && !defined(__wasm__)
  __builtin_prefetch(p);
#else
  (void)p;
#endif
}
// Bytes ahead of what is used that a stream of weights is asked for: the hardware's own prefetching stops at the ends
// of pages.
inline constexpr size_t kPrefetchAhead = 4096;

// The first n < 8 elements, then zeros.
inline F32x8 load_n(const float* p, size_t n) {
  float padded[8] = {};
  for (size_t i = 0; i < n; ++i) padded[i] = p[i];
  return load(padded);
}
inline void store_n(float* p, const F32x8& x, size_t n) {
  float lanes[8];
  store(lanes, x);
  for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// How a row of a type that needs no blocks is read as floats, eight at a time from element i.
struct F32Row {
  static constexpr size_t kBytes = 4;
  static F32x8 load8(const uint8_t* row, size_t i) { return load(reinterpret_cast<const float*>(row + i * kBytes)); }
};
struct F16Row {
  static constexpr size_t kBytes = 2;
  static F32x8 load8(const uint8_t* row, size_t i) { return load_f16(row + i * kBytes); }
};
struct BF16Row {
  static constexpr size_t kBytes = 2;
  static F32x8 load8(const uint8_t* row, size_t i) { return load_bf16(row + i * kBytes); }
};

// Elements i .. i + n - 1 (n < 8), then zeros.
template <class Row>
F32x8 load_tail(const uint8_t* row, size_t i, size_t n) {
  alignas(8) uint8_t padded[8 * Row::kBytes] = {};
  for (size_t b = 0; b < n * Row::kBytes; ++b) padded[b] = row[i * Row::kBytes + b];
  return Row::load8(padded, 0);
}

// Runs body(lo, i) on lanes 0..7 and body(hi, i) on lanes 8..15 is what every reduction below does; `tail` is the
// number of elements of the last, partial group that falls into a half.
inline size_t tail_of_half(size_t rest, size_t half) {
  const size_t begin = half * 8;
  return rest <= begin ? 0 : rest - begin < 8 ? rest - begin : 8;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
