// IQ1_S: 256 elements in 50 bytes (1.5625 bits per weight): of each 8 elements an entry of a codebook of 2048; of each
// 32 a 3-bit scale and the sign of an offset; one f16.
//
//   offset 0     f16      d
//   offset 2     u8[32]   low      low 8 bits of the indices
//   offset 34    u16[8]   high     of 32 elements: 4 times the high 3 bits of an index; 3 bits: the scale s; sign of
//   delta
//
// Element j = 32 g + 8 k + i (k: 0..3, i: 0..7):
//   index = low[4 g + k] | ((high[g] >> 3 k) & 7) << 8
//   w[j]  = d * (2 s + 1) * (grid[index][i] + delta), delta = 1/8 or -1/8
//
// Source: block_iq1_s of ggml (type 19 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ1_S {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t low[32];
    uint8_t high[16];
  };

  // |q| <= 15 * 9.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t high = load_u16(block.high + 2 * group);
    const int32_t scale = 2 * ((high >> 12) & 7) + 1;
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      const int32_t index = block.low[4 * group + k] | ((high >> (3 * k)) & 7) << 8;
      bytes[k] = iq1_values(kIq1Grid.at[index], (high >> 15) != 0 ? -1 : 1);
    }
    widen_scaled(bytes, scale, scale, q);
    return f16_to_f32(load_u16(block.d)) * 0.125f;
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ1_S>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
