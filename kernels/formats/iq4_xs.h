// IQ4_XS: 256 elements in 136 bytes (4.25 bits per weight): 4-bit indices into IQ4_NL's table, 6-bit scales of 32
// elements each, one f16.
//
//   offset 0   f16       d
//   offset 2   u16       scales_h: high 2 bits of the scale of group g in bits 2 g, 2 g + 1
//   offset 4   u8[4]     scales_l: low 4 bits of the scales of groups 2 i and 2 i + 1 in bits 0..3 and 4..7 of byte i
//   offset 8   u8[128]   qs: byte 16 g + j = element 32 g + j in bits 0..3, element 32 g + j + 16 in bits 4..7
//
//   w[j] = d * (scale - 32) * iq4_value(nibble)
//
// Source: block_iq4_xs of ggml (type 23 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"
#include "kernels/formats/iq4_nl.h"

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

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t step = scale(block, group);
    for (uint32_t j = 0; j < 16; ++j) {
      const uint8_t pair = block.qs[16 * group + j];
      q[j] = static_cast<int16_t>(step * iq4_value(pair & 15));
      q[j + 16] = static_cast<int16_t>(step * iq4_value(pair >> 4));
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t group = 0; group < 8; ++group) {
      const float step = d * static_cast<float>(scale(block, group));
      for (uint32_t j = 0; j < 16; ++j) {
        const uint8_t pair = block.qs[16 * group + j];
        out[32 * group + j] = step * static_cast<float>(iq4_value(pair & 15));
        out[32 * group + j + 16] = step * static_cast<float>(iq4_value(pair >> 4));
      }
    }
  }

 private:
  // -32 .. 31
  static int32_t scale(const Block& block, uint32_t group) {
    const int32_t low = (block.scales_l[group / 2] >> (4 * (group % 2))) & 15;
    const int32_t high = (load_u16(block.scales_h) >> (2 * group)) & 3;
    return (low | high << 4) - 32;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
