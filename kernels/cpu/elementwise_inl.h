// One output per input element, softmax, and the conversions of a row.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline void add(const float* a, const float* b, size_t n, float* y) {
  map(a, n, y, [&](const F32x8& v, size_t i, size_t count) { return v + load_upto8(b + i, count); });
}

inline void mul(const float* a, const float* b, size_t n, float* y) {
  map(a, n, y, [&](const F32x8& v, size_t i, size_t count) { return v * load_upto8(b + i, count); });
}

inline void add_scaled(const float* a, float s, size_t n, float* y) {
  const F32x8 factor = set1(s);
  map(a, n, y, [&](const F32x8& v, size_t i, size_t count) { return load_upto8(y + i, count) + factor * v; });
}

inline void scale(const float* x, float s, size_t n, float* y) {
  const F32x8 factor = set1(s);
  map(x, n, y, [&](const F32x8& v, size_t, size_t) { return factor * v; });
}

inline void silu_mul(const float* gate, const float* up, size_t n, float* y) {
  map(gate, n, y, [&](const F32x8& g, size_t i, size_t count) {
    return g / (set1(1.0f) + exp(zero() - g)) * load_upto8(up + i, count);
  });
}

// Hendrycks & Gimpel 2016, arXiv:1606.08415, in its tanh form: (1 + tanh(z / 2)) / 2 = 1 / (1 + exp(-z)).
inline void gelu_mul(const float* gate, const float* up, size_t n, float* y) {
  const F32x8 one = set1(1.0f), linear = set1(1.5957691216f),
              cubic = set1(0.0713548163f);  // 2 sqrt(2 / pi), * 0.044715
  map(gate, n, y, [&](const F32x8& x, size_t i, size_t count) {
    const F32x8 z = x * (linear + cubic * (x * x));
    const F32x8 g = x / (one + exp(zero() - z));
    return up ? g * load_upto8(up + i, count) : g;
  });
}

// The gate of gpt-oss (its model card, arXiv:2508.10925, and published code).
inline void clamped_swiglu(const float* gate, const float* up, size_t n, float* y) {
  const F32x8 one = set1(1.0f), limit = set1(7.0f), lowest = set1(-7.0f), slope = set1(1.702f);
  map(gate, n, y, [&](const F32x8& x, size_t i, size_t count) {
    F32x8 u = load_upto8(up + i, count);
    u = select_less(limit, u, limit, u);
    u = select_less(u, lowest, lowest, u);
    const F32x8 g = select_less(limit, x, limit, x);
    return g / (one + exp(zero() - slope * g)) * (u + one);
  });
}

inline void sigmoid(const float* x, size_t n, float* y) {
  const F32x8 one = set1(1.0f);
  map(x, n, y, [&](const F32x8& v, size_t, size_t) { return one / (one + exp(zero() - v)); });
}

// tanh(t) = 1 - 2 / (1 + exp(2 t))
inline void softcap(const float* x, float cap, size_t n, float* y) {
  const F32x8 one = set1(1.0f), two = set1(2.0f), limit = set1(cap);
  map(x, n, y, [&](const F32x8& v, size_t, size_t) { return limit * (one - two / (one + exp(two * v / limit))); });
}

// x = exp(x - max) / sum exp(x - max), the sum in the canonical 16 lanes. All -infinity gives NaN (0 / 0).
inline void softmax(float* x, size_t n) {
  const float lowest = -bits_float(0x7f800000u);
  F32x8 best = set1(lowest);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) best = max(load(x + i), best);
  float largest = max_lane(best);
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  const F32x8 shift = set1(largest == lowest ? 0.0f : largest);
  map(x, n, x, [&](const F32x8& v, size_t, size_t) { return exp(v - shift); });
  const F32x8 total = set1(sum_over(x, n, [](const F32x8& v) { return v; }));
  map(x, n, x, [&](const F32x8& v, size_t, size_t) { return v / total; });
}

inline void f32_to_f16_row(const float* x, size_t n, uint16_t* y) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store_f16(y + i, load(x + i));
  for (; i < n; ++i) y[i] = f32_to_f16(x[i]);
}

inline void f16_to_f32_row(const uint16_t* x, size_t n, float* y) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + i, load_f16(x + i));
  for (; i < n; ++i) y[i] = f16_to_f32(x[i]);
}

// Blocks whose largest magnitude is below this become zeros, so that 127 / max stays finite.
inline constexpr float kQ8Smallest = 7.8886091e-31f;  // 2^-100

// x rounded to 11 significant bits, half to even: the precision of an f16, without its range. The scale that engines of
// this family store beside 8-bit activations is an f16; with the same rounding, quantised models agree with them more
// often on the next token.
inline float round_to_11_bits(float x) {
  const uint32_t bits = float_bits(x);
  return bits_float((bits + 0x0fffu + ((bits >> 13) & 1u)) & ~0x1fffu);
}

// A block that holds infinity or NaN gets d = NaN, q = 0: every product with it is NaN.
inline void quantize_q8(const float* x, size_t n, void* out) {
  const size_t n_blocks = n / 32;
  auto* d = static_cast<float*>(out);
  auto* sums = reinterpret_cast<int16_t*>(d + n_blocks);
  auto* q = reinterpret_cast<int8_t*>(sums + 2 * n_blocks);
  for (size_t b = 0; b < n_blocks; ++b, x += 32, q += 32, sums += 2) {
    const float max_abs = bits_float(max_abs_bits_32(x));
    if (max_abs >= kQ8Smallest && is_finite(max_abs)) {
      d[b] = round_to_11_bits(max_abs / 127.0f);
      quantize_32(x, 127.0f / max_abs, q, sums);
    } else {
      d[b] = is_finite(max_abs) ? 0.0f : bits_float(0x7fc00000u);
      sums[0] = sums[1] = 0;
      std::memset(q, 0, 32);
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
