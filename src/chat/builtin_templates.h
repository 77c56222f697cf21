// Templates by name, for files that hold none.
#pragma once

#include <cstddef>
#include <string_view>

namespace wasmchord::chat {

// The source; empty where there is no such name.
std::string_view builtin_template(std::string_view name);
// Name number `index`, a C string; null past the end.
const char* builtin_template_name(size_t index);

}  // namespace wasmchord::chat
