#include "src/sampler/sampler.h"

#include "src/capi/marshal.h"

using namespace wasmchord;
using namespace wasmchord::capi;

namespace {

constexpr const char* kNames[] = {
#define WC_SAMPLER(name, ...) #name,
#include "src/sampler/samplers.def"
#undef WC_SAMPLER
};

}  // namespace

wc_status wc_sampler_create(wc_context* context, wc_sampler** out) {
  return guarded(context, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    *out = new wc_sampler{context->state, std::make_shared<SamplerChain>()};
    return Status::ok();
  });
}

void wc_sampler_destroy(wc_sampler* sampler) { delete sampler; }

wc_status wc_sampler_add(wc_sampler* sampler, const char* name, const wc_sampler_param* params, size_t n_params) {
  return guarded(sampler, [&]() -> Status {
    if (name == nullptr) return invalid_argument("name is NULL");
    std::span<const wc_sampler_param> given;
    WC_TRY(read_span(params, n_params, &given));
    std::vector<SamplerParam> converted;
    for (const wc_sampler_param& param : given) {
      if (param.key == nullptr) return invalid_argument("the key of a parameter is NULL");
      converted.push_back({param.key, param.value});
    }
    return sampler->chain->add(name, converted);
  });
}

const char* wc_sampler_name(size_t index) { return index < std::size(kNames) ? kNames[index] : nullptr; }

wc_status wc_sampler_sample(wc_sampler* sampler, const float* logits, size_t n, int32_t* id) {
  return guarded(sampler, [&]() -> Status {
    if (id == nullptr) return invalid_argument("id is NULL");
    std::span<const float> span;
    WC_TRY(read_span(logits, n, &span));
    if (span.empty() || span.size() > INT32_MAX) return invalid_argument("the number of logits is out of range");
    sampler->chain->prepare(static_cast<uint32_t>(span.size()));
    WC_ASSIGN(*id, sampler->chain->sample(span));
    return Status::ok();
  });
}

wc_status wc_sampler_accept(wc_sampler* sampler, int32_t id) {
  return guarded(sampler, [&]() -> Status {
    if (id < 0) return Status(Code::kBadToken, "the token id is negative");
    sampler->chain->accept(id);
    return Status::ok();
  });
}

wc_status wc_sampler_reset(wc_sampler* sampler) {
  return guarded(sampler, [&]() -> Status {
    sampler->chain->reset();
    return Status::ok();
  });
}
