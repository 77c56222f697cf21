// Filters over text.
#include <algorithm>

#include "src/chat/compare.h"
#include "src/chat/filters.h"
#include "src/chat/numbers.h"
#include "src/chat/text_methods.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat::filters {
namespace {

bool is_word_char(char32_t c) { return c == '_' || utf8::is_letter(c) || utf8::is_digit(c); }

// Each character as `escape` writes it.
template <typename Escape>
Value map_bytes(Renderer& r, const Value& value, Escape escape) {
  const Value text = to_text(r.heap(), value);
  std::string out;
  for (const char c : text.str()) escape(c, &out);
  return derived_text(r.heap(), std::move(out), text.text());
}

// %XX for what a URL cannot hold; in a query a space is a plus, and a slash is not plain.
Value percent_encode(Renderer& r, const Value& value, bool in_query) {
  return map_bytes(r, value, [in_query](char c, std::string* out) {
    const bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c == '/' && !in_query) ||
                       std::string_view("_.-~").find(c) != std::string_view::npos;
    if (plain || (c == ' ' && in_query)) {
      out->push_back(plain ? c : '+');
      return;
    }
    constexpr const char* kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out->append({'%', kHex[byte >> 4], kHex[byte & 15]});
  });
}

// The character that an HTML entity at the start of `text` stands for, and the entity's length; 0 where there is none.
// Only the names that escape() writes, and numbers.
size_t read_entity(std::string_view text, char32_t* c) {
  const size_t end = text.substr(0, 12).find(';');
  if (end == text.npos) return 0;
  const std::string_view name = text.substr(1, end - 1);
  constexpr std::pair<std::string_view, char32_t> kNames[] = {{"amp", U'&'},  {"lt", U'<'},    {"gt", U'>'},
                                                              {"quot", U'"'}, {"apos", U'\''}, {"nbsp", 0xA0}};
  for (const auto& [known, character] : kNames) {
    if (name == known) {
      *c = character;
      return end + 1;
    }
  }
  if (name.size() < 2 || name[0] != '#') return 0;
  const bool hex = (name[1] | 32) == 'x';
  int64_t number = 0;
  if (!parse_int(name.substr(hex ? 2 : 1), hex ? 16 : 10, &number)) return 0;
  const bool is_character = number > 0 && number < 0x110000 && (number < 0xD800 || number > 0xDFFF);
  *c = is_character ? static_cast<char32_t>(number) : 0xFFFD;
  return end + 1;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    char32_t c = 0;
    const size_t n = text[i] == '&' ? read_entity(text.substr(i), &c) : 0;
    if (n > 0) {
      utf8::append(c, &out);
    } else {
      out.push_back(text[i]);
    }
    i += n > 0 ? n : 1;
  }
  return out;
}

// Lines of at most `width` characters, broken at spaces.
std::vector<std::string> wrap_line(std::string_view line, size_t width, bool break_long) {
  std::vector<std::string> lines(1);
  size_t used = 0;
  for (size_t i = 0; i < line.size();) {
    const size_t begin = i;
    const bool space = line[i] == ' ' || line[i] == '\t';
    while (i < line.size() && (line[i] == ' ' || line[i] == '\t') == space) ++i;
    std::string_view chunk = line.substr(begin, i - begin);
    size_t n = utf8::length(chunk);
    if (used + n > width && used > 0) {
      while (!lines.back().empty() && lines.back().back() == ' ') lines.back().pop_back();
      lines.emplace_back();
      used = 0;
      if (space) continue;
    }
    while (break_long && n > width) {
      const size_t cut = utf8::offset(chunk, width);
      lines.back().append(chunk, 0, cut);
      lines.emplace_back();
      chunk.remove_prefix(cut);
      n -= width;
    }
    lines.back().append(chunk);
    used += n;
  }
  while (!lines.back().empty() && lines.back().back() == ' ') lines.back().pop_back();
  return lines;
}

}  // namespace

Result<Value> capitalize(Renderer& r, const Value& value, CallArguments&) {
  return map_case(r.heap(), to_text(r.heap(), value), TextCase::kCapitalize);
}

Result<Value> lower(Renderer& r, const Value& value, CallArguments&) {
  return map_case(r.heap(), to_text(r.heap(), value), TextCase::kLower);
}

Result<Value> upper(Renderer& r, const Value& value, CallArguments&) {
  return map_case(r.heap(), to_text(r.heap(), value), TextCase::kUpper);
}

// Unlike str.title(), words begin after spaces, hyphens and opening brackets only.
Result<Value> title(Renderer& r, const Value& value, CallArguments&) {
  const Value text = to_text(r.heap(), value);
  TextBuilder out(r.heap());
  bool starts = true;
  for (size_t i = 0; i < text.str().size() && !r.heap()->must_stop();) {
    const size_t begin = i;
    const char32_t c = utf8::next(text.str(), &i);
    const bool separates = utf8::is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    const Value one = slice_bytes(r.heap(), text, begin, i);
    out.add(map_case(r.heap(), one, starts ? TextCase::kUpper : TextCase::kLower));
    starts = separates;
  }
  return out.finish();
}

Result<Value> center(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(80)};
  WC_TRY(bind("center", arguments, {"width"}, 0, &v));
  if (!v[0].is_integral()) return failure("the width must be an integer");
  return pad_text(r.heap(), to_text(r.heap(), value), v[0].as_int(), '^', " ");
}

Result<Value> escape(Renderer& r, const Value& value, CallArguments&) {
  return map_bytes(r, value, [](char c, std::string* out) {
    constexpr std::pair<char, std::string_view> kEscapes[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\'', "&#39;"}, {'"', "&#34;"}};
    for (const auto& [from, to] : kEscapes) {
      if (c == from) {
        out->append(to);
        return;
      }
    }
    out->push_back(c);
  });
}

Result<Value> indent(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(4), Value::boolean(false), Value::boolean(false)};
  WC_TRY(bind("indent", arguments, {"width", "first", "blank"}, 0, &v));
  Value indention = v[0];
  if (!indention.is_string()) {
    if (!indention.is_integral()) return failure("the width must be an integer or a string");
    TextBuilder spaces(r.heap());
    if (v[0].as_int() > 0) spaces.add_repeated(" ", static_cast<uint64_t>(v[0].as_int()));
    indention = spaces.finish();
  }
  TextBuilder ended(r.heap());
  append_text(value, &ended);
  ended.add("\n");
  const std::vector<Value> lines = split_lines(r.heap(), ended.finish(), false);
  TextBuilder out(r.heap());
  for (size_t i = 0; i < lines.size() && !r.heap()->must_stop(); ++i) {
    if (i > 0) out.add("\n");
    if (i == 0 ? truthy(v[1]) : truthy(v[2]) || !lines[i].str().empty()) out.add(indention);
    out.add(lines[i]);
  }
  return out.finish();
}

Result<Value> replace(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value(), Value::none()};
  WC_TRY(bind("replace", arguments, {"old", "new", "count"}, 2, &v));
  const Value from = to_text(r.heap(), v[0]);
  const int64_t count = v[2].is_integral() ? v[2].as_int() : -1;
  return replace_text(r.heap(), to_text(r.heap(), value), from.str(), to_text(r.heap(), v[1]), count);
}

Result<Value> striptags(Renderer& r, const Value& value, CallArguments&) {
  const Value text = to_text(r.heap(), value);
  std::string plain;
  const std::string_view from = text.str();
  for (size_t i = 0; i < from.size();) {
    const bool comment = from.substr(i).starts_with("<!--");
    const size_t end = from[i] == '<' ? from.find(comment ? "-->" : ">", i) : from.npos;
    if (end == from.npos) {
      plain.push_back(from[i++]);
      continue;
    }
    i = end + (comment ? 3 : 1);
  }
  const Value stripped = derived_text(r.heap(), unescape(plain), text.text());
  const Value words = split_spaces(r.heap(), stripped, -1, false);
  TextBuilder out(r.heap());
  for (size_t i = 0; i < words.items().size(); ++i) {
    if (i > 0) out.add(" ");
    out.add(words.items()[i]);
  }
  return out.finish();
}

Result<Value> trim(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::none()};
  WC_TRY(bind("trim", arguments, {"chars"}, 0, &v));
  if (!v[0].is_none() && !v[0].is_string()) return failure("strip arg must be None or str");
  return strip_text(r.heap(), to_text(r.heap(), value), v[0], {});
}

Result<Value> truncate(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(255), Value::boolean(false), r.text("..."), Value::none()};
  WC_TRY(bind("truncate", arguments, {"length", "killwords", "end", "leeway"}, 0, &v));
  const Value text = to_text(r.heap(), value);
  const Value end = to_text(r.heap(), v[2]);
  const int64_t leeway = v[3].is_integral() ? v[3].as_int() : 5;
  const auto end_length = static_cast<int64_t>(end.text().n_chars);
  if (!v[0].is_integral() || v[0].as_int() < end_length || leeway < 0) {
    return failure("expected length >= " + std::to_string(end_length));
  }
  if (static_cast<int64_t>(text.text().n_chars) - leeway <= v[0].as_int()) return text;
  size_t cut = utf8::offset(text.str(), static_cast<size_t>(v[0].as_int() - end_length));
  if (!truthy(v[1])) {
    const size_t space = text.str().substr(0, cut).rfind(' ');
    if (space != std::string_view::npos) cut = space;
  }
  TextBuilder out(r.heap());
  out.add(text.text(), 0, cut);
  out.add(end);
  return out.finish();
}

Result<Value> urlencode(Renderer& r, const Value& value, CallArguments&) {
  if (value.is_dict()) {
    TextBuilder out(r.heap());
    for (const auto& [key, item] : value.dict().entries) {
      if (out.size() > 0) out.add("&");
      out.add(percent_encode(r, key, true));
      out.add("=");
      out.add(percent_encode(r, item, true));
    }
    return out.finish();
  }
  return percent_encode(r, value, false);
}

Result<Value> wordcount(Renderer& r, const Value& value, CallArguments&) {
  const Value text = to_text(r.heap(), value);
  int64_t n = 0;
  bool inside = false;
  for (size_t i = 0; i < text.str().size();) {
    const bool word = is_word_char(utf8::next(text.str(), &i));
    n += word && !inside ? 1 : 0;
    inside = word;
  }
  return Value::integer(n);
}

Result<Value> wordwrap(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(79), Value::boolean(true), r.text("\n"), Value::boolean(true)};
  WC_TRY(bind("wordwrap", arguments, {"width", "break_long_words", "wrapstring", "break_on_hyphens"}, 0, &v));
  if (!v[0].is_integral() || v[0].as_int() < 1) return failure("invalid width (must be > 0)");
  const Value text = to_text(r.heap(), value);
  const Value wrap = to_text(r.heap(), v[2].is_none() ? r.text("\n") : v[2]);
  std::string out;
  bool first = true;
  for (const Value& line : split_lines(r.heap(), text, false)) {
    for (const std::string& part : wrap_line(line.str(), static_cast<size_t>(v[0].as_int()), truthy(v[1]))) {
      if (!first) out.append(wrap.str());
      first = false;
      out += part;
      if (out.size() > r.heap()->limits().max_memory_bytes)
        return Status(Code::kTemplateLimit, "a text takes too much memory");
    }
  }
  return derived_text(r.heap(), std::move(out), text.text());
}

Result<Value> xmlattr(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(true)};
  WC_TRY(bind("xmlattr", arguments, {"autospace"}, 0, &v));
  if (!value.is_dict()) return failure("xmlattr() needs a mapping");
  TextBuilder out(r.heap());
  CallArguments none;
  for (const auto& [key, item] : value.dict().entries) {
    if (item.is_none() || item.is_undefined()) continue;
    if (key.is_string() && key.str().find_first_of(" />=\t\n\f\r") != std::string_view::npos) {
      return failure("Invalid character in attribute name: '" + std::string(key.str()) + "'");
    }
    WC_ASSIGN(const Value name, escape(r, key, none));
    WC_ASSIGN(const Value shown, escape(r, item, none));
    if (out.size() > 0 || truthy(v[0])) out.add(" ");
    out.add(name);
    out.add("=\"");
    out.add(shown);
    out.add("\"");
  }
  return out.finish();
}

}  // namespace wasmchord::chat::filters
