#include "src/model/requirements.h"

#include <algorithm>

namespace wasmchord {
namespace {

// Parts of layers that change the result. A file that has one asks for something this architecture does not do here.
constexpr std::string_view kMeaningfulParts[] = {
    "attn_q_norm",       "attn_k_norm",    "attn_norm_2",  "attn_sub_norm",  "attn_sinks",          "attn_qkv",
    "attn_kv_a",         "attn_kv_b",      "ffn_sub_norm", "ffn_norm_exps",  "post_attention_norm", "post_ffw_norm",
    "post_norm",         "ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp", "exp_probs_b",         "ssm_",
    "layer_output_norm", "ffn_act"};

// "blk.3.attn_q_norm.weight" → whether its third part is one of those.
bool changes_result(std::string_view tensor) {
  if (tensor.substr(0, 4) != "blk.") return false;
  const size_t dot = tensor.find('.', 4);
  if (dot == std::string_view::npos) return false;
  const std::string_view part = tensor.substr(dot + 1);
  return std::any_of(std::begin(kMeaningfulParts), std::end(kMeaningfulParts),
                     [&](std::string_view known) { return part.substr(0, known.size()) == known; });
}

}  // namespace

Status Requirements::read(const ArchDef& arch, const ModelConfig& config, const gguf::Header& header) {
  architecture_ = config.architecture;
  const bool is_split = header.metadata.has("split.count");
  // Each layer has tensors of its own: a count beyond the directory's is a lie, found before lists are made from it.
  if (!is_split && config.n_layers > header.tensors.size()) {
    return {Code::kBadKeyValue, architecture_ + ".block_count: " + std::to_string(config.n_layers) +
                                    " layers, but the file has only " + std::to_string(header.tensors.size()) +
                                    " tensors"};
  }
  weights_ = WeightList(&header);
  weights_.matrix("token_embd.weight", config.n_embd, config.n_vocab);
  if (config.learned_positions) weights_.lookup_table("position_embd.weight", config.n_embd, config.n_ctx_train);
  weights_.vector("output_norm.weight", config.n_embd);
  if (config.norm_kind == NormKind::kLayer) weights_.optional_vector("output_norm.bias", config.n_embd);
  weights_.optional_matrix("output.weight", config.n_embd, config.n_vocab);
  weights_.optional_vector("output.bias", config.n_vocab);
  if (config.uses_rope) {
    const bool is_long = config.rope.scaling == RopeScaling::kLong;
    weights_.host_vector("rope_freqs.weight", config.rope.n_rot / 2);
    weights_.host_vector("rope_factors_short.weight", config.rope.n_rot / 2, is_long);
    weights_.host_vector("rope_factors_long.weight", config.rope.n_rot / 2, is_long);
  }
  arch.list_weights(config, &weights_);
  if (is_split) return Status::ok();  // the rest comes with the other files
  return check_complete([&](const std::string& name) { return header.find_tensor(name) != nullptr; });
}

Status Requirements::check(const gguf::TensorInfo& info) const {
  if (find(info.name) != nullptr) return weights_.check(info);
  if (!changes_result(info.name)) return Status::ok();
  return {Code::kUnsupportedFeature, "tensor '" + std::string(info.name) + "' asks for something that architecture '" +
                                         architecture_ + "' does not do here"};
}

}  // namespace wasmchord
