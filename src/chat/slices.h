// Python's indexing and slicing.
#pragma once

#include <optional>

#include "src/base/status.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

// value[index] of a string or sequence; none outside of it, and for what cannot be indexed.
std::optional<Value> index_value(Heap* heap, const Value& value, int64_t index);
// value[start:stop:step]; none stands for what is left out.
Result<Value> slice_value(Heap* heap, const Value& value, const Value (&bounds)[3]);

}  // namespace wasmchord::chat
