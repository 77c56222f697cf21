#include <array>
#include <cstring>

#include "src/tensor/dtype.h"
#include "src/tensor/shape.h"

namespace wasmchord {
namespace {

constexpr DTypeInfo kInfos[] = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) {DType::k##name, #name, block_len, block_bytes, true},
#define WC_FORMAT_NAMED(name, id, block_len, block_bytes) {DType::k##name, #name, block_len, block_bytes, false},
#include "kernels/formats/formats.def"
#undef WC_FORMAT
#undef WC_FORMAT_NAMED
};

// Reverses the field of `width` bytes at `offset` in each block.
void swap_fields(std::byte* blocks, uint64_t n_blocks, uint32_t block_bytes, uint32_t offset, uint32_t width) {
  for (uint64_t i = 0; i < n_blocks; ++i) {
    std::byte* field = blocks + i * block_bytes + offset;
    for (uint32_t a = 0, b = width - 1; a < b; ++a, --b) std::swap(field[a], field[b]);
  }
}

}  // namespace

const DTypeInfo* dtype_info(uint32_t gguf_id) {
  for (const DTypeInfo& info : kInfos) {
    if (static_cast<uint32_t>(info.dtype) == gguf_id) return &info;
  }
  return nullptr;
}

bool dtype_byteswap(DType dtype, void* blocks, uint64_t n_blocks) {
  const DTypeInfo& info = dtype_info(dtype);
  auto* bytes = static_cast<std::byte*>(blocks);
  if (info.block_len == 1) {  // plain numbers
    swap_fields(bytes, n_blocks, info.block_bytes, 0, info.block_bytes);
    return true;
  }
  if (dtype == DType::kQ4_0 || dtype == DType::kQ8_0) {  // f16 scale, then bytes
    swap_fields(bytes, n_blocks, info.block_bytes, 0, 2);
    return true;
  }
  return false;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (uint32_t i = 0; i < n_dims; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(ne[i]);
  }
  return text + "]";
}

bool row_bytes(const Shape& shape, DType dtype, uint64_t* out) {
  const DTypeInfo& info = dtype_info(dtype);
  if (shape.ne[0] % info.block_len != 0) return false;
  return checked_mul(shape.ne[0] / info.block_len, info.block_bytes, out);
}

bool tensor_bytes(const Shape& shape, DType dtype, uint64_t* out) {
  uint64_t bytes;
  if (!row_bytes(shape, dtype, &bytes)) return false;
  for (uint32_t i = 1; i < kMaxDims; ++i) {
    if (!checked_mul(bytes, shape.ne[i], &bytes)) return false;
  }
  *out = bytes;
  return true;
}

}  // namespace wasmchord
