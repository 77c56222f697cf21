#include "src/chat/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

std::string_view stripped(std::string_view text) {
  size_t begin = 0;
  size_t end = 0;
  utf8::strip(text, nullptr, {}, &begin, &end);
  return text.substr(begin, end - begin);
}

// Takes the underscores out; false where one is not between digits.
bool without_underscores(std::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out->push_back(text[i]);
    } else if (i == 0 || i + 1 == text.size() || text[i + 1] == '_' || text[i - 1] == '_') {
      return false;
    }
  }
  return true;
}

// Reads a decimal floating-point number whatever the program's locale.
bool read_double(const std::string& text, double* out) {
#if defined(__cpp_lib_to_chars) || (defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 200000)
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc::result_out_of_range) {
    *out = text.find("e-") != std::string::npos || text.find("E-") != std::string::npos ? 0.0 : HUGE_VAL;
    return true;
  }
  return error == std::errc() && end == text.data() + text.size();
#else
  char* end = nullptr;
  *out = std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size() && !text.empty();
#endif
}

}  // namespace

bool parse_int(std::string_view text, int base, int64_t* out) {
  std::string digits;
  if (!without_underscores(stripped(text), &digits)) return false;
  size_t i = 0;
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) ++i;
  if (digits.size() > i + 1 && digits[i] == '0') {
    const char c = static_cast<char>(digits[i + 1] | 32);
    const int prefix = c == 'x' ? 16 : (c == 'o' ? 8 : (c == 'b' ? 2 : 0));
    if (prefix != 0 && (base == 0 || base == prefix)) {
      base = prefix;
      i += 2;
    }
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36 || i == digits.size() || digits[i] == '-' || digits[i] == '+') return false;
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + digits.size(), magnitude, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (magnitude > kMax) return false;
  *out = negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  return true;
}

bool parse_float(std::string_view text, double* out) {
  std::string digits;
  if (!without_underscores(stripped(text), &digits)) return false;
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) digits.erase(0, 1);
  const std::string word = utf8::lower(digits);
  if (word == "inf" || word == "infinity") {
    *out = HUGE_VAL;
  } else if (word == "nan") {
    *out = std::numeric_limits<double>::quiet_NaN();
  } else if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string::npos || digits[0] == '-' ||
             digits[0] == '+' || (digits[0] | 32) == 'e' || !read_double(digits, out)) {
    return false;
  }
  if (negative) *out = -*out;
  return true;
}

std::string float_repr(double f) {
  if (std::isnan(f)) return "nan";
  if (std::isinf(f)) return f < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, f, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<size_t>(result.ptr - buffer));
  const size_t e = text.find('e');
  int exponent = 0;
  const size_t exponent_at = e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + exponent_at, text.data() + text.size(), exponent);
  const bool negative = text[0] == '-';
  std::string digits;
  for (const char c : text.substr(negative ? 1 : 0, e - (negative ? 1 : 0))) {
    if (c != '.') digits.push_back(c);
  }
  std::string out = negative ? "-" : "";
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (digits.size() > 1) out.append(".").append(digits, 1);
    const int size = std::abs(exponent);
    out.append(exponent < 0 ? "e-" : "e+").append(size < 10 ? "0" : "").append(std::to_string(size));
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
  } else {
    const auto whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    out.append(digits, 0, whole).append(".");
    out.append(digits.size() > whole ? digits.substr(whole) : "0");
  }
  return out;
}

std::string format_float(double f, char type, int precision, bool alternate) {
  if (std::isnan(f)) return type >= 'a' ? "nan" : "NAN";
  if (std::isinf(f)) return f < 0 ? (type >= 'a' ? "-inf" : "-INF") : (type >= 'a' ? "inf" : "INF");
  const std::string format = std::string("%") + (alternate ? "#" : "") + ".*" + type;
  const int n = std::snprintf(nullptr, 0, format.c_str(), precision, f);
  std::string out(static_cast<size_t>(n) + 1, '\0');
  std::snprintf(out.data(), out.size(), format.c_str(), precision, f);
  out.pop_back();
  for (char& c : out) {
    if (c == ',') c = '.';  // the program's locale
  }
  return out;
}

double round_decimal(double f, int decimals) {
  if (!std::isfinite(f) || decimals > 300) return f;
  if (decimals >= 0) {
    double out = f;
    return read_double(format_float(f, 'f', decimals, false), &out) ? out : f;
  }
  if (decimals < -308) return 0.0;
  const double scale = std::pow(10.0, -decimals);
  return std::nearbyint(f / scale) * scale;
}

}  // namespace wasmchord::chat
