// Counts every operator new of the program. In a file of its own: where GCC inlines only one of new and delete, it
// takes them for mismatched.
#include "tests/unit/sampler/counting_new.h"

#include <cstdlib>
#include <new>

namespace wasmchord::test {

std::atomic<size_t> allocations{0};

}  // namespace wasmchord::test

namespace {

void* counted_alloc(size_t bytes) {
  ++wasmchord::test::allocations;
  return std::malloc(bytes);
}

}  // namespace

void* operator new(size_t bytes) {
  void* ptr = counted_alloc(bytes);
  if (ptr == nullptr) throw std::bad_alloc();
  return ptr;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return counted_alloc(bytes); }
void operator delete(void* ptr) noexcept { std::free(ptr); }
void operator delete(void* ptr, size_t) noexcept { std::free(ptr); }
