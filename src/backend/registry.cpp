#include "src/backend/registry.h"

#include <string>

#include "src/backend/cpu/cpu_backend.h"

namespace wasmchord {
namespace {

struct BackendEntry {
  std::string_view name;
  Result<std::shared_ptr<Backend>> (*create)(const BackendOptions& options);
};

constexpr BackendEntry kBackends[] = {
#define WC_BACKEND(name) {#name, create_##name##_backend},
#include "src/backend/backends.def"
#undef WC_BACKEND
};

}  // namespace

size_t backend_count() { return std::size(kBackends); }

std::string_view backend_name(size_t index) { return kBackends[index].name; }

Result<std::shared_ptr<Backend>> create_backend(std::string_view name, const BackendOptions& options) {
  for (const BackendEntry& entry : kBackends) {
    if (entry.name == name) return entry.create(options);
  }
  return Status(Code::kBackendUnavailable, "no backend named '" + std::string(name) + "' in this build");
}

}  // namespace wasmchord
