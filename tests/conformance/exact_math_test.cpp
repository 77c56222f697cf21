#include "kernels/cpu/exact_math.h"

#include <cmath>

#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance {
namespace {

TEST(ExactMathTest, SineAndCosineUpTo2To20) {
  std::mt19937_64 rng(1);
  std::uniform_real_distribution<double> exponent(-30.0, 20.0);
  for (int i = 0; i < 400000; ++i) {
    double angle = std::exp2(exponent(rng));
    if (i % 2) angle = -angle;
    if (i % 3 == 0) angle = std::round(angle);  // positions
    double s, c;
    kernels::sincos_exact(angle, &s, &c);
    ASSERT_NEAR(s, static_cast<double>(std::sin(static_cast<long double>(angle))), 3e-16) << angle;
    ASSERT_NEAR(c, static_cast<double>(std::cos(static_cast<long double>(angle))), 3e-16) << angle;
  }
}

TEST(ExactMathTest, SineNearMultiplesOfHalfPi) {
  for (int k = -600000; k <= 600000; k += 37) {
    const double angle = k * 1.5707963267948966;
    double s, c;
    kernels::sincos_exact(angle, &s, &c);
    ASSERT_NEAR(s, static_cast<double>(std::sin(static_cast<long double>(angle))), 3e-16) << angle;
    ASSERT_NEAR(c, static_cast<double>(std::cos(static_cast<long double>(angle))), 3e-16) << angle;
  }
}

TEST(ExactMathTest, SineOfTheUnanswerableIsNan) {
  for (const double angle : {std::nan(""), HUGE_VAL, -HUGE_VAL, 0x1p31}) {
    double s, c;
    kernels::sincos_exact(angle, &s, &c);
    EXPECT_TRUE(std::isnan(s) && std::isnan(c)) << angle;
  }
}

TEST(ExactMathTest, Exp) {
  std::mt19937_64 rng(2);
  std::uniform_real_distribution<double> uniform(-708.0, 709.0);
  for (int i = 0; i < 400000; ++i) {
    const double x = i % 2 ? uniform(rng) : uniform(rng) / 700;
    const double expected = static_cast<double>(std::exp(static_cast<long double>(x)));
    ASSERT_NEAR(kernels::exp_exact(x), expected, 4e-16 * expected) << x;
  }
  EXPECT_EQ(kernels::exp_exact(0.0), 1.0);
  EXPECT_EQ(kernels::exp_exact(-1000.0), 0.0);
  EXPECT_EQ(kernels::exp_exact(-HUGE_VAL), 0.0);
  EXPECT_EQ(kernels::exp_exact(1000.0), HUGE_VAL);
  EXPECT_TRUE(std::isnan(kernels::exp_exact(std::nan(""))));
}

TEST(ExactMathTest, Log) {
  std::mt19937_64 rng(3);
  std::uniform_real_distribution<double> exponent(-1000.0, 1000.0);
  for (int i = 0; i < 400000; ++i) {
    const double x = std::exp2(i % 2 ? exponent(rng) : exponent(rng) / 1000);
    const auto expected = static_cast<double>(std::log(static_cast<long double>(x)));
    ASSERT_NEAR(kernels::log_exact(x), expected, 5e-16 * std::fabs(expected)) << x;
  }
  EXPECT_EQ(kernels::log_exact(1.0), 0.0);
  for (const double x : {0.0, -1.0, 1e-310, HUGE_VAL, std::nan("")})
    EXPECT_TRUE(std::isnan(kernels::log_exact(x))) << x;
}

// The frequencies of RoPE: base^(-2 i / head_dim).
TEST(ExactMathTest, PowOfRopeFrequencies) {
  for (const double base : {10000.0, 100000.0, 500000.0, 1e6, 1e8, 10.0, 2.0, 1.0, 0.5}) {
    for (int dim = 2; dim <= 256; dim += 2) {
      for (int i = 0; i < dim; i += 2) {
        const double exponent = -static_cast<double>(i) / dim;
        const auto expected = static_cast<double>(std::pow(static_cast<long double>(base), exponent));
        ASSERT_NEAR(kernels::pow_exact(base, exponent), expected, 1e-14 * expected) << base << " " << exponent;
      }
    }
  }
  EXPECT_EQ(kernels::pow_exact(10000.0, 0.0), 1.0);
  EXPECT_TRUE(std::isnan(kernels::pow_exact(-2.0, 2.0)));
}

// Bits that every platform must reproduce.
TEST(ExactMathTest, PinnedBits) {
  double s, c;
  kernels::sincos_exact(12345.678, &s, &c);
  EXPECT_EQ(s, -0x1.687d5890974a5p-1) << std::hexfloat << s;
  EXPECT_EQ(c, 0x1.6b94c3bbe24b8p-1) << std::hexfloat << c;
  EXPECT_EQ(kernels::pow_exact(10000.0, -0.3125), 0x1.ccab8602d2692p-5)
      << std::hexfloat << kernels::pow_exact(10000.0, -0.3125);
}

}  // namespace
}  // namespace wasmchord::conformance
