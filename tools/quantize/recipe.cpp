#include "tools/quantize/recipe.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "tools/quantize/codec.h"

namespace wasmchord::tools {
namespace {

constexpr Recipe kRecipes[] = {
    {"TQ1_0", FileType::kTQ1_0, DType::kTQ1_0, "ternary, 1.69 bits"},
    {"TQ2_0", FileType::kTQ2_0, DType::kTQ2_0, "ternary, 2.06 bits"},
    {"Q2_K", FileType::kQ2_K, DType::kQ2_K, "2 bits, some matrices 3 or 4"},
    {"Q3_K_S", FileType::kQ3_K_S, DType::kQ3_K, "3 bits"},
    {"Q3_K_M", FileType::kQ3_K_M, DType::kQ3_K, "3 bits, some matrices 4 or 5"},
    {"Q3_K_L", FileType::kQ3_K_L, DType::kQ3_K, "3 bits, some matrices 5"},
    {"MXFP4", FileType::kMXFP4, DType::kMXFP4, "4-bit floats with a common exponent"},
    {"IQ4_XS", FileType::kIQ4_XS, DType::kIQ4_XS, "4 bits, not evenly spaced"},
    {"IQ4_NL", FileType::kIQ4_NL, DType::kIQ4_NL, "4 bits, not evenly spaced, blocks of 32"},
    {"Q4_0", FileType::kQ4_0, DType::kQ4_0, "4 bits, the fastest"},
    {"Q4_K_S", FileType::kQ4_K_S, DType::kQ4_K, "4 bits, some layers 5"},
    {"Q4_K_M", FileType::kQ4_K_M, DType::kQ4_K, "4 bits, some matrices 6: a good default"},
    {"Q4_1", FileType::kQ4_1, DType::kQ4_1, "4 bits with a minimum"},
    {"Q5_0", FileType::kQ5_0, DType::kQ5_0, "5 bits"},
    {"Q5_K_S", FileType::kQ5_K_S, DType::kQ5_K, "5 bits"},
    {"Q5_K_M", FileType::kQ5_K_M, DType::kQ5_K, "5 bits, some matrices 6"},
    {"Q5_1", FileType::kQ5_1, DType::kQ5_1, "5 bits with a minimum"},
    {"Q6_K", FileType::kQ6_K, DType::kQ6_K, "6 bits"},
    {"Q8_0", FileType::kQ8_0, DType::kQ8_0, "8 bits, hardly distinguishable"},
    {"F16", FileType::kF16, DType::kF16, "16-bit floats"},
    {"BF16", FileType::kBF16, DType::kBF16, "16-bit floats, the exponents of 32-bit ones"},
    {"F32", FileType::kF32, DType::kF32, "32-bit floats"},
    {"Q3_K", FileType::kQ3_K_M, DType::kQ3_K, "as Q3_K_M"},
    {"Q4_K", FileType::kQ4_K_M, DType::kQ4_K, "as Q4_K_M"},
    {"Q5_K", FileType::kQ5_K_M, DType::kQ5_K, "as Q5_K_M"},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// The number in "blk.12.attn_v.weight"; 0 where there is none.
uint32_t layer_of(std::string_view name) {
  uint32_t layer = 0;
  if (name.starts_with("blk.")) std::from_chars(name.data() + 4, name.data() + name.size(), layer);
  return layer;
}

// Small, sensitive, or not multiplied at all.
constexpr std::string_view kKept[] = {
    "_norm.weight",         "ffn_gate_inp.weight", "altup",       "laurel",         "per_layer_model_proj",
    "position_embd.weight", "token_types.weight",  "ssm_conv1d",  "shortconv.conv", "time_mix_first",
    "time_mix_w1",          "time_mix_w2",         "time_mix_v1", "time_mix_v2",    "time_mix_a1",
    "time_mix_a2",          "time_mix_g1",         "time_mix_g2", "time_mix_decay", "time_mix_lerp",
    "attn_rel_b.weight",
};

bool is_matrix(const Shape& shape) {
  return std::any_of(shape.ne.begin() + 1, shape.ne.end(), [](uint64_t extent) { return extent > 1; });
}

uint32_t first_number(const gguf::Metadata& metadata, const std::string& key, uint32_t fallback) {
  if (const auto number = metadata.u32(key)) return number.value();
  const auto numbers = metadata.i32s(key);
  if (!numbers || numbers.value().empty() || numbers.value()[0] < 0) return fallback;
  return static_cast<uint32_t>(numbers.value()[0]);
}

}  // namespace

std::vector<Recipe> recipes() {
  std::vector<Recipe> writable;
  std::ranges::copy_if(kRecipes, std::back_inserter(writable), [](const Recipe& r) { return can_encode(r.base); });
  return writable;
}

std::optional<Recipe> find_recipe(std::string_view name) {
  for (const Recipe& recipe : recipes()) {
    if (same_name(recipe.name, name)) return recipe;
  }
  return std::nullopt;
}

std::optional<DType> find_writable_type(std::string_view name) {
  constexpr uint32_t kNumbers = 64;
  for (uint32_t number = 0; number < kNumbers; ++number) {
    const DTypeInfo* info = dtype_info(number);
    if (info != nullptr && same_name(info->name, name) && can_encode(info->dtype)) return info->dtype;
  }
  return std::nullopt;
}

ModelFacts model_facts(const gguf::Header& header) {
  ModelFacts facts;
  if (const auto name = header.metadata.string("general.architecture")) facts.architecture = name.value();
  const std::string prefix = facts.architecture + ".";
  facts.n_layers = first_number(header.metadata, prefix + "block_count", 0);
  facts.n_experts = first_number(header.metadata, prefix + "expert_count", 0);
  const uint32_t n_heads = first_number(header.metadata, prefix + "attention.head_count", 1);
  const uint32_t n_kv_heads = first_number(header.metadata, prefix + "attention.head_count_kv", n_heads);
  facts.n_grouped = n_kv_heads == 0 ? 1 : n_heads / n_kv_heads;
  facts.has_output = header.find_tensor("output.weight") != nullptr;
  for (const gguf::TensorInfo& tensor : header.tensors) {
    if (contains(tensor.name, "attn_v.weight")) facts.attn_layers.push_back(layer_of(tensor.name));
  }
  std::ranges::sort(facts.attn_layers);
  return facts;
}

bool uses_more_bits(uint32_t layer, uint32_t n_layers) {
  const uint32_t eighth = n_layers / 8;
  return layer < eighth || layer >= 7 * n_layers / 8 || (layer - eighth) % 3 == 2;
}

DType fitting_type(DType dtype, uint64_t cols) {
  const auto fits = [cols](DType type) { return cols % dtype_info(type).block_len == 0; };
  if (fits(dtype)) return dtype;
  DType smaller = DType::kF16;
  switch (dtype) {
    case DType::kTQ1_0:
    case DType::kTQ2_0:
    case DType::kQ2_K:
    case DType::kQ3_K:
      smaller = DType::kQ4_0;
      break;
    case DType::kIQ4_XS:
      smaller = DType::kIQ4_NL;
      break;
    case DType::kQ4_K:
      smaller = DType::kQ5_0;
      break;
    case DType::kQ5_K:
      smaller = DType::kQ5_1;
      break;
    case DType::kQ6_K:
      smaller = DType::kQ8_0;
      break;
    default:
      break;
  }
  return fits(smaller) ? smaller : DType::kF16;
}

std::optional<DType> TypeChooser::choose(std::string_view name, const Shape& shape, bool* fell_back) const {
  *fell_back = false;
  if (!name.ends_with("weight") || !is_matrix(shape)) return std::nullopt;
  if (std::ranges::any_of(kKept, [name](std::string_view part) { return contains(name, part); })) return std::nullopt;
  const bool mixed = !overrides_.pure && is_quantized(recipe_.base);
  DType wanted = mixed ? by_rule(name, shape) : recipe_.base;
  if (overrides_.embedding && name == "token_embd.weight") wanted = *overrides_.embedding;
  const bool is_output = name == "output.weight" || (!facts_.has_output && name == "token_embd.weight");
  if (overrides_.output && is_output) wanted = *overrides_.output;
  const DType fitting = fitting_type(wanted, shape.cols());
  *fell_back = fitting != wanted;
  return fitting;
}

DType TypeChooser::by_rule(std::string_view name, const Shape& shape) const {
  const bool eight_experts = facts_.n_experts == 8;
  if (name == "output.weight" || (!facts_.has_output && name == "token_embd.weight")) return of_output(shape);
  if (name == "token_embd.weight") return of_embedding();
  if (contains(name, "attn_v.weight")) return eight_experts ? DType::kQ8_0 : of_attn_v(name);
  if (contains(name, "attn_k.weight")) return eight_experts ? DType::kQ8_0 : recipe_.base;
  if (contains(name, "ffn_down")) return of_ffn_down(name);
  if (contains(name, "attn_output.weight")) return of_attn_output();
  if (contains(name, "attn_qkv.weight")) return of_attn_qkv();
  return recipe_.base;
}

DType TypeChooser::of_output(const Shape& shape) const {
  const bool whole = shape.cols() % dtype_info(recipe_.base).block_len == 0;
  if (facts_.architecture == "falcon" || !whole || recipe_.file_type == FileType::kMXFP4) return DType::kQ8_0;
  return recipe_.base == DType::kQ8_0 ? DType::kQ8_0 : DType::kQ6_K;
}

DType TypeChooser::of_embedding() const {
  const bool ternary = recipe_.base == DType::kTQ1_0 || recipe_.base == DType::kTQ2_0;
  return ternary ? DType::kQ4_K : recipe_.base;
}

DType TypeChooser::of_attn_v(std::string_view name) const {
  const auto place = std::ranges::lower_bound(facts_.attn_layers, layer_of(name));
  const auto layer = static_cast<uint32_t>(place - facts_.attn_layers.begin());
  const auto n_layers = static_cast<uint32_t>(facts_.attn_layers.size());
  DType type = recipe_.base;
  switch (recipe_.file_type) {
    case FileType::kQ2_K:
      type = facts_.n_grouped >= 4 ? DType::kQ4_K : DType::kQ3_K;
      break;
    case FileType::kQ3_K_M:
      type = layer < 2 ? DType::kQ5_K : DType::kQ4_K;
      break;
    case FileType::kQ3_K_L:
      type = DType::kQ5_K;
      break;
    case FileType::kIQ4_NL:
    case FileType::kIQ4_XS:
      if (facts_.n_grouped >= 4) type = DType::kQ5_K;
      break;
    case FileType::kQ4_K_M:
    case FileType::kQ5_K_M:
      if (uses_more_bits(layer, n_layers)) type = DType::kQ6_K;
      break;
    case FileType::kQ4_K_S:
      if (layer < 4) type = DType::kQ5_K;
      break;
    default:
      break;
  }
  // Models of 70 billion parameters: the matrix is small beside what depends on it.
  const bool few_bits = type == DType::kQ3_K || type == DType::kQ4_K;
  return few_bits && facts_.n_layers == 80 && facts_.n_grouped > 1 ? DType::kQ5_K : type;
}

DType TypeChooser::of_ffn_down(std::string_view name) const {
  const uint32_t layer = layer_of(name), n = facts_.n_layers;
  const bool is_falcon = facts_.architecture == "falcon";
  const bool more = uses_more_bits(layer, n);
  switch (recipe_.file_type) {
    case FileType::kQ2_K:
      return DType::kQ3_K;
    case FileType::kQ3_K_M:
      if (layer < n / 16) return DType::kQ5_K;
      return !is_falcon || more ? DType::kQ4_K : DType::kQ3_K;
    case FileType::kQ3_K_L:
      return is_falcon ? DType::kQ4_K : DType::kQ5_K;
    case FileType::kQ4_K_M:
      if (is_falcon) return layer < n / 16 ? DType::kQ6_K : more ? DType::kQ5_K : DType::kQ4_K;
      return more ? DType::kQ6_K : DType::kQ4_K;
    case FileType::kQ5_K_M:
      return more ? DType::kQ6_K : DType::kQ5_K;
    case FileType::kIQ4_NL:
    case FileType::kIQ4_XS:
      return layer < n / 8 ? DType::kQ5_K : recipe_.base;
    case FileType::kQ4_K_S:
      return !is_falcon && layer < n / 8 ? DType::kQ5_K : DType::kQ4_K;
    default:
      return recipe_.base;
  }
}

DType TypeChooser::of_attn_output() const {
  const FileType file_type = recipe_.file_type;
  if (facts_.architecture == "falcon") return file_type == FileType::kQ3_K_L ? DType::kQ4_K : recipe_.base;
  if (facts_.n_experts == 8) {
    constexpr FileType kRaised[] = {FileType::kQ2_K,   FileType::kQ3_K_S, FileType::kQ3_K_M, FileType::kIQ4_NL,
                                    FileType::kQ4_K_S, FileType::kQ4_K_M, FileType::kIQ4_XS};
    return std::ranges::find(kRaised, file_type) != std::end(kRaised) ? DType::kQ5_K : recipe_.base;
  }
  if (file_type == FileType::kQ2_K) return DType::kQ3_K;
  if (file_type == FileType::kQ3_K_M) return DType::kQ4_K;
  return file_type == FileType::kQ3_K_L ? DType::kQ5_K : recipe_.base;
}

DType TypeChooser::of_attn_qkv() const {
  switch (recipe_.file_type) {
    case FileType::kQ3_K_M:
    case FileType::kQ3_K_L:
      return DType::kQ4_K;
    case FileType::kQ4_K_M:
      return DType::kQ5_K;
    case FileType::kQ5_K_M:
      return DType::kQ6_K;
    default:
      return recipe_.base;
  }
}

}  // namespace wasmchord::tools
