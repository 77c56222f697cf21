// Hints to the system about pages of memory. They change no content, and do nothing where a system lacks them.
#pragma once

#include <cstddef>

namespace wasmchord {

// The bytes, part of a file mapped read-only, are not needed for now: their pages may leave this process's memory and
// are read again from the file when touched.
void drop_file_pages(const void* bytes, size_t size);

// Bytes of a large page, 0 where none can be asked for.
#if defined(__linux__)
inline constexpr size_t kLargePage = size_t{2} << 20;
#else
inline constexpr size_t kLargePage = 0;
#endif

// For a block that is read from end to end: large pages, where the system has some to give, of what it holds whole ones
// of. Weights read from memory are limited by the processor's table of pages: 4 KiB each are too many for it.
void prefer_large_pages(void* bytes, size_t size);

}  // namespace wasmchord
