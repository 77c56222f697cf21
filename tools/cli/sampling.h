// The sampling options of `run` and the chain that they describe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/engine.h"

namespace wasmchord::cli {

struct SamplingOptions {
  std::optional<double> temperature;  // without it: default_temperature()
  int64_t top_k = 40;
  double top_p = 0.95;
  double min_p = 0.05;
  double typical = 1.0;
  double repeat_penalty = 1.0;
  double presence_penalty = 0.0;
  double frequency_penalty = 0.0;
  int64_t repeat_last_n = 64;
  std::optional<uint32_t> seed;  // without it: a random one
  std::vector<std::string> logit_bias;
};

// The built-in model is small enough to lose its thread at the usual temperature.
inline constexpr double kTemperature = 0.8;
inline constexpr double kBuiltInTemperature = 0.5;

void add_sampling_options(CLI::App& command, SamplingOptions* options);

// Members in the usual order: bias, penalties, top-k, typical, top-p, min-p, temperature, choice. What is switched off
// is left out. Throws CliError and UsageError.
SamplerHandle make_sampler(const Engine& engine, const SamplingOptions& options, double temperature, uint32_t seed);

}  // namespace wasmchord::cli
