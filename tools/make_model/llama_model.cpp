#include "tools/make_model/llama_model.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "tools/make_model/random_weights.h"
#include "tools/quantize/gguf_writer.h"
#include "tools/quantize/recipe.h"

namespace wasmchord::tools {
namespace {

constexpr LlamaShape kShapes[] = {
    {"tinyllama", 22, 2048, 5632, 32, 4, 2048, 32000, false},  // TinyLlama-1.1B
    {"135m", 30, 576, 1536, 9, 3, 2048, 49152, true},          // SmolLM-135M
    {"micro", 2, 64, 128, 4, 2, 256, 512, false},
};

constexpr float kDeviation = 0.02f;  // of every matrix, as models are initialised
constexpr float kRmsEpsilon = 1e-5f;
constexpr float kRopeBase = 10000.0f;

// general.file_type of a model whose matrices all have the type; 0 where it has no number.
uint32_t file_type(DType dtype) {
  const auto recipe = find_recipe(dtype_info(dtype).name);
  return recipe ? static_cast<uint32_t>(recipe->file_type) : 0;
}

// Letters in bijective base 26: a, ..., z, aa, ab, ... Every longer word is a shorter one plus a letter, so that the
// tokenizer can build it by merges.
std::string word(uint32_t n) {
  std::string letters;
  for (n += 1; n > 0; n = (n - 1) / 26) letters.insert(letters.begin(), static_cast<char>('a' + (n - 1) % 26));
  return letters;
}

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> types;  // 1 normal, 2 unknown, 3 control, 6 byte
};

Vocabulary make_vocabulary(uint32_t n_vocab) {
  Vocabulary v{{"<unk>", "<s>", "</s>"}, {0, 0, 0}, {2, 3, 3}};
  const auto add = [&](std::string token, float score, int32_t type) {
    v.tokens.push_back(std::move(token));
    v.scores.push_back(score);
    v.types.push_back(type);
  };
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    add(name, 0, 6);
  }
  const std::string space = "\xe2\x96\x81";  // U+2581 stands for a space in pieces
  add(space, 0, 1);
  for (uint32_t i = 0; v.tokens.size() < n_vocab; ++i) {
    add((i % 2 == 0 ? "" : space) + word(i / 2), -1.0f - static_cast<float>(i), 1);
  }
  return v;
}

std::vector<TensorPlan> plan_tensors(const LlamaShape& s, DType wanted) {
  const DType dtype = fitting_type(wanted, s.n_embd), wide = fitting_type(wanted, s.n_ff);
  const uint64_t n_kv = uint64_t{s.n_embd} / s.n_heads * s.n_kv_heads;
  std::vector<TensorPlan> plan = {{"token_embd.weight", Shape::of(s.n_embd, s.n_vocab), dtype}};
  for (uint32_t i = 0; i < s.n_layers; ++i) {
    const std::string block = "blk." + std::to_string(i) + ".";
    plan.push_back({block + "attn_norm.weight", Shape::of(s.n_embd), DType::kF32});
    plan.push_back({block + "attn_q.weight", Shape::of(s.n_embd, s.n_embd), dtype});
    plan.push_back({block + "attn_k.weight", Shape::of(s.n_embd, n_kv), dtype});
    plan.push_back({block + "attn_v.weight", Shape::of(s.n_embd, n_kv), dtype});
    plan.push_back({block + "attn_output.weight", Shape::of(s.n_embd, s.n_embd), dtype});
    plan.push_back({block + "ffn_norm.weight", Shape::of(s.n_embd), DType::kF32});
    plan.push_back({block + "ffn_gate.weight", Shape::of(s.n_embd, s.n_ff), dtype});
    plan.push_back({block + "ffn_up.weight", Shape::of(s.n_embd, s.n_ff), dtype});
    plan.push_back({block + "ffn_down.weight", Shape::of(s.n_ff, s.n_embd), wide});
  }
  plan.push_back({"output_norm.weight", Shape::of(s.n_embd), DType::kF32});
  if (!s.tied) plan.push_back({"output.weight", Shape::of(s.n_embd, s.n_vocab), dtype});
  return plan;
}

constexpr uint64_t kConfigKeys = 13;
void write_config(const LlamaShape& s, DType dtype, GgufWriter* out) {
  out->text("general.architecture", "llama");
  out->text("general.name", "random " + std::string(s.name));
  out->u32("general.file_type", file_type(dtype));
  out->u32("llama.vocab_size", s.n_vocab);
  out->u32("llama.context_length", s.n_ctx);
  out->u32("llama.embedding_length", s.n_embd);
  out->u32("llama.block_count", s.n_layers);
  out->u32("llama.feed_forward_length", s.n_ff);
  out->u32("llama.attention.head_count", s.n_heads);
  out->u32("llama.attention.head_count_kv", s.n_kv_heads);
  out->f32("llama.attention.layer_norm_rms_epsilon", kRmsEpsilon);
  out->u32("llama.rope.dimension_count", s.n_embd / s.n_heads);
  out->f32("llama.rope.freq_base", kRopeBase);
}

constexpr uint64_t kVocabularyKeys = 9;
void write_vocabulary(uint32_t n_vocab, GgufWriter* out) {
  const Vocabulary v = make_vocabulary(n_vocab);
  out->text("tokenizer.ggml.model", "llama");
  out->array("tokenizer.ggml.tokens", v.tokens);
  out->array("tokenizer.ggml.scores", v.scores);
  out->array("tokenizer.ggml.token_type", v.types);
  out->u32("tokenizer.ggml.bos_token_id", 1);
  out->u32("tokenizer.ggml.eos_token_id", 2);
  out->u32("tokenizer.ggml.unknown_token_id", 0);
  out->boolean("tokenizer.ggml.add_bos_token", true);
  out->boolean("tokenizer.ggml.add_eos_token", false);
}

// In pieces of at most kPiece elements, a multiple of every block length. Norm weights lie around 1.
void write_weights(const TensorPlan& tensor, uint64_t seed, GgufWriter* out) {
  constexpr uint64_t kPiece = 1 << 16;
  const bool is_norm = tensor.shape.n_dims == 1;
  NormalNumbers numbers(seed);
  std::vector<std::byte> bytes;
  for (uint64_t left = tensor.shape.cols() * tensor.shape.rows(); left > 0;) {
    const uint64_t n = std::min(left, kPiece);
    bytes.clear();
    append_random(tensor.dtype, n, is_norm ? 1.0f : 0.0f, kDeviation, &numbers, &bytes);
    out->data(bytes);
    left -= n;
  }
  out->end_tensor();
}

}  // namespace

const LlamaShape* find_llama_shape(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kShapes), std::end(kShapes), [&](const auto& s) { return s.name == name; });
  return found == std::end(kShapes) ? nullptr : found;
}

void write_llama(const std::string& path, const LlamaShape& shape, DType dtype, uint64_t seed) {
  const std::vector<TensorPlan> plan = plan_tensors(shape, dtype);
  OutputFile file(path);
  GgufWriter out(&file, kConfigKeys + kVocabularyKeys, plan.size());
  write_config(shape, dtype, &out);
  write_vocabulary(shape.n_vocab, &out);
  out.directory(plan);
  // Far apart in the generator's sequence, whatever the seed.
  for (size_t i = 0; i < plan.size(); ++i) write_weights(plan[i], (seed << 32 | i) * 0xd1342543de82ef95, &out);
  file.commit();
}

}  // namespace wasmchord::tools
