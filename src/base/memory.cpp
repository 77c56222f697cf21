#include "src/base/memory.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "src/base/pages.h"

namespace wasmchord {
namespace {

bool holds_large_page(size_t bytes) { return kLargePage != 0 && bytes >= kLargePage; }

// What holds a large page begins with one, so that few of its bytes are outside of large pages.
std::align_val_t alignment_of(size_t bytes) {
  return std::align_val_t(holds_large_page(bytes) ? kLargePage : kBufferAlignment);
}

void* default_alloc(void*, size_t bytes, size_t) {
  void* ptr = ::operator new(bytes, alignment_of(bytes), std::nothrow);
  if (ptr != nullptr && holds_large_page(bytes)) prefer_large_pages(ptr, bytes);
  return ptr;
}

void default_free(void*, void* ptr, size_t bytes) { ::operator delete(ptr, alignment_of(bytes)); }

}  // namespace

Memory::Memory(AllocatorHooks hooks, uint64_t limit_bytes) : hooks_(hooks), limit_(limit_bytes) {
  if (hooks_.alloc == nullptr) hooks_ = {default_alloc, default_free, nullptr};
}

Result<void*> Memory::allocate(size_t bytes, const char* what) {
  const uint64_t live = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const auto refuse = [&](Code code, const char* why) {
    live_.fetch_sub(bytes, std::memory_order_relaxed);
    return Status(code, std::string(what) + ": " + std::to_string(bytes) + " bytes " + why);
  };
  if (limit_ != 0 && live > limit_) {
    return refuse(Code::kMemoryLimit, "would pass max_memory_bytes");
  }
  void* ptr = hooks_.alloc(hooks_.user, bytes, kBufferAlignment);
  if (ptr == nullptr) return refuse(Code::kOutOfMemory, "could not be allocated");
  uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (live > peak && !peak_.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
  }
  return ptr;
}

void Memory::release(void* ptr, size_t bytes) {
  if (ptr == nullptr) return;
  hooks_.free(hooks_.user, ptr, bytes);
  live_.fetch_sub(bytes, std::memory_order_relaxed);
}

Result<Buffer> Buffer::create(std::shared_ptr<Memory> memory, size_t bytes, const char* what) {
  WC_ASSIGN(Buffer buffer, uninitialized(std::move(memory), bytes, what));
  if (bytes != 0) std::memset(buffer.data_, 0, bytes);
  return buffer;
}

Result<Buffer> Buffer::uninitialized(std::shared_ptr<Memory> memory, size_t bytes, const char* what) {
  Buffer buffer;
  if (bytes == 0) return buffer;
  WC_ASSIGN(void* ptr, memory->allocate(bytes, what));
  buffer.memory_ = std::move(memory);
  buffer.data_ = static_cast<std::byte*>(ptr);
  buffer.size_ = bytes;
  return buffer;
}

Buffer::~Buffer() {
  if (memory_) memory_->release(data_, size_);
}

}  // namespace wasmchord
