#include "src/base/pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#endif

namespace wasmchord {

#if defined(__linux__)

namespace {

// The call takes whole pages: all that the bytes touch, or only those that hold nothing else.
enum class Pages { kTouched, kInside };

void advise(const void* bytes, size_t size, Pages pages, int advice) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const auto* data = static_cast<const std::byte*>(bytes);
  const size_t before = reinterpret_cast<uintptr_t>(bytes) % page, after = (page - (before + size) % page) % page;
  const bool touched = pages == Pages::kTouched;
  const std::byte* begin = touched ? data - before : data + (page - before) % page;
  const std::byte* end = touched ? data + size + after : data + size - (after == 0 ? 0 : page - after);
  // A system without the advice refuses it; nothing depends on it.
  if (begin < end) (void)::madvise(const_cast<std::byte*>(begin), static_cast<size_t>(end - begin), advice);
}

}  // namespace

void drop_file_pages(const void* bytes, size_t size) { advise(bytes, size, Pages::kTouched, MADV_DONTNEED); }
void prefer_large_pages(void* bytes, size_t size) { advise(bytes, size, Pages::kInside, MADV_HUGEPAGE); }

#else

void drop_file_pages(const void*, size_t) {}
void prefer_large_pages(void*, size_t) {}

#endif

}  // namespace wasmchord
