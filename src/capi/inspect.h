// What a GGUF header says, as JSON text.
#pragma once

#include <cstdint>
#include <string>

#include "src/gguf/gguf.h"

namespace wasmchord::capi {

// The object that wc_inspect_file documents. file_bytes 0: unknown. n_ctx 0: the model's own.
std::string describe(const gguf::Header& header, uint64_t file_bytes, uint32_t n_ctx);

// One metadata value, arrays in full. Bytes that are not UTF-8 become U+FFFD; numbers that are not finite become null.
std::string to_json(const gguf::Value& value);

// The text of `key`; "" where it is absent or not a string.
std::string_view text_or_empty(const gguf::Metadata& metadata, std::string_view key);

}  // namespace wasmchord::capi
