// TQ1_0: 256 elements in 54 bytes (1.6875 bits per weight): one scale, ternary digits, five to a byte (four in qh).
//
//   offset 0    u8[48]   qs
//   offset 48   u8[4]    qh
//   offset 52   f16      d
//
// A byte b is a fraction b / 256 whose first digits in base 3 are the elements: digit n = floor(3 * (b * 3^n mod 256) /
// 256).
//   elements 32 n + l          digit n of qs[l]         n: 0..4, l: 0..31
//   elements 160 + 16 n + l    digit n of qs[32 + l]    n: 0..4, l: 0..15
//   elements 240 + 4 n + l     digit n of qh[l]         n: 0..3, l: 0..3
//   w = d * (digit - 1)
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
    if (group < 5) {
      for (uint32_t l = 0; l < 32; ++l) q[l] = trit(block.qs[l], group);
    } else {
      for (uint32_t l = 0; l < 16; ++l) q[l] = trit(block.qs[32 + l], 2 * (group - 5));
      for (uint32_t l = 0; l < 16; ++l) {
        q[16 + l] = group < 7 ? trit(block.qs[32 + l], 2 * (group - 5) + 1) : trit(block.qh[l % 4], l / 4);
      }
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<TQ1_0>(block, out); }

 private:
  // Digit n of the byte, less 1.
  static int16_t trit(uint32_t byte, uint32_t n) {
    constexpr uint8_t kPowers[5] = {1, 3, 9, 27, 81};
    return static_cast<int16_t>(static_cast<int>((byte * kPowers[n] & 255u) * 3 >> 8) - 1);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
