// Python's numbers as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wasmchord::chat {

// int(text, base): base 0 takes 0x, 0o and 0b; spaces around and single underscores are allowed. False where it is not
// a number or beyond 64 bits.
bool parse_int(std::string_view text, int base, int64_t* out);
// float(text).
bool parse_float(std::string_view text, double* out);
// repr(f): the shortest text that reads back as f.
std::string float_repr(double f);
// Of format(f, ".{precision}{type}"), type one of e, f, g, E, F, G.
std::string format_float(double f, char type, int precision, bool alternate);
// Round half to even at so many decimals, as Python does.
double round_decimal(double f, int decimals);

}  // namespace wasmchord::chat
