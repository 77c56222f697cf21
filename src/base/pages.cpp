#include "src/base/pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace wasmchord {

#if defined(__linux__)

namespace {

// The call takes whole pages: all that the bytes touch, or only those that hold nothing else.
enum class Pages { kTouched, kInside };

void advise(const void* bytes, size_t size, Pages pages, int advice) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  uintptr_t begin = reinterpret_cast<uintptr_t>(bytes), end = begin + size;
  if (pages == Pages::kTouched) {
    begin = begin / page * page;
    end = (end + page - 1) / page * page;
  } else {
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
  }
  // A system without the advice refuses it; nothing depends on it.
  if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, advice);
}

}  // namespace

void drop_file_pages(const void* bytes, size_t size) { advise(bytes, size, Pages::kTouched, MADV_DONTNEED); }
void prefer_large_pages(void* bytes, size_t size) { advise(bytes, size, Pages::kInside, MADV_HUGEPAGE); }

#else

void drop_file_pages(const void*, size_t) {}
void prefer_large_pages(void*, size_t) {}

#endif

}  // namespace wasmchord
