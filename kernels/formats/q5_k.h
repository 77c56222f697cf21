// Q5_K: 256 elements in 176 bytes (5.5 bits per weight): 5-bit integers, 6-bit scales and minima of 32 elements each.
//
//   offset 0    f16       d
//   offset 2    f16       dmin
//   offset 4    u8[12]    scales: for g < 4 the scale of group g in bits 0..5 of byte g, its minimum in those of byte
//                         g + 4; for g >= 4 low 4 bits of scale and minimum in byte g + 4 (bits 0..3, 4..7), high 2
//                         bits in bits 6, 7 of bytes g - 4 and g
//   offset 16   u8[32]    qh: bit g of byte l = bit 4 of element 32 g + l
//   offset 48   u8[128]   qs: byte 32 c + l = low bits of element 64 c + l in bits 0..3, of element 64 c + 32 + l in
//   bits 4..7
//
//   w[j] = d * scale * q - dmin * minimum
//
// Source: block_q5_K of ggml (type 13 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

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

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const int32_t step = scale(block, group);
    for (uint32_t l = 0; l < 32; ++l) q[l] = static_cast<int16_t>(step * integer(block, group, l));
    return f16_to_f32(load_u16(block.d));
  }
  static float unpack_min(const Block& block, uint32_t group, int16_t* m) {
    m[0] = m[1] = static_cast<int16_t>(minimum(block, group));
    return -f16_to_f32(load_u16(block.dmin));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d)), dmin = f16_to_f32(load_u16(block.dmin));
    for (uint32_t group = 0; group < 8; ++group) {
      const float step = d * static_cast<float>(scale(block, group));
      const float offset = dmin * static_cast<float>(minimum(block, group));
      for (uint32_t l = 0; l < 32; ++l) {
        out[32 * group + l] = step * static_cast<float>(integer(block, group, l)) - offset;
      }
    }
  }

 private:
  static int32_t scale(const Block& block, uint32_t g) {
    const uint8_t* s = block.scales;
    return g < 4 ? s[g] & 63 : (s[g + 4] & 15) | (s[g - 4] >> 6) << 4;
  }
  static int32_t minimum(const Block& block, uint32_t g) {
    const uint8_t* s = block.scales;
    return g < 4 ? s[g + 4] & 63 : (s[g + 4] >> 4) | (s[g] >> 6) << 4;
  }
  static int32_t integer(const Block& block, uint32_t g, uint32_t l) {
    const int32_t low = (block.qs[32 * (g / 2) + l] >> (4 * (g % 2))) & 15;
    return low | (block.qh[l] >> g & 1) << 4;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
