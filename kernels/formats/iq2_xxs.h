// IQ2_XXS: 256 elements in 66 bytes (2.0625 bits per weight): of each 8 elements an entry of a codebook of 256, and 7
// signs; of each 32 a 4-bit scale; one f16.
//
//   offset 0     f16      d
//   offset 2     8 groups of 32 elements, each
//                u8[4]    index
//                u32      signs    7 bits of each 8 elements from the lowest, then 4 bits: the scale s
//
// Element j = 32 g + 8 k + i (k: 0..3, i: 0..7), by the index and signs of eight k in group g:
//   w[j] = d / 8 * (2 s + 1) * grid[index][i], negated where bit i of the signs is set; the eighth sign makes their
//   number even
//
// Source: block_iq2_xxs of ggml (type 16 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ2_XXS {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t groups[64];
  };

  // |q| <= 31 * 43.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint8_t* index = block.groups + 8 * group;
    const uint32_t signs = iq_word(index + 4);
    const auto scale = static_cast<int32_t>(2 * (signs >> 28) + 1);
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      bytes[k] = iq2_values(kIq2XxsGrid.at[index[k]], iq_even_signs((signs >> (7 * k)) & 127));
    }
    widen_scaled(bytes, scale, scale, q);
    return f16_to_f32(load_u16(block.d)) * 0.125f;
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ2_XXS>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
