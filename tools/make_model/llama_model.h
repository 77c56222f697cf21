// A llama-architecture model of random weights as a GGUF file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/tensor/dtype.h"

namespace wasmchord::tools {

struct LlamaShape {
  std::string_view name;
  uint32_t n_layers;
  uint32_t n_embd;
  uint32_t n_ff;
  uint32_t n_heads;
  uint32_t n_kv_heads;
  uint32_t n_ctx;
  uint32_t n_vocab;
  bool tied;  // the output matrix is the embedding
};

// Null where no shape has the name.
const LlamaShape* find_llama_shape(std::string_view name);

// <unk>, <s>, </s>, 256 byte tokens and the space symbol.
inline constexpr uint32_t kMinVocab = 3 + 256 + 1;

// Throws std::runtime_error. Matrices whose rows are no whole blocks of `dtype` get the type that `wasmchord quantize`
// falls back to.
void write_llama(const std::string& path, const LlamaShape& shape, DType dtype, uint64_t seed);

}  // namespace wasmchord::tools
