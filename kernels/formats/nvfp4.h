// NVFP4: 64 elements in 36 bytes (4.5 bits per weight): E2M1 floats with an unsigned E4M3 scale of 16 elements each.
//
//   offset 0   u8[4]    d: exponent (bias 7) in bits 3..6, mantissa in bits 0..2; 0 and 127 give 0
//   offset 4   u8[32]   qs: byte 8 s + j = element 16 s + j in bits 0..3, element 16 s + j + 8 in bits 4..7
//
//   w[j] = d / 2 * e2m1_twice(nibble)
//
// The scales of a group of 32 differ by up to 2^15 and are no 16-bit integers: each 16 elements keep a float.
// Source: block_nvfp4 of ggml (type 40 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"
#include "kernels/formats/mxfp4.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct NVFP4 {
  static constexpr uint32_t kBlockLen = 64;
  struct Block {
    uint8_t d[4];
    uint8_t qs[32];
  };

  static void unpack_halves(const Block& block, uint32_t group, int16_t* q, float* d) {
    for (uint32_t half = 0; half < 2; ++half) {
      const uint32_t s = 2 * group + half;
      d[half] = half_scale(block.d[s]);
      for (uint32_t j = 0; j < 8; ++j) {
        const uint8_t pair = block.qs[8 * s + j];
        q[16 * half + j] = e2m1_twice(pair & 15);
        q[16 * half + j + 8] = e2m1_twice(pair >> 4);
      }
    }
  }

  static void decode(const Block& block, float* out) {
    for (uint32_t group = 0; group < kBlockLen / 32; ++group) {
      int16_t q[32];
      float d[2];
      unpack_halves(block, group, q, d);
      for (uint32_t i = 0; i < 32; ++i) out[32 * group + i] = static_cast<float>(q[i]) * d[i / 16];
    }
  }

 private:
  // Half of the E4M3 number, in steps of 2^-10: subnormals are m, others (8 + m) 2^(e - 1).
  static float half_scale(uint32_t bits) {
    if (bits == 127) return 0.0f;
    const uint32_t e = bits >> 3 & 15, m = bits & 7;
    return static_cast<float>(e == 0 ? m : (8 + m) << (e - 1)) * 0x1p-10f;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
