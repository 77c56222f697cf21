// The forward pass of GPT-2 (Radford et al. 2019), plain, slow and in double precision, written from the formulas; with
// ALiBi (Press et al. 2021, arXiv:2108.12409) in place of positions it is MPT's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/golden/model_copy.h"

namespace wasmchord::test {

struct GptShape {
  size_t n_layers = 0, d = 0, n_heads = 0, head_dim = 0;
  double eps = 0;
  double max_alibi = 0;  // 0: learned positions
};

class ReferenceGpt {
 public:
  // Tensors named as in a GGUF file, all F32, the output tied to the embedding. Absent biases are zeros.
  ReferenceGpt(ModelCopy& model, const GptShape& shape);
  // Log-probabilities of the next token after each of `ids`.
  std::vector<std::vector<double>> log_probs(const std::vector<int32_t>& ids) const;

 private:
  using Vec = std::vector<double>;
  void add_bias(const std::string& name, Vec* y) const;
  Vec linear(const std::string& name, const Vec& x) const;
  Vec layer_norm(const std::string& name, const Vec& x) const;
  // `qkv`: of every position so far, q, k and v side by side; of the last position's query.
  Vec attention(const std::vector<Vec>& qkv) const;

  GptShape shape_;
  std::map<std::string, Vec> tensors_;
};

}  // namespace wasmchord::test
