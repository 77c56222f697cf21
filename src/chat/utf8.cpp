#include "src/chat/utf8.h"

namespace wasmchord::chat::utf8 {
namespace {

size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Pairs of upper and lower case that lie side by side, the upper one even (or odd) numbered.
bool is_even_pair(char32_t c) {
  return in(c, 0x100, 0x137) || in(c, 0x14A, 0x177) || in(c, 0x1E00, 0x1E95) || in(c, 0x1EA0, 0x1EFF) ||
         in(c, 0x460, 0x481) || in(c, 0x48A, 0x4BF) || in(c, 0x4D0, 0x52F) || in(c, 0x3D8, 0x3EF) ||
         in(c, 0x200, 0x21F);
}
bool is_odd_pair(char32_t c) { return in(c, 0x139, 0x148) || in(c, 0x179, 0x17E) || in(c, 0x4C1, 0x4CE); }

}  // namespace

bool is_valid(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) return false;
    const size_t n = sequence_length(lead);
    if (n > text.size() - i) return false;
    for (size_t k = 1; k < n; ++k) {
      if (!is_continuation(text[i + k])) return false;
    }
    size_t at = i;
    const char32_t c = next(text, &at);
    if ((n == 3 && (c < 0x800 || in(c, 0xD800, 0xDFFF))) || (n == 4 && !in(c, 0x10000, 0x10FFFF))) return false;
    i += n;
  }
  return true;
}

size_t length(std::string_view text) {
  size_t n = 0;
  for (const char c : text) n += is_continuation(c) ? 0 : 1;
  return n;
}

char32_t next(std::string_view text, size_t* pos) {
  const auto lead = static_cast<unsigned char>(text[*pos]);
  const size_t n = sequence_length(lead);
  char32_t c = n == 1 ? lead : lead & (0x7Fu >> n);
  for (size_t k = 1; k < n && *pos + k < text.size(); ++k) {
    c = (c << 6) | (static_cast<unsigned char>(text[*pos + k]) & 0x3Fu);
  }
  *pos += n;
  return c;
}

void append(char32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
    return;
  }
  const int n = c < 0x800 ? 2 : (c < 0x10000 ? 3 : 4);
  constexpr unsigned kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  out->push_back(static_cast<char>(kLead[n] | (c >> (6 * (n - 1)))));
  for (int k = n - 2; k >= 0; --k) out->push_back(static_cast<char>(0x80 | ((c >> (6 * k)) & 0x3F)));
}

size_t offset(std::string_view text, size_t index) {
  size_t pos = 0;
  while (index > 0 && pos < text.size()) {
    pos += sequence_length(static_cast<unsigned char>(text[pos]));
    --index;
  }
  return pos < text.size() ? pos : text.size();
}

bool is_space(char32_t c) {
  return in(c, 0x09, 0x0D) || in(c, 0x1C, 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || in(c, 0x2000, 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  if (c < 0x20 || in(c, 0x7F, 0xA0) || c == 0xAD || is_space(c)) return false;
  return !(in(c, 0x600, 0x605) || c == 0x61C || c == 0x70F || c == 0x180E || in(c, 0x200B, 0x200F) ||
           in(c, 0x202A, 0x202E) || in(c, 0x2060, 0x206F) || in(c, 0xD800, 0xF8FF) || c == 0xFEFF ||
           in(c, 0xFFF0, 0xFFFB) || in(c, 0xFFFE, 0xFFFF) || c >= 0xE0000);
}

bool is_letter(char32_t c) {
  if (c < 0x80) return in(c | 0x20, 'a', 'z');
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  return c != 0xD7 && c != 0xF7 && is_printable(c) && !in(c, 0x2010, 0x206F) && !in(c, 0x20A0, 0x20CF) &&
         !in(c, 0x2190, 0x2BFF) && !in(c, 0x3001, 0x3004) && !in(c, 0x3008, 0x3020) && !in(c, 0xFF01, 0xFF20) &&
         !in(c, 0x1F000, 0x1FAFF) && !in(c, 0x660, 0x669) && !in(c, 0x300, 0x36F);
}

bool is_digit(char32_t c) {
  return in(c, '0', '9') || in(c, 0x660, 0x669) || in(c, 0x966, 0x96F) || in(c, 0xFF10, 0xFF19);
}

char32_t to_lower(char32_t c) {
  if (c < 0x80) return in(c, 'A', 'Z') ? c + 32 : c;
  if ((in(c, 0xC0, 0xDE) && c != 0xD7) || (in(c, 0x391, 0x3A9) && c != 0x3A2) || in(c, 0x410, 0x42F)) return c + 32;
  if (in(c, 0x400, 0x40F)) return c + 80;
  if (in(c, 0x531, 0x556)) return c + 48;
  if (c == 0x178) return 0xFF;
  if (c == 0x386) return 0x3AC;
  if (in(c, 0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c == 0x1E9E) return 0xDF;
  if (c == 0x130 || c == 0x131) return c;
  if (is_even_pair(c)) return c | 1;
  if (is_odd_pair(c)) return (c & 1) != 0 ? c + 1 : c;
  return c;
}

char32_t to_upper(char32_t c) {
  if (c < 0x80) return in(c, 'a', 'z') ? c - 32 : c;
  if (c == 0xB5) return 0x39C;
  if (c == 0xFF) return 0x178;
  if ((in(c, 0xE0, 0xFE) && c != 0xF7) || (in(c, 0x3B1, 0x3C9) && c != 0x3C2) || in(c, 0x430, 0x44F)) return c - 32;
  if (in(c, 0x450, 0x45F)) return c - 80;
  if (in(c, 0x561, 0x586)) return c - 48;
  if (c == 0x3C2) return 0x3A3;
  if (c == 0x3AC) return 0x386;
  if (in(c, 0x3AD, 0x3AF)) return c - 37;
  if (c == 0x3CC) return 0x38C;
  if (c == 0x3CD || c == 0x3CE) return c - 63;
  if (c == 0x130) return c;
  if (c == 0x131) return 'I';
  if (c == 0x17F) return 'S';
  if (is_even_pair(c)) return c & ~char32_t{1};
  if (is_odd_pair(c)) return (c & 1) == 0 ? c - 1 : c;
  return c;
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) append(to_lower(next(text, &i)), &out);
  return out;
}

std::string upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const char32_t c = next(text, &i);
    if (c == 0xDF) {
      out += "SS";
    } else {
      append(to_upper(c), &out);
    }
  }
  return out;
}

void strip(std::string_view text, const std::string_view* chars, Ends ends, size_t* begin, size_t* end) {
  const auto drops = [chars](std::string_view one) {
    size_t at = 0;
    return chars != nullptr ? chars->find(one) != std::string_view::npos : is_space(next(one, &at));
  };
  *begin = 0;
  *end = text.size();
  while (ends.left && *begin < *end) {
    const size_t n = sequence_length(static_cast<unsigned char>(text[*begin]));
    if (!drops(text.substr(*begin, n))) break;
    *begin += n;
  }
  while (ends.right && *end > *begin) {
    size_t at = *end - 1;
    while (at > *begin && is_continuation(text[at])) --at;
    if (!drops(text.substr(at, *end - at))) break;
    *end = at;
  }
}

}  // namespace wasmchord::chat::utf8
