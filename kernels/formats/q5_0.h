// Q5_0: 32 elements in 22 bytes (5.5 bits per weight): one scale, symmetric 5-bit integers.
//
//   offset 0   f16      d
//   offset 2   u32      qh: bit j = bit 4 of element j
//   offset 6   u8[16]   qs: byte j = low bits of element j in bits 0..3, of element j + 16 in bits 4..7
//
//   w[j] = d * ((nibble | high << 4) - 16)
//
// Source: block_q5_0 of ggml (type 6 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q5_0 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t qh[4];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    const uint32_t high = load_u32(block.qh);
    for (int j = 0; j < 16; ++j) {
      q[j] = static_cast<int16_t>(static_cast<int>((block.qs[j] & 15u) | ((high >> j) & 1) << 4) - 16);
      q[j + 16] = static_cast<int16_t>(static_cast<int>((block.qs[j] >> 4) | ((high >> (j + 16)) & 1) << 4) - 16);
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q5_0>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
