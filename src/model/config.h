// What a model's metadata says about its shape: read once, checked once, then trusted by everything behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"
#include "src/ops/plan.h"

namespace wasmchord {

// Frequency scaling of RoPE (`ARCH.rope.scaling.*`).
enum class RopeScaling : uint32_t { kNone, kLinear, kYarn, kLong };

struct RopeConfig {
  uint32_t n_rot = 0;       // rotated elements of each head, even, <= head_dim
  bool interleaved = true;  // pairs (i, i+1), else (i, i + n_rot/2)
  float freq_base = 10000.0f;
  RopeScaling scaling = RopeScaling::kNone;
  float scale = 1.0f;  // positions are multiplied by 1 / factor (linear) or interpolated towards it (YaRN)
  // YaRN (Peng et al. 2023, arXiv:2309.00071). LongRoPE (Ding et al. 2024, arXiv:2402.13753) has factors of its own for
  // contexts longer than the original one.
  uint32_t original_context = 0;
  float beta_fast = 32.0f, beta_slow = 1.0f, ext_factor = 1.0f, attn_factor = 1.0f;
};

// What q and k are normalised over before (or behind) RoPE.
enum class QkNorm : uint32_t { kNone, kHead, kRow };

// Which biases a file must have; any other may be there.
enum class Biases : uint32_t { kOptional, kQkv, kNorms, kAll };

struct ModelConfig {
  std::string architecture;  // "llama"
  uint32_t n_layers = 0;
  uint32_t n_embd = 0;  // d: width of the residual stream
  uint32_t n_ff = 0;    // inner width of the MLP
  uint32_t n_heads = 0;
  uint32_t n_kv_heads = 0;  // divides n_heads
  uint32_t head_dim = 0;    // of q and k; need not be d / n_heads
  uint32_t head_dim_v = 0;
  uint32_t n_ctx_train = 0;
  uint32_t n_vocab = 0;  // rows of the embedding
  float norm_eps = 0.0f;
  NormKind norm_kind = NormKind::kRms;
  Biases biases = Biases::kOptional;
  bool parallel_residual = false;  // for architectures that come with either kind of layer

  // Attention
  bool fused_qkv = false;  // attn_qkv in place of attn_q, attn_k, attn_v
  QkNorm qk_norm = QkNorm::kNone;
  bool rope_first = false;       // q and k are normalised behind RoPE
  float attention_scale = 0.0f;  // score = scale * q.k; 1 / sqrt(head_dim) unless the file says otherwise
  float attention_softcap = 0.0f;
  bool has_sinks = false;
  uint32_t sliding_window = 0;  // 0: full attention
  uint32_t full_interval = 0;   // every n-th layer has full attention in spite of the window; 0: none
  bool local_rope = false;      // layers with the window rotate by `rope_of_window`
  // Positions
  bool uses_rope = true;
  uint32_t no_rope_interval = 0;  // every n-th layer goes without; 0: none
  RopeConfig rope, rope_of_window;
  bool learned_positions = false;
  float max_alibi = 0.0f;

  // MLP
  Activation activation = Activation::kSilu;
  bool gated = true;        // down(activation(gate(x)) * up(x)), else down(activation(up(x)))
  bool fused_gate = false;  // ffn_up holds gate and up
  uint32_t n_experts = 0;   // 0: dense
  uint32_t n_experts_used = 0;
  uint32_t n_ff_expert = 0;  // inner width of one expert
  uint32_t n_ff_shared = 0;  // inner width of the shared expert; 0: none
  bool renormalise_experts = true;
  bool expert_biases = false;

  // Factors
  float embedding_scale = 1.0f, residual_scale = 1.0f, logit_scale = 1.0f;
  float logit_softcap = 0.0f;

  bool has_window(uint32_t layer) const {
    return sliding_window != 0 && (full_interval == 0 || (layer + 1) % full_interval != 0);
  }
  bool has_rope(uint32_t layer) const {
    return uses_rope && (no_rope_interval == 0 || (layer + 1) % no_rope_interval != 0);
  }
};

}  // namespace wasmchord
