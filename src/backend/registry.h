// The backends of this build (backends.def): the only file that names concrete ones.
#pragma once

#include <memory>
#include <string_view>

#include "src/backend/backend.h"

namespace wasmchord {

size_t backend_count();
std::string_view backend_name(size_t index);

// kBackendUnavailable: no such backend; kIsaUnavailable: the CPU cannot run `options.isa`.
Result<std::shared_ptr<Backend>> create_backend(std::string_view name, const BackendOptions& options);

// The instruction set that create_backend("cpu") would use for `requested` ("" = best). kIsaUnavailable.
Result<std::string_view> resolve_cpu_isa(std::string_view requested);

}  // namespace wasmchord
