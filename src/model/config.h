// What a model's metadata says about its shape: read once, checked once, then trusted by everything behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"

namespace wasmchord {

// Frequency scaling of RoPE (`ARCH.rope.scaling.*`).
enum class RopeScaling : uint32_t { kNone, kLinear, kYarn };

struct RopeConfig {
  uint32_t n_rot = 0;       // rotated elements of each head, even, <= head_dim
  bool interleaved = true;  // pairs (i, i+1), else (i, i + n_rot/2)
  float freq_base = 10000.0f;
  RopeScaling scaling = RopeScaling::kNone;
  float scale = 1.0f;  // positions are multiplied by 1 / factor (linear) or interpolated towards it (YaRN)
  // YaRN (Peng et al. 2023, arXiv:2309.00071)
  uint32_t original_context = 0;
  float beta_fast = 32.0f, beta_slow = 1.0f, ext_factor = 1.0f, attn_factor = 1.0f;
};

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
  uint32_t n_experts = 0;  // 0: dense
  uint32_t n_experts_used = 0;
  uint32_t sliding_window = 0;   // 0: full attention
  float attention_scale = 0.0f;  // score = scale * q.k; 1 / sqrt(head_dim) unless the file says otherwise
  RopeConfig rope;
};

}  // namespace wasmchord
