// MXFP4: 32 elements in 17 bytes (4.25 bits per weight): a power of two, 4-bit floats (E2M1: sign, 2 bits of exponent,
// 1 of mantissa).
//
//   offset 0   u8       e: 2^(e - 127)
//   offset 1   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   w[j] = 2^(e - 128) * kFp4Doubled[nibble]
//
// e = 255 is NaN in the OCP specification; like the reference, this decodes it as 2^128 (dtype_all_finite refuses it).
//
// Source: block_mxfp4 of ggml (type 39 of the GGUF specification); OCP Microscaling Formats (MX) 1.0.
#pragma once

#include "kernels/formats/fp4_values.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct MXFP4 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t e;
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = kFp4Doubled[block.qs[j] & 15];
      q[j + 16] = kFp4Doubled[block.qs[j] >> 4];
    }
    return half_power(block.e);
  }

  static void decode(const Block& block, float* out) { decode_unpacked<MXFP4>(block, out); }

 private:
  // 2^(e - 128); the two smallest are subnormal.
  static float half_power(uint32_t e) { return bits_float(e < 2 ? 0x00200000u << e : (e - 1) << 23); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
