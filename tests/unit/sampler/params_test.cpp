// What add() refuses, and the list of samplers.
#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

using test::kInf;
using test::Params;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect_refused(std::string_view name, const Params& params, Code code, std::string_view word) {
  SamplerChain chain;
  const Status status = chain.add(name, params);
  EXPECT_EQ(status.code(), code) << name << ": " << status.message();
  EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
  EXPECT_NE(status.message().find(word), std::string::npos) << status.message();
  EXPECT_EQ(chain.size(), 0u);
}

TEST(Params, UnknownNamesAreNamed) {
  expect_refused("topk", {}, Code::kNotFound, "topk");
  expect_refused("", {}, Code::kNotFound, "''");
  for (size_t i = 0; i < sampler_count(); ++i) {
    expect_refused(sampler_name(i), {{"zeal", 1}}, Code::kUnknownOption, "'zeal'");
  }
}

TEST(Params, ValuesOutOfRangeAreNamed) {
  const Code code = Code::kInvalidArgument;
  for (const double bad : {kNan, -1.0, 1.5, double{kInf}, 3e9}) {
    expect_refused("top_k", {{"k", bad}}, code, "k = ");
    expect_refused("top_p", {{"min_keep", bad}}, code, "min_keep = ");
    if (bad != 3e9) expect_refused("dist", {{"seed", bad}}, code, "seed = ");
  }
  for (const std::string_view name : {"top_p", "min_p", "typical"}) {
    for (const double bad : {kNan, -0.1, 1.1, double{kInf}}) expect_refused(name, {{"p", bad}}, code, "p = ");
  }
  for (const double bad : {kNan, double{kInf}, -double{kInf}}) {
    expect_refused("temperature", {{"t", bad}}, code, "t = ");
    expect_refused("penalties", {{"frequency", bad}}, code, "frequency = ");
    expect_refused("penalties", {{"presence", bad}}, code, "presence = ");
  }
  for (const double bad : {kNan, 0.0, -1.0, double{kInf}})
    expect_refused("penalties", {{"repeat", bad}}, code, "repeat");
  for (const double bad : {kNan, -2.0, 0.5, 1e9}) expect_refused("penalties", {{"last_n", bad}}, code, "last_n = ");
  expect_refused("dist", {{"seed", 9007199254740994.0}}, code, "seed = ");
}

TEST(Params, BiasesComeInPairs) {
  const Code code = Code::kInvalidArgument;
  expect_refused("logit_bias", {{"token", 1}}, code, "pairs");
  expect_refused("logit_bias", {{"bias", 1}, {"token", 1}}, code, "pairs");
  expect_refused("logit_bias", {{"token", 1}, {"token", 2}}, code, "pairs");
  expect_refused("logit_bias", {{"token", 1}, {"bias", 1}, {"token", 2}}, code, "pairs");
  expect_refused("logit_bias", {{"token", -1}, {"bias", 1}}, code, "token = -1");
  expect_refused("logit_bias", {{"token", 1}, {"bias", double{kInf}}}, code, "bias = inf");
  expect_refused("logit_bias", {{"token", 1}, {"bias", kNan}}, code, "bias = ");
  SamplerChain chain;
  EXPECT_TRUE(chain.add("logit_bias", {}).is_ok());
}

TEST(Params, TheLastOfRepeatedValuesCounts) {
  SamplerChain chain;
  ASSERT_TRUE(chain.add("top_k", Params{{"k", 3}, {"k", 1}}).is_ok());
  ASSERT_TRUE(chain.add("logit_bias", Params{{"token", 1}, {"bias", -double{kInf}}}).is_ok());
  chain.prepare(2);
  EXPECT_EQ(chain.sample(std::vector<float>{0, 1}).status().code(), Code::kBadLogits);
}

TEST(Names, AreListed) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < sampler_count(); ++i) names.push_back(sampler_name(i));
  const std::vector<std::string_view> expected = {"greedy", "dist",    "temperature", "top_k",     "top_p",
                                                  "min_p",  "typical", "penalties",   "logit_bias"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(sampler_name(sampler_count()), "");
}

TEST(Names, AChainListsItsMembersInOrder) {
  SamplerChain chain;
  for (const std::string_view name : {"top_p", "greedy", "top_p"}) ASSERT_TRUE(chain.add(name, {}).is_ok());
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_EQ(chain.name(0), "top_p");
  EXPECT_EQ(chain.name(1), "greedy");
  EXPECT_EQ(chain.name(2), "top_p");
  EXPECT_EQ(chain.name(3), "");
  chain.clear();
  EXPECT_EQ(chain.size(), 0u);
}

}  // namespace
}  // namespace wasmchord
