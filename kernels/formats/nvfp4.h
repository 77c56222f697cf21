// NVFP4: 64 elements in 36 bytes (4.5 bits per weight): 4-bit floats (E2M1), an 8-bit float without a sign (UE4M3) as
// the scale of each 16.
//
//   offset 0   u8[4]    d
//   offset 4   u8[32]   qs
//
// Element 16 g + l (l: 0..15), with e = d[g] >> 3 & 15 and m = d[g] & 7:
//   nibble = qs[8 g + l % 8] >> 4 (l / 8) & 15
//   w      = scale * kFp4Doubled[nibble] / 2
//   scale  = m * 2^-9 where e = 0, else (8 + m) * 2^(e - 10); 0 where d[g] = 127, which is the NaN of E4M3. The top bit
//            of d[g] is ignored, as in the reference: 255 is 480.
//
// There is no unpack: two scales of a group may differ by 2^18, more than integers of 16 bits hold.
//
// Source: block_nvfp4 of ggml (type 40 of its table of types).
#pragma once

#include "kernels/formats/fp4_values.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct NVFP4 {
  static constexpr uint32_t kBlockLen = 64;
  struct Block {
    uint8_t d[4];
    uint8_t qs[32];
  };

  static void decode(const Block& block, float* out) {
    for (uint32_t j = 0; j < 64; ++j) {
      const uint32_t g = j / 16, l = j % 16;
      const uint32_t nibble = (block.qs[8 * g + l % 8] >> (4 * (l / 8))) & 15;
      out[j] = half_scale(block.d[g]) * static_cast<float>(kFp4Doubled[nibble]);
    }
  }

 private:
  static float half_scale(uint32_t d) {
    const uint32_t e = (d >> 3) & 15, m = d & 7;
    if (d == 127) return 0.0f;
    return e == 0 ? static_cast<float>(m) * 0x1p-10f : static_cast<float>(8 + m) * bits_float((e - 11 + 127) << 23);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
