// Element types of tensors, by their GGUF number, with their block geometry.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmchord {

enum class DType : uint32_t {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) k##name = id,
#define WC_FORMAT_NAMED(name, id, block_len, block_bytes) k##name = id,
#include "kernels/formats/formats.def"
#undef WC_FORMAT
#undef WC_FORMAT_NAMED
};

struct DTypeInfo {
  DType dtype;
  std::string_view name;  // as the field writes it, for example "Q4_0"
  uint32_t block_len;     // elements in a block
  uint32_t block_bytes;   // bytes of a block
  bool computed;          // kernels exist; otherwise the type can be listed but not run
};

// Null for a number that the format does not assign.
const DTypeInfo* dtype_info(uint32_t gguf_id);
inline const DTypeInfo& dtype_info(DType dtype) { return *dtype_info(static_cast<uint32_t>(dtype)); }

// Swaps the byte order of every multi-byte field of `n_blocks` blocks in place. False where the layout of the type is
// not known here (its big-endian files are then refused by name).
bool dtype_byteswap(DType dtype, void* blocks, uint64_t n_blocks);

// Whether every floating-point field (elements, or the scales of blocks) of `n_blocks` blocks in native byte order is
// finite. True for types without such fields, and for types whose layout is not known here.
bool dtype_all_finite(DType dtype, const void* blocks, uint64_t n_blocks);

}  // namespace wasmchord
