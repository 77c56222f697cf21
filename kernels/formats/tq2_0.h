// TQ2_0: 256 elements in 66 bytes (2.0625 bits per weight): one scale, 2-bit integers of which -1, 0 and 1 are used.
//
//   offset 0    u8[64]   qs
//   offset 64   f16      d
//
// Element 128 h + 32 g + l (h: half, g: quarter of it, l: 0..31):
//   w = d * (((qs[32 h + l] >> 2 g) & 3) - 1)
//
// Source: block_tq2_0 of ggml (type 35 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct TQ2_0 {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t qs[64];
    uint8_t d[2];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint8_t* qs = block.qs + 32 * (group / 4);
    for (uint32_t l = 0; l < 32; ++l) q[l] = static_cast<int16_t>(((qs[l] >> (2 * (group % 4))) & 3) - 1);
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<TQ2_0>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
