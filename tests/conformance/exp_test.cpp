// Accuracy of the polynomial exp, in its plain C++ form; the other ISAs are held to its bits through silu_mul and
// softmax.
#include "kernels/cpu/scalar/vec.h"
//
#include "kernels/cpu/exp_inl.h"
#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance {
namespace {

double ulps_from_exp(float x) {
  const double exact = std::exp(static_cast<double>(x));
  int exponent;
  std::frexp(static_cast<float>(exact), &exponent);
  return std::fabs(static_cast<double>(kernels::exp(x)) - exact) / std::ldexp(1.0, exponent - 24);
}

TEST(ExpTest, WithinOneAndAHalfUlpOverTheUsefulRange) {
  double worst = 0;
  float worst_at = 0;
  for (const float sign : {1.0f, -1.0f}) {
    uint32_t low = 0x30000000u, high;  // 2^-31 and up: below, exp rounds to 1
    std::memcpy(&high, &(const float&)(sign > 0 ? 88.72283f : 87.33654f), sizeof high);
    for (uint32_t bits = low; bits <= high; bits += 331) {
      float x;
      std::memcpy(&x, &bits, sizeof x);
      const double ulps = ulps_from_exp(sign * x);
      if (ulps > worst) worst = ulps, worst_at = sign * x;
    }
  }
  EXPECT_LT(worst, 1.5) << "at " << worst_at;
  RecordProperty("worst_ulps", std::to_string(worst));
}

TEST(ExpTest, Edges) {
  EXPECT_EQ(kernels::exp(0.0f), 1.0f);
  EXPECT_EQ(kernels::exp(-0.0f), 1.0f);
  EXPECT_EQ(kernels::exp(1e-30f), 1.0f);
  for (const float x : {-87.4f, -100.0f, -1e30f, -kInfinity}) EXPECT_EQ(kernels::exp(x), 0.0f) << x;
  for (const float x : {88.8f, 100.0f, 1e30f, kInfinity}) EXPECT_EQ(kernels::exp(x), kInfinity) << x;
  EXPECT_TRUE(std::isnan(kernels::exp(kNan)));
  EXPECT_TRUE(std::isnan(kernels::exp(-kNan)));
}

}  // namespace
}  // namespace wasmchord::conformance
