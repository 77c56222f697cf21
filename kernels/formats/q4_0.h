// Q4_0: 32 elements in 18 bytes (4.5 bits per weight): one scale, symmetric 4-bit integers.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: byte j = element j in bits 0..3, element j + 16 in bits 4..7
//
//   w[j] = (nibble - 8) * d
//
// Source: block_q4_0 of ggml (type 2 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q4_0 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 16; ++j) {
      q[j] = static_cast<int16_t>((block.qs[j] & 15) - 8);
      q[j + 16] = static_cast<int16_t>((block.qs[j] >> 4) - 8);
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    int16_t q[32];
    const float d = unpack(block, 0, q);
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(q[j]) * d;
  }

  // The element of largest magnitude (the first of equals) maps to -8 exactly: d = that element / -8.
  // A block that holds NaN or infinity decodes to NaN.
  static void encode(const float* x, Block& block) {
    float extreme = 0.0f;
    bool finite = true;
    for (int j = 0; j < 32; ++j) {
      finite = finite && is_finite(x[j]);
      if ((x[j] < 0 ? -x[j] : x[j]) > (extreme < 0 ? -extreme : extreme)) extreme = x[j];
    }
    const float d = extreme / -8.0f;
    float inverse = d != 0.0f ? 1.0f / d : 0.0f;
    if (!finite || !is_finite(inverse)) inverse = 0.0f;
    store_u16(block.d, finite ? f32_to_f16(d) : uint16_t{0x7e00});
    for (int j = 0; j < 16; ++j) {
      block.qs[j] = static_cast<uint8_t>(nibble(x[j], inverse) | (nibble(x[j + 16], inverse) << 4));
    }
  }

 private:
  // min(15, floor(x / d + 8.5)); x / d lies in -8..8.
  static uint32_t nibble(float x, float inverse) {
    if (inverse == 0.0f) return 8;
    const auto n = static_cast<int32_t>(x * inverse + 8.5f);
    return n < 0 ? 0u : n > 15 ? 15u : static_cast<uint32_t>(n);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
