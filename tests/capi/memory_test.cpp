// The host's allocator, its limit, and who keeps what alive.
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>

#include "tests/capi/support.h"

namespace wasmchord_test {
namespace {

// Knows every live block, and refuses when told to.
class Ledger {
 public:
  wc_allocator hooks() {
    return {
        [](void* user, size_t bytes, size_t alignment) { return static_cast<Ledger*>(user)->take(bytes, alignment); },
        [](void* user, void* ptr, size_t bytes) { static_cast<Ledger*>(user)->give(ptr, bytes); }, this};
  }
  size_t live_blocks() const { return blocks_.size(); }
  void refuse() { refuse_ = true; }

 private:
  void* take(size_t bytes, size_t alignment) {
    const std::lock_guard lock(mutex_);
    if (refuse_) return nullptr;
    void* ptr = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    blocks_[ptr] = bytes;
    return ptr;
  }
  void give(void* ptr, size_t bytes) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(blocks_[ptr], bytes) << "another size than was asked for";
    blocks_.erase(ptr);
    std::free(ptr);
  }
  std::mutex mutex_;
  std::map<void*, size_t> blocks_;
  bool refuse_ = false;
};

// A push-loaded model, whose weights are on the allocator.
wasmchord::Model load_into_memory(const wasmchord::Context& context) {
  wasmchord::Loader loader(context);
  loader.feed(as_bytes(read_file(kModelPath)));
  return loader.finish();
}

TEST(MemoryTest, EveryBlockComesBackWithItsSize) {
  Ledger ledger;
  {
    wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
    options.allocator = ledger.hooks();
    const wasmchord::Context context(options);
    const wasmchord::Model model = load_into_memory(context);
    EXPECT_GE(context.memory().live_bytes, model.info().weights_bytes);
    EXPECT_FALSE(continue_text(model, "Once upon a time", 8).empty());
    EXPECT_GT(ledger.live_blocks(), 0u);
    EXPECT_GT(context.memory().peak_bytes, context.memory().live_bytes);
  }
  EXPECT_EQ(ledger.live_blocks(), 0u);
}

TEST(MemoryTest, AnAllocatorWithoutMemoryIsOutOfMemory) {
  Ledger ledger;
  wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
  options.allocator = ledger.hooks();
  const wasmchord::Context context(options);
  const wasmchord::Model model(context, kModelPath);
  ledger.refuse();
  EXPECT_EQ(status_of([&] { wasmchord::Session{model}; }), WC_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(status_of([&] { load_into_memory(context); }), WC_STATUS_OUT_OF_MEMORY);
}

TEST(MemoryTest, TheLimitStopsASessionAndNamesWhatDidNotFit) {
  wasmchord::Context context;
  context.configure(R"({"max_memory_bytes": 300000})");
  wc_load_options load = WC_LOAD_OPTIONS_INIT;
  load.flags = WC_LOAD_FILE_LAYOUT;  // mapped, hence not counted
  const wasmchord::Model model(context, kModelPath, load);
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  options.n_ctx = 1024;
  EXPECT_EQ(status_of([&] { wasmchord::Session(model, options); }), WC_STATUS_MEMORY_LIMIT);
  EXPECT_NE(std::string(wc_last_error(context.get())).find("max_memory_bytes"), std::string::npos);
  EXPECT_LE(context.memory().peak_bytes, 300000u);
}

TEST(MemoryTest, TheLimitStopsACopyIntoTheFastLayout) {
  wasmchord::Context context;
  context.configure(R"({"max_memory_bytes": 100000})");
  const auto load = [&] { wasmchord::Model(context, kModelPath); };
  if (std::string(wc_context_isa(context.get())) == "scalar") GTEST_SKIP() << "no layout but the file's";
  EXPECT_EQ(status_of(load), WC_STATUS_MEMORY_LIMIT);
}

TEST(MemoryTest, TheLimitStopsAPushLoad) {
  wasmchord::Context context;
  context.configure(R"({"max_memory_bytes": 100000})");
  EXPECT_EQ(status_of([&] { load_into_memory(context); }), WC_STATUS_MEMORY_LIMIT);
}

TEST(MemoryTest, ContextAndModelMayBeDestroyedBeforeTheSession) {
  wc_context* context = nullptr;
  wc_model* model = nullptr;
  wc_session* session = nullptr;
  ASSERT_EQ(wc_context_create(nullptr, &context), WC_STATUS_OK);
  ASSERT_EQ(wc_model_load_file(context, kModelPath.data(), kModelPath.size(), nullptr, &model), WC_STATUS_OK);
  ASSERT_EQ(wc_session_create(model, nullptr, &session), WC_STATUS_OK);
  wc_context_destroy(context);
  wc_model_destroy(model);
  const int32_t id = 1;
  EXPECT_EQ(wc_session_prefill(session, &id, 1), WC_STATUS_OK);
  EXPECT_EQ(wc_session_truncate(session, 99), WC_STATUS_INVALID_ARGUMENT);
  wc_session_destroy(session);
}

}  // namespace
}  // namespace wasmchord_test
