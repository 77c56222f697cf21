// What every ints.h needs before it. An ints.h gives kRows 32-bit lanes, one row of a weight matrix in each, and exact
// dot products of bytes; avx2/ints.h describes the functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/cpu/inline.h"
#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// body.operator()<0>() .. <N - 1>()
template <size_t... kIndex, class Body>
WC_ALWAYS_INLINE void for_each_of(std::index_sequence<kIndex...>, const Body& body) {
  (body.template operator()<kIndex>(), ...);
}
template <size_t N, class Body>
WC_ALWAYS_INLINE void for_each(const Body& body) {
  for_each_of(std::make_index_sequence<N>(), body);
}

// Tokens whose sums stay in registers, with weights up to kMax: beside a group from a panel, and beside one that is
// being unpacked. An ints.h may specialise them.
template <int kMax>
inline constexpr size_t kTileTokens = 4;
template <int kMax>
inline constexpr size_t kMostTileTokens = kTileTokens<kMax>;

// A table of 16 bytes, given as numbers modulo 256.
struct ByteTable16 {
  alignas(16) uint8_t at[16];
};
constexpr ByteTable16 byte_table(const int (&values)[16]) {
  ByteTable16 table{};
  for (size_t i = 0; i < 16; ++i) table.at[i] = static_cast<uint8_t>(values[i]);
  return table;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
