// exp with a fixed order of operations.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// exp(x), error below 1.5 ulp. Exactly 1 at 0; exactly 0 below -87.336544 (where the result would be subnormal) and at
// -infinity; infinity above 88.722832; NaN for NaN.
//
// x = n ln 2 + r with |r| <= ln 2 / 2: n by adding 1.5 * 2^23, which leaves the rounded integer in the low bits; ln 2
// in two parts, the first of 10 bits so that its product with n is exact. exp(r) = 1 + (r + r^2 p(r)), p the minimax
// polynomial of degree 4 (relative error 3.1e-9).
inline F32x8 exp(const F32x8& x) {
  const F32x8 shifted = x * set1(1.44269504f) + set1(12582912.0f);
  const F32x8 n = shifted - set1(12582912.0f);
  const F32x8 r = (x - n * set1(0.693359375f)) - n * set1(-2.12194440e-4f);
  F32x8 p = set1(1.381453825e-03f);
  p = p * r + set1(8.368745446e-03f);
  p = p * r + set1(4.166838899e-02f);
  p = p * r + set1(1.666652113e-01f);
  p = p * r + set1(4.999999404e-01f);
  const F32x8 y = set1(1.0f) + (r + (r * r) * p);
  F32x8 result = add_exponent(y, shifted);
  result = select_less(x, set1(-87.336544f), zero(), result);
  result = select_less(set1(88.722832f), x, set1(bits_float(0x7f800000u)), result);
  return select_nan(x, result);
}

inline float exp(float x) {
  float lanes[8];
  store(lanes, exp(set1(x)));
  return lanes[0];
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
