// Eight small numbers as the bytes of one word, the first lowest: what a format packs tighter is spread, turned into
// values and negated eight at a time on every processor, and widened with a scale at the end.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr uint64_t kOnes = 0x0101010101010101u;

// 8 numbers of 2 bits.
inline uint64_t spread_2bit(uint64_t x) {
  x = (x | x << 24) & 0x000000ff000000ffu;
  x = (x | x << 12) & 0x000f000f000f000fu;
  return (x | x << 6) & 0x0303030303030303u;
}
// 8 bits, as 0 and 1.
inline uint64_t spread_bit(uint64_t bits) {
  const uint64_t each = (bits & 255u) * kOnes & 0x8040201008040201u;
  return ((each + 0x7f * kOnes) >> 7) & kOnes;
}
// v - c for bytes below 128 and 1 <= c <= 127, signed.
inline uint64_t minus(uint64_t v, uint64_t c) { return (v + (0x80 - c) * kOnes) ^ 0x80 * kOnes; }
// Bytes 1 .. 127, negated where the bit is set.
inline uint64_t negate_bytes(uint64_t v, uint64_t bits) {
  const uint64_t set = spread_bit(bits);
  return (v ^ set * 255) + set;
}

// q[i] = scale * signed byte i of 32: scale0 for the first 16, scale1 for the others. The products fit 16 bits. An
// instruction set's vec.h may have a function of its own for int16_t, which then is the better match.
template <class Int16>
void widen_scaled(const uint64_t* bytes, int32_t scale0, int32_t scale1, Int16* q) {
  int8_t v[32];
  std::memcpy(v, bytes, sizeof v);
  for (int i = 0; i < 16; ++i) q[i] = static_cast<Int16>(scale0 * v[i]);
  for (int i = 16; i < 32; ++i) q[i] = static_cast<Int16>(scale1 * v[i]);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
