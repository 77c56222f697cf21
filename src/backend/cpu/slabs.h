// Weights rearranged for the kernels: rows of a matrix in slabs (kernels/cpu/slab_inl.h), as long as they were.
#pragma once

#include <cstddef>
#include <span>

#include "src/backend/cpu/cpu_backend.h"

namespace wasmchord::cpu {

// Whole slabs of each slice; 0 where the format has none on this ISA, or the matrix fewer rows.
uint32_t packable_rows(const Weight& weight);

// Packs the matrix at `from`, a mapped file in the file's layout, to `to`, and lets go of the file's pages on the way.
void pack_mapped(const Weight& weight, std::span<const std::byte> from, std::byte* to);

// Packs `bytes` in place. kOutOfMemory, kMemoryLimit: room for one slab is needed.
Status pack_in_place(const Weight& weight, std::shared_ptr<Memory> memory, std::span<std::byte> bytes);

}  // namespace wasmchord::cpu
