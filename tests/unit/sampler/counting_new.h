#pragma once

#include <atomic>
#include <cstddef>

namespace wasmchord::test {

extern std::atomic<size_t> allocations;  // by operator new, since the program started

}  // namespace wasmchord::test
