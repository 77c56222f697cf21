// The types that a user asks for by name.
#pragma once

#include <string>

#include "tools/quantize/quantize.h"
#include "tools/quantize/recipe.h"

namespace wasmchord::tools {

// Throw std::invalid_argument with what there is.
Recipe require_recipe(const std::string& name);
TypeOverrides require_overrides(const TypeOptions& options);

}  // namespace wasmchord::tools
