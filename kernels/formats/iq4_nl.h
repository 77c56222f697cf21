// IQ4_NL: 32 elements in 18 bytes (4.5 bits per weight): one scale, 4-bit indices into a table of 16 values that lie
// denser near zero.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   w[j] = d * iq4_value(nibble)
//
// Source: block_iq4_nl of ggml (type 20 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline int16_t iq4_value(uint32_t nibble) {
  constexpr int8_t kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  return kValues[nibble];
}

struct IQ4_NL {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = iq4_value(block.qs[j] & 15);
      q[j + 16] = iq4_value(block.qs[j] >> 4);
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t group = 0; group < kBlockLen / 32; ++group) {
      int16_t q[32];
      unpack(block, group, q);
      for (int j = 0; j < 32; ++j) out[32 * group + j] = d * static_cast<float>(q[j]);
    }
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
