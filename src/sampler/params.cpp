#include "src/sampler/params.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace wasmchord {
namespace {

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.10g", value);
  return text;
}

Status unknown_param(std::string_view sampler, std::string_view key, std::span<const ParamSpec> specs) {
  std::string message = std::string(sampler) + ": unknown parameter '" + std::string(key) + "'";
  for (size_t i = 0; i < specs.size(); ++i) {
    message += i == 0 ? "; known are: " : ", ";
    message += specs[i].key;
  }
  return Status(Code::kUnknownOption, message);
}

}  // namespace

Status check_param(std::string_view sampler, const SamplerParam& param, const ParamSpec& spec) {
  const double value = param.value;
  const bool whole = spec.kind == ParamKind::kReal || std::floor(value) == value;
  if (value >= spec.min && value <= spec.max && whole) return Status::ok();
  const char* kind = spec.kind == ParamKind::kInteger ? " is not an integer in [" : " is not a number in [";
  return Status(Code::kInvalidArgument, std::string(sampler) + ": " + std::string(param.key) + " = " + text_of(value) +
                                            kind + text_of(spec.min) + ", " + text_of(spec.max) + "]");
}

Status read_params(std::string_view sampler, std::span<const SamplerParam> params, std::span<const ParamSpec> specs) {
  for (const SamplerParam& param : params) {
    const ParamSpec* found = nullptr;
    for (const ParamSpec& spec : specs) {
      if (spec.key == param.key) found = &spec;
    }
    if (found == nullptr) return unknown_param(sampler, param.key, specs);
    WC_TRY(check_param(sampler, param, *found));
    *found->value = param.value;
  }
  return Status::ok();
}

}  // namespace wasmchord
