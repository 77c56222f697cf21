// IQ2_XS: 256 elements in 74 bytes (2.3125 bits per weight): of each 8 elements an entry of a codebook of 512, and 7
// signs; of each 16 a 4-bit scale; one f16.
//
//   offset 0     f16      d
//   offset 2     u16[32]  codes    9 bits: index; 7 bits: signs
//   offset 66    u8[8]    scales   of each 32 elements, the first 16 in the low 4 bits
//
// Element j = 32 g + 8 k + i (k: 0..3, i: 0..7), with code 4 g + k:
//   s    = (scales[g] >> 4 (k / 2)) & 15
//   w[j] = d / 8 * (2 s + 1) * grid[index][i], negated where bit i of the signs is set; the eighth sign makes their
//   number even
//
// Source: block_iq2_xs of ggml (type 17 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ2_XS {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t codes[64];
    uint8_t scales[8];
  };

  // |q| <= 31 * 43.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) {
      const uint32_t code = load_u16(block.codes + 8 * group + 2 * k);
      bytes[k] = iq2_values(kIq2XsGrid.at[code & 511], iq_even_signs(code >> 9));
    }
    const int32_t scales = block.scales[group];
    widen_scaled(bytes, 2 * (scales & 15) + 1, 2 * (scales >> 4) + 1, q);
    return f16_to_f32(load_u16(block.d)) * 0.125f;
  }

  static void decode(const Block& block, float* out) { iq_decode<IQ2_XS>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
