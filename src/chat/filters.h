// The filters of filters.def, each Result<Value>(renderer, value, arguments).
#pragma once

#include "src/chat/renderer.h"

namespace wasmchord::chat::filters {

#define WC_FILTER(name, function) Result<Value> function(Renderer&, const Value&, CallArguments&);
#include "src/chat/filters.def"
#undef WC_FILTER

// What filters read of an item: itself, or what `attribute` ("a.b.0", or a number) leads to; `fallback` (undefined:
// none) where that is undefined.
Result<Value> read_attribute(Renderer& r, const Value& item, const Value& attribute, const Value& fallback = Value());
// A key to compare by: strings in lower case unless `case_sensitive`.
Value compare_key(Renderer& r, const Value& value, bool case_sensitive);

}  // namespace wasmchord::chat::filters
