// Q2_K: 256 elements in 84 bytes (2.625 bits per weight): unsigned 2-bit integers, a 4-bit scale and a 4-bit minimum
// for each 16 elements, two f16.
//
//   offset 0    u8[16]   scales: scale in bits 0..3, minimum in bits 4..7
//   offset 16   u8[64]   qs
//   offset 80   f16      d
//   offset 82   f16      dmin
//
// Element 128 h + 32 g + l (h: half, g: quarter of it, l: 0..31), with s = scales[8 h + 2 g + l / 16]:
//   w = d * (s & 15) * ((qs[32 h + l] >> 2 g) & 3) - dmin * (s >> 4)
//
// Source: block_q2_K of ggml (type 10 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q2_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t scales[16];
    uint8_t qs[64];
    uint8_t d[2];
    uint8_t dmin[2];
  };

  // The scales are multiplied in: q <= 15 * 3.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint8_t* qs = block.qs + 32 * (group / 4);
    for (uint32_t l = 0; l < 32; ++l) {
      q[l] = static_cast<int16_t>((block.scales[2 * group + l / 16] & 15) * ((qs[l] >> (2 * (group % 4))) & 3));
    }
    return f16_to_f32(load_u16(block.d));
  }

  static float unpack_min(const Block& block, uint32_t group, int16_t* m) {
    for (uint32_t i = 0; i < 2; ++i) m[i] = static_cast<int16_t>(block.scales[2 * group + i] >> 4);
    return -f16_to_f32(load_u16(block.dmin));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q2_K>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
