// Q5_1: 32 elements in 24 bytes (6 bits per weight): scale and minimum, unsigned 5-bit integers.
//
//   offset 0   f16      d
//   offset 2   f16      m
//   offset 4   u8[4]    qh: bit j (little-endian) = bit 4 of element j
//   offset 8   u8[16]   qs: byte j = low bits of element j in bits 0..3, of element j + 16 in bits 4..7
//
//   w[j] = q * d + m
//
// Source: block_q5_1 of ggml (type 7 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q5_1 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t m[2];
    uint8_t qh[4];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    uint32_t high;
    std::memcpy(&high, block.qh, 4);
    for (uint32_t j = 0; j < 16; ++j) {
      const uint32_t low = block.qs[j];
      q[j] = static_cast<int16_t>(static_cast<int32_t>((low & 15) | ((high >> j & 1) << 4)));
      q[j + 16] = static_cast<int16_t>(static_cast<int32_t>((low >> 4) | ((high >> (j + 16) & 1) << 4)));
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
