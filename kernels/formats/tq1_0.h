// TQ1_0: 256 elements in 54 bytes (1.6875 bits per weight): ternary numbers, five to a byte, one f16.
//
//   offset 0    u8[48]   qs: byte m < 32 holds elements 32 n + m, byte 32 + m elements 160 + 16 n + m (n: 0..4)
//   offset 48   u8[4]    qh: byte m holds elements 240 + 4 n + m (n: 0..3)
//   offset 52   f16      d
//
//   A byte b is ceil(256 t / 243) of the number t whose base-3 digits are the elements, the first highest:
//   digit n = ((b 3^n mod 256) * 3) >> 8;  w[j] = (digit - 1) * d
//
// Source: block_tq1_0 of ggml (type 34 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct TQ1_0 {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t qs[48];
    uint8_t qh[4];
    uint8_t d[2];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) q[l] = trit(block, 32 * group + l);
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

 private:
  static int16_t trit(const Block& block, uint32_t j) {
    if (j < 160) return digit(block.qs[j % 32], j / 32);
    if (j < 240) return digit(block.qs[32 + j % 16], (j - 160) / 16);
    return digit(block.qh[j % 4], (j - 240) / 4);
  }
  static int16_t digit(uint32_t byte, uint32_t n) {
    constexpr uint32_t kPowers[5] = {1, 3, 9, 27, 81};
    const uint32_t rest = (byte * kPowers[n]) & 255;
    return static_cast<int16_t>(static_cast<int32_t>((rest * 3) >> 8) - 1);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
