// IQ3_S: 256 elements in 110 bytes (3.4375 bits per weight): of each 4 elements an entry of a codebook of 512, and 4
// signs; of each 32 a 4-bit scale; one f16.
//
//   offset 0     f16      d
//   offset 2     u8[64]   low      low 8 bits of the indices
//   offset 66    u8[8]    high     ninth bits of the indices, of 32 elements each
//   offset 74    u8[32]   signs    of 8 elements each
//   offset 106   u8[4]    scales   of each 64 elements, the first 32 in the low 4 bits
//
// Element j = 32 g + 4 k + i (k: 0..7, i: 0..3):
//   index = low[8 g + k] | ((high[g] >> k) & 1) << 8
//   s     = (scales[g / 2] >> 4 (g % 2)) & 15
//   w[j]  = d * (2 s + 1) * grid[index][i], negated where bit 4 (k % 2) + i of signs[4 g + k / 2] is set
//
// Source: block_iq3_s of ggml (type 21 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ3_S {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t low[64];
    uint8_t high[8];
    uint8_t signs[32];
    uint8_t scales[4];
  };

  // |q| <= 31 * 15.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t scale = 2 * ((block.scales[group / 2] >> (4 * (group % 2))) & 15) + 1;
    const auto entry = [&](uint32_t k) {
      return kIq3SGrid.at[block.low[8 * group + k] | ((block.high[group] >> k) & 1) << 8];
    };
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      bytes[k] = iq3_s_values(entry(2 * k), entry(2 * k + 1), block.signs[4 * group + k]);
    }
    widen_scaled(bytes, scale, scale, q);
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ3_S>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
