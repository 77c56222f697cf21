// Hints to the system about pages of memory. They change no content, and do nothing where a system lacks them.
#pragma once

#include <cstddef>

namespace wasmchord {

// The bytes, part of a file mapped read-only, are not needed for now: their pages may leave this process's memory and
// are read again from the file when touched.
void drop_file_pages(const void* bytes, size_t size);

// A large block that is read from end to end: large pages where the system has some to give.
void prefer_large_pages(void* bytes, size_t size);

}  // namespace wasmchord
