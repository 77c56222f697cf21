#include <array>
#include <cstring>
#include <span>

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

// A multi-byte number inside each block.
struct Field {
  DType dtype;
  uint32_t offset;         // bytes from the start of the block
  uint32_t width;          // bytes
  uint32_t exponent_bits;  // 0: an integer
};

// Every type whose blocks hold nothing multi-byte beyond these fields.
constexpr Field kFields[] = {
    {DType::kF32, 0, 4, 8},    {DType::kF16, 0, 2, 5},    {DType::kBF16, 0, 2, 8},   {DType::kF64, 0, 8, 11},
    {DType::kI16, 0, 2, 0},    {DType::kI32, 0, 4, 0},    {DType::kI64, 0, 8, 0},    {DType::kI8, 0, 1, 0},
    {DType::kQ4_0, 0, 2, 5},   {DType::kQ8_0, 0, 2, 5},   {DType::kQ6_K, 208, 2, 5}, {DType::kQ4_1, 0, 2, 5},
    {DType::kQ4_1, 2, 2, 5},   {DType::kQ8_1, 0, 2, 5},   {DType::kQ8_1, 2, 2, 5},   {DType::kQ2_K, 80, 2, 5},
    {DType::kQ2_K, 82, 2, 5},  {DType::kQ3_K, 108, 2, 5}, {DType::kQ4_K, 0, 2, 5},   {DType::kQ4_K, 2, 2, 5},
    {DType::kQ5_K, 0, 2, 5},   {DType::kQ5_K, 2, 2, 5},   {DType::kIQ4_NL, 0, 2, 5}, {DType::kIQ4_XS, 0, 2, 5},
    {DType::kIQ4_XS, 2, 2, 0}, {DType::kMXFP4, 0, 1, 8},  {DType::kNVFP4, 0, 1, 0},  {DType::kQ1_0, 0, 2, 5},
    {DType::kQ2_0, 0, 2, 5},   {DType::kTQ1_0, 52, 2, 5}, {DType::kTQ2_0, 64, 2, 5}, {DType::kIQ2_S, 0, 2, 5},
    {DType::kIQ3_S, 0, 2, 5},
};

// The scales of types whose blocks also hold words of codes: these are checked, but no writer has settled how a
// big-endian file holds the words.
constexpr Field kScalesBesideWords[] = {
    {DType::kQ5_0, 0, 2, 5},    {DType::kQ5_1, 0, 2, 5},   {DType::kQ5_1, 2, 2, 5},    {DType::kQ8_K, 0, 4, 8},
    {DType::kIQ2_XXS, 0, 2, 5}, {DType::kIQ2_XS, 0, 2, 5}, {DType::kIQ3_XXS, 0, 2, 5}, {DType::kIQ1_S, 0, 2, 5},
};

// Reverses the field in each block.
void swap_field(std::byte* blocks, uint64_t n_blocks, uint32_t block_bytes, const Field& field) {
  for (uint64_t i = 0; i < n_blocks; ++i) {
    std::byte* bytes = blocks + i * block_bytes + field.offset;
    for (uint32_t a = 0, b = field.width - 1; a < b; ++a, --b) std::swap(bytes[a], bytes[b]);
  }
}

// An IEEE number is infinite or NaN where all bits of its exponent are set.
template <typename Word>
bool field_finite(const std::byte* blocks, uint64_t n_blocks, uint32_t block_bytes, const Field& field) {
  const uint32_t bits = field.width * 8;
  const uint32_t shift = bits > field.exponent_bits ? bits - 1 - field.exponent_bits : 0;  // 0: no sign, all exponent
  const Word mask = static_cast<Word>(((uint64_t{1} << field.exponent_bits) - 1) << shift);
  uint32_t bad = 0;
  for (uint64_t i = 0; i < n_blocks; ++i) {
    Word word;
    std::memcpy(&word, blocks + i * block_bytes + field.offset, sizeof(word));
    bad |= static_cast<uint32_t>((word & mask) == mask);
  }
  return bad == 0;
}

bool fields_finite(std::span<const Field> fields, DType dtype, const std::byte* bytes, uint64_t n_blocks) {
  const uint32_t stride = dtype_info(dtype).block_bytes;
  for (const Field& field : fields) {
    if (field.dtype != dtype || field.exponent_bits == 0) continue;
    const bool finite = field.width == 1   ? field_finite<uint8_t>(bytes, n_blocks, stride, field)
                        : field.width == 2 ? field_finite<uint16_t>(bytes, n_blocks, stride, field)
                        : field.width == 4 ? field_finite<uint32_t>(bytes, n_blocks, stride, field)
                                           : field_finite<uint64_t>(bytes, n_blocks, stride, field);
    if (!finite) return false;
  }
  return true;
}

// The f16 of IQ1_M lies in the upper 4 bits of four words from byte 48 on, lowest first: its exponent is in the last
// two.
bool iq1_m_finite(const std::byte* blocks, uint64_t n_blocks) {
  constexpr std::byte kHigh{0x70}, kLow{0xc0};
  for (uint64_t i = 0; i < n_blocks; ++i) {
    const std::byte* scales = blocks + i * dtype_info(DType::kIQ1_M).block_bytes + 48;
    if ((scales[7] & kHigh) == kHigh && (scales[5] & kLow) == kLow) return false;
  }
  return true;
}

}  // namespace

const DTypeInfo* dtype_info(uint32_t gguf_id) {
  for (const DTypeInfo& info : kInfos) {
    if (static_cast<uint32_t>(info.dtype) == gguf_id) return &info;
  }
  return nullptr;
}

bool dtype_byteswap(DType dtype, void* blocks, uint64_t n_blocks) {
  bool known = false;
  for (const Field& field : kFields) {
    if (field.dtype != dtype) continue;
    swap_field(static_cast<std::byte*>(blocks), n_blocks, dtype_info(dtype).block_bytes, field);
    known = true;
  }
  return known;
}

bool dtype_all_finite(DType dtype, const void* blocks, uint64_t n_blocks) {
  const auto* bytes = static_cast<const std::byte*>(blocks);
  if (dtype == DType::kIQ1_M) return iq1_m_finite(bytes, n_blocks);
  return fields_finite(kFields, dtype, bytes, n_blocks) && fields_finite(kScalesBesideWords, dtype, bytes, n_blocks);
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
