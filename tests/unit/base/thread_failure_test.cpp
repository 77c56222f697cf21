// The pool where the system refuses to start threads: pthread_create is replaced in this program.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <vector>

#include "src/base/thread_pool.h"

namespace {

std::atomic<int> threads_left{0};

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                                     const pthread_attr_t* attributes,
                                                                     void* (*start)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left.fetch_sub(1) <= 0) return EAGAIN;
  return create(thread, attributes, start, argument);
}

namespace wasmchord {
namespace {

std::vector<int> calls_with(int available, uint32_t wanted) {
  threads_left = available;
  ThreadPool pool(wanted, {});
  const uint32_t size = pool.size();
  std::barrier<> barrier(size);
  struct Shared {
    std::barrier<>* barrier;
    std::vector<int> calls;
  } shared{&barrier, std::vector<int>(size, 0)};
  for (int run = 0; run < 2; ++run) {
    pool.run(
        [](void* data, uint32_t index) {
          auto* s = static_cast<Shared*>(data);
          s->barrier->arrive_and_wait();
          ++s->calls[index];
        },
        &shared);
  }
  return shared.calls;
}

TEST(ThreadPoolFailure, RunsWithTheThreadsItGot) {
  EXPECT_EQ(calls_with(0, 4), std::vector<int>(1, 2));
  EXPECT_EQ(calls_with(2, 4), std::vector<int>(3, 2));
  EXPECT_EQ(calls_with(3, 4), std::vector<int>(4, 2));
}

}  // namespace
}  // namespace wasmchord
