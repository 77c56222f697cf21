// sample() and accept() must not allocate.
#include "tests/unit/sampler/counting_new.h"
#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

using test::allocations;
using test::Params;

void expect_no_allocation(SamplerChain* chain, size_t vocab_size) {
  const std::vector<float> logits = test::random_logits(vocab_size, 1);
  chain->prepare(static_cast<uint32_t>(vocab_size));
  const size_t before = allocations;
  bool ok = true;
  for (int i = 0; i < 200; ++i) {
    const Result<int32_t> token = chain->sample(logits);
    ok = ok && token.is_ok();
    chain->accept(token ? *token : 0);
    if (i == 100) chain->reset();
  }
  const size_t after = allocations;
  EXPECT_EQ(after, before);
  EXPECT_TRUE(ok);
}

TEST(Allocation, TheCounterCounts) {
  const size_t before = allocations;
  const auto number = std::make_unique<int>(1);
  EXPECT_EQ(allocations, before + 1) << *number;
}

TEST(Allocation, NoMemberAllocates) {
  for (size_t i = 0; i < sampler_count(); ++i) {
    SCOPED_TRACE(sampler_name(i));
    SamplerChain chain;
    ASSERT_TRUE(chain.add(sampler_name(i), {}).is_ok());
    expect_no_allocation(&chain, 2000);
  }
}

TEST(Allocation, NoChainAllocates) {
  for (const double last_n : {-1.0, 64.0}) {
    SamplerChain chain;
    ASSERT_TRUE(chain.add("logit_bias", Params{{"token", 3}, {"bias", 1}}).is_ok());
    ASSERT_TRUE(chain.add("penalties", Params{{"last_n", last_n}, {"repeat", 1.2}}).is_ok());
    ASSERT_TRUE(chain.add("typical", Params{{"p", 0.99}}).is_ok());
    for (const std::string_view name : {"top_k", "top_p", "min_p", "temperature", "dist"}) {
      ASSERT_TRUE(chain.add(name, {}).is_ok());
    }
    expect_no_allocation(&chain, 2000);
  }
}

}  // namespace
}  // namespace wasmchord
