// What a weight format is, and the half-precision conversions that formats share.
//
// A format is a struct named as in formats.def:
//   kBlockLen                                elements of one block
//   Block                                    the bytes of one block; byte-aligned, as in the file (little-endian)
//   static void decode(const Block&, float* out)          out[kBlockLen], bit-exact
//   static void encode(const float* x, Block&)            optional: x[kBlockLen] -> block
//   static float unpack(const Block&, uint32_t group, int16_t* q)
//                                            optional: the 32 elements from 32 * group as w = d * q; returns d, q[32].
//                                            Its presence selects q8 activations and integer dot products.
//   static void unpack_halves(const Block&, uint32_t group, int16_t* q, float* d)
//                                            instead of unpack, where halves of a group have scales of their own:
//                                            w = d[i / 16] * q for element i of the group.
//   static float unpack_min(const Block&, uint32_t group, int16_t* m)
//                                            optional: w = d * q + e * m[i / 16] for element i of the group; returns e,
//                                            m[2].
//
// Everything here is compiled once per instruction set: the inline namespace keeps the copies apart, so that the linker
// can never run a copy made for one CPU on another (see ../README.md).
#pragma once

#include <cfloat>
#include <cstdint>
#include <cstring>

#ifndef WC_ISA_NAME
#define WC_ISA_NAME portable
#endif

static_assert(FLT_EVAL_METHOD == 0, "float operations must round to float: results are bit-exact by contract");

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline uint32_t float_bits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float bits_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

inline uint16_t load_u16(const void* p) {
  uint16_t bits;
  std::memcpy(&bits, p, sizeof bits);
  return bits;
}

inline void store_u16(void* p, uint16_t bits) { std::memcpy(p, &bits, sizeof bits); }

// IEEE binary16 -> binary32, exact. A NaN keeps sign and payload and becomes quiet, as F16C does.
inline float f16_to_f32(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t magnitude = h & 0x7fffu;
  uint32_t bits;
  if (magnitude >= 0x7c00u) {  // infinity, NaN
    bits = 0x7f800000u | (magnitude << 13) | (magnitude > 0x7c00u ? 0x00400000u : 0u);
  } else if (magnitude >= 0x0400u) {  // normal: exponent bias 15 -> 127
    bits = (magnitude << 13) + ((127u - 15u) << 23);
  } else {  // m * 2^-24 = (2^-14 + m * 2^-24) - 2^-14, all of them normal floats
    bits = float_bits(bits_float(0x38800000u + (magnitude << 13)) - bits_float(0x38800000u));
  }
  return bits_float(bits | sign);
}

// binary32 -> IEEE binary16, round half to even; too large becomes infinity. A NaN keeps sign and the upper payload
// bits and becomes quiet, as F16C does.
inline uint16_t f32_to_f16(float x) {
  uint32_t bits = float_bits(x);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  bits &= 0x7fffffffu;
  uint32_t h;
  if (bits > 0x7f800000u) {
    h = 0x7e00u | ((bits >> 13) & 0x03ffu);
  } else if (bits >= 0x47800000u) {  // >= 2^16
    h = 0x7c00u;
  } else if (bits < 0x38800000u) {  // < 2^-14: the sum with 0.5 rounds at 2^-24, the step of f16 subnormals
    h = float_bits(bits_float(bits) + 0.5f) - 0x3f000000u;
  } else {  // half to even at bit 13, then exponent bias 127 -> 15
    h = (bits + 0x0fffu + ((bits >> 13) & 1u) - ((127u - 15u) << 23)) >> 13;
  }
  return static_cast<uint16_t>(sign | h);
}

inline float bf16_to_f32(uint16_t b) { return bits_float(static_cast<uint32_t>(b) << 16); }

// Round half to even; a NaN keeps sign and the upper payload bits and becomes quiet.
inline uint16_t f32_to_bf16(float x) {
  const uint32_t bits = float_bits(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Whether the magnitude bits are those of a number (not infinity, not NaN).
inline bool is_finite(float x) { return (float_bits(x) & 0x7f800000u) != 0x7f800000u; }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
