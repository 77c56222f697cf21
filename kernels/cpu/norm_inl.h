// Reductions over one row in the canonical 16 lanes, and the two norms.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// sum over i of term(x[i]); a padded element contributes nothing. term maps a vector to a vector.
template <class Term>
float sum_over(const float* x, size_t n, const Term& term) {
  F32x8 acc[2] = {zero(), zero()};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    acc[0] = acc[0] + term(load(x + i));
    acc[1] = acc[1] + term(load(x + i + 8));
  }
  for (size_t half = 0; half < 2; ++half) {
    const size_t rest = tail_of_half(n - i, half);
    if (rest == 0) break;
    float terms[8] = {};
    store_n(terms, term(load_n(x + i + 8 * half, rest)), rest);
    acc[half] = acc[half] + load(terms);
  }
  return sum(acc[0] + acc[1]);
}

// y[i] = f(i, n <= 8 elements of x from i), eight at a time.
template <class F>
void map(const float* x, size_t n, float* y, const F& f) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + i, f(load(x + i), i, size_t{8}));
  if (i < n) store_n(y + i, f(load_n(x + i, n - i), i, n - i), n - i);
}

inline F32x8 load_upto8(const float* p, size_t n) { return n == 8 ? load(p) : load_n(p, n); }

inline float square_root(float x) { return __builtin_sqrtf(x); }

inline void rms_norm(const float* x, const float* w, float eps, size_t n, float* y) {
  const float mean = sum_over(x, n, [](const F32x8& v) { return v * v; }) / static_cast<float>(n);
  const F32x8 inverse = set1(1.0f / square_root(mean + eps));
  map(x, n, y, [&](const F32x8& v, size_t i, size_t count) {
    const F32x8 normed = v * inverse;
    return w ? normed * load_upto8(w + i, count) : normed;
  });
}

inline void layer_norm(const float* x, const float* w, const float* b, float eps, size_t n, float* y) {
  const float count_f = static_cast<float>(n);
  const F32x8 mean = set1(sum_over(x, n, [](const F32x8& v) { return v; }) / count_f);
  const float variance = sum_over(x, n, [&](const F32x8& v) { return (v - mean) * (v - mean); }) / count_f;
  const F32x8 inverse = set1(1.0f / square_root(variance + eps));
  map(x, n, y, [&](const F32x8& v, size_t i, size_t count) {
    F32x8 normed = (v - mean) * inverse;
    if (w) normed = normed * load_upto8(w + i, count);
    return b ? normed + load_upto8(b + i, count) : normed;
  });
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
