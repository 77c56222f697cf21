// Which type each tensor of a model becomes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/gguf/gguf.h"

namespace wasmchord::tools {

// The mixtures by their number as general.file_type, which GGUF takes from llama.cpp's llama_ftype.
enum class FileType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ8_0 = 7,
  kQ5_0 = 8,
  kQ5_1 = 9,
  kQ2_K = 10,
  kQ3_K_S = 11,
  kQ3_K_M = 12,
  kQ3_K_L = 13,
  kQ4_K_S = 14,
  kQ4_K_M = 15,
  kQ5_K_S = 16,
  kQ5_K_M = 17,
  kQ6_K = 18,
  kIQ4_NL = 25,
  kIQ4_XS = 30,
  kBF16 = 32,
  kTQ1_0 = 36,
  kTQ2_0 = 37,
  kMXFP4 = 38,
};

struct Recipe {
  std::string_view name;
  FileType file_type;
  DType base;  // of tensors without a rule of their own
  std::string_view summary;
};

// In rising size; Q3_K, Q4_K and Q5_K, which stand for their _M, come after the others.
std::vector<Recipe> recipes();
// By name, in either case; empty where there is none or its base cannot be written.
std::optional<Recipe> find_recipe(std::string_view name);
// A tensor type that can be written, by name in either case.
std::optional<DType> find_writable_type(std::string_view name);

struct TypeOverrides {
  std::optional<DType> output;     // of output.weight
  std::optional<DType> embedding;  // of token_embd.weight
  bool pure = false;               // the base for everything
};

// What the rules look at besides a tensor's own name and shape.
struct ModelFacts {
  std::string architecture;
  uint32_t n_layers = 0;
  uint32_t n_grouped = 1;  // query heads that share a key head
  uint32_t n_experts = 0;
  bool has_output = false;            // output.weight is there; otherwise the embedding serves as it
  std::vector<uint32_t> attn_layers;  // rising: layers with attn_v.weight
};
ModelFacts model_facts(const gguf::Header& header);

// The rules of llama.cpp's llama-quantize for files without an importance matrix.
class TypeChooser {
 public:
  TypeChooser(const Recipe& recipe, ModelFacts facts, const TypeOverrides& overrides)
      : recipe_(recipe), facts_(std::move(facts)), overrides_(overrides) {}

  // Empty: the tensor stays as it is. *fell_back where rows are no whole blocks of the type that the rules name.
  std::optional<DType> choose(std::string_view name, const Shape& shape, bool* fell_back) const;

 private:
  DType by_rule(std::string_view name, const Shape& shape) const;
  DType of_output(const Shape& shape) const;
  DType of_embedding() const;
  DType of_attn_v(std::string_view name) const;
  DType of_ffn_down(std::string_view name) const;
  DType of_attn_output() const;
  DType of_attn_qkv() const;

  Recipe recipe_;
  ModelFacts facts_;
  TypeOverrides overrides_;
};

// The first and last eighth of the layers and every third between.
bool uses_more_bits(uint32_t layer, uint32_t n_layers);

// What takes the place of `dtype` where rows of `cols` elements are no whole blocks of it.
DType fitting_type(DType dtype, uint64_t cols);

}  // namespace wasmchord::tools
