// What methods of str and filters share. `text` is a string value everywhere; parts keep their marks.
#pragma once

#include <string_view>
#include <vector>

#include "src/chat/text_builder.h"
#include "src/chat/utf8.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

enum class TextCase : uint8_t { kLower, kUpper, kTitle, kCapitalize, kSwap };

Value map_case(Heap* heap, const Value& text, TextCase to);
// Without white space, or the characters of the string `chars`, at its ends.
Value strip_text(Heap* heap, const Value& text, const Value& chars, utf8::Ends ends);
// Lists of parts. max < 0: no limit.
Value split_text(Heap* heap, const Value& text, std::string_view separator, int64_t max, bool from_right);
Value split_spaces(Heap* heap, const Value& text, int64_t max, bool from_right);
std::vector<Value> split_lines(Heap* heap, const Value& text, bool keep_ends);
Value replace_text(Heap* heap, const Value& text, std::string_view from, const Value& to, int64_t max);
// To `width` characters; align as in format(): < > ^.
Value pad_text(Heap* heap, const Value& text, int64_t width, char align, std::string_view fill);

}  // namespace wasmchord::chat
