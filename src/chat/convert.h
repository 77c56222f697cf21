// Values as truth and as text, the way Python's bool(), str(), repr() and json.dumps() see them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/chat/text_builder.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

// What goes wrong while rendering; the renderer adds line and column.
inline Status failure(std::string message) { return {Code::kTemplateFailed, std::move(message)}; }

bool truthy(const Value& value);

// A string value: str(value). Undefined gives nothing.
Value to_text(Heap* heap, const Value& value);
void append_text(const Value& value, TextBuilder* out);
void append_repr(const Value& value, TextBuilder* out, uint32_t depth = 0);

struct JsonStyle {
  bool ensure_ascii = false;
  bool sort_keys = false;
  std::optional<Value> indent;  // a string, once for each level
  std::optional<std::string> item_separator;
  std::optional<std::string> key_separator;
};
// json.dumps(); fails where a value has no JSON.
Status append_json(const Value& value, const JsonStyle& style, TextBuilder* out);

}  // namespace wasmchord::chat
