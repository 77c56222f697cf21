// Filters over single values: numbers, defaults, JSON.
#include <cmath>

#include "src/chat/compare.h"
#include "src/chat/filters.h"
#include "src/chat/format.h"
#include "src/chat/numbers.h"

namespace wasmchord::chat::filters {
namespace {

Status undefined_error(const Value& value) {
  return failure(value.object() != nullptr ? value.as<Undefined>().message : "an undefined value is used");
}

std::string decimal(double f, int digits) { return format_float(f, 'f', digits, false); }

}  // namespace

Result<Value> absolute(Renderer&, const Value& value, CallArguments&) {
  if (value.is(Kind::kFloat)) return Value::real(std::abs(value.as_double()));
  if (value.is_integral()) return value.as_int() < 0 ? negate(value) : Value::integer(value.as_int());
  if (value.is_undefined()) return undefined_error(value);
  return failure("bad operand type for abs(): '" + std::string(type_name(value)) + "'");
}

Result<Value> attr(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("attr", arguments, {"name"}, 1, &v));
  if (!v[0].is_string()) return failure("attr() needs a name");
  // Attributes only: a dictionary's keys are items.
  const bool is_attribute = find_method(value, v[0].str()) != nullptr || !value.is_dict();
  if (is_attribute) return r.attribute(value, v[0].str());
  return make_undefined(r.heap(), "'dict object' has no attribute '" + std::string(v[0].str()) + "'");
}

Result<Value> fallback(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {r.text({}), Value::boolean(false)};
  WC_TRY(bind("default", arguments, {"default_value", "boolean"}, 0, &v));
  const bool use = value.is_undefined() || (truthy(v[1]) && !truthy(value));
  return use ? v[0] : value;
}

Result<Value> filesizeformat(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(false)};
  WC_TRY(bind("filesizeformat", arguments, {"binary"}, 0, &v));
  double bytes = 0;
  if (value.is_number()) {
    bytes = value.as_double();
  } else if (!value.is_string() || !parse_float(value.str(), &bytes)) {
    return failure("filesizeformat() needs a number");
  }
  const bool binary = truthy(v[0]);
  const double base = binary ? 1024 : 1000;
  if (bytes == 1) return r.text("1 Byte");
  if (bytes < base) return r.text(decimal(std::trunc(bytes), 0) + " Bytes");
  constexpr std::string_view kPrefixes = "kMGTPEZY";
  double unit = base;
  size_t i = 0;
  while (i + 1 < kPrefixes.size() && bytes >= unit * base) {
    unit *= base;
    ++i;
  }
  std::string suffix = binary ? std::string(1, i == 0 ? 'K' : kPrefixes[i]) + "iB" : std::string(1, kPrefixes[i]) + "B";
  return r.text(decimal(bytes / unit, 1) + " " + suffix);
}

Result<Value> format(Renderer& r, const Value& value, CallArguments& arguments) {
  return format_percent(r, to_text(r.heap(), value), arguments);
}

Result<Value> to_float(Renderer&, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::real(0)};
  WC_TRY(bind("float", arguments, {"default"}, 0, &v));
  if (value.is_number()) return Value::real(value.as_double());
  double f = 0;
  if (value.is_string() && parse_float(value.str(), &f)) return Value::real(f);
  return value.is_undefined() ? Result<Value>(undefined_error(value)) : v[0];
}

Result<Value> to_int(Renderer&, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(0), Value::integer(10)};
  WC_TRY(bind("int", arguments, {"default", "base"}, 0, &v));
  if (value.is_integral()) return Value::integer(value.as_int());
  if (value.is_undefined()) return undefined_error(value);
  double f = value.is(Kind::kFloat) ? value.as_double() : NAN;
  if (value.is_string()) {
    int64_t i = 0;
    const bool base_ok = v[1].is_integral() && v[1].as_int() >= 0 && v[1].as_int() <= 36;
    if (base_ok && parse_int(value.str(), static_cast<int>(v[1].as_int()), &i)) return Value::integer(i);
    if (!parse_float(value.str(), &f)) return v[0];
  }
  if (std::isnan(f) || std::isinf(f)) return v[0];
  if (std::abs(f) >= 9.2e18) return failure("the number is beyond 64 bits");
  return Value::integer(static_cast<int64_t>(f));
}

Result<Value> pprint(Renderer& r, const Value& value, CallArguments&) {
  TextBuilder out(r.heap());
  append_repr(value, &out);
  return out.finish();
}

Result<Value> round(Renderer&, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(0), Value()};
  WC_TRY(bind("round", arguments, {"precision", "method"}, 0, &v));
  const std::string_view method = v[1].is_string() ? v[1].str() : "common";
  if (method != "common" && method != "ceil" && method != "floor") {
    return failure("method must be common, ceil or floor");
  }
  if (value.is_undefined()) return undefined_error(value);
  if (!value.is_number() || !v[0].is_integral() || std::abs(v[0].as_double()) > 400)
    return failure("round() needs numbers");
  const auto precision = static_cast<int>(v[0].as_int());
  if (method == "common") {
    if (value.is_integral() && precision >= 0) return Value::integer(value.as_int());
    const double rounded = round_decimal(value.as_double(), precision);
    return value.is_integral() ? Value::integer(static_cast<int64_t>(rounded)) : Value::real(rounded);
  }
  const double scale = std::pow(10.0, precision);
  const double scaled = value.as_double() * scale;
  return Value::real((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Result<Value> tojson(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(false), Value::none(), Value::none(), Value::boolean(false)};
  WC_TRY(bind("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"}, 0, &v));
  JsonStyle style;
  style.ensure_ascii = truthy(v[0]);
  style.sort_keys = truthy(v[3]);
  if (v[1].is_string()) style.indent = v[1];
  if (v[1].is_integral()) {
    TextBuilder spaces(r.heap());
    if (v[1].as_int() > 0) spaces.add_repeated(" ", static_cast<uint64_t>(v[1].as_int()));
    style.indent = spaces.finish();
  }
  if (v[2].is_sequence()) {
    const std::vector<Value>& pair = v[2].items();
    if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      return failure("separators must be two strings");
    style.item_separator = pair[0].str();
    style.key_separator = pair[1].str();
  }
  TextBuilder out(r.heap());
  WC_TRY(append_json(value, style, &out));
  return out.finish();
}

Result<Value> string(Renderer& r, const Value& value, CallArguments&) { return to_text(r.heap(), value); }

}  // namespace wasmchord::chat::filters
