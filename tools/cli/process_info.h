// Facts about this process and this machine.
#pragma once

#include <cstdint>
#include <string>

namespace wasmchord::cli {

// The most memory that was resident at any time, in bytes; 0 where the system does not say.
uint64_t peak_memory_bytes();
// Starts peak_memory_bytes() afresh from what is resident now. False where the system does not offer it.
bool reset_peak_memory();
std::string cpu_name();
uint32_t cpu_count();

}  // namespace wasmchord::cli
