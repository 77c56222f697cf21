// The table of angles against the papers' formulas in plain doubles, and what the kernel makes of it.
#include "src/model/rope.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/golden/models.h"

namespace wasmchord::test {
namespace {

constexpr double kPi = 3.14159265358979323846;

RopeConfig config_of(uint32_t n_rot, float base) {
  RopeConfig rope;
  rope.n_rot = n_rot;
  rope.freq_base = base;
  return rope;
}

void expect_table(const RopeTable& table, const std::vector<double>& expected) {
  ASSERT_EQ(table.inv_freq.size(), expected.size());
  for (size_t j = 0; j < expected.size(); ++j) {
    EXPECT_NEAR(table.inv_freq[j] / expected[j], 1.0, 1e-12) << "pair " << j;
  }
}

TEST(RopeTable, IsAGeometricSeries) {
  std::vector<double> expected;
  for (int j = 0; j < 32; ++j) expected.push_back(std::pow(500000.0, -2.0 * j / 64));
  const RopeTable table = make_rope_table(config_of(64, 500000), {});
  expect_table(table, expected);
  EXPECT_EQ(table.magnitude, 1.0f);
}

TEST(RopeTable, OfLinearScalingIsDivided) {
  RopeConfig rope = config_of(16, 10000);
  rope.scaling = RopeScaling::kLinear;
  rope.scale = 1.0f / 8;
  std::vector<double> expected;
  for (int j = 0; j < 8; ++j) expected.push_back(std::pow(10000.0, -2.0 * j / 16) / 8);
  const RopeTable table = make_rope_table(rope, {});
  expect_table(table, expected);
  EXPECT_EQ(table.magnitude, 1.0f);
}

TEST(RopeTable, IsDividedByTheFactorsOfLlama3) {
  const std::vector<float> factors = {1, 1, 1.5f, 2, 4, 8, 8, 8};
  std::vector<double> expected;
  for (size_t j = 0; j < 8; ++j)
    expected.push_back(std::pow(500000.0, -2.0 * static_cast<double>(j) / 16) / factors[j]);
  expect_table(make_rope_table(config_of(16, 500000), {factors, {}, {}}), expected);
}

// arXiv:2309.00071: pair j turns r(j) = L theta_j / 2 pi times in the original context L; solved for j at r = 32 and 1.
TEST(RopeTable, OfYarnKeepsFastPairsAndDividesSlowOnes) {
  const double context = 4096, base = 10000, scale = 4;
  RopeConfig rope = config_of(128, 10000);
  rope.scaling = RopeScaling::kYarn;
  rope.scale = 0.25f;
  rope.original_context = 4096;
  const auto pair_of = [&](double turns) { return 128 * std::log(context / (turns * 2 * kPi)) / (2 * std::log(base)); };
  const double low = std::floor(pair_of(32)), high = std::ceil(pair_of(1));
  ASSERT_GT(low, 1);
  ASSERT_LT(high, 62);
  std::vector<double> expected;
  for (int j = 0; j < 64; ++j) {
    const double theta = std::pow(base, -2.0 * j / 128);
    const double divided = std::min(1.0, std::max(0.0, (j - low) / (high - low)));
    expected.push_back(theta * (1 - divided) + theta / scale * divided);
  }
  const RopeTable table = make_rope_table(rope, {});
  expect_table(table, expected);
  EXPECT_DOUBLE_EQ(table.inv_freq[0], 1.0);
  EXPECT_NEAR(table.inv_freq[63] * scale, std::pow(base, -2.0 * 63 / 128), 1e-15);
  EXPECT_FLOAT_EQ(table.magnitude, static_cast<float>(0.1 * std::log(4.0) + 1));
}

TEST(RopeTable, OfYarnTakesItsOwnMagnitude) {
  RopeConfig rope = config_of(64, 10000);
  rope.scaling = RopeScaling::kYarn;
  rope.scale = 0.5f;
  rope.original_context = 2048;
  rope.attn_factor = 0.75f;
  EXPECT_FLOAT_EQ(make_rope_table(rope, {}).magnitude, static_cast<float>(0.75 * (1 + 0.1 * std::log(2.0))));
  rope.ext_factor = 0;  // plain interpolation
  EXPECT_FLOAT_EQ(make_rope_table(rope, {}).magnitude, 0.75f);
}

// x = one row of two heads of 8; the first n_rot = 6 elements of each head turn by position * inv_freq.
std::vector<float> turned(const std::vector<float>& row, bool interleaved, uint32_t position, std::string_view isa) {
  const auto backend = cpu_backend(isa);
  const WeightId id = *backend->create_weight({"x", DType::kF32, Shape::of(16, 1)});
  EXPECT_TRUE(backend->write_weight(id, 0, bytes_of(row)).is_ok());
  PlanBuilder b;
  RopeTable table{{1.0, 0.1, 0.01}, {}, 0, 1.5f, interleaved};
  const uint32_t rope = b.add_rope_table(table);
  const Plan plan = b.finish(b.rope(b.embed(id, 16), rope, 2, 8), 0);
  auto executor = backend->compile(plan, {64, 1, KvType::kF32, 1});
  std::vector<float> out(16);
  const TokenId token = 0;
  EXPECT_TRUE((*executor)->run({std::span(&token, 1), position, 1, out.data()}).is_ok());
  return out;
}

TEST(RopeOp, PairsNeighboursOrHalves) {
  std::vector<float> row(16);
  for (size_t i = 0; i < 16; ++i) row[i] = static_cast<float>(i) * 0.25f - 1.0f;
  const double inv_freq[] = {1.0, 0.1, 0.01};
  for (bool interleaved : {true, false}) {
    for (const char* isa : {"scalar", ""}) {
      const std::vector<float> out = turned(row, interleaved, 37, isa);
      for (size_t head = 0; head < 16; head += 8) {
        for (size_t j = 0; j < 3; ++j) {
          const size_t a = head + (interleaved ? 2 * j : j), b = head + (interleaved ? 2 * j + 1 : j + 3);
          const double angle = 37 * inv_freq[j];
          EXPECT_NEAR(out[a], 1.5 * (row[a] * std::cos(angle) - row[b] * std::sin(angle)), 1e-6) << a;
          EXPECT_NEAR(out[b], 1.5 * (row[a] * std::sin(angle) + row[b] * std::cos(angle)), 1e-6) << b;
        }
        EXPECT_EQ(out[head + 6], row[head + 6]) << "behind n_rot nothing turns";
        EXPECT_EQ(out[head + 7], row[head + 7]);
      }
    }
  }
}

}  // namespace
}  // namespace wasmchord::test
