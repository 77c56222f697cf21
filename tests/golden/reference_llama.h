// The llama forward pass, plain, slow and in double precision, written from the formulas: what the library's plan,
// kernels and cache are measured against. Shares nothing with them but the GGUF reader.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/gguf_builder.h"

namespace wasmchord::test {

class ReferenceLlama {
 public:
  // A GGUF file of architecture llama whose tensors are all F32. Throws std::runtime_error otherwise.
  explicit ReferenceLlama(const Bytes& gguf);

  // Log-probabilities of the next token after each of `ids`: [ids.size()][n_vocab].
  std::vector<std::vector<double>> log_probs(const std::vector<int32_t>& ids) const;

 private:
  using Vec = std::vector<double>;
  struct Cache {
    std::vector<Vec> k, v;  // by position: all K/V heads side by side
  };

  bool has(const std::string& name) const { return tensors_.count(name) != 0; }
  const Vec& at(const std::string& name) const { return tensors_.at(name); }
  // y_r = sum_c W[r, c] x_c + b_r for slice `expert` of W.
  Vec linear(const std::string& name, const Vec& x, size_t n_out, size_t expert = 0) const;
  Vec rms_norm(const std::string& name, const Vec& x) const;
  void rope(Vec* heads, size_t position) const;
  Vec attention(const Vec& q, const Cache& cache) const;
  Vec gated(const std::string& gate, const std::string& up, const std::string& down, const Vec& x, size_t e) const;
  Vec mlp(const std::string& blk, const Vec& x) const;
  void make_frequencies();

  size_t n_layers_ = 0, d_ = 0, n_ff_ = 0, n_heads_ = 0, n_kv_ = 0, head_dim_ = 0, head_dim_v_ = 0;
  size_t n_vocab_ = 0, n_rot_ = 0, window_ = 0, n_experts_ = 0, n_used_ = 0;
  double eps_ = 0, base_ = 0, factor_ = 1;
  bool yarn_ = false;
  double original_context_ = 0;
  Vec theta_;             // angle per position of pair j
  double magnitude_ = 1;  // of rotated vectors
  std::map<std::string, Vec> tensors_;
};

}  // namespace wasmchord::test
