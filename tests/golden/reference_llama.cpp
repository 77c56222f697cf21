#include "tests/golden/reference_llama.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "src/gguf/reader.h"

namespace wasmchord::test {
namespace {

constexpr double kPi = 3.14159265358979323846;

class FloatSink final : public gguf::TensorSink {
 public:
  explicit FloatSink(std::map<std::string, std::vector<double>>* out) : out_(out) {}
  Status on_header(std::shared_ptr<const gguf::Header> h) override {
    header = std::move(h);
    return Status::ok();
  }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override {
    return {Code::kBadSplit, "the reference reads one file"};
  }
  // The whole file is fed at once, so a tensor comes in one piece.
  Status on_data(const gguf::TensorInfo& info, uint64_t, std::span<const std::byte> bytes, bool) override {
    if (info.dtype != DType::kF32) return {Code::kUnsupportedTensorType, "the reference reads F32 only"};
    std::vector<float> numbers(bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    out_->emplace(info.name, std::vector<double>(numbers.begin(), numbers.end()));
    return Status::ok();
  }
  std::shared_ptr<const gguf::Header> header;

 private:
  std::map<std::string, std::vector<double>>* out_;
};

template <typename T>
T required(Result<T> result) {
  if (!result) throw std::runtime_error(result.status().message());
  return *result;
}

void softmax(std::vector<double>* x) {
  const double most = *std::max_element(x->begin(), x->end());
  double sum = 0;
  for (double& v : *x) sum += v = std::exp(v - most);
  for (double& v : *x) v /= sum;
}

void add(const std::vector<double>& x, std::vector<double>* to) {
  for (size_t i = 0; i < x.size(); ++i) (*to)[i] += x[i];
}

}  // namespace

ReferenceLlama::ReferenceLlama(const Bytes& file) {
  FloatSink sink(&tensors_);
  gguf::PushReader reader(&sink, file.size());
  Status status = reader.feed(file);
  if (status.is_ok()) status = reader.finish();
  if (!status.is_ok()) throw std::runtime_error(status.message());
  const gguf::Metadata& m = sink.header->metadata;
  const auto number = [&](const std::string& key) { return required(m.u32("llama." + key)); };
  const auto number_or = [&](const std::string& key, size_t other) {
    return m.has("llama." + key) ? size_t{number(key)} : other;
  };
  n_layers_ = number("block_count");
  d_ = number("embedding_length");
  n_ff_ = number("feed_forward_length");
  n_heads_ = number("attention.head_count");
  n_kv_ = number_or("attention.head_count_kv", n_heads_);
  head_dim_ = number_or("attention.key_length", d_ / n_heads_);
  head_dim_v_ = number_or("attention.value_length", d_ / n_heads_);
  n_rot_ = number_or("rope.dimension_count", head_dim_);
  window_ = number_or("attention.sliding_window", 0);
  n_experts_ = number_or("expert_count", 0);
  n_used_ = number_or("expert_used_count", 0);
  eps_ = required(m.f32("llama.attention.layer_norm_rms_epsilon"));
  base_ = required(m.f32_or("llama.rope.freq_base", 10000));
  const std::string scaling(required(m.string_or("llama.rope.scaling.type", "none")));
  yarn_ = scaling == "yarn";
  if (scaling != "none") factor_ = required(m.f32("llama.rope.scaling.factor"));
  original_context_ = static_cast<double>(number_or("rope.scaling.original_context_length", number("context_length")));
  n_vocab_ = at("token_embd.weight").size() / d_;
  make_frequencies();
}

// theta_j = base^(-2j/n) / c_j, c the factors of Llama 3; with linear scaling divided by s; with YaRN
// (arXiv:2309.00071, section 3.3) a mix of both: a pair that turns more than beta_fast = 32 times in the original
// context keeps its frequency, one that turns less than beta_slow = 1 time is divided by s, in between linearly in j.
// Rotated vectors grow by 0.1 ln s + 1 each.
void ReferenceLlama::make_frequencies() {
  const auto n = static_cast<double>(n_rot_);
  const auto pair_with = [&](double turns) {
    return n * std::log(original_context_ / (turns * 2 * kPi)) / (2 * std::log(base_));
  };
  const double low = std::max(0.0, std::floor(pair_with(32)));
  const double high = std::min(n - 1, std::ceil(pair_with(1)));
  for (size_t j = 0; j < n_rot_ / 2; ++j) {
    double theta = std::pow(base_, -2.0 * static_cast<double>(j) / n);
    if (has("rope_freqs.weight")) theta /= at("rope_freqs.weight")[j];
    double scaled = 1;
    if (yarn_) scaled = std::clamp((static_cast<double>(j) - low) / std::max(0.001, high - low), 0.0, 1.0);
    theta_.push_back(theta * (1 - scaled) + theta / factor_ * scaled);
  }
  if (yarn_) magnitude_ = 0.1 * std::log(factor_) + 1;
}

ReferenceLlama::Vec ReferenceLlama::linear(const std::string& name, const Vec& x, size_t n_out, size_t expert) const {
  const double* w = at(name + ".weight").data() + expert * n_out * x.size();
  Vec y(n_out);
  for (size_t r = 0; r < n_out; ++r) y[r] = std::inner_product(x.begin(), x.end(), w + r * x.size(), 0.0);
  if (has(name + ".bias")) add(at(name + ".bias"), &y);
  return y;
}

ReferenceLlama::Vec ReferenceLlama::rms_norm(const std::string& name, const Vec& x) const {
  const double mean = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size());
  Vec y(x.size());
  for (size_t i = 0; i < x.size(); ++i) y[i] = x[i] / std::sqrt(mean + eps_) * at(name + ".weight")[i];
  return y;
}

void ReferenceLlama::rope(Vec* heads, size_t position) const {
  for (size_t head = 0; head < heads->size(); head += head_dim_) {
    for (size_t j = 0; j < n_rot_ / 2; ++j) {
      const double angle = static_cast<double>(position) * theta_[j];
      double &a = (*heads)[head + 2 * j], &b = (*heads)[head + 2 * j + 1];
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = magnitude_ * (a * std::sin(angle) + b * std::cos(angle));
      a = magnitude_ * turned;
    }
  }
}

// Query head h reads K/V head h / (n_heads / n_kv).
ReferenceLlama::Vec ReferenceLlama::attention(const Vec& q, const Cache& cache) const {
  const size_t end = cache.k.size(), begin = window_ != 0 && end > window_ ? end - window_ : 0;
  Vec out(n_heads_ * head_dim_v_, 0.0);
  for (size_t h = 0; h < n_heads_; ++h) {
    const size_t kv = h / (n_heads_ / n_kv_);
    const double* qh = q.data() + h * head_dim_;
    Vec p;
    for (size_t t = begin; t < end; ++t) {
      const double dot = std::inner_product(qh, qh + head_dim_, cache.k[t].data() + kv * head_dim_, 0.0);
      p.push_back(dot / std::sqrt(static_cast<double>(head_dim_)));
    }
    softmax(&p);
    for (size_t t = begin; t < end; ++t) {
      for (size_t i = 0; i < head_dim_v_; ++i) {
        out[h * head_dim_v_ + i] += p[t - begin] * cache.v[t][kv * head_dim_v_ + i];
      }
    }
  }
  return out;
}

// down(silu(gate(x)) * up(x)), silu(z) = z / (1 + e^-z)
ReferenceLlama::Vec ReferenceLlama::gated(const std::string& gate, const std::string& up, const std::string& down,
                                          const Vec& x, size_t expert) const {
  Vec g = linear(gate, x, n_ff_, expert);
  const Vec u = linear(up, x, n_ff_, expert);
  for (size_t i = 0; i < n_ff_; ++i) g[i] = g[i] / (1 + std::exp(-g[i])) * u[i];
  return linear(down, g, d_, expert);
}

// With experts: p = softmax(router), the n_used likeliest weighted by p, divided by the sum of their p.
ReferenceLlama::Vec ReferenceLlama::mlp(const std::string& blk, const Vec& x) const {
  if (n_experts_ == 0) return gated(blk + "ffn_gate", blk + "ffn_up", blk + "ffn_down", x, 0);
  Vec p = linear(blk + "ffn_gate_inp", x, n_experts_);
  softmax(&p);
  std::vector<size_t> order(n_experts_);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] > p[b]; });
  order.resize(n_used_);
  double total = 0;
  for (size_t e : order) total += p[e];
  Vec y(d_, 0.0);
  for (size_t e : order) {
    Vec part = gated(blk + "ffn_gate_exps", blk + "ffn_up_exps", blk + "ffn_down_exps", x, e);
    for (size_t i = 0; i < d_; ++i) y[i] += p[e] / total * part[i];
  }
  return y;
}

std::vector<std::vector<double>> ReferenceLlama::log_probs(const std::vector<int32_t>& ids) const {
  std::vector<Cache> caches(n_layers_);
  std::vector<Vec> rows;
  for (size_t position = 0; position < ids.size(); ++position) {
    const double* embedding = at("token_embd.weight").data() + static_cast<size_t>(ids[position]) * d_;
    Vec x(embedding, embedding + d_);
    for (size_t layer = 0; layer < n_layers_; ++layer) {
      const std::string blk = "blk." + std::to_string(layer) + ".";
      const Vec h = rms_norm(blk + "attn_norm", x);
      Vec q = linear(blk + "attn_q", h, n_heads_ * head_dim_), k = linear(blk + "attn_k", h, n_kv_ * head_dim_);
      rope(&q, position);
      rope(&k, position);
      caches[layer].k.push_back(std::move(k));
      caches[layer].v.push_back(linear(blk + "attn_v", h, n_kv_ * head_dim_v_));
      add(linear(blk + "attn_output", attention(q, caches[layer]), d_), &x);
      add(mlp(blk, rms_norm(blk + "ffn_norm", x)), &x);
    }
    Vec row = linear(has("output.weight") ? "output" : "token_embd", rms_norm("output_norm", x), n_vocab_);
    softmax(&row);
    for (double& v : row) v = std::log(v);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace wasmchord::test
