// The codebooks of the IQ formats, and what their headers share.
//
// An index names a vector of eight values (four in IQ3); a block stores indices, signs and small scales. All products
// are integers that fit 16 bits, times an f16 and a power of two: d * q is exact in a float, so that decode is unpack.
//
// The tables are defined once, in iq_grids.cpp, outside of the namespaces of instruction sets: they hold no code.
// Source: the tables of ggml, as tools/make_iq_grids.py packs them.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {

// Eight values of 2 bits, the first lowest: 0, 1, 2 for 8, 25, 43.
extern const uint16_t kIq2XxsGrid[256];
extern const uint16_t kIq2XsGrid[512];
extern const uint16_t kIq2SGrid[1024];
// Four values of 4 bits: 0 .. 7 for 4, 12, 20, 28, 36, 44, 52, 62.
extern const uint16_t kIq3XxsGrid[256];
// Four values of 4 bits: 0 .. 7 for 1, 3 .. 15.
extern const uint16_t kIq3SGrid[512];
// Eight values of 2 bits: 0, 1, 2 for -1, 0, 1. IQ1_S and IQ1_M.
extern const uint16_t kIq1Grid[2048];

inline namespace WC_ISA_NAME {

inline uint32_t iq_word(const uint8_t* p) {
  uint32_t bits;
  std::memcpy(&bits, p, sizeof bits);
  return bits;
}

// Seven signs and an eighth that makes their number even.
inline uint32_t iq_even_signs(uint32_t seven) {
  const uint32_t folded = (seven ^ (seven >> 4)) & 15u;
  return seven | ((0x6996u >> folded) & 1u) << 7;
}

// x, negated where the bit is set.
inline int16_t iq_signed(int32_t x, uint32_t signs, uint32_t bit) {
  return static_cast<int16_t>(((signs >> bit) & 1u) != 0 ? -x : x);
}

// q[i] = scale * value i of the entry, negated where bit i of signs is set.
inline void iq2_expand(uint32_t entry, uint32_t signs, int32_t scale, int16_t* q) {
  for (uint32_t i = 0; i < 8; ++i) {
    const int32_t n = static_cast<int32_t>((entry >> (2 * i)) & 3u);
    q[i] = iq_signed(scale * (8 + 17 * n + (n >> 1)), signs, i);
  }
}

inline void iq3_xxs_expand(uint32_t entry, uint32_t signs, int32_t scale, int16_t* q) {
  for (uint32_t i = 0; i < 4; ++i) {
    const int32_t n = static_cast<int32_t>((entry >> (4 * i)) & 7u);
    q[i] = iq_signed(scale * (4 + 8 * n + (n == 7 ? 2 : 0)), signs, i);
  }
}

inline void iq3_s_expand(uint32_t entry, uint32_t signs, int32_t scale, int16_t* q) {
  for (uint32_t i = 0; i < 4; ++i) {
    const int32_t n = static_cast<int32_t>((entry >> (4 * i)) & 7u);
    q[i] = iq_signed(scale * (2 * n + 1), signs, i);
  }
}

// q[i] = scale * (8 * value i of the entry + delta): the offsets of IQ1 are eighths.
inline void iq1_expand(uint32_t entry, int32_t delta, int32_t scale, int16_t* q) {
  for (uint32_t i = 0; i < 8; ++i) {
    const int32_t n = static_cast<int32_t>((entry >> (2 * i)) & 3u);
    q[i] = static_cast<int16_t>(scale * (8 * (n - 1) + delta));
  }
}

// decode of a format whose unpack is exact.
template <class Format>
inline void iq_decode(const typename Format::Block& block, float* out) {
  for (uint32_t group = 0; group < Format::kBlockLen / 32; ++group) {
    int16_t q[32];
    const float d = Format::unpack(block, group, q);
    for (uint32_t i = 0; i < 32; ++i) out[32 * group + i] = d * static_cast<float>(q[i]);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
