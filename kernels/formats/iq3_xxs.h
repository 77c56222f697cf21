// IQ3_XXS: 256 elements in 98 bytes (3.0625 bits per weight): of each 4 elements an entry of a codebook of 256; of each
// 8 7 signs; of each 32 a 4-bit scale; one f16.
//
//   offset 0     f16      d
//   offset 2     u8[64]   index
//   offset 66    u32[8]   signs    of 32 elements: 7 bits of each 8 from the lowest, then 4 bits: the scale s
//
// Element j = 32 g + 4 k + i (k: 0..7, i: 0..3):
//   w[j] = d / 4 * (2 s + 1) * grid[index[8 g + k]][i], negated where bit 4 (k % 2) + i of signs k / 2 is set; the
//   eighth sign makes their number even
//
// Source: block_iq3_xxs of ggml (type 18 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ3_XXS {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t index[64];
    uint8_t signs[32];
  };

  // |q| <= 31 * 62.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint32_t signs = iq_word(block.signs + 4 * group);
    const auto scale = static_cast<int32_t>(2 * (signs >> 28) + 1);
    const uint8_t* index = block.index + 8 * group;
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      const uint32_t eight = iq_even_signs((signs >> (7 * k)) & 127);
      bytes[k] = iq3_xxs_values(kIq3XxsGrid.at[index[2 * k]], kIq3XxsGrid.at[index[2 * k + 1]], eight);
    }
    widen_scaled(bytes, scale, scale, q);
    return f16_to_f32(load_u16(block.d)) * 0.25f;
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ3_XXS>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
