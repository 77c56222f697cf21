// GPT-2: learned positions, matrices stored as [in, out] (Conv1D of Transformers).
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_gpt2_keys(const JsonObject& config, const Dimensions&, MetadataList*) {
  require_activation(config, {"gelu_new"});
  refuse_true(config, "scale_attn_by_inverse_layer_idx");
  if (!config.find_boolean("scale_attn_weights").value_or(true)) config.fail("scale_attn_weights", "is false");
}

TensorRule conv(std::string_view source, std::string_view target, Extent rows, Extent cols) {
  TensorRule rule = linear(source, target, rows, cols, Presence::kRequired);
  rule.transform = Transform::kTranspose;
  return rule;
}

}  // namespace

std::vector<Architecture> gpt2_architectures() {
  const Presence bias = Presence::kRequired;
  Architecture gpt2{"gpt2", {"GPT2LMHeadModel"}, {}, {}};
  gpt2.keys = {"n_layer", "n_embd", "n_inner", "n_head", "n_head", "n_positions", "layer_norm_epsilon"};
  gpt2.rms_norm = false;
  gpt2.uses_rope = false;
  gpt2.tied = true;
  gpt2.rules = {linear("wte", "token_embd", Extent::kVocab, Extent::kWidth),
                linear("wpe", "position_embd", Extent::kContext, Extent::kWidth),
                norm("h.{}.ln_1", "blk.{}.attn_norm", Extent::kWidth, bias),
                conv("h.{}.attn.c_attn", "blk.{}.attn_qkv", Extent::kAllHeads, Extent::kWidth),
                conv("h.{}.attn.c_proj", "blk.{}.attn_output", Extent::kWidth, Extent::kQueries),
                norm("h.{}.ln_2", "blk.{}.ffn_norm", Extent::kWidth, bias),
                conv("h.{}.mlp.c_fc", "blk.{}.ffn_up", Extent::kInner, Extent::kWidth),
                conv("h.{}.mlp.c_proj", "blk.{}.ffn_down", Extent::kWidth, Extent::kInner),
                norm("ln_f", "output_norm", Extent::kWidth, bias),
                linear("lm_head", "output", Extent::kVocab, Extent::kWidth)};
  gpt2.rules.back().weight = Presence::kOptional;
  gpt2.defaults = R"({"layer_norm_epsilon": 1e-5})";
  gpt2.add_keys = add_gpt2_keys;
  return {gpt2};
}

}  // namespace wasmchord::tools
