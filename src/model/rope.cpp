#include "src/model/rope.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/exact_math.h"

namespace wasmchord {
namespace {

constexpr double kPi = 3.14159265358979323846;

// The pair that turns `rotations` times within the original context (Peng et al. 2023, section 3.2, solved for the
// pair).
double pair_of_rotations(const RopeConfig& rope, double rotations) {
  return rope.n_rot * kernels::log_exact(rope.original_context / (rotations * 2.0 * kPi)) /
         (2.0 * kernels::log_exact(rope.freq_base));
}

// Of every pair, divided by `factors` where there are any, and scaled.
std::vector<double> frequencies(const RopeConfig& rope, const std::vector<float>& factors) {
  const bool yarn = rope.scaling == RopeScaling::kYarn && rope.ext_factor != 0.0f;
  double low = 0, high = 0;
  if (yarn) {
    low = std::max(0.0, std::floor(pair_of_rotations(rope, rope.beta_fast)));
    high = std::min(rope.n_rot - 1.0, std::ceil(pair_of_rotations(rope, rope.beta_slow)));
  }
  std::vector<double> all;
  for (uint32_t j = 0; j < rope.n_rot / 2; ++j) {
    double freq = kernels::pow_exact(rope.freq_base, -2.0 * j / rope.n_rot);
    if (!factors.empty()) freq /= factors[j];
    double keep = 0.0;  // share of the unscaled frequency
    if (yarn) keep = (1.0 - std::clamp((j - low) / std::max(0.001, high - low), 0.0, 1.0)) * rope.ext_factor;
    all.push_back(freq * rope.scale * (1.0 - keep) + freq * keep);
  }
  return all;
}

}  // namespace

RopeTable make_rope_table(const RopeConfig& rope, const RopeFactors& factors) {
  RopeTable table;
  table.interleaved = rope.interleaved;
  table.magnitude = rope.attn_factor;
  if (rope.scaling == RopeScaling::kYarn && rope.ext_factor != 0.0f) {
    table.magnitude *= static_cast<float>(1.0 + 0.1 * kernels::log_exact(1.0 / rope.scale));
  }
  table.inv_freq = frequencies(rope, factors.short_context.empty() ? factors.always : factors.short_context);
  if (!factors.long_context.empty()) {
    table.inv_freq_long = frequencies(rope, factors.long_context);
    table.short_context = rope.original_context;
  }
  return table;
}

}  // namespace wasmchord
