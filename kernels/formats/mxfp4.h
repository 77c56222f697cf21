// MXFP4: 32 elements in 17 bytes (4.25 bits per weight): E2M1 floats with a power of two as common scale.
//
//   offset 0   u8       e: the scale is 2^(e - 127); 255 is NaN
//   offset 1   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   E2M1: sign in bit 3, magnitudes 0 0.5 1 1.5 2 3 4 6. Twice that is an integer, so
//   w[j] = 2^(e - 128) * e2m1_twice(nibble)
//
// Source: OCP Microscaling Formats (MX) specification 1.0; block_mxfp4 of ggml (type 39 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline int16_t e2m1_twice(uint32_t nibble) {
  constexpr int8_t kValues[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  return kValues[nibble];
}

struct MXFP4 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t e;
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = e2m1_twice(block.qs[j] & 15);
      q[j + 16] = e2m1_twice(block.qs[j] >> 4);
    }
    return half_scale(block.e);
  }

  static void decode(const Block& block, float* out) {
    int16_t q[32];
    const float d = unpack(block, 0, q);
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(q[j]) * d;
  }

  // 2^(e - 128); the lowest two are subnormal floats.
  static float half_scale(uint32_t e) {
    if (e == 255) return bits_float(0x7fc00000u);
    return bits_float(e < 2 ? 0x00200000u << e : (e - 1) << 23);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
