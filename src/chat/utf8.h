// UTF-8 by code points, and the properties of characters that Python's str methods ask for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wasmchord::chat::utf8 {

bool is_valid(std::string_view text);
size_t length(std::string_view text);  // code points of valid UTF-8
// The code point at *pos of valid UTF-8; moves *pos past it.
char32_t next(std::string_view text, size_t* pos);
void append(char32_t c, std::string* out);
// Byte offset of code point `index`; the size where there are fewer.
size_t offset(std::string_view text, size_t index);

bool is_space(char32_t c);      // str.isspace()
bool is_printable(char32_t c);  // whether repr() leaves it as it is
bool is_letter(char32_t c);
bool is_digit(char32_t c);
// Simple case mapping of the Latin, Greek, Cyrillic and Armenian scripts; other characters stay.
char32_t to_lower(char32_t c);
char32_t to_upper(char32_t c);
inline bool is_upper(char32_t c) { return to_lower(c) != c; }
inline bool is_lower(char32_t c) { return to_upper(c) != c || c == 0xDF; }
std::string lower(std::string_view text);
std::string upper(std::string_view text);

// Bytes [*begin, *end) of `text` without white space, or characters of `chars` where given, at its ends.
struct Ends {
  bool left = true;
  bool right = true;
};
void strip(std::string_view text, const std::string_view* chars, Ends ends, size_t* begin, size_t* end);

}  // namespace wasmchord::chat::utf8
