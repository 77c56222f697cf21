// exp and log with a fixed order of IEEE double operations, so that samplers choose the same token on every platform;
// libm may differ in the last bit. Needs round-to-nearest and no contraction of a*b+c.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace wasmchord {

// ln 2 = kLn2High + kLn2Low; the high part has 32 significant bits, so k * kLn2High is exact for |k| < 2^21.
inline constexpr double kLn2High = 0x1.62e42feep-1;
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

// e^x for x <= 709; 0 below -708 (where the result would be subnormal). Relative error below 1e-14.
// x = k ln 2 + r with |r| <= ln 2 / 2, e^x = 2^k e^r; e^r by its Taylor series to r^11, whose rest is below
// (ln 2 / 2)^12 / 12! * e^(ln 2 / 2) = 9e-15.
inline double portable_exp(double x) {
  if (!(x >= -708.0)) return 0.0;
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kRound = 0x1.8p+52;  // adding it leaves a whole number in the low bits of the mantissa
  const double shifted = x * kLog2E + kRound;
  const double k = shifted - kRound;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1.0 / 39916800;
  sum = sum * r + 1.0 / 3628800;
  sum = sum * r + 1.0 / 362880;
  sum = sum * r + 1.0 / 40320;
  sum = sum * r + 1.0 / 5040;
  sum = sum * r + 1.0 / 720;
  sum = sum * r + 1.0 / 120;
  sum = sum * r + 1.0 / 24;
  sum = sum * r + 1.0 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  return std::bit_cast<double>(std::bit_cast<uint64_t>(sum) + (std::bit_cast<uint64_t>(shifted) << 52));
}

// ln x for finite x > 0; -infinity for 0. Absolute error below 1e-15 * max(1, |ln x|).
// x = 2^k m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1),
// |s| <= 0.1716; the series ends at s^21, its rest is below 2 s^23 / 23 / (1 - s^2) = 3e-19.
inline double portable_log(double x) {
  if (!(x > 0.0)) return -std::numeric_limits<double>::infinity();
  int64_t k = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p+54;
    k = -54;
  }
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;  // bits of sqrt(1/2)
  const uint64_t offset = std::bit_cast<uint64_t>(x) - kSqrtHalf;
  const int64_t exponent = static_cast<int64_t>(offset) >> 52;
  k += exponent;
  const double m = std::bit_cast<double>(std::bit_cast<uint64_t>(x) - (static_cast<uint64_t>(exponent) << 52));
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 0.0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * s2 + 1.0 / n;
  const double kd = static_cast<double>(k);
  return kd * kLn2High + (2.0 * s * sum + kd * kLn2Low);
}

}  // namespace wasmchord
