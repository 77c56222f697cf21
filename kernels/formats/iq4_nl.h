// IQ4_NL: 32 elements in 18 bytes (4.5 bits per weight): one scale, 4-bit indices into 16 values spaced unevenly.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   w[j] = d * kIq4Values[nibble]
//
// Source: block_iq4_nl of ggml (type 20 of the GGUF specification).
#pragma once

#include "kernels/formats/iq_values.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct IQ4_NL {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = kIq4Values[block.qs[j] & 15];
      q[j + 16] = kIq4Values[block.qs[j] >> 4];
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<IQ4_NL>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
