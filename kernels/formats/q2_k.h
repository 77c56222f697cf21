// Q2_K: 256 elements in 84 bytes (2.625 bits per weight): 2-bit integers, 4-bit scales and minima of 16 elements each.
//
//   offset 0    u8[16]   scales: byte s = scale of elements 16 s .. in bits 0..3, their minimum in bits 4..7
//   offset 16   u8[64]   qs: byte 32 h + l = element 128 h + 32 g + l in bits 2 g, 2 g + 1 (g: 0..3, l: 0..31)
//   offset 80   f16      d
//   offset 82   f16      dmin
//
//   w[j] = d * scale * q - dmin * minimum
//
// Source: block_q2_K of ggml (type 10 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q2_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t scales[16];
    uint8_t qs[64];
    uint8_t d[2];
    uint8_t dmin[2];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) {
      q[l] = static_cast<int16_t>((block.scales[2 * group + l / 16] & 15) * two_bits(block, group, l));
    }
    return f16_to_f32(load_u16(block.d));
  }
  static float unpack_min(const Block& block, uint32_t group, int16_t* m) {
    for (uint32_t half = 0; half < 2; ++half) m[half] = block.scales[2 * group + half] >> 4;
    return -f16_to_f32(load_u16(block.dmin));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d)), dmin = f16_to_f32(load_u16(block.dmin));
    for (uint32_t j = 0; j < 256; ++j) {
      const uint8_t scale = block.scales[j / 16];
      const float step = d * static_cast<float>(scale & 15), minimum = dmin * static_cast<float>(scale >> 4);
      out[j] = step * static_cast<float>(two_bits(block, j / 32, j % 32)) - minimum;
    }
  }

 private:
  static int32_t two_bits(const Block& block, uint32_t group, uint32_t l) {
    return (block.qs[32 * (group / 4) + l] >> (2 * (group % 4))) & 3;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
