// Rotary position embedding.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// (a, b) -> (a cos - b sin, a sin + b cos)
inline void rotate(F32x8& a, F32x8& b, const F32x8& cosine, const F32x8& sine) {
  const F32x8 a0 = a;
  a = a0 * cosine - b * sine;
  b = a0 * sine + b * cosine;
}

inline void rotate(float& a, float& b, const float* cos_sin) {
  const float a0 = a;
  a = a0 * cos_sin[0] - b * cos_sin[1];
  b = a0 * cos_sin[1] + b * cos_sin[0];
}

inline void rope(const RopeArgs& args) {
  const size_t n_pairs = args.n_rot / 2;
  for (size_t h = 0; h < args.n_heads; ++h) {
    float* x = args.x + h * args.head_dim;
    size_t j = 0;
    for (; j + 8 <= n_pairs; j += 8) {
      F32x8 cosine, sine, a, b;
      load_pairs(args.cos_sin + 2 * j, cosine, sine);
      if (args.interleaved) {
        load_pairs(x + 2 * j, a, b);
        rotate(a, b, cosine, sine);
        store_pairs(x + 2 * j, a, b);
      } else {
        a = load(x + j);
        b = load(x + n_pairs + j);
        rotate(a, b, cosine, sine);
        store(x + j, a);
        store(x + n_pairs + j, b);
      }
    }
    for (; j < n_pairs; ++j) {
      float* a = x + (args.interleaved ? 2 * j : j);
      rotate(*a, *(a + (args.interleaved ? 1 : n_pairs)), args.cos_sin + 2 * j);
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
