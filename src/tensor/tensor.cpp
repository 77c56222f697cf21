#include <algorithm>
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

// Numbers inside each block that lie side by side.
struct Field {
  DType dtype;
  uint32_t offset;    // bytes from the start of the block
  uint32_t width;     // bytes of one
  uint64_t exponent;  // bits that are all set where it is infinite or NaN; 0: an integer, always finite
  uint32_t count = 1;
};

constexpr uint64_t kHalf = 0x7c00, kBrainHalf = 0x7f80, kSingle = 0x7f800000, kDouble = 0x7ff0000000000000;

// Every type whose blocks hold nothing multi-byte beyond these fields. The high bits of Q5_0 and Q5_1 are a word, as
// the reference reads and writes them. NVFP4 has no infinity, and decodes NaN as 0.
constexpr Field kFields[] = {
    {DType::kF32, 0, 4, kSingle},   {DType::kF16, 0, 2, kHalf},      {DType::kBF16, 0, 2, kBrainHalf},
    {DType::kF64, 0, 8, kDouble},   {DType::kI8, 0, 1, 0},           {DType::kI16, 0, 2, 0},
    {DType::kI32, 0, 4, 0},         {DType::kI64, 0, 8, 0},          {DType::kQ4_0, 0, 2, kHalf},
    {DType::kQ4_1, 0, 2, kHalf, 2}, {DType::kQ5_0, 0, 2, kHalf},     {DType::kQ5_0, 2, 4, 0},
    {DType::kQ5_1, 0, 2, kHalf, 2}, {DType::kQ5_1, 4, 4, 0},         {DType::kQ8_0, 0, 2, kHalf},
    {DType::kQ8_1, 0, 2, kHalf, 2}, {DType::kQ2_K, 80, 2, kHalf, 2}, {DType::kQ3_K, 108, 2, kHalf},
    {DType::kQ4_K, 0, 2, kHalf, 2}, {DType::kQ5_K, 0, 2, kHalf, 2},  {DType::kQ6_K, 208, 2, kHalf},
    {DType::kQ8_K, 0, 4, kSingle},  {DType::kQ8_K, 260, 2, 0, 16},   {DType::kIQ2_S, 0, 2, kHalf},
    {DType::kIQ3_S, 0, 2, kHalf},   {DType::kIQ4_NL, 0, 2, kHalf},   {DType::kIQ4_XS, 0, 2, kHalf},
    {DType::kIQ4_XS, 2, 2, 0},      {DType::kTQ1_0, 52, 2, kHalf},   {DType::kTQ2_0, 64, 2, kHalf},
    {DType::kMXFP4, 0, 1, 0xff},    {DType::kNVFP4, 0, 1, 0, 4},     {DType::kQ1_0, 0, 2, kHalf},
    {DType::kQ2_0, 0, 2, kHalf},
};

// The scales of types whose blocks also hold words of codes: these are checked, but no writer has settled how a
// big-endian file holds the words.
constexpr Field kScalesBesideWords[] = {
    {DType::kIQ2_XXS, 0, 2, kHalf},
    {DType::kIQ2_XS, 0, 2, kHalf},
    {DType::kIQ3_XXS, 0, 2, kHalf},
    {DType::kIQ1_S, 0, 2, kHalf},
};

// Reverses the field in each block.
void swap_field(std::byte* blocks, uint64_t n_blocks, uint32_t block_bytes, const Field& field) {
  for (uint64_t i = 0; i < n_blocks; ++i) {
    std::byte* bytes = blocks + i * block_bytes + field.offset;
    for (uint32_t k = 0; k < field.count; ++k, bytes += field.width) std::reverse(bytes, bytes + field.width);
  }
}

template <typename Word>
bool field_finite(const std::byte* blocks, uint64_t n_blocks, uint32_t block_bytes, const Field& field) {
  const Word mask = static_cast<Word>(field.exponent);
  uint32_t bad = 0;
  for (uint32_t k = 0; k < field.count; ++k) {
    const std::byte* bytes = blocks + field.offset + k * field.width;
    for (uint64_t i = 0; i < n_blocks; ++i) {
      Word word;
      std::memcpy(&word, bytes + i * block_bytes, sizeof(word));
      bad |= static_cast<uint32_t>((word & mask) == mask);
    }
  }
  return bad == 0;
}

bool field_finite(const Field& field, const std::byte* blocks, uint64_t n_blocks) {
  const uint32_t stride = dtype_info(field.dtype).block_bytes;
  switch (field.exponent == 0 ? 0 : field.width) {
    case 1:
      return field_finite<uint8_t>(blocks, n_blocks, stride, field);
    case 2:
      return field_finite<uint16_t>(blocks, n_blocks, stride, field);
    case 4:
      return field_finite<uint32_t>(blocks, n_blocks, stride, field);
    case 8:
      return field_finite<uint64_t>(blocks, n_blocks, stride, field);
    default:
      return true;
  }
}

bool fields_finite(std::span<const Field> fields, DType dtype, const std::byte* blocks, uint64_t n_blocks) {
  for (const Field& field : fields) {
    if (field.dtype == dtype && !field_finite(field, blocks, n_blocks)) return false;
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
