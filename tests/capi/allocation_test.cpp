// Decoding allocates nothing: neither through the host's allocator nor from the C heap, in any thread.
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "tests/capi/support.h"

// glibc's own names for what is replaced below; operator new of the C++ runtime calls malloc or aligned_alloc.
extern "C" {
void* __libc_malloc(size_t bytes);                      // NOLINT
void* __libc_calloc(size_t n, size_t bytes);            // NOLINT
void* __libc_realloc(void* ptr, size_t bytes);          // NOLINT
void* __libc_memalign(size_t alignment, size_t bytes);  // NOLINT
}

namespace {

std::atomic<uint64_t> g_heap_calls{0};
std::atomic<uint64_t> g_hook_calls{0};

void* counted_alloc(void*, size_t bytes, size_t alignment) {
  ++g_hook_calls;
  return __libc_memalign(alignment, bytes);
}

void counted_free(void*, void* ptr, size_t) { std::free(ptr); }

}  // namespace

// Visible, or the C++ runtime would go on calling glibc's.
#pragma GCC visibility push(default)
extern "C" {
void* malloc(size_t bytes) {
  ++g_heap_calls;
  return __libc_malloc(bytes);
}
void* calloc(size_t n, size_t bytes) {
  ++g_heap_calls;
  return __libc_calloc(n, bytes);
}
void* realloc(void* ptr, size_t bytes) {
  ++g_heap_calls;
  return __libc_realloc(ptr, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  ++g_heap_calls;
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** out, size_t alignment, size_t bytes) {
  *out = memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}
}
#pragma GCC visibility pop

namespace wasmchord_test {
namespace {

void run_generation(wasmchord::Session& session, wasmchord::Sampler& sampler, uint64_t* heap, uint64_t* hook) {
  const std::string stop[] = {"no such text", "nor this one"};
  session.reset();
  session.prefill("Once upon a time");
  const wasmchord::Generation started =
      session.generate({.max_tokens = 64, .sampler = &sampler, .stop = stop, .ignore_end = true});
  EXPECT_EQ(started.status(), WC_STATUS_OK);
  const uint64_t heap_before = g_heap_calls, hook_before = g_hook_calls;
  wc_step step = WC_STEP_INIT;
  uint32_t n_tokens = 0;
  while (session.step(step) == WC_STATUS_OK) ++n_tokens;
  *heap = g_heap_calls - heap_before;
  *hook = g_hook_calls - hook_before;
  EXPECT_EQ(n_tokens, 63u);
}

TEST(AllocationTest, DecodingATokenAllocatesNothing) {
  wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
  options.num_threads = 2;
  options.allocator = {counted_alloc, counted_free, nullptr};
  const wasmchord::Context context(options);
  const wasmchord::Model model(context, kModelPath);
  wasmchord::Session session(model);
  ASSERT_GT(g_hook_calls, 0u) << "the allocator is not used at all";
  ASSERT_GT(g_heap_calls, 0u) << "the replaced malloc is not used at all";
  wasmchord::Sampler sampler(context);
  sampler.add("penalties", {{"last_n", 64}, {"repeat", 1.1}})
      .add("top_k", {{"k", 40}})
      .add("top_p", {{"p", 0.95}})
      .add("min_p", {{"p", 0.05}})
      .add("temperature", {{"t", 0.8}})
      .add("dist", {{"seed", 7}});
  uint64_t heap = 0, hook = 0;
  run_generation(session, sampler, &heap, &hook);  // lets scratch buffers grow to their size
  run_generation(session, sampler, &heap, &hook);
  EXPECT_EQ(heap, 0u) << "allocations from the heap in 64 tokens";
  EXPECT_EQ(hook, 0u) << "allocations through the hook in 64 tokens";
}

}  // namespace
}  // namespace wasmchord_test
