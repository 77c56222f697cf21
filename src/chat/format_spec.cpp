#include "src/chat/format_spec.h"

#include <algorithm>
#include <cmath>

#include "src/chat/numbers.h"
#include "src/chat/text_methods.h"

namespace wasmchord::chat {
namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

std::string to_base(uint64_t magnitude, unsigned base, bool upper) {
  std::string out;
  do {
    const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    out.insert(out.begin(), digits[magnitude % base]);
    magnitude /= base;
  } while (magnitude != 0);
  return out;
}

void group_digits(std::string* digits, char separator) {
  const size_t whole = std::min(digits->find_first_not_of("0123456789"), digits->size());
  for (size_t at = whole; at > 3; at -= 3) digits->insert(at - 3, 1, separator);
}

// The digits of a number without its sign; *prefix is 0x and the like.
Result<std::string> number_digits(const Value& value, const FormatSpec& spec, std::string* prefix) {
  const char type = spec.type;
  const bool integral = value.is_integral();
  if (integral &&
      (type == '\0' || type == 'd' || type == 'n' || type == 'x' || type == 'X' || type == 'o' || type == 'b')) {
    const uint64_t magnitude =
        value.as_int() < 0 ? 0 - static_cast<uint64_t>(value.as_int()) : static_cast<uint64_t>(value.as_int());
    const unsigned base = type == 'x' || type == 'X' ? 16 : (type == 'o' ? 8 : (type == 'b' ? 2 : 10));
    if (spec.alternate && base != 10) *prefix = std::string("0") + type;
    return to_base(magnitude, base, type == 'X');
  }
  const double f = std::abs(value.as_double());
  const int precision = spec.precision < 0 ? 6 : static_cast<int>(spec.precision);
  switch (type) {
    case '\0':
      if (spec.precision < 0) return float_repr(f);
      return format_float(f, 'g', precision, spec.alternate);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return format_float(f, type, precision, spec.alternate);
    case 'n':
      return format_float(f, 'g', precision, spec.alternate);
    case '%':
      return format_float(f * 100, 'f', precision, spec.alternate) + "%";
    default:
      break;
  }
  return failure(std::string("Unknown format code '") + type + "' for object of type '" +
                 std::string(type_name(value)) + "'");
}

}  // namespace

int64_t read_width(std::string_view text, size_t* i) {
  int64_t n = 0;
  while (*i < text.size() && text[*i] >= '0' && text[*i] <= '9') {
    n = std::min<int64_t>(n * 10 + (text[*i] - '0'), INT32_MAX);
    ++*i;
  }
  return n;
}

Status parse_spec(std::string_view text, FormatSpec* spec) {
  size_t i = 0;
  if (!text.empty()) {
    size_t after = 0;
    utf8::next(text, &after);
    if (after < text.size() && is_align(text[after])) {
      spec->fill = text.substr(0, after);
      spec->align = text[after];
      i = after + 1;
    } else if (is_align(text[0])) {
      spec->align = text[0];
      i = 1;
    }
  }
  if (i < text.size() && (text[i] == '+' || text[i] == '-' || text[i] == ' ')) spec->sign = text[i++];
  if (i < text.size() && text[i] == '#') {
    spec->alternate = true;
    ++i;
  }
  if (i < text.size() && text[i] == '0') {
    if (spec->align == '\0') {
      spec->fill = "0";
      spec->align = '=';
    }
    ++i;
  }
  spec->width = read_width(text, &i);
  if (i < text.size() && (text[i] == ',' || text[i] == '_')) spec->grouping = text[i++];
  if (i < text.size() && text[i] == '.') {
    ++i;
    const size_t digits = i;
    spec->precision = read_width(text, &i);
    if (i == digits) return failure("Format specifier missing precision");
    if (spec->precision > kMaxPrecision) return {Code::kTemplateLimit, "a precision above 1000"};
  }
  if (i < text.size()) spec->type = text[i++];
  return i == text.size() ? Status::ok() : failure("Invalid format specifier '" + std::string(text) + "'");
}

Result<Value> format_number(Heap* heap, const Value& value, const FormatSpec& spec) {
  std::string prefix;
  WC_ASSIGN(std::string digits, number_digits(value, spec, &prefix));
  if (spec.grouping != '\0') group_digits(&digits, spec.grouping);
  const bool negative = value.is_integral() ? value.as_int() < 0 : std::signbit(value.as_double());
  std::string sign = negative ? "-" : (spec.sign == '-' ? "" : std::string(1, spec.sign));
  sign += prefix;
  if (spec.align != '=') {
    const Value text = make_text(heap, sign + digits);
    return pad_text(heap, text, spec.width, spec.align == '\0' ? '>' : spec.align, spec.fill);
  }
  TextBuilder out(heap);
  const auto length = static_cast<int64_t>(sign.size() + digits.size());
  out.add(sign);
  if (spec.width > length) out.add_repeated(spec.fill, static_cast<uint64_t>(spec.width - length));
  out.add(digits);
  return out.finish();
}

Result<Value> format_text(Heap* heap, const Value& text, const FormatSpec& spec) {
  if (spec.type != '\0' && spec.type != 's') {
    return failure(std::string("Unknown format code '") + spec.type + "' for object of type 'str'");
  }
  if (spec.align == '=' && spec.fill != "0") return failure("'=' alignment not allowed in string format specifier");
  Value shown = text;
  if (spec.precision >= 0 && static_cast<size_t>(spec.precision) < text.text().n_chars) {
    shown = slice_bytes(heap, text, 0, utf8::offset(text.str(), static_cast<size_t>(spec.precision)));
  }
  const char align = spec.align == '\0' || spec.align == '=' ? '<' : spec.align;
  // format() centres with the odd one to the right, unlike str.center().
  const auto length = static_cast<int64_t>(shown.text().n_chars);
  if (align == '^' && spec.width > length) {
    const auto total = static_cast<uint64_t>(spec.width - length);
    TextBuilder out(heap);
    out.add_repeated(spec.fill, total / 2);
    out.add(shown);
    out.add_repeated(spec.fill, total - total / 2);
    return out.finish();
  }
  return pad_text(heap, shown, spec.width, align, spec.fill);
}

}  // namespace wasmchord::chat
