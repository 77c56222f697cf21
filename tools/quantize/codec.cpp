#include "tools/quantize/codec.h"

#include <cstring>

#include "kernels/formats/encoders.h"
#include "wasmchord_formats.h"

namespace wasmchord::tools {
namespace {

struct Codec {
  DType dtype;
  void (*encode)(const float*, uint64_t, std::byte*);
  void (*decode)(const std::byte*, uint64_t, float*);
};

template <class Format>
void encode_run(const float* x, uint64_t n, std::byte* out) {
  typename Format::Block block;
  for (uint64_t i = 0; i < n; i += Format::kBlockLen, out += sizeof block) {
    kernels::encode<Format>(x + i, block);
    std::memcpy(out, &block, sizeof block);
  }
}

template <class Format>
void decode_run(const std::byte* blocks, uint64_t n, float* out) {
  typename Format::Block block;
  for (uint64_t i = 0; i < n; i += Format::kBlockLen, blocks += sizeof block) {
    std::memcpy(&block, blocks, sizeof block);
    Format::decode(block, out + i);
  }
}

template <class Format>
constexpr Codec codec_of(DType dtype) {
  if constexpr (kernels::Encodable<Format>) {
    return {dtype, encode_run<Format>, decode_run<Format>};
  } else {
    return {dtype, nullptr, decode_run<Format>};
  }
}

constexpr Codec kCodecs[] = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) codec_of<kernels::name>(DType::k##name),
#include "kernels/formats/formats.def"
#undef WC_FORMAT
};

const Codec* find_codec(DType dtype) {
  for (const Codec& codec : kCodecs) {
    if (codec.dtype == dtype) return &codec;
  }
  return nullptr;
}

}  // namespace

bool can_encode(DType dtype) {
  const Codec* codec = find_codec(dtype);
  return codec != nullptr && codec->encode != nullptr;
}

bool can_decode(DType dtype) { return find_codec(dtype) != nullptr; }

bool is_quantized(DType dtype) { return dtype_info(dtype).block_len > 1; }

void encode(DType dtype, const float* x, uint64_t n, std::byte* out) { find_codec(dtype)->encode(x, n, out); }

void decode(DType dtype, const std::byte* blocks, uint64_t n, float* out) { find_codec(dtype)->decode(blocks, n, out); }

}  // namespace wasmchord::tools
