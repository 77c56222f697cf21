// The model inside the executable, so that an installed command finds one wherever it runs from.
#pragma once

#include <cstddef>

namespace wasmchord::cli {

struct EmbeddedModel {
  const unsigned char* data;
  size_t size;
  const char* name;  // file name without its folder
};

EmbeddedModel embedded_model();

}  // namespace wasmchord::cli
