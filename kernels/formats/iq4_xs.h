// IQ4_XS: 256 elements in 136 bytes (4.25 bits per weight): 4-bit indices into the values of IQ4_NL, a signed 6-bit
// scale for each 32 elements, one f16.
//
//   offset 0   f16       d
//   offset 2   u16       scales_h: bits 2 g and 2 g + 1 = bits 4 and 5 of scale g
//   offset 4   u8[4]     scales_l: low 4 bits of scale g in byte g / 2, bits 4 (g % 2) on
//   offset 8   u8[128]   qs: byte 16 g + l = element 32 g + l in bits 0..3, element 32 g + l + 16 in bits 4..7
//
//   w[32 g + l] = d * (scale[g] - 32) * kIq4Values[nibble]
//
// Source: block_iq4_xs of ggml (type 23 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_values.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ4_XS {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t scales_h[2];
    uint8_t scales_l[4];
    uint8_t qs[128];
  };

  // The scale is multiplied in: |q| <= 32 * 127.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t step = scale(block, group);
    for (uint32_t l = 0; l < 16; ++l) {
      q[l] = static_cast<int16_t>(step * kIq4Values[block.qs[16 * group + l] & 15]);
      q[l + 16] = static_cast<int16_t>(step * kIq4Values[block.qs[16 * group + l] >> 4]);
    }
    return f16_to_f32(load_u16(block.d));
  }

  // d * scale first: it decides the sign of the zeros.
  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t j = 0; j < 128; ++j) {
      const float step = d * static_cast<float>(scale(block, j / 16));
      float* pair = out + 32 * (j / 16) + j % 16;
      pair[0] = step * static_cast<float>(kIq4Values[block.qs[j] & 15]);
      pair[16] = step * static_cast<float>(kIq4Values[block.qs[j] >> 4]);
    }
  }

 private:
  // scale - 32
  static int32_t scale(const Block& block, uint32_t group) {
    const int32_t low = (block.scales_l[group / 2] >> (4 * (group % 2))) & 15;
    const int32_t high = (load_u16(block.scales_h) >> (2 * group)) & 3;
    return (low | high << 4) - 32;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
