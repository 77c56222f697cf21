// Which ISAs this binary holds, which of them this CPU can run, and the table of one of them.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernels/cpu/kernel_table.h"

namespace wasmchord::kernels {

struct IsaInfo {
  std::string_view name;
  bool (*supported)();  // by the CPU (and the OS) that runs this
  const KernelTable* (*table)();
};

// Best first; the last entry is "scalar", which every CPU runs. Thread-safe.
size_t isa_count();
const IsaInfo& isa_at(size_t index);

// The best supported ISA, or the named one; null where the name is unknown or this CPU cannot run it.
const KernelTable* best_table();
const KernelTable* find_table(std::string_view name);

}  // namespace wasmchord::kernels
