// Q8_0: 32 elements in 34 bytes (8.5 bits per weight): one scale, symmetric 8-bit integers.
//
//   offset 0   f16      d
//   offset 2   i8[32]   qs
//
//   w[j] = qs[j] * d
//
// Source: block_q8_0 of ggml (type 8 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8_0 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t qs[32];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 32; ++j) q[j] = static_cast<int8_t>(block.qs[j]);
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    int16_t q[32];
    const float d = unpack(block, 0, q);
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(q[j]) * d;
  }

  // d = max|x| / 127, q = x / d rounded, half away from zero. A block that holds NaN or infinity decodes to NaN.
  static void encode(const float* x, Block& block) {
    float max_abs = 0.0f;
    bool finite = true;
    for (int j = 0; j < 32; ++j) {
      finite = finite && is_finite(x[j]);
      const float a = x[j] < 0 ? -x[j] : x[j];
      if (a > max_abs) max_abs = a;
    }
    const float d = max_abs / 127.0f;
    float inverse = d != 0.0f ? 1.0f / d : 0.0f;
    if (!finite || !is_finite(inverse)) inverse = 0.0f;
    store_u16(block.d, finite ? f32_to_f16(d) : uint16_t{0x7e00});
    for (int j = 0; j < 32; ++j) {
      const int32_t q = inverse == 0.0f ? 0 : round_half_away(x[j] * inverse);
      block.qs[j] = static_cast<uint8_t>(static_cast<int8_t>(q));
    }
  }

 private:
  static int32_t round_half_away(float x) {
    const auto whole = static_cast<int32_t>(x);
    const float rest = x - static_cast<float>(whole);
    return whole + (rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
