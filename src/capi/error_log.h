// The messages behind wc_last_error: one for each thread that failed, kept in the context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace wasmchord::capi {

// Threads come and go, so only those that failed last keep their message; wasmchord.h documents the number.
inline constexpr size_t kMaxErrorThreads = 256;

// Thread-safe.
class ErrorLog {
 public:
  // The calling thread's message. Where there is no memory for it, the thread has none.
  void set(std::string_view message) noexcept;
  // "" if none. Valid until the calling thread's next set(), or kMaxErrorThreads other threads have set theirs.
  const char* get() const noexcept;

 private:
  struct Entry {
    std::string message;
    uint64_t time = 0;
  };
  void make_room();  // mutex_ held

  mutable std::mutex mutex_;
  std::unordered_map<std::thread::id, Entry> entries_;
  uint64_t clock_ = 0;  // counts calls of set()
};

}  // namespace wasmchord::capi
