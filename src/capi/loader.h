// What the two ways of loading share: the options, and the handle that comes out.
#pragma once

#include <memory>

#include "src/capi/handles.h"

namespace wasmchord::capi {

struct LoadRequest {
  ModelLoadOptions options;
  std::shared_ptr<Backend> backend;  // null for the vocabulary alone
  uint64_t total_bytes = 0;          // 0: unknown
};

// `in` may be null.
Status read_load_request(const ContextState& state, const wc_load_options* in, LoadRequest* out);

wc_model* new_model_handle(std::shared_ptr<ContextState> state, std::shared_ptr<const Model> model);

}  // namespace wasmchord::capi
