// The injected allocator, and a buffer that lives on it. Everything large (weights, KV cache, activations) is
// allocated here, so that a host can count, cap or place it; small bookkeeping uses the C++ heap.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "src/base/status.h"

namespace wasmchord {

inline constexpr size_t kBufferAlignment = 64;  // bytes; a cache line, and the widest vector

// Thread-safe if the hooks are. `alloc` returns null when it has no memory; `free` gets the same size back.
struct AllocatorHooks {
  void* (*alloc)(void* user, size_t bytes, size_t alignment) = nullptr;
  void (*free)(void* user, void* ptr, size_t bytes) = nullptr;
  void* user = nullptr;
};

// Counts what is live against a limit (bytes; 0 = none). Shared by everything made from one context.
class Memory {
 public:
  Memory(AllocatorHooks hooks, uint64_t limit_bytes);

  // kMemoryLimit beyond the limit, kOutOfMemory where the hook has none; the message names `what`.
  Result<void*> allocate(size_t bytes, const char* what);
  void release(void* ptr, size_t bytes);

  uint64_t live_bytes() const { return live_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  uint64_t limit_bytes() const { return limit_; }

 private:
  AllocatorHooks hooks_;
  uint64_t limit_;
  std::atomic<uint64_t> live_{0};
  std::atomic<uint64_t> peak_{0};
};

// Owns one 64-byte-aligned block. Move-only. Keeps the Memory alive.
class Buffer {
 public:
  Buffer() = default;
  // Zero-filled.
  static Result<Buffer> create(std::shared_ptr<Memory> memory, size_t bytes, const char* what);
  // For what is written whole before it is read.
  static Result<Buffer> uninitialized(std::shared_ptr<Memory> memory, size_t bytes, const char* what);
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  std::shared_ptr<Memory> memory_;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace wasmchord
