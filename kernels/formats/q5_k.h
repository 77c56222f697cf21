// Q5_K: 256 elements in 176 bytes (5.5 bits per weight): unsigned 5-bit integers, a 6-bit scale and a 6-bit minimum for
// each 32 elements, two f16.
//
//   offset 0    f16       d
//   offset 2    f16       dmin
//   offset 4    u8[12]    scales: eight scales and eight minima (k_scales.h)
//   offset 16   u8[32]    qh: bit g of byte l = bit 4 of element 32 g + l
//   offset 48   u8[128]   qs: low 4 bits
//
// Element 32 g + l (l: 0..31):
//   q = (qs[32 (g / 2) + l] >> 4 (g % 2)) & 15 | ((qh[l] >> g) & 1) << 4
//   w = d * scale[g] * q - dmin * min[g]
//
// Source: block_q5_K of ggml (type 13 of the GGUF specification).
#pragma once

#include "kernels/formats/k_scales.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q5_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[2];
    uint8_t dmin[2];
    uint8_t scales[12];
    uint8_t qh[32];
    uint8_t qs[128];
  };

  // The scale is multiplied in: q <= 63 * 31.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint32_t scale = six_bit_scale(block.scales, group);
    const uint8_t* qs = block.qs + 32 * (group / 2);
    for (uint32_t l = 0; l < 32; ++l) {
      const uint32_t low = (qs[l] >> (4 * (group % 2))) & 15u, high = (block.qh[l] >> group) & 1u;
      q[l] = static_cast<int16_t>(scale * (low | high << 4));
    }
    return f16_to_f32(load_u16(block.d));
  }

  static float unpack_min(const Block& block, uint32_t group, int16_t* m) {
    m[0] = m[1] = static_cast<int16_t>(six_bit_min(block.scales, group));
    return -f16_to_f32(load_u16(block.dmin));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q5_K>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
