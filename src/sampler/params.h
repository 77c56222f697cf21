// How samplers are made from their named parameters.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "src/sampler/sampler.h"

namespace wasmchord {

enum class ParamKind { kReal, kInteger };

// One accepted parameter: finite, in [min, max], whole where it is an integer.
struct ParamSpec {
  std::string_view key;
  ParamKind kind;
  double min, max;
  double* value;  // holds the default; receives what the caller gave
};

// kInvalidArgument, naming sampler and parameter, where `param` breaks `spec`.
Status check_param(std::string_view sampler, const SamplerParam& param, const ParamSpec& spec);

// Stores each of `params`; kUnknownOption where none of `specs` has the key.
Status read_params(std::string_view sampler, std::span<const SamplerParam> params, std::span<const ParamSpec> specs);

inline constexpr double kMaxCount = 2147483647.0;  // of parameters that count candidates

using SamplerResult = Result<std::unique_ptr<Sampler>>;

#define WC_SAMPLER(name, stem) SamplerResult make_##stem(std::span<const SamplerParam> params);
#include "src/sampler/samplers.def"
#undef WC_SAMPLER

}  // namespace wasmchord
