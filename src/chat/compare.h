// ==, <, in, + - * / // % ** of Python, and sorting.
#pragma once

#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/chat/ast.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

bool equals(Heap* heap, const Value& a, const Value& b, uint32_t depth = 0);
// a < b; fails where Python would raise TypeError.
Result<bool> less(Heap* heap, const Value& a, const Value& b, uint32_t depth = 0);
Result<bool> compare(Heap* heap, Comparison op, const Value& a, const Value& b);
Result<bool> contains(Heap* heap, const Value& container, const Value& item);
Result<Value> arithmetic(Heap* heap, BinaryOp op, const Value& a, const Value& b);
Result<Value> negate(const Value& value);

// A stable order of [0, keys.size()) by ascending key (descending where `reverse`; equal ones keep their order).
Result<std::vector<size_t>> sorted_order(Heap* heap, const std::vector<Value>& keys, bool reverse);

// What iterating over `value` gives; fails where it cannot be iterated over. Empties an iterator.
Result<std::vector<Value>> iterate(Heap* heap, const Value& value);

}  // namespace wasmchord::chat
