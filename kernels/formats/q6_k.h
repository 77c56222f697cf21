// Q6_K: 256 elements in 210 bytes (6.5625 bits per weight): 6-bit integers, 16 signed 8-bit scales of 16 elements each,
// one f16.
//
//   offset 0     u8[128]  ql      low 4 bits
//   offset 128   u8[64]   qh      high 2 bits
//   offset 192   i8[16]   scales
//   offset 208   f16      d
//
// Element j = 128 h + 32 g + l (h: half, g: quarter of it, l: 0..31):
//   q = (ql[64 h + 32 (g % 2) + l] >> 4 (g / 2)) & 15 | ((qh[32 h + l] >> 2 g) & 3) << 4
//   w[j] = d * scales[8 h + 2 g + l / 16] * (q - 32)
//
// Source: block_q6_K of ggml (type 14 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q6_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t ql[128];
    uint8_t qh[64];
    uint8_t scales[16];
    uint8_t d[2];
  };

  // The 32 elements of half h and quarter g, with the scales multiplied in: |q| <= 128 * 32.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) q[l] = static_cast<int16_t>(scale(block, group, l) * six_bits(block, group, l));
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t j = 0; j < 256; ++j) {
      const float step = d * static_cast<float>(scale(block, j / 32, j % 32));
      out[j] = step * static_cast<float>(six_bits(block, j / 32, j % 32));
    }
  }

 private:
  static int32_t scale(const Block& block, uint32_t group, uint32_t l) {
    return static_cast<int8_t>(block.scales[2 * group + l / 16]);
  }
  // q - 32
  static int32_t six_bits(const Block& block, uint32_t group, uint32_t l) {
    const uint32_t h = group / 4, g = group % 4;
    const int32_t low = (block.ql[64 * h + 32 * (g % 2) + l] >> (4 * (g / 2))) & 15;
    const int32_t high = (block.qh[32 * h + l] >> (2 * g)) & 3;
    return (low | high << 4) - 32;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
