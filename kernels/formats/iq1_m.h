// IQ1_M: 256 elements in 56 bytes (1.75 bits per weight): of each 8 elements an entry of a codebook of 2048 and the
// sign of an offset; of each 16 a 3-bit scale; one f16, its bits spread.
//
//   offset 0     u8[32]   low      low 8 bits of the indices
//   offset 32    u8[16]   high     4 bits of each 8 elements: high 3 bits of the index, sign of delta
//   offset 48    u16[4]   scales   of 64 elements: 4 times 3 bits; on top 4 bits of d, its lowest in scales[0]
//
// Element j = 32 g + 8 k + i (k: 0..3, i: 0..7):
//   h     = (high[2 g + k / 2] >> 4 (k % 2)) & 15
//   index = low[4 g + k] | (h & 7) << 8
//   s     = (scales[g / 2] >> (6 (g % 2) + 3 (k / 2))) & 7
//   w[j]  = d * (2 s + 1) * (grid[index][i] + delta), delta = -1/8 where h & 8, else 1/8
//
// Source: block_iq1_m of ggml (type 29 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ1_M {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t low[32];
    uint8_t high[16];
    uint8_t scales[8];
  };

  // |q| <= 15 * 9.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t scales = load_u16(block.scales + 2 * (group / 2)) >> (6 * (group % 2));
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      const int32_t h = block.high[2 * group + k / 2] >> (4 * (k % 2));
      const int32_t index = block.low[4 * group + k] | (h & 7) << 8;
      bytes[k] = iq1_values(kIq1Grid.at[index], (h & 8) != 0 ? -1 : 1);
    }
    widen_scaled(bytes, 2 * (scales & 7) + 1, 2 * ((scales >> 3) & 7) + 1, q);
    return f16_to_f32(super_scale(block)) * 0.125f;
  }

  // The bits of d.
  static uint16_t super_scale(const Block& block) {
    uint32_t d = 0;
    for (uint32_t i = 0; i < 4; ++i) d |= (static_cast<uint32_t>(load_u16(block.scales + 2 * i)) >> 12) << (4 * i);
    return static_cast<uint16_t>(d);
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ1_M>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
