// A host allocator that has no memory for the k-th request, for every k of a load and a session.
#include <gtest/gtest.h>

#include <cstdlib>

#include "src/session/session.h"
#include "tests/golden/models.h"

namespace wasmchord::test {
namespace {

struct Failing {
  uint64_t fail_at = UINT64_MAX;  // this request and none other
  uint64_t requests = 0;
  int64_t live = 0;

  static void* alloc(void* user, size_t bytes, size_t alignment) {
    auto* self = static_cast<Failing*>(user);
    if (self->requests++ == self->fail_at) return nullptr;
    ++self->live;
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  }
  static void free(void* user, void* ptr, size_t) {
    --static_cast<Failing*>(user)->live;
    std::free(ptr);
  }
  AllocatorHooks hooks() { return {alloc, free, this}; }
};

// Load, session, a few tokens.
Status use(const Bytes& file, AllocatorHooks hooks, uint64_t limit) {
  const auto memory = std::make_shared<Memory>(hooks, limit);
  WC_ASSIGN(auto model, push_model(std::vector<Bytes>{file}, cpu_backend("", memory)));
  SessionOptions options;
  options.n_threads = 2;
  options.n_ctx = 32;
  WC_ASSIGN(auto session, Session::create(model, options));
  const std::vector<TokenId> ids = {1, 187, 302};
  WC_TRY(session->prefill(ids));
  WC_TRY(session->generate({}));
  Step step;
  return session->step(&step);
}

TEST(AllocationFailure, AtEveryRequestEndsCleanly) {
  const Bytes file = tiny("moe").build();
  Failing counting;
  ASSERT_TRUE(use(file, counting.hooks(), 0).is_ok());
  ASSERT_EQ(counting.live, 0);
  ASSERT_GT(counting.requests, 20u) << "each weight is a request";
  for (uint64_t k = 0; k < counting.requests; ++k) {
    Failing failing;
    failing.fail_at = k;
    const Status status = use(file, failing.hooks(), 0);
    EXPECT_EQ(status.code(), Code::kOutOfMemory) << "request " << k << ": " << status.message();
    EXPECT_NE(status.message().find("could not be allocated"), std::string::npos);
    EXPECT_EQ(failing.live, 0) << "request " << k;
  }
}

TEST(AllocationFailure, OfTheLimitNamesWhatDidNotFit) {
  const Bytes file = tiny("gqa-tied").build();
  const auto at_limit = [&](uint64_t limit) {
    Failing counting;
    Status status = use(file, counting.hooks(), limit);
    EXPECT_EQ(counting.live, 0);
    return status;
  };
  const Status weights = at_limit(100000);
  EXPECT_EQ(weights.code(), Code::kMemoryLimit);
  EXPECT_NE(weights.message().find("tensor '"), std::string::npos) << weights.message();
  const Status cache = at_limit(314000);
  EXPECT_EQ(cache.code(), Code::kMemoryLimit);
  EXPECT_NE(cache.message().find("KV cache"), std::string::npos) << cache.message();
}

TEST(Allocation, HappensBeforeTheFirstTokenOnly) {
  const Bytes file = tiny("gqa-tied").build();
  Failing counting;
  const auto memory = std::make_shared<Memory>(counting.hooks(), 0);
  auto model = push_model(std::vector<Bytes>{file}, cpu_backend("", memory));
  ASSERT_TRUE(model.is_ok());
  auto session = Session::create(*model, {});
  ASSERT_TRUE(session.is_ok());
  const uint64_t before = counting.requests;
  ASSERT_TRUE((*session)->prefill(tiny_ids()).is_ok());
  ASSERT_TRUE((*session)->generate({}).is_ok());
  Step step;
  ASSERT_TRUE((*session)->step(&step).is_ok());
  ASSERT_TRUE((*session)->step(&step).is_ok());
  EXPECT_EQ(counting.requests, before);
}

}  // namespace
}  // namespace wasmchord::test
