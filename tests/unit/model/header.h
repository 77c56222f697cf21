// The header of a file in memory.
#pragma once

#include <memory>

#include "tests/golden/models.h"

namespace wasmchord::test {

// Throws where the container is refused.
std::shared_ptr<const gguf::Header> header_of(const Bytes& file);

inline bool names(const Status& status, std::string_view what) {
  return status.message().find(what) != std::string::npos;
}

}  // namespace wasmchord::test
