// Q4_1: 32 elements in 20 bytes (5 bits per weight): scale and minimum, unsigned 4-bit integers.
//
//   offset 0   f16      d
//   offset 2   f16      m
//   offset 4   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   w[j] = nibble * d + m
//
// Source: block_q4_1 of ggml (type 3 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q4_1 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t m[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = block.qs[j] & 15;
      q[j + 16] = block.qs[j] >> 4;
    }
    return f16_to_f32(load_u16(block.d));
  }
  static float unpack_min(const Block& block, uint32_t, int16_t* m) {
    m[0] = m[1] = 1;
    return f16_to_f32(load_u16(block.m));
  }

  static void decode(const Block& block, float* out) {
    int16_t q[32];
    const float d = unpack(block, 0, q), m = f16_to_f32(load_u16(block.m));
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(q[j]) * d + m;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
