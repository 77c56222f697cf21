// The portable exp and log against libm, the random stream against its published one.
#include <set>

#include "src/sampler/portable_math.h"
#include "src/sampler/random.h"
#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

TEST(PortableMath, ExpIsWithinItsBound) {
  double worst = 0;
  for (double x = -707.9; x < 709.0; x += 0.00731) {
    worst = std::max(worst, std::fabs(portable_exp(x) / std::exp(x) - 1.0));
  }
  EXPECT_LT(worst, 1e-14);
}

TEST(PortableMath, ExpAtTheEnds) {
  EXPECT_EQ(portable_exp(0.0), 1.0);
  EXPECT_EQ(portable_exp(-708.5), 0.0);
  EXPECT_EQ(portable_exp(-std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_GT(portable_exp(-708.0), 0.0);
}

TEST(PortableMath, LogIsWithinItsBound) {
  double worst = 0;
  for (double x = 1e-300; x < 1e300; x *= 1.0173) {
    worst = std::max(worst, std::fabs(portable_log(x) - std::log(x)) / std::max(1.0, std::fabs(std::log(x))));
  }
  for (double x = 0.5; x < 2.0; x += 1.7e-5) worst = std::max(worst, std::fabs(portable_log(x) - std::log(x)));
  EXPECT_LT(worst, 1e-15);
}

TEST(PortableMath, LogAtTheEnds) {
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_EQ(portable_log(0.0), -std::numeric_limits<double>::infinity());
  EXPECT_NEAR(portable_log(5e-324), std::log(5e-324), 1e-12);
}

// The output that the reference implementation's demonstration prints for seed 42 and stream 54.
TEST(Random, IsPcg32) {
  Random random(42, 54);
  for (const uint32_t expected : {0xa15c02b7u, 0x7b47f409u, 0xba1d3330u, 0x83d2f293u, 0xbfa4784bu, 0xcbed606eu}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(Random, UniformIsUniform) {
  Random random(1);
  constexpr int kDraws = 100000;
  int low_half = 0;
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    low_half += u < 0.5;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.004);  // 4 standard deviations: 4 / sqrt(12 * 1e5)
  EXPECT_NEAR(low_half / double{kDraws}, 0.5, 0.0064);
}

TEST(Random, SeedsAndStreamsDiffer) {
  std::set<uint64_t> firsts;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (uint64_t stream = 0; stream < 2; ++stream) {
      Random random(seed, stream);
      const uint64_t high = random.next();
      firsts.insert((high << 32) | random.next());
    }
  }
  EXPECT_EQ(firsts.size(), 100u);
}

}  // namespace
}  // namespace wasmchord
