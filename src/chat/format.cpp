#include "src/chat/format.h"

#include <algorithm>
#include <cmath>

#include "src/chat/format_spec.h"
#include "src/chat/numbers.h"
#include "src/chat/renderer.h"
#include "src/chat/text_methods.h"

namespace wasmchord::chat {
namespace {

Result<Value> format_value(Heap* heap, const Value& value, std::string_view spec_text) {
  if (spec_text.empty()) return to_text(heap, value);
  FormatSpec spec;
  WC_TRY(parse_spec(spec_text, &spec));
  if (value.is_number()) return format_number(heap, value, spec);
  if (!value.is_string()) {
    return failure("unsupported format string passed to " + std::string(type_name(value)) + ".__format__");
  }
  return format_text(heap, to_text(heap, value), spec);
}

// "{...}" of str.format.
class BraceFormatter {
 public:
  BraceFormatter(Renderer& renderer, const Value& format, CallArguments& arguments)
      : renderer_(renderer), format_(format), arguments_(arguments), out_(renderer.heap()) {}

  Result<Value> run() {
    const std::string_view text = format_.str();
    for (size_t i = 0; i < text.size();) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
        out_.add(format_.text(), i, i + 1);
        i += 2;
      } else if (c == '}') {
        return failure("Single '}' encountered in format string");
      } else if (c == '{') {
        WC_TRY(field(text, &i));
      } else {
        const size_t end = std::min(text.find_first_of("{}", i), text.size());
        out_.add(format_.text(), i, end);
        i = end;
      }
      if (renderer_.heap()->must_stop()) break;
    }
    return out_.finish();
  }

 private:
  Status field(std::string_view text, size_t* i) {
    size_t depth = 0;
    size_t end = *i;
    for (; end < text.size(); ++end) {
      if (text[end] == '{') ++depth;
      if (text[end] == '}' && --depth == 0) break;
    }
    if (end == text.size()) return failure("expected '}' before end of string");
    const std::string_view body = text.substr(*i + 1, end - *i - 1);
    *i = end + 1;
    const size_t colon = body.find(':');
    std::string_view name = body.substr(0, colon);
    std::string spec(colon == body.npos ? std::string_view() : body.substr(colon + 1));
    char conversion = '\0';
    if (name.size() >= 2 && name[name.size() - 2] == '!') {
      conversion = name.back();
      name.remove_suffix(2);
    }
    WC_ASSIGN(Value value, lookup(name));
    if (conversion == 'r' || conversion == 'a') {
      TextBuilder shown(renderer_.heap());
      append_repr(value, &shown);
      value = shown.finish();
    } else if (conversion == 's') {
      value = to_text(renderer_.heap(), value);
    } else if (conversion != '\0') {
      return failure("Unknown conversion specifier");
    }
    WC_TRY(fill_spec(&spec));
    WC_ASSIGN(const Value shown, format_value(renderer_.heap(), value, spec));
    out_.add(shown);
    return Status::ok();
  }

  // Fields inside of a format specifier.
  Status fill_spec(std::string* spec) {
    for (size_t open; (open = spec->find('{')) != spec->npos;) {
      const size_t close = spec->find('}', open);
      if (close == spec->npos) return failure("expected '}' before end of string");
      WC_ASSIGN(const Value value, lookup(std::string_view(*spec).substr(open + 1, close - open - 1)));
      const Value shown = to_text(renderer_.heap(), value);
      if (shown.str().find('{') != std::string_view::npos) return failure("a field inside of a field's specifier");
      spec->replace(open, close - open + 1, shown.str());
    }
    return Status::ok();
  }

  Result<Value> lookup(std::string_view name) {
    const size_t end = std::min(name.find_first_of(".["), name.size());
    WC_ASSIGN(Value value, argument(name.substr(0, end)));
    for (size_t i = end; i < name.size();) {
      const bool is_item = name[i] == '[';
      const size_t stop = is_item ? name.find(']', i) : std::min(name.find_first_of(".[", i + 1), name.size());
      if (stop == name.npos) return failure("Missing ']' in format string");
      const std::string_view key = name.substr(i + 1, stop - i - 1);
      int64_t number = 0;
      if (is_item) {
        const bool numeric = parse_int(key, 10, &number);
        WC_ASSIGN(value, renderer_.item(value, numeric ? Value::integer(number) : renderer_.text(std::string(key))));
      } else {
        WC_ASSIGN(value, renderer_.attribute(value, key));
      }
      i = is_item ? stop + 1 : stop;
    }
    return value;
  }

  Result<Value> argument(std::string_view name) {
    int64_t position = 0;
    if (name.empty() || parse_int(name, 10, &position)) {
      if (name.empty()) position = static_cast<int64_t>(automatic_++);
      if (position < 0 || static_cast<size_t>(position) >= arguments_.positional.size()) {
        return failure("Replacement index " + std::to_string(position) + " out of range for positional args tuple");
      }
      return arguments_.positional[static_cast<size_t>(position)];
    }
    for (const auto& [key, value] : arguments_.keyword) {
      if (key == name) return value;
    }
    return failure("format() misses the argument '" + std::string(name) + "'");
  }

  Renderer& renderer_;
  const Value& format_;
  CallArguments& arguments_;
  TextBuilder out_;
  size_t automatic_ = 0;
};

// One %-conversion; *i is behind the %.
class PercentFormatter {
 public:
  PercentFormatter(Renderer& renderer, const Value& format, CallArguments& arguments)
      : renderer_(renderer), format_(format), arguments_(arguments), out_(renderer.heap()) {}

  Result<Value> run() {
    const std::string_view text = format_.str();
    for (size_t i = 0; i < text.size() && !renderer_.heap()->must_stop();) {
      const size_t percent = std::min(text.find('%', i), text.size());
      out_.add(format_.text(), i, percent);
      i = percent + 1;
      if (percent < text.size()) WC_TRY(conversion(text, &i));
    }
    const bool mapping = arguments_.positional.size() == 1 && arguments_.positional[0].is_dict();
    if (used_ < arguments_.positional.size() && !mapping) {
      return failure("not all arguments converted during string formatting");
    }
    return out_.finish();
  }

 private:
  Status conversion(std::string_view text, size_t* i) {
    FormatSpec spec;
    Value named;
    bool has_name = false;
    if (*i < text.size() && text[*i] == '(') {
      const size_t close = text.find(')', *i);
      if (close == text.npos) return failure("incomplete format key");
      WC_ASSIGN(named, by_name(text.substr(*i + 1, close - *i - 1)));
      has_name = true;
      *i = close + 1;
    }
    spec.align = '>';
    for (; *i < text.size() && std::string_view("-+ #0").find(text[*i]) != std::string_view::npos; ++*i) {
      if (text[*i] == '-') spec.align = '<';
      if (text[*i] == '+' || (text[*i] == ' ' && spec.sign == '-')) spec.sign = text[*i];
      if (text[*i] == '#') spec.alternate = true;
      if (text[*i] == '0' && spec.align == '>') {
        spec.fill = "0";
        spec.align = '=';
      }
    }
    spec.width = read_width(text, i);
    if (*i < text.size() && text[*i] == '.') {
      ++*i;
      spec.precision = read_width(text, i);
      if (spec.precision > kMaxPrecision) return {Code::kTemplateLimit, "a precision above 1000"};
    }
    if (*i == text.size()) return failure("incomplete format");
    const char type = text[(*i)++];
    if (type == '%') {
      out_.add("%");
      return Status::ok();
    }
    if (!has_name && used_ >= arguments_.positional.size()) return failure("not enough arguments for format string");
    const Value value = has_name ? named : arguments_.positional[used_++];
    return convert(value, type, &spec);
  }

  Status convert(const Value& value, char type, FormatSpec* spec) {
    Heap* heap = renderer_.heap();
    if (type == 's' || type == 'r' || type == 'a' || type == 'c') {
      TextBuilder shown(heap);
      if (type == 's') {
        append_text(value, &shown);
      } else if (type == 'c' && value.is_string()) {
        shown.add(value);
      } else {
        append_repr(value, &shown);
      }
      if (spec->align == '=') spec->align = '>';
      spec->fill = " ";
      WC_ASSIGN(const Value text, format_text(heap, shown.finish(), *spec));
      out_.add(text);
      return Status::ok();
    }
    if (!value.is_number()) {
      return failure(std::string("%") + type + " format: a real number is required, not " +
                     std::string(type_name(value)));
    }
    Value number = value;
    if (std::string_view("diuxXo").find(type) != std::string_view::npos) {
      if (value.is(Kind::kFloat)) {
        if (!(std::abs(value.as_double()) < 9.0e18)) return failure("the number is beyond 64 bits");
        number = Value::integer(static_cast<int64_t>(value.as_double()));
      }
      spec->type = type == 'i' || type == 'u' ? 'd' : type;
    } else if (std::string_view("eEfFgG").find(type) != std::string_view::npos) {
      spec->type = type;
      number = Value::real(value.as_double());
    } else {
      return failure(std::string("unsupported format character '") + type + "'");
    }
    WC_ASSIGN(const Value text, format_number(heap, number, *spec));
    out_.add(text);
    return Status::ok();
  }

  Result<Value> by_name(std::string_view name) {
    for (const auto& [key, value] : arguments_.keyword) {
      if (key == name) return value;
    }
    if (arguments_.positional.size() == 1 && arguments_.positional[0].is_dict()) {
      if (const Value* found = arguments_.positional[0].dict().find(name)) return *found;
      return failure("the format's argument has no key '" + std::string(name) + "'");
    }
    return failure("format requires a mapping");
  }

  Renderer& renderer_;
  const Value& format_;
  CallArguments& arguments_;
  TextBuilder out_;
  size_t used_ = 0;
};

}  // namespace

Result<Value> format_percent(Renderer& renderer, const Value& format, CallArguments& arguments) {
  return PercentFormatter(renderer, format, arguments).run();
}

Result<Value> format_braces(Renderer& renderer, const Value& format, CallArguments& arguments) {
  return BraceFormatter(renderer, format, arguments).run();
}

}  // namespace wasmchord::chat
