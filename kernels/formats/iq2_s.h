// IQ2_S: 256 elements in 82 bytes (2.5625 bits per weight): of each 8 elements an entry of a codebook of 1024, and 8
// signs; of each 16 a 4-bit scale; one f16.
//
//   offset 0     f16      d
//   offset 2     u8[32]   low      low 8 bits of the indices
//   offset 34    u8[32]   signs
//   offset 66    u8[8]    high     high 2 bits of the indices, of 32 elements each
//   offset 74    u8[8]    scales   of each 32 elements, the first 16 in the low 4 bits
//
// Element j = 32 g + 8 k + i (k: 0..3, i: 0..7):
//   index = low[4 g + k] | ((high[g] >> 2 k) & 3) << 8
//   s     = (scales[g] >> 4 (k / 2)) & 15
//   w[j]  = d / 8 * (2 s + 1) * grid[index][i], negated where bit i of signs[4 g + k] is set
//
// Source: block_iq2_s of ggml (type 22 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ2_S {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t low[32];
    uint8_t signs[32];
    uint8_t high[8];
    uint8_t scales[8];
  };

  // |q| <= 31 * 43.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      const int32_t index = block.low[4 * group + k] | ((block.high[group] >> (2 * k)) & 3) << 8;
      bytes[k] = iq2_values(kIq2SGrid.at[index], block.signs[4 * group + k]);
    }
    const int32_t scales = block.scales[group];
    widen_scaled(bytes, 2 * (scales & 15) + 1, 2 * (scales >> 4) + 1, q);
    return f16_to_f32(load_u16(block.d)) * 0.125f;
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ2_S>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
