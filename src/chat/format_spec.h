// The specification of one field: [[fill]align][sign][#][0][width][,][.precision][type].
#pragma once

#include <string>
#include <string_view>

#include "src/chat/convert.h"

namespace wasmchord::chat {

inline constexpr int64_t kMaxPrecision = 1000;

struct FormatSpec {
  std::string fill = " ";
  char align = '\0';
  char sign = '-';
  bool alternate = false;
  char grouping = '\0';
  int64_t width = 0;
  int64_t precision = -1;
  char type = '\0';
};

// Digits at *i, which moves past them; at most INT32_MAX.
int64_t read_width(std::string_view text, size_t* i);
Status parse_spec(std::string_view text, FormatSpec* spec);
Result<Value> format_number(Heap* heap, const Value& value, const FormatSpec& spec);
Result<Value> format_text(Heap* heap, const Value& text, const FormatSpec& spec);

}  // namespace wasmchord::chat
