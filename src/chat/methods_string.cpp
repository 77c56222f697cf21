// Python's methods of str.
#include <algorithm>

#include "src/chat/compare.h"
#include "src/chat/format.h"
#include "src/chat/renderer.h"
#include "src/chat/text_methods.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace string_methods {
namespace {

using Arguments = CallArguments&;

Status need_text(const Value& value, std::string_view what) {
  if (value.is_string()) return Status::ok();
  return failure(std::string(what) + " must be str, not " + std::string(type_name(value)));
}

Result<Value> strip_method(Renderer& r, const Value& self, Arguments arguments, utf8::Ends ends) {
  std::vector<Value> v = {Value::none()};
  WC_TRY(bind("strip", arguments, {"chars"}, 0, &v));
  if (!v[0].is_none()) WC_TRY(need_text(v[0], "strip arg"));
  return strip_text(r.heap(), self, v[0], ends);
}
Result<Value> strip(Renderer& r, const Value& s, Arguments a) { return strip_method(r, s, a, {true, true}); }
Result<Value> lstrip(Renderer& r, const Value& s, Arguments a) { return strip_method(r, s, a, {true, false}); }
Result<Value> rstrip(Renderer& r, const Value& s, Arguments a) { return strip_method(r, s, a, {false, true}); }

Result<Value> split_method(Renderer& r, const Value& self, Arguments arguments, bool from_right) {
  std::vector<Value> v = {Value::none(), Value::integer(-1)};
  WC_TRY(bind(from_right ? "rsplit" : "split", arguments, {"sep", "maxsplit"}, 0, &v));
  if (!v[1].is_integral()) return failure("maxsplit must be an integer");
  if (v[0].is_none()) return split_spaces(r.heap(), self, v[1].as_int(), from_right);
  WC_TRY(need_text(v[0], "the separator"));
  if (v[0].str().empty()) return failure("empty separator");
  return split_text(r.heap(), self, v[0].str(), v[1].as_int(), from_right);
}
Result<Value> split(Renderer& r, const Value& s, Arguments a) { return split_method(r, s, a, false); }
Result<Value> rsplit(Renderer& r, const Value& s, Arguments a) { return split_method(r, s, a, true); }

Result<Value> splitlines(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v = {Value::boolean(false)};
  WC_TRY(bind("splitlines", arguments, {"keepends"}, 0, &v));
  return r.list(split_lines(r.heap(), self, truthy(v[0])));
}

Result<Value> partition_method(Renderer& r, const Value& self, Arguments arguments, bool from_right) {
  std::vector<Value> v;
  WC_TRY(bind("partition", arguments, {"sep"}, 1, &v));
  WC_TRY(need_text(v[0], "the separator"));
  if (v[0].str().empty()) return failure("empty separator");
  r.heap()->work(self.str().size() * std::max<size_t>(1, v[0].str().size() / 16));
  if (r.heap()->must_stop()) return self;
  const size_t at = from_right ? self.str().rfind(v[0].str()) : self.str().find(v[0].str());
  const Value empty = r.text({});
  if (at == std::string_view::npos) {
    return from_right ? make_tuple(r.heap(), {empty, empty, self}) : make_tuple(r.heap(), {self, empty, empty});
  }
  const size_t end = at + v[0].str().size();
  return make_tuple(r.heap(), {slice_bytes(r.heap(), self, 0, at), slice_bytes(r.heap(), self, at, end),
                               slice_bytes(r.heap(), self, end, self.str().size())});
}
Result<Value> partition(Renderer& r, const Value& s, Arguments a) { return partition_method(r, s, a, false); }
Result<Value> rpartition(Renderer& r, const Value& s, Arguments a) { return partition_method(r, s, a, true); }

// The part of a text that methods with start and end look at.
struct Part {
  std::string_view bytes;
  int64_t start = 0;    // in code points
  bool exists = false;  // not where the start lies behind the end
};

Result<Part> read_part(const Value& self, const Value& start, const Value& end) {
  const auto length = static_cast<int64_t>(self.text().n_chars);
  int64_t bounds[2] = {0, length};
  for (const Value* bound : {&start, &end}) {
    if (bound->is_none()) continue;
    if (!bound->is_integral()) return failure("slice indices must be integers or None or have an __index__ method");
    const int64_t i = bound->as_int();
    bounds[bound == &end ? 1 : 0] = i < 0 ? std::max<int64_t>(i < -length ? 0 : i + length, 0) : i;
  }
  bounds[1] = std::min(bounds[1], length);
  if (bounds[0] > bounds[1]) return Part{};
  const size_t from = utf8::offset(self.str(), static_cast<size_t>(bounds[0]));
  const size_t to = utf8::offset(self.str(), static_cast<size_t>(bounds[1]));
  return Part{self.str().substr(from, to - from), bounds[0], true};
}

Result<Value> affix_method(const Value& self, Arguments arguments, bool at_start) {
  std::vector<Value> v = {Value(), Value::none(), Value::none()};
  WC_TRY(bind(at_start ? "startswith" : "endswith", arguments, {"prefix", "start", "end"}, 1, &v));
  WC_ASSIGN(const Part part, read_part(self, v[1], v[2]));
  const auto matches = [&](const Value& affix) {
    if (!affix.is_string() || !part.exists) return false;
    return at_start ? part.bytes.starts_with(affix.str()) : part.bytes.ends_with(affix.str());
  };
  if (v[0].is_sequence() && v[0].sequence().kind == SequenceKind::kTuple) {
    return Value::boolean(std::any_of(v[0].items().begin(), v[0].items().end(), matches));
  }
  WC_TRY(need_text(v[0], "the first argument"));
  return Value::boolean(matches(v[0]));
}
Result<Value> startswith(Renderer&, const Value& s, Arguments a) { return affix_method(s, a, true); }
Result<Value> endswith(Renderer&, const Value& s, Arguments a) { return affix_method(s, a, false); }

Result<Value> remove_affix(Renderer& r, const Value& self, Arguments arguments, bool at_start) {
  std::vector<Value> v;
  WC_TRY(bind("removeprefix", arguments, {"affix"}, 1, &v));
  WC_TRY(need_text(v[0], "the argument"));
  const size_t n = v[0].str().size();
  const size_t size = self.str().size();
  if (at_start) return self.str().starts_with(v[0].str()) ? slice_bytes(r.heap(), self, n, size) : self;
  return self.str().ends_with(v[0].str()) ? slice_bytes(r.heap(), self, 0, size - n) : self;
}
Result<Value> removeprefix(Renderer& r, const Value& s, Arguments a) { return remove_affix(r, s, a, true); }
Result<Value> removesuffix(Renderer& r, const Value& s, Arguments a) { return remove_affix(r, s, a, false); }

Result<Value> replace(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v = {Value(), Value(), Value::integer(-1)};
  WC_TRY(bind("replace", arguments, {"old", "new", "count"}, 2, &v));
  WC_TRY(need_text(v[0], "replace() argument 1"));
  WC_TRY(need_text(v[1], "replace() argument 2"));
  if (!v[2].is_integral()) return failure("the count must be an integer");
  return replace_text(r.heap(), self, v[0].str(), v[1], v[2].as_int());
}

Result<Value> join(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("join", arguments, {"iterable"}, 1, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), v[0]));
  TextBuilder out(r.heap());
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_string()) {
      return failure("sequence item " + std::to_string(i) + ": expected str instance, " +
                     std::string(type_name(items[i])) + " found");
    }
    if (i > 0) out.add(self);
    out.add(items[i]);
  }
  return out.finish();
}

Result<Value> search(Renderer& r, const Value& self, Arguments arguments, bool from_right, bool must_find) {
  std::vector<Value> v = {Value(), Value::none(), Value::none()};
  WC_TRY(bind("find", arguments, {"sub", "start", "end"}, 1, &v));
  WC_TRY(need_text(v[0], "the argument"));
  r.heap()->work(self.str().size() * std::max<size_t>(1, v[0].str().size() / 16));
  if (r.heap()->must_stop()) return Value::integer(-1);
  WC_ASSIGN(const Part part, read_part(self, v[1], v[2]));
  const size_t at = from_right ? part.bytes.rfind(v[0].str()) : part.bytes.find(v[0].str());
  if (part.exists && at != std::string_view::npos) {
    return Value::integer(part.start + static_cast<int64_t>(utf8::length(part.bytes.substr(0, at))));
  }
  return must_find ? Result<Value>(failure("substring not found")) : Value::integer(-1);
}
Result<Value> find(Renderer& r, const Value& s, Arguments a) { return search(r, s, a, false, false); }
Result<Value> rfind(Renderer& r, const Value& s, Arguments a) { return search(r, s, a, true, false); }
Result<Value> index(Renderer& r, const Value& s, Arguments a) { return search(r, s, a, false, true); }
Result<Value> rindex(Renderer& r, const Value& s, Arguments a) { return search(r, s, a, true, true); }

Result<Value> count(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v = {Value(), Value::none(), Value::none()};
  WC_TRY(bind("count", arguments, {"sub", "start", "end"}, 1, &v));
  WC_TRY(need_text(v[0], "the argument"));
  const std::string_view sub = v[0].str();
  WC_ASSIGN(const Part part, read_part(self, v[1], v[2]));
  if (!part.exists) return Value::integer(0);
  if (sub.empty()) return Value::integer(static_cast<int64_t>(utf8::length(part.bytes)) + 1);
  r.heap()->work(self.str().size() * std::max<size_t>(1, sub.size() / 16));
  int64_t n = 0;
  for (size_t at = 0; !r.heap()->must_stop() && (at = part.bytes.find(sub, at)) != std::string_view::npos;
       at += sub.size())
    ++n;
  return Value::integer(n);
}

Result<Value> lower(Renderer& r, const Value& s, Arguments) { return map_case(r.heap(), s, TextCase::kLower); }
Result<Value> upper(Renderer& r, const Value& s, Arguments) { return map_case(r.heap(), s, TextCase::kUpper); }
Result<Value> title(Renderer& r, const Value& s, Arguments) { return map_case(r.heap(), s, TextCase::kTitle); }
Result<Value> capitalize(Renderer& r, const Value& s, Arguments) {
  return map_case(r.heap(), s, TextCase::kCapitalize);
}
Result<Value> swapcase(Renderer& r, const Value& s, Arguments) { return map_case(r.heap(), s, TextCase::kSwap); }

Result<Value> pad_method(Renderer& r, const Value& self, Arguments arguments, char align) {
  std::vector<Value> v = {Value(), r.text(" ")};
  WC_TRY(bind("center", arguments, {"width", "fillchar"}, 1, &v));
  if (!v[0].is_integral()) return failure("the width must be an integer");
  if (!v[1].is_string() || v[1].text().n_chars != 1)
    return failure("The fill character must be exactly one character long");
  return pad_text(r.heap(), self, v[0].as_int(), align, v[1].str());
}
Result<Value> center(Renderer& r, const Value& s, Arguments a) { return pad_method(r, s, a, '^'); }
Result<Value> ljust(Renderer& r, const Value& s, Arguments a) { return pad_method(r, s, a, '<'); }
Result<Value> rjust(Renderer& r, const Value& s, Arguments a) { return pad_method(r, s, a, '>'); }

Result<Value> zfill(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("zfill", arguments, {"width"}, 1, &v));
  if (!v[0].is_integral()) return failure("the width must be an integer");
  const bool sign = self.str().starts_with('-') || self.str().starts_with('+');
  TextBuilder out(r.heap());
  const auto length = static_cast<int64_t>(self.text().n_chars);
  if (sign) out.add(self.text(), 0, 1);
  if (v[0].as_int() > length) out.add_repeated("0", static_cast<uint64_t>(v[0].as_int() - length));
  out.add(self.text(), sign ? 1 : 0, self.str().size());
  return out.finish();
}

Result<Value> expandtabs(Renderer& r, const Value& self, Arguments arguments) {
  std::vector<Value> v = {Value::integer(8)};
  WC_TRY(bind("expandtabs", arguments, {"tabsize"}, 0, &v));
  if (!v[0].is_integral()) return failure("the tab size must be an integer");
  TextBuilder out(r.heap());
  int64_t column = 0;
  for (size_t i = 0; i < self.str().size() && !r.heap()->must_stop();) {
    const size_t begin = i;
    const char32_t c = utf8::next(self.str(), &i);
    if (c == '\t') {
      const int64_t n = v[0].as_int() <= 0 ? 0 : v[0].as_int() - column % v[0].as_int();
      out.add_repeated(" ", static_cast<uint64_t>(n));
      column += n;
      continue;
    }
    column = c == '\n' || c == '\r' ? 0 : column + 1;
    out.add(self.text(), begin, i);
  }
  return out.finish();
}

Result<Value> format(Renderer& r, const Value& self, Arguments arguments) { return format_braces(r, self, arguments); }

bool any_char(const Value& self, bool (*holds)(char32_t)) {
  for (size_t i = 0; i < self.str().size();) {
    if (holds(utf8::next(self.str(), &i))) return true;
  }
  return false;
}
bool all_chars(const Value& self, bool (*holds)(char32_t)) {
  for (size_t i = 0; i < self.str().size();) {
    if (!holds(utf8::next(self.str(), &i))) return false;
  }
  return !self.str().empty();
}
Result<Value> isspace(Renderer&, const Value& s, Arguments) { return Value::boolean(all_chars(s, utf8::is_space)); }
Result<Value> isdigit(Renderer&, const Value& s, Arguments) { return Value::boolean(all_chars(s, utf8::is_digit)); }
Result<Value> isalpha(Renderer&, const Value& s, Arguments) { return Value::boolean(all_chars(s, utf8::is_letter)); }
Result<Value> isalnum(Renderer&, const Value& s, Arguments) {
  return Value::boolean(all_chars(s, [](char32_t c) { return utf8::is_letter(c) || utf8::is_digit(c); }));
}
Result<Value> isascii(Renderer&, const Value& s, Arguments) { return Value::boolean(s.text().is_ascii()); }
Result<Value> isidentifier(Renderer&, const Value& s, Arguments) {
  const auto part = [](char32_t c) { return c == '_' || utf8::is_letter(c) || utf8::is_digit(c); };
  return Value::boolean(all_chars(s, part) && !utf8::is_digit(static_cast<unsigned char>(s.str()[0])));
}
Result<Value> isupper(Renderer&, const Value& s, Arguments) {
  return Value::boolean(any_char(s, utf8::is_upper) && !any_char(s, utf8::is_lower));
}
Result<Value> islower(Renderer&, const Value& s, Arguments) {
  return Value::boolean(any_char(s, utf8::is_lower) && !any_char(s, utf8::is_upper));
}
Result<Value> istitle(Renderer& r, const Value& s, Arguments) {
  const bool cased = any_char(s, utf8::is_lower) || any_char(s, utf8::is_upper);
  return Value::boolean(cased && map_case(r.heap(), s, TextCase::kTitle).str() == s.str());
}

constexpr std::pair<std::string_view, Function> kMethods[] = {
    {"strip", strip},
    {"lstrip", lstrip},
    {"rstrip", rstrip},
    {"split", split},
    {"rsplit", rsplit},
    {"splitlines", splitlines},
    {"partition", partition},
    {"rpartition", rpartition},
    {"startswith", startswith},
    {"endswith", endswith},
    {"removeprefix", removeprefix},
    {"removesuffix", removesuffix},
    {"replace", replace},
    {"join", join},
    {"find", find},
    {"rfind", rfind},
    {"index", index},
    {"rindex", rindex},
    {"count", count},
    {"lower", lower},
    {"casefold", lower},
    {"upper", upper},
    {"title", title},
    {"capitalize", capitalize},
    {"swapcase", swapcase},
    {"center", center},
    {"ljust", ljust},
    {"rjust", rjust},
    {"zfill", zfill},
    {"expandtabs", expandtabs},
    {"format", format},
    {"isspace", isspace},
    {"isdigit", isdigit},
    {"isdecimal", isdigit},
    {"isnumeric", isdigit},
    {"isalpha", isalpha},
    {"isalnum", isalnum},
    {"isascii", isascii},
    {"isidentifier", isidentifier},
    {"isupper", isupper},
    {"islower", islower},
    {"istitle", istitle},
};

}  // namespace
}  // namespace string_methods

Function find_string_method(std::string_view name) {
  for (const auto& [key, function] : string_methods::kMethods) {
    if (key == name) return function;
  }
  return nullptr;
}

}  // namespace wasmchord::chat
