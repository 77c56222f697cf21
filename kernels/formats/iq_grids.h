// The codebooks of the IQ formats, and what their headers share.
//
// An index names a vector of eight values (four in IQ3); a block stores indices, signs and small scales. All products
// are integers that fit 16 bits, times an f16 and a power of two: d * q is exact in a float, so that decode is unpack.
//
// The tables are defined once, in iq_grids.cpp, outside of the namespaces of instruction sets: they hold no code.
// Source: the tables of ggml, as tools/make_iq_grids.py packs them.
#pragma once

#include "kernels/formats/swar.h"

namespace wasmchord::kernels {

// Entries in the order in which lanes of 32 bits take them apart: the numbers of values 0 .. 3 in the low halves of
// four bytes, of values 4 .. 7, where there are eight, in the high halves.
template <size_t N>
struct IqGrid {
  uint32_t at[N];
};
// Eight values: 0, 1, 2 for 8, 25, 43.
extern const IqGrid<256> kIq2XxsGrid;
extern const IqGrid<512> kIq2XsGrid;
extern const IqGrid<1024> kIq2SGrid;
// Four values: 0 .. 7 for 4, 12, 20, 28, 36, 44, 52, 62.
extern const IqGrid<256> kIq3XxsGrid;
// Four values: 0 .. 7 for 1, 3 .. 15.
extern const IqGrid<512> kIq3SGrid;
// Eight values: 0, 1, 2 for -1, 0, 1. IQ1_S and IQ1_M.
extern const IqGrid<2048> kIq1Grid;

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

// The numbers of an entry of eight values, of two entries of four: one to a byte.
inline uint64_t iq_eight(uint32_t entry) {
  return (entry & 0x0f0f0f0fu) | static_cast<uint64_t>(entry & 0xf0f0f0f0u) << 28;
}
inline uint64_t iq_two_fours(uint32_t first, uint32_t second) { return first | static_cast<uint64_t>(second) << 32; }

// The eight values of an entry as bytes, negated where the bit of signs is set.
inline uint64_t iq2_values(uint32_t entry, uint32_t signs) {
  const uint64_t n = iq_eight(entry);
  return negate_bytes(8 * kOnes + 17 * n + ((n >> 1) & kOnes), signs);
}

// The same of two entries of four values.
inline uint64_t iq3_xxs_values(uint32_t first, uint32_t second, uint32_t signs) {
  const uint64_t n = iq_two_fours(first, second);
  const uint64_t seven = ((n + kOnes) >> 3) & kOnes;
  return negate_bytes(4 * kOnes + 8 * n + 2 * seven, signs);
}

inline uint64_t iq3_s_values(uint32_t first, uint32_t second, uint32_t signs) {
  return negate_bytes(2 * iq_two_fours(first, second) + kOnes, signs);
}

// 8 * value i of the entry + delta, |delta| = 1: the offsets of IQ1 are eighths.
inline uint64_t iq1_values(uint32_t entry, int32_t delta) {
  return minus(8 * iq_eight(entry), static_cast<uint64_t>(8 - delta));
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
