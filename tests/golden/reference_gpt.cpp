#include "tests/golden/reference_gpt.h"

#include <cmath>

namespace wasmchord::test {
namespace {

constexpr double kTwoOverPi = 0.63661977236758134;

}  // namespace

ReferenceGpt::ReferenceGpt(ModelCopy& model, const GptShape& shape) : shape_(shape) {
  for (const GgufBuilder::Tensor& t : model.tensors()) {
    const std::vector<float> numbers = floats(t.data);
    tensors_.emplace(t.name, Vec(numbers.begin(), numbers.end()));
  }
}

void ReferenceGpt::add_bias(const std::string& name, Vec* y) const {
  const auto it = tensors_.find(name + ".bias");
  for (size_t i = 0; it != tensors_.end() && i < y->size(); ++i) (*y)[i] += it->second[i];
}

ReferenceGpt::Vec ReferenceGpt::linear(const std::string& name, const Vec& x) const {
  const Vec& w = tensors_.at(name + ".weight");
  Vec y(w.size() / x.size(), 0.0);
  for (size_t i = 0; i < w.size(); ++i) y[i / x.size()] += w[i] * x[i % x.size()];
  add_bias(name, &y);
  return y;
}

ReferenceGpt::Vec ReferenceGpt::layer_norm(const std::string& name, const Vec& x) const {
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (double v : x) mean += v / n;
  for (double v : x) variance += (v - mean) * (v - mean) / n;
  Vec y = tensors_.at(name + ".weight");
  for (size_t i = 0; i < y.size(); ++i) y[i] *= (x[i] - mean) / std::sqrt(variance + shape_.eps);
  add_bias(name, &y);
  return y;
}

// score = q.k / sqrt(dim) - m_h distance, with m_h = 2^(-max h / n) for head h of n, counted from 1; the heads beyond a
// power of two n take 2^(-max (h - n - 1/2) / n).
ReferenceGpt::Vec ReferenceGpt::attention(const std::vector<Vec>& qkv) const {
  const size_t dim = shape_.head_dim, all = shape_.n_heads * dim;
  const double n = std::exp2(std::floor(std::log2(static_cast<double>(shape_.n_heads))));
  Vec out(all, 0.0);
  for (size_t head = 0; head < shape_.n_heads; ++head) {
    const double h = static_cast<double>(head) + 1;
    const double slope = shape_.max_alibi == 0 ? 0 : std::exp2(-shape_.max_alibi * (h <= n ? h : h - n - 0.5) / n);
    Vec p;
    double total = 0;
    for (size_t t = 0; t < qkv.size(); ++t) {
      double dot = 0;
      for (size_t i = head * dim; i < (head + 1) * dim; ++i) dot += qkv.back()[i] * qkv[t][all + i];
      const auto distance = static_cast<double>(qkv.size() - 1 - t);
      p.push_back(std::exp(dot / std::sqrt(static_cast<double>(dim)) - slope * distance));
      total += p.back();
    }
    for (size_t t = 0; t < qkv.size(); ++t) {
      for (size_t i = head * dim; i < (head + 1) * dim; ++i) out[i] += p[t] / total * qkv[t][2 * all + i];
    }
  }
  return out;
}

std::vector<std::vector<double>> ReferenceGpt::log_probs(const std::vector<int32_t>& ids) const {
  const size_t d = shape_.d;
  const Vec& embedding = tensors_.at("token_embd.weight");
  std::vector<std::vector<Vec>> caches(shape_.n_layers);
  std::vector<Vec> rows;
  for (size_t position = 0; position < ids.size(); ++position) {
    Vec x(d);
    for (size_t i = 0; i < d; ++i) {
      x[i] = embedding[static_cast<size_t>(ids[position]) * d + i];
      if (shape_.max_alibi == 0) x[i] += tensors_.at("position_embd.weight")[position * d + i];
    }
    const auto add = [&](const Vec& y) {
      for (size_t i = 0; i < d; ++i) x[i] += y[i];
    };
    for (size_t layer = 0; layer < shape_.n_layers; ++layer) {
      const std::string blk = "blk." + std::to_string(layer) + ".";
      caches[layer].push_back(linear(blk + "attn_qkv", layer_norm(blk + "attn_norm", x)));
      add(linear(blk + "attn_output", attention(caches[layer])));
      Vec up = linear(blk + "ffn_up", layer_norm(blk + "ffn_norm", x));
      for (double& v : up) v *= (1 + std::tanh(std::sqrt(kTwoOverPi) * (v + 0.044715 * v * v * v))) / 2;  // GELU
      add(linear(blk + "ffn_down", up));
    }
    Vec logits = linear("token_embd", layer_norm("output_norm", x));
    double total = 0;
    for (double v : logits) total += std::exp(v);
    for (double& v : logits) v -= std::log(total);
    rows.push_back(std::move(logits));
  }
  return rows;
}

}  // namespace wasmchord::test
