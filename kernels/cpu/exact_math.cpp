#include "kernels/cpu/exact_math.h"

#include <bit>
#include <cfloat>
#include <cstdint>
#include <limits>

static_assert(FLT_EVAL_METHOD == 0, "double operations must round to double: results are bit-exact by contract");

namespace wasmchord::kernels {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Half to even, for |x| < 2^51: the sum with 1.5 * 2^52 rounds to an integer.
double round_to_integer(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

// Horner: c[0] + c[1] x + c[2] x^2 + ...
template <int N>
double polynomial(const double (&c)[N], double x) {
  double y = c[N - 1];
  for (int i = N - 2; i >= 0; --i) y = y * x + c[i];
  return y;
}

// Taylor series on |r| <= pi / 4; the first term left out is below 5e-18.
double sine_of(double r) {
  constexpr double c[] = {-1.0 / 6,        1.0 / 120,          -1.0 / 5040,         1.0 / 362880,
                          -1.0 / 39916800, 1.0 / 6227020800.0, -1.0 / 1307674368e3, 1.0 / 355687428096e3};
  const double z = r * r;
  return r + r * z * polynomial(c, z);
}
double cosine_of(double r) {
  constexpr double c[] = {1.0 / 24,          -1.0 / 720,           1.0 / 40320,        -1.0 / 3628800,
                          1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888e3};
  const double z = r * r;
  return 1.0 - (0.5 * z - z * z * polynomial(c, z));
}

// 2^n for -1022 <= n <= 1023
double power_of_two(int n) { return std::bit_cast<double>(static_cast<uint64_t>(n + 1023) << 52); }

constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits: its product with an exponent is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

}  // namespace

// angle = n pi / 2 + r, pi / 2 in three parts of 33, 33 and 53 bits, so that products of the first two with n < 2^20
// are exact (Cody and Waite).
void sincos_exact(double angle, double* sine, double* cosine) {
  if (!(angle >= -0x1p30 && angle <= 0x1p30)) {
    *sine = *cosine = kNan;
    return;
  }
  const double n = round_to_integer(angle * 0x1.45f306dc9c883p-1);
  const double r = ((angle - n * 0x1.921fb544p+0) - n * 0x1.0b4611a6p-34) - n * 0x1.3198a2e037073p-69;
  const double s = sine_of(r), c = cosine_of(r);
  switch (static_cast<int64_t>(n) & 3) {
    case 0:
      *sine = s, *cosine = c;
      break;
    case 1:
      *sine = c, *cosine = -s;
      break;
    case 2:
      *sine = -s, *cosine = -c;
      break;
    default:
      *sine = -c, *cosine = s;
      break;
  }
}

// x = n ln 2 + r; Taylor series on |r| <= ln 2 / 2, the first term left out is below 5e-18.
double exp_exact(double x) {
  if (x != x) return kNan;
  if (x > 709.782712893384) return kInfinity;
  if (x < -708.396418532264) return 0.0;
  constexpr double c[] = {1.0 / 2,         1.0 / 6,          1.0 / 24,          1.0 / 120,
                          1.0 / 720,       1.0 / 5040,       1.0 / 40320.0,     1.0 / 362880.0,
                          1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0};
  const double n = round_to_integer(x * 0x1.71547652b82fep+0);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  const double y = 1.0 + (r + r * r * polynomial(c, r));
  const int half = static_cast<int>(n) / 2;
  return y * power_of_two(half) * power_of_two(static_cast<int>(n) - half);
}

// x = 2^n m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s) = 2 (s + s^3 / 3 + ...), s = (m - 1) / (m + 1).
double log_exact(double x) {
  if (!(x >= std::numeric_limits<double>::min()) || x == kInfinity) return kNan;
  const auto bits = std::bit_cast<uint64_t>(x);
  int n = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  if (m > 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    n += 1;
  }
  constexpr double c[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                          2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  const double small = s * z * polynomial(c, z) + n * kLn2Low;
  return n * kLn2High + (2.0 * s + small);
}

double pow_exact(double base, double exponent) { return exp_exact(exponent * log_exact(base)); }

}  // namespace wasmchord::kernels
