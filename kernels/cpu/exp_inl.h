// exp with a fixed order of operations.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// c in every lane.
template <class Vec>
inline Vec all_lanes(float c);
template <>
inline F32x8 all_lanes<F32x8>(float c) {
  return set1(c);
}

// exp(x), error below 1.5 ulp. Exactly 1 at 0; exactly 0 below -87.336544 (where the result would be subnormal) and at
// -infinity; infinity above 88.722832; NaN for NaN.
//
// x = n ln 2 + r with |r| <= ln 2 / 2: n by adding 1.5 * 2^23, which leaves the rounded integer in the low bits; ln 2
// in two parts, the first of 10 bits so that its product with n is exact. exp(r) = 1 + (r + r^2 p(r)), p the minimax
// polynomial of degree 4 (relative error 3.1e-9).
template <class Vec>
inline Vec exp(const Vec& x) {
  const Vec shifted = x * all_lanes<Vec>(1.44269504f) + all_lanes<Vec>(12582912.0f);
  const Vec n = shifted - all_lanes<Vec>(12582912.0f);
  const Vec r = (x - n * all_lanes<Vec>(0.693359375f)) - n * all_lanes<Vec>(-2.12194440e-4f);
  Vec p = all_lanes<Vec>(1.381453825e-03f);
  p = p * r + all_lanes<Vec>(8.368745446e-03f);
  p = p * r + all_lanes<Vec>(4.166838899e-02f);
  p = p * r + all_lanes<Vec>(1.666652113e-01f);
  p = p * r + all_lanes<Vec>(4.999999404e-01f);
  const Vec y = all_lanes<Vec>(1.0f) + (r + (r * r) * p);
  Vec result = add_exponent(y, shifted);
  result = select_less(x, all_lanes<Vec>(-87.336544f), all_lanes<Vec>(0.0f), result);
  result = select_less(all_lanes<Vec>(88.722832f), x, all_lanes<Vec>(bits_float(0x7f800000u)), result);
  return select_nan(x, result);
}

inline float exp(float x) {
  float lanes[8];
  store(lanes, exp(set1(x)));
  return lanes[0];
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
