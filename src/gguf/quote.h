// Names from a file, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace wasmchord::gguf {

// 'name' with every byte outside printable ASCII, and the quote and backslash, as \xNN; cut after 80 bytes.
std::string quote(std::string_view name);

}  // namespace wasmchord::gguf
